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
 * Runs the rules of one event: a stack of frames, each a file and a place in
 * it.  An item that must wait leaves the stack as it is; when its answer is
 * there the same item is done again, from its beginning.  A run that has had
 * its slice of lines gives the loop a turn.  See selor.rules(5), evaluation.
 */
#include "run.h"

#include <sys/time.h>

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "monotime.h"

#include "ask.h"
#include "parse.h"
#include "ruled.h"
#include "run_frame.h"
#include "verdict.h"

/* How a turn of a run ends. */
enum turn {
	TURN_GOES_ON,
	TURN_ENDED,
	TURN_WAITS, /* for an answer */
	TURN_SLICED /* for the loop */
};

#define WORD_IS_ACTION (1u << 31)

static const uint32_t word_events[WORD_COUNT] = {
#define CONDITION(id, function, name, form, events, line) [WORD_##id] = events,
#define ACTION(id, function, name, form, events, line) \
	[WORD_##id] = (events) | WORD_IS_ACTION,
#include "words.def"
};

word_function *const word_functions[WORD_COUNT] = {
#define CONDITION(id, function, name, form, events, line) \
	[WORD_##id] = word_##function,
#define ACTION(id, function, name, form, events, line) \
	[WORD_##id] = word_##function,
#include "words.def"
};

/* What a file that anybody may have written does not do, A13(e). */
static const bool word_is_taken[WORD_COUNT] = {
    [WORD_EXEC] = true,
    [WORD_LOG] = true,
    [WORD_DEF] = true,
    [WORD_RELAY] = true,
    [WORD_ACCEPT] = true,
    [WORD_SENDMAIL] = true,
    [WORD_MX_DEST] = true,
    [WORD_MX_AUTH] = true,
    [WORD_MX_SOURCE] = true,
    [WORD_SO_MARK] = true,
    [WORD_INC_RULES] = true,
    [WORD_PROC_RULES] = true,
};

/* An item that is not done here: a condition is false, an action nothing. */
static enum step
pass_over(struct run *run, const struct rule_item *item, bool is_taken)
{
	if ((word_events[item->word] & WORD_IS_ACTION) == 0)
		return STEP_NO;
	if (is_taken)
		run_warn(run,
		    "%s! is left out: the file is not owned by root "
		    "or the server's user, or others may write it",
		    word_row(item->word)->name);
	else
		run_warn(run, "%s! has no meaning in event %s",
		    word_row(item->word)->name, rule_event_names[run->event]);
	return STEP_YES;
}

/* Whatever waits for the item is told that it is not wanted any more. */
static void
op_clear(struct run *run)
{
	if (run->op.end != NULL)
		run->op.end(&run->op);
	memset(&run->op, 0, sizeof(run->op));
	run->op.fd = -1;
}

/* Behind the item's own '!', so that what is shown is what the line goes by. */
static void
tell_item(struct run *run, const struct rule_item *item, enum step step)
{
	run->watch->item(run->watch->arg, run, item, step, run->values);
	free(run->values);
	run->values = NULL;
}

/* A message that comes in is no file until an item could look at one. */
static enum step
wait_files(struct run *run)
{
	if (!run->asks_files)
		run_effect(run, EFFECT_STAGE, "", NULL);
	run->asks_files = true;
	return STEP_WAIT;
}

/*
 * The rest of a line.  STEP_YES: all its items were done; STEP_NO, FAILED:
 * it ended before.  The frame's item is the one that said so.
 */
static enum step
run_items(struct run *run, struct frame *f, const struct rule_line *line)
{
	const uint32_t bit = EV(run->event);
	const bool is_restricted = f->rules->is_restricted;
	const bool is_bare = run->event == RULE_DATA && run->watch == NULL &&
	    run->policy->spool == NULL;
	const struct rule_item *item;
	enum step step;

	for (; f->item < line->count; f->item++) {
		item = &line->items[f->item];
		if ((word_events[item->word] & bit) == 0)
			step = pass_over(run, item, false);
		else if (is_restricted && word_is_taken[item->word])
			step = pass_over(run, item, true);
		else if (is_bare && item->wants_files)
			step = wait_files(run);
		else if (run->watch != NULL)
			step = run_watched(run, item);
		else
			step = word_functions[item->word](run, item);
		if (step == STEP_WAIT)
			return step;
		if (run->op.state != 0 || run->op.end != NULL)
			op_clear(run);
		if (item->is_negated && step <= STEP_NO)
			step = step == STEP_YES ? STEP_NO : STEP_YES;
		if (run->watch != NULL)
			tell_item(run, item, step);
		if (step == STEP_END_AFTER)
			f->ends_line = true;
		else if (step != STEP_YES)
			return step;
	}
	return STEP_YES;
}

/* Rules that do not come to an end are no policy: the client is asked to come
 * again, and the log names the line. */
static enum turn
run_over_limit(struct run *run, const char *what)
{
	run_warn(run, "the event ends here: %s", what);
	run->verdict = VERDICT_TEMP;
	run_place(run);
	return TURN_ENDED;
}

/* The slice is there for others: one client's rules must not stop all sessions.
 * Scratch memory lives for a line. */
static enum turn
begin_line(struct run *run, struct frame *f)
{
	if (run->slice >= RUN_SLICE && ruled.base != NULL) {
		run->slice = 0;
		return TURN_SLICED;
	}
	run->slice++;
	if (run->lines++ >= RUN_LINES_MAX)
		return run_over_limit(run, "too many lines");
	if (run->scratch_len != 0)
		run_scratch_clear(run, false);
	run->delimiter = ':';
	f->is_begun = true;
	if (run->watch != NULL)
		run->watch->line(
		    run->watch->arg, f->rules, &f->rules->lines[f->line]);
	return TURN_GOES_ON;
}

/*
 * Rules_on_error "tempfail": a file with wrong lines is no policy.  Files of
 * users do not stop the mail of others.
 */
static bool
is_broken(struct run *run, const struct rules *rules)
{
	if (!rules->has_errors || rules->is_restricted ||
	    (EV(run->event) & EV_BEFORE_END) == 0 ||
	    option_word(ruled.options, OPT_RULES_ON_ERROR) != 1)
		return false;
	run->verdict = VERDICT_TEMP;
	strlcpy(run->place, rules->name, sizeof(run->place));
	return true;
}

/* The file of the topmost frame is done; those below go on. */
static enum turn
leave_file(struct run *run)
{
	struct frame *f = &run->frames[run->depth - 1];
	bool ends = f->ends_line || f->ends_file;

	rules_release(f->rules);
	memset(f, 0, sizeof(*f));
	run->depth--;
	return ends || run->depth == 0 ? TURN_ENDED : TURN_GOES_ON;
}

/* run->next becomes the topmost file, above the present one or instead. */
static enum turn
enter_file(struct run *run, bool replaces)
{
	struct frame *f = &run->frames[run->depth - 1];
	struct rules *next = run->next;
	bool ends = replaces && (f->ends_line || f->ends_file);

	run->next = NULL;
	if (run->switches++ >= RUN_SWITCHES_MAX ||
	    (!replaces && run->depth == RUN_DEPTH_MAX)) {
		rules_release(next);
		return run_over_limit(run,
		    run->depth == RUN_DEPTH_MAX ? "files in files too deep" :
						  "too many files");
	}
	if (is_broken(run, next)) {
		rules_release(next);
		return TURN_ENDED;
	}
	f->item++;
	if (replaces)
		rules_release(f->rules);
	else
		f = &run->frames[run->depth++];
	memset(f, 0, sizeof(*f));
	f->rules = next;
	f->ends_file = ends;
	return TURN_GOES_ON;
}

/* A line whose condition was false is over like one that was done. */
static enum turn
after_items(struct run *run, struct frame *f, enum step step)
{
	switch (step) {
	case STEP_WAIT:
		return TURN_WAITS;
	case STEP_STOP:
		return TURN_ENDED;
	case STEP_LEAVE:
		return leave_file(run);
	case STEP_INCLUDE:
		return enter_file(run, false);
	case STEP_REPLACE:
		return enter_file(run, true);
	default:
		if (f->ends_line)
			return TURN_ENDED;
		f->line++;
		f->item = 0;
		f->is_begun = false;
		return TURN_GOES_ON;
	}
}

/* Until the rules end, an item waits, or the loop is to have its turn. */
static enum turn
run_lines(struct run *run)
{
	enum turn turn = TURN_GOES_ON;
	struct frame *f;

	while (turn == TURN_GOES_ON) {
		f = &run->frames[run->depth - 1];
		if (f->line >= f->rules->count) {
			turn = leave_file(run);
			continue;
		}
		if (!f->is_begun && (turn = begin_line(run, f)) != TURN_GOES_ON)
			break;
		turn = after_items(
		    run, f, run_items(run, f, &f->rules->lines[f->line]));
	}
	return turn;
}

/* The rules of the event, by the option as this connection has it. */
static enum turn
first_file(struct run *run)
{
	enum option_id option = rule_event_option(run->event);
	struct rules *rules = NULL;
	bool is_missing = false;
	const char *value;

	value = overlay_text(run->policy->options, ruled.options, option);
	if (run->watch != NULL && run->watch->rules != NULL)
		value = run->watch->rules;
	if (*value == '\0')
		return TURN_ENDED;
	switch (rules_value_get(run, option, value, &rules, &is_missing)) {
	case ASK_GOT:
		break;
	case ASK_WAIT:
		return TURN_WAITS;
	case ASK_FAILED:
		run_no_rules(run, option, value, is_missing);
		return TURN_ENDED;
	}
	op_clear(run);
	if (is_broken(run, rules)) {
		rules_release(rules);
		return TURN_ENDED;
	}
	run->has_rules = true;
	run->frames[0].rules = rules;
	run->depth = 1;
	if (run->watch == NULL)
		if (ruled.told_missing[run->event] != 0)
			run_has_rules(run, value);
	return TURN_GOES_ON;
}

/* The stack is let go of from the top. What a recipient's event changed for
 * that recipient alone is set back. */
static void
run_free(struct run *run)
{
	struct policy *p = run->policy;

	op_clear(run);
	while (run->depth > 0)
		leave_file(run);
	rules_release(run->next);
	rules_release(run->reply_rules);
	run_scratch_clear(run, true);
	if (run->has_sender_before && p != NULL)
		policy_set_sender(
		    p, run->sender_before != NULL ? run->sender_before : "");
	if (p != NULL && p->run == run)
		p->run = NULL;
	free(run->sender_before);
	free(run->values);
	if (run->timer != NULL)
		event_free(run->timer);
	free(run);
}

/* done may close the session, but not free the run, which is done here. */
static void
run_end(struct run *run)
{
	verdict_finish(run);
	/* What this event was told of; the next is told anew. */
	if ((EV(run->event) &
		(EV(RULE_LRCPT_REFUSED) | EV(RULE_DL_RCPT) |
		    EV_ERROR_REPORT)) != 0)
		policy_set(&run->policy->answer, "");
	run->done(run);
	run_free(run);
}

static void run_go(struct run *run);

/* Two uses: the next slice, or the end of the time that an event may take with
 * all of its waiting. */
static void
run_timer(int fd, short what, void *arg)
{
	struct run *run = arg;

	(void)fd;
	(void)what;
	if (!run->is_sliced) {
		run_over_limit(run, "it took too long");
		run_end(run);
		return;
	}
	run_go(run);
}

/* Until an answer, the next turn of the loop, or the end of its time. */
static void
run_park(struct run *run, bool is_sliced)
{
	struct timeval tv = {0, 0};
	int64_t left, now = monotime_now().us / 1000;

	run->is_sliced = is_sliced;
	if (run->began == 0)
		run->began = now;
	if (ruled.base == NULL)
		return;
	if (run->timer == NULL &&
	    (run->timer = evtimer_new(ruled.base, run_timer, run)) == NULL)
		return;
	if (!is_sliced) {
		left = run->began + RUN_SECONDS_MAX * 1000 - now;
		if (left < 0)
			left = 0;
		tv.tv_sec = left / 1000;
		tv.tv_usec = left % 1000 * 1000;
	}
	evtimer_add(run->timer, &tv);
}

/* Not nested: an answer that comes while the run is at work is noted, and the
 * item is done again. */
static void
run_go(struct run *run)
{
	enum turn turn;

	if (run->is_running) {
		run->is_resumed = true;
		return;
	}
	run->is_running = true;
	if (ruled.busy != NULL)
		ruled.busy(run->policy, run);
	do {
		run->is_resumed = false;
		turn = TURN_GOES_ON;
		if (!run->has_rules)
			turn = first_file(run);
		if (turn == TURN_GOES_ON)
			turn = run_lines(run);
	} while (turn == TURN_WAITS && run->is_resumed);
	run->is_running = false;
	if (ruled.busy != NULL)
		ruled.busy(run->policy, NULL);
	if (turn == TURN_ENDED)
		run_end(run);
	else
		run_park(run, turn == TURN_SLICED);
}

/* In data_cmd and data the recipient is the last that was accepted, A30. */
static void
set_last_rcpt(struct policy *p, enum rule_event event)
{
	const char *last;

	if ((EV(event) & (EV(RULE_DATA_CMD) | EV(RULE_DATA))) == 0)
		return;
	last = p->rcpt_count > 0 ? p->rcpts[p->rcpt_count - 1] : "";
	if (p->rcpt == NULL || strcmp(p->rcpt, last) != 0)
		policy_set_rcpt(p, last);
}

/* -1: the session has an event under way, or no memory. done may be called
 * before it returns. */
int
run_start(struct policy *p, enum rule_event event, uint64_t ask,
    const struct run_watch *watch, void (*done)(struct run *))
{
	struct run *run;

	if (p->run != NULL || (run = calloc(1, sizeof(*run))) == NULL)
		return -1;
	run->policy = p;
	run->event = event;
	run->ask = ask;
	run->watch = watch;
	run->done = done;
	run->op.fd = -1;
	p->run = run;
	set_last_rcpt(p, event);
	run_go(run);
	return 0;
}

/* By a ref: whoever answers need not know whether the session is still there.
 */
void
run_resume(uint64_t policy_ref)
{
	struct policy *p = policy_get(policy_ref);

	if (p != NULL && p->run != NULL)
		run_go(p->run);
}

/* done is not called: the asker is the one who has gone. */
void
run_has_files(struct run *run)
{
	if (!run->asks_files)
		return;
	run->asks_files = false;
	if (run->policy->spool != NULL) {
		run_go(run);
		return;
	}
	run_over_limit(run, "the message can not be shown in files");
	run_end(run);
}

void
run_abort(struct run *run)
{
	run_free(run);
}
