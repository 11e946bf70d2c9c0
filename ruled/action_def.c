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
 * Def!: an option for this connection, message or delivery alone.
 */
#include <string.h>

#include "field.h"
#include "ruled.h"

/* The change as it now stands, for the asker. As option.c has read it, in one
 * spelling; the asker reads it by the same code. */
static const char *
line_of(const struct overlay *o, enum option_id id)
{
	unsigned int i;

	for (i = 0; overlay_id(o, i) != OPT_COUNT; i++)
		if (overlay_id(o, i) == id)
			return overlay_line(o, i);
	return "";
}

/*
 * An option that does not exist or a value that it may not have is told and
 * left out; the line goes on.
 */
enum step
word_def(struct run *run, const struct rule_item *item)
{
	static const char spool[] = "Queue_path";
	char why[OPTION_ERROR_MAX];
	struct policy *p = run->policy;
	enum option_id id;
	struct text text;
	enum step step = field_text(run, item, 0, EXPAND_AGAIN, &text);

	if (step != STEP_YES)
		return step;
	text = text_trim(text);
	if (strncmp(text.at, spool, sizeof(spool) - 1) == 0) {
		run_warn(run,
		    "the spool can not be changed by Def!: the "
		    "queue is confined to it");
		return STEP_YES;
	}
	if (overlay_set(&p->options, text.at, &id, why) == -1) {
		run_warn(run, "%.32s: %s", text.at, why);
		return STEP_YES;
	}
	run_show(run, "%s",
	    option_row(id)->flags & OPTION_SECRET ? option_row(id)->name :
						    line_of(p->options, id));
	run_effect(run, EFFECT_OPTION, line_of(p->options, id), NULL);
	return STEP_YES;
}
