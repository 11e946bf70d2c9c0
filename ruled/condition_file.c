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
 * Conditions that compare a text with the lines of a file.  A file that can
 * not be had ends the line, with a warning.
 */
#include "ask.h"
#include "field.h"

typedef bool
list_compare(const struct list_file *list, const char *text, size_t len);

/* Which field is the text, and which the file. */
struct sides {
	unsigned int text, file;
};

/* The list is the cache's and good until the item has ended; nothing of it is
 * kept. */
static enum step
compare_list(struct run *run, const struct rule_item *item, struct sides at,
    list_compare *is_so)
{
	const struct list_file *list;
	struct text text;
	const char *path;
	enum step step;

	step = field_text(run, item, at.text, EXPAND_TEXT, &text);
	if (step != STEP_YES)
		return step;
	if ((step = field_path(run, item, at.file, &path)) != STEP_YES)
		return step;
	run_show(run, "\"%s\", %s", text.at, path);
	/* A35: an empty text is in no file, and a file not in it. */
	if (text.len == 0)
		return STEP_NO;
	switch (list_file_get(run, path, &list)) {
	case ASK_GOT:
		return is_so(list, text.at, text.len) ? STEP_YES : STEP_NO;
	case ASK_WAIT:
		return STEP_WAIT;
	default:
		return STEP_FAILED;
	}
}

/* Is one of the file's lines in the text? */
enum step
word_find_strfile(struct run *run, const struct rule_item *item)
{
	return compare_list(run, item, (struct sides){0, 1}, list_file_in_text);
}

/* Is the text in one of its lines? */
enum step
word_find_filestr(struct run *run, const struct rule_item *item)
{
	return compare_list(
	    run, item, (struct sides){1, 0}, list_file_has_text);
}

/* Is it one of its lines, to the octet but for case? */
enum step
word_find_fileline(struct run *run, const struct rule_item *item)
{
	return compare_list(
	    run, item, (struct sides){1, 0}, list_file_has_line);
}
