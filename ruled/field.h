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
 * The fields of an item's parameter for the words' functions: expanded text,
 * or the number that was read when the file was parsed.
 */
#ifndef RULED_FIELD_H
#define RULED_FIELD_H

#include <stdint.h>

#include "expand.h"
#include "run.h"
#include "text.h"

/* As field_text, of a template that has variables. */
enum step field_expand(struct run *run, const struct template *t,
    enum expand_for what_for, struct text *text);
/*
 * STEP_YES: *text is there, as expand() gives it.  STEP_WAIT, STEP_FAILED:
 * what the word's function shall return.
 */
static inline enum step
field_text(struct run *run, const struct rule_item *item, unsigned int nth,
    enum expand_for what_for, struct text *text)
{
	const struct template *t = &item->field[nth];

	if (t->constant == NULL)
		return field_expand(run, t, what_for, text);
	text->at = t->constant;
	text->len = t->constant_len;
	return STEP_YES;
}
/* The first field as a number; not a number: told, STEP_FAILED. */
enum step
field_number(struct run *run, const struct rule_item *item, int64_t *number);
/* A field that names a file: blanks around it do not count. */
enum step field_path(struct run *run, const struct rule_item *item,
    unsigned int nth, const char **path);

#endif
