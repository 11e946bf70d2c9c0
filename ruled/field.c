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
 * Fields of parameters.
 */
#include "field.h"

#include <string.h>

/* The text is the line's, good until that ends; it always ends in NUL. */
enum step
field_expand(struct run *run, const struct template *t,
    enum expand_for what_for, struct text *text)
{
	switch (expand(run, t, what_for, &text->at, &text->len)) {
	case EXPANDED:
		return STEP_YES;
	case EXPAND_WAIT:
		return STEP_WAIT;
	default:
		return STEP_FAILED;
	}
}

/* A number without variables costs nothing here. */
enum step
field_number(struct run *run, const struct rule_item *item, int64_t *number)
{
	struct text text;
	long long n;
	enum step step;

	if (item->is_fixed) {
		*number = item->number;
		return STEP_YES;
	}
	step = field_text(run, item, 0, EXPAND_TEXT, &text);
	if (step != STEP_YES)
		return step;
	if (text_number(text, &n) == -1) {
		run_warn(run, "\"%.64s\" is not a number", text.at);
		return STEP_FAILED;
	}
	*number = n;
	return STEP_YES;
}

/* What values may be in it EXPAND_PATH has decided; whether it may be opened
 * the parent decides. */
enum step
field_path(struct run *run, const struct rule_item *item, unsigned int nth,
    const char **path)
{
	struct text text;
	enum step step;
	char *copy;

	step = field_text(run, item, nth, EXPAND_PATH, &text);
	if (step != STEP_YES)
		return step;
	text = text_trim(text);
	/* A blank behind it needs a copy that ends before. */
	if (text.at[text.len] != '\0') {
		if ((copy = run_scratch(run, text.len + 1)) == NULL)
			return STEP_FAILED;
		memcpy(copy, text.at, text.len);
		copy[text.len] = '\0';
		text.at = copy;
	}
	*path = text.at;
	return STEP_YES;
}
