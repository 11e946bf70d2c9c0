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
 * The names in the options Module and Modseq_*; see module.h.
 */
#include "module.h"

#include <string.h>

#define BLANKS " \t"

bool
module_is_name(const char *s, size_t len)
{
	return len > 0 && len <= MODULE_NAME_MAX && *s != '-' &&
	    strspn(s,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") >= len;
}

/* Copies a name whose length module_is_name has judged. */
static void
module_copy(char *out, const char *s, size_t len)
{
	memcpy(out, s, len);
	out[len] = '\0';
}

int
module_parse(const char *text, struct module *m)
{
	const char *p = text + strspn(text, BLANKS);
	size_t word = strcspn(p, BLANKS), len = strcspn(p, BLANKS ":");

	if (!module_is_name(p, len))
		return -1;
	module_copy(m->program, p, len);
	if (p[len] == ':') {
		if (!module_is_name(p + len + 1, word - len - 1))
			return -1;
		module_copy(m->name, p + len + 1, word - len - 1);
	} else
		module_copy(m->name, p, len);
	p += word;
	m->file = p + strspn(p, BLANKS);
	return 0;
}

size_t
module_next(const char **list)
{
	*list += strspn(*list, BLANKS);
	return strcspn(*list, BLANKS);
}
