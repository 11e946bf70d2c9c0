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
 * A run that explain watches: of a dry one nothing reaches out.  What would
 * ask a name server, start a program, write or send is told with the values
 * it would be done with, and counts as done; its results are those that the
 * administrator supposes (lists=, spf=, status=, output=, name=).
 */
#include <string.h>

#include "field.h"
#include "run_frame.h"

/* Octets of values that are shown. */
#define SHOWN_MAX 900

/* The parameter as it would be used. */
static enum step
show_fields(struct run *run, const struct rule_item *item)
{
	char shown[SHOWN_MAX] = "";
	struct text text;
	enum step step;
	unsigned int i;

	for (i = 0; i < item->fields; i++) {
		step = field_text(run, item, i, EXPAND_LINE, &text);
		if (step != STEP_YES)
			return step;
		if (i > 0)
			strlcat(shown, ", ", sizeof(shown));
		strlcat(shown, "\"", sizeof(shown));
		strlcat(shown, text.at, sizeof(shown));
		strlcat(shown, "\"", sizeof(shown));
	}
	run_show(run, "not run: %s", shown);
	return STEP_YES;
}

/* The list of what reaches out is here and nowhere else: a new word that does
 * has to be added, or a dry run would do it. */
enum step
run_watched(struct run *run, const struct rule_item *item)
{
	word_function *const function = word_functions[item->word];

	if (!run_is_dry(run))
		return function(run, item);
	switch (item->word) {
	case WORD_EXEC:
	case WORD_LOG:
	case WORD_SENDMAIL:
	case WORD_RBL_TEST:
		return show_fields(run, item);
	case WORD_SPF_TEST:
	case WORD_RESOLVE:
		run_show(run, "not run");
		return STEP_YES;
	case WORD_REV_FAIL:
		if (run->policy->reverse != REVERSE_UNASKED)
			return function(run, item);
		run_show(run, "not asked for: taken for a good name");
		return STEP_NO;
	default:
		return function(run, item);
	}
}
