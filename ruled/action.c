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
 * Actions on the verdict, the course of the rules and the connection.
 */
#include "action.h"

#include <string.h>

#include "ask.h"
#include "field.h"
#include "parse.h"
#include "ruled.h"
#include "verdict.h"

/* At either end of the range it stays: a sum that wrapped would turn the worst
 * client into the best. */
enum step
word_add_hits(struct run *run, const struct rule_item *item)
{
	int64_t *hits = &run->policy->hits, n;
	enum step step;

	if ((step = field_number(run, item, &n)) != STEP_YES)
		return step;
	if (__builtin_add_overflow(*hits, n, hits))
		*hits = n < 0 ? INT64_MIN : INT64_MAX;
	run_show(run, "%lld", (long long)*hits);
	return STEP_YES;
}

/* A18: it overrides the checks of domains only; Event.limit ends with it. */
enum step
word_accept(struct run *run, const struct rule_item *item)
{
	(void)item;
	if (run->verdict == VERDICT_NONE) {
		run->verdict = VERDICT_ACCEPT;
		run_place(run);
	}
	return run->event == RULE_LIMIT ? STEP_END_AFTER : STEP_YES;
}

/* The rest of the line is done, so that a Reply! may stand behind it; then the
 * event ends. */
enum step
word_deny(struct run *run, const struct rule_item *item)
{
	(void)item;
	if (run->verdict != VERDICT_CLOSE) {
		run->verdict = VERDICT_DENY;
		run_place(run);
	}
	return STEP_END_AFTER;
}

/* Stronger than Deny!, whichever comes first. */
enum step
word_close(struct run *run, const struct rule_item *item)
{
	(void)item;
	run->verdict = VERDICT_CLOSE;
	run_place(run);
	return STEP_END_AFTER;
}

/* Nothing of the event is undone by it: effects and reply stay as they are. */
enum step
word_stop(struct run *run, const struct rule_item *item)
{
	(void)run;
	(void)item;
	return STEP_STOP;
}

/* Leaves this file alone; one that included it goes on behind its Inc_rules!.
 */
enum step
word_exit(struct run *run, const struct rule_item *item)
{
	(void)run;
	(void)item;
	return STEP_LEAVE;
}

enum step
word_delimiter(struct run *run, const struct rule_item *item)
{
	/* The parser cut the fields; this is for those who watch. */
	if (item->field[0].constant_len == 1)
		run->delimiter = item->field[0].constant[0];
	return STEP_YES;
}

/* A14: one reply, the last one set; it is completed at the end. */
enum step
word_reply(struct run *run, const struct rule_item *item)
{
	struct frame *f = &run->frames[run->depth - 1];
	struct text text;
	enum step step = field_text(run, item, 0, EXPAND_LINE, &text);

	if (step != STEP_YES)
		return step;
	strlcpy(run->reply, text.at, sizeof(run->reply));
	run->has_reply = true;
	rules_release(run->reply_rules);
	run->reply_rules = rules_hold(f->rules);
	run->reply_line = f->line;
	if (run->verdict != VERDICT_DENY && run->verdict != VERDICT_CLOSE)
		run_place(run);
	run_show(run, "\"%s\"", run->reply);
	return STEP_YES;
}

/* Completed here, with a code that refuses: the asker says it as it stands,
 * events later. */
enum step
word_data_reply(struct run *run, const struct rule_item *item)
{
	char reply[RUN_REPLY_MAX];
	struct text text;
	enum step step = field_text(run, item, 0, EXPAND_LINE, &text);

	if (step != STEP_YES)
		return step;
	verdict_data_reply(run, text.at, reply, sizeof(reply));
	run_show(run, "\"%s\"", reply);
	run_effect(run, EFFECT_DATA_REPLY, reply, NULL);
	return STEP_YES;
}

/* The address whose home a path begins with: the parent lets its owner's files
 * be opened there. NULL: the path begins otherwise. It is told by the
 * template's first variable and not by the path as it came out, since a value
 * could look like a home of somebody else's. */
static const char *
home_of(const struct run *run, const struct rule_item *item,
    const struct address_facts **facts)
{
	const struct policy *p = run->policy;
	const struct template *t = &item->field[0];

	switch (t->count > 0 ? t->pieces[0].variable : VAR_NONE) {
	case VAR_RCPT_HOME:
		*facts = &p->of_rcpt;
		return p->rcpt != NULL ? p->rcpt : "";
	case VAR_SENDER_HOME:
		*facts = &p->of_sender;
		return p->sender != NULL ? p->sender : "";
	case VAR_LOGIN_HOME:
		*facts = &p->of_login;
		return p->login != NULL ? p->login : "";
	default:
		return NULL;
	}
}

/*
 * A7: a file that is not there is passed over, silently where its name has
 * variables, since not everybody has rules of his own.
 */
static enum step
missing_file(struct run *run, const struct rule_item *item, const char *path)
{
	run_show(run, "%s: no such file", path);
	if (item->field[0].constant != NULL)
		run_warn(run, "there is no file %.200s", path);
	return STEP_YES;
}

/* The file is held by run->next until the run enters it: a reload may drop it
 * from the cache in between. */
static enum step
other_rules(struct run *run, const struct rule_item *item, enum step then)
{
	const struct address_facts *facts = NULL;
	const char *path, *home = home_of(run, item, &facts);
	bool is_missing = false;
	enum step step;

	if ((step = field_path(run, item, 0, &path)) != STEP_YES)
		return step;
	run_show(run, "%s", path);
	/* One without a home has no rules there either. */
	if (*path == '\0' || (home != NULL && facts->home == NULL))
		return missing_file(run, item, path);
	if (home != NULL)
		home = facts->user != NULL ? facts->user : "";
	switch (rules_file_get(run, path, home, &run->next, &is_missing)) {
	case ASK_GOT:
		return then;
	case ASK_WAIT:
		return STEP_WAIT;
	default:
		return is_missing ? missing_file(run, item, path) : STEP_FAILED;
	}
}

/* An action with a depth: RUN_DEPTH_MAX ends files that include themselves. */
enum step
word_inc_rules(struct run *run, const struct rule_item *item)
{
	return other_rules(run, item, STEP_INCLUDE);
}

/* In place of the present file, so its end is the end of both. */
enum step
word_proc_rules(struct run *run, const struct rule_item *item)
{
	return other_rules(run, item, STEP_REPLACE);
}

/* Longer ones could not be saved with a message. */
#define MARK_MAX 255

/* One mark of many may be refused, and then the line ends: a mark that is not
 * there must not be taken for set by what follows. */
enum step
word_mark(struct run *run, const struct rule_item *item)
{
	struct text text;
	enum step step = field_text(run, item, 0, EXPAND_LINE, &text);

	if (step != STEP_YES)
		return step;
	if (text.len > MARK_MAX || policy_mark(run->policy, text.at) == -1) {
		run_warn(run, "this mark is too long, or one too many");
		return STEP_FAILED;
	}
	run_show(run, "\"%s\"", text.at);
	run_effect(run, EFFECT_MARK, text.at, NULL);
	return STEP_YES;
}
