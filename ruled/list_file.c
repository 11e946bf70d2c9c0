/*
 * Copyright (c) 2026 The Selor developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Files of lines.  Not there yet: what needs one fails its line.
 */
#include "ask.h"

enum asked
list_file_get(struct run *run, const char *path, const struct list_file **list)
{
	(void)path;
	*list = NULL;
	run_warn(run, "files of lines are not there yet");
	return ASK_FAILED;
}

bool
list_file_in_text(const struct list_file *list, const char *text, size_t len)
{
	(void)list;
	(void)text;
	(void)len;
	return false;
}

bool
list_file_has_text(const struct list_file *list, const char *text, size_t len)
{
	(void)list;
	(void)text;
	(void)len;
	return false;
}

bool
list_file_has_line(const struct list_file *list, const char *text, size_t len)
{
	(void)list;
	(void)text;
	(void)len;
	return false;
}
