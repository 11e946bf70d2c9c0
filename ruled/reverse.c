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
 * Resolve! and Rev_fail?: the client's name.  A failure of the DNS is not a
 * client without a name: Rev_fail? is false then (A39).
 */
#include "ask.h"
#include "field.h"
#include "run.h"

static const char *const reverse_words[] = {"not asked", "none",
    "does not lead back", "leads back", "could not be told"};

/* Asked once for a connection, whoever asks first. */
static enum step
name_of(struct run *run)
{
	switch (ask_name(run)) {
	case ASK_GOT:
		return STEP_YES;
	case ASK_WAIT:
		return STEP_WAIT;
	default:
		run_warn(run, "the client's name can not be asked for");
		return STEP_FAILED;
	}
}

/* From here on the name is shown to conditions and variables, and to the asker
 * for its logs; one that does not lead back as well. */
enum step
word_resolve(struct run *run, const struct rule_item *item)
{
	struct policy *p = run->policy;
	enum step step;

	(void)item;
	if (p->has_name)
		return STEP_YES;
	if ((step = name_of(run)) != STEP_YES)
		return step;
	run_show(run, "%s (%s)", p->name != NULL ? p->name : "",
	    reverse_words[p->reverse]);
	if (p->name == NULL)
		return STEP_YES;
	p->has_name = true;
	run_effect(run, EFFECT_NAME, p->name, NULL);
	return STEP_YES;
}

/* True where there is no name, or one that does not lead back. */
enum step
word_rev_fail(struct run *run, const struct rule_item *item)
{
	struct policy *p = run->policy;
	enum step step;

	(void)item;
	if ((step = name_of(run)) != STEP_YES)
		return step;
	run_show(run, "%s (%s)", p->name != NULL ? p->name : "",
	    reverse_words[p->reverse]);
	if (p->reverse == REVERSE_TEMP)
		run_warn(
		    run, "the name of %s could not be told", p->client_text);
	return p->client.family != 0 &&
		(p->reverse == REVERSE_NONE || p->reverse == REVERSE_FOUND) ?
	    STEP_YES :
	    STEP_NO;
}
