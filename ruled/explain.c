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
 * Explain: a session of nobody is told the facts and runs the event while we
 * watch; see explain.h.  What is made here is freed from the loop, for a run
 * uses its session after it has said that it is done.
 */
#include "explain.h"

#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "ctl.h"
#include "poison.h"

#include "explain_facts.h"
#include "explain_line.h"
#include "parse.h"
#include "ruled.h"
#include "run.h"

#define WHY_MAX 512
/* Effects and warnings of one item that are held back until it is told. */
#define HELD_MAX 8

struct explain {
	LIST_ENTRY(explain) link;
	struct peer *peer; /* NULL: it was answered, or has gone */
	uint64_t ref;
	struct policy *policy;
	struct run_watch watch;
	struct event *timer; /* its deadline; then its end */
	uint32_t told; /* items sent */
	uint32_t lines, left_out; /* of rules */
	struct out held[HELD_MAX];
	unsigned int held_count;
	struct explain_query query;
};
static LIST_HEAD(explains, explain) explains = LIST_HEAD_INITIALIZER(explains);
static unsigned int explain_count;

/* Ends its run too, if it still has one. */
static void
explain_free(struct explain *x)
{
	while (x->held_count > 0)
		out_clear(&x->held[--x->held_count]);
	LIST_REMOVE(x, link);
	explain_count--;
	policy_free(x->policy);
	if (x->timer != NULL)
		event_free(x->timer);
	free(x);
}

/* The one end of the call; the client reads no further. */
static void
answer(struct peer *peer, uint64_t ref, enum ctl_status status, uint32_t count)
{
	union msg m = {.ctl_list_answ = {.status = status, .count = count}};

	(void)peer_answer(peer, MSG_CTL_LIST_ANSW, ref, &m, -1);
}

/* The line in o, which is emptied for the next.  One that could not be made
 * is left out. */
static void
send_line(struct explain *x, struct out *o)
{
	union msg m = {.ctl_line = {.line = o->text}};

	if (x->peer != NULL && !o->failed && o->text != NULL &&
	    peer_item(x->peer, MSG_CTL_LINE, x->ref, &m, -1) == 0)
		x->told++;
	out_clear(o);
}

/* Is there room to tell more?  A client that does not read gets less. */
static bool
may_tell(const struct explain *x)
{
	return x->peer != NULL && x->lines <= EXPLAIN_LINES_MAX &&
	    !peer_is_full(x->peer);
}

/* What an item does and is warned of is told behind it. */
static void
tell_held(struct explain *x)
{
	unsigned int i;

	for (i = 0; i < x->held_count; i++)
		send_line(x, &x->held[i]);
	x->held_count = 0;
}

/* An item's effects happen before it is known how it ended; so they wait, and
 * are shown behind it. */
static struct out *
hold_next(struct explain *x)
{
	struct out *o;

	if (x->held_count == HELD_MAX)
		tell_held(x);
	o = &x->held[x->held_count++];
	out_init(o, EXPLAIN_LINE_MAX);
	return o;
}

/* Counted also where it is not shown, so that a client that reads slowly learns
 * how much it has missed. */
static void
tell_line(void *arg, const struct rules *rules, const struct rule_line *line)
{
	struct explain *x = arg;
	struct out o;

	x->lines++;
	if (!may_tell(x)) {
		x->left_out++;
		return;
	}
	out_init(&o, EXPLAIN_LINE_MAX);
	explain_line_rule(&o, x->policy->run->depth, rules, line);
	send_line(x, &o);
}

/* Conditions with the values that they compared: that is what explain is asked
 * for. */
static void
tell_item(void *arg, const struct run *run, const struct rule_item *item,
    enum step step, const char *values)
{
	struct explain *x = arg;
	struct out o;

	if (!may_tell(x))
		return;
	out_init(&o, EXPLAIN_LINE_MAX);
	explain_line_item(&o, run, item, step, values);
	send_line(x, &o);
	tell_held(x);
}

/* What would have been told to the asker. There is none here. */
static void
tell_effect(void *arg, enum rule_effect effect, const char *text)
{
	struct explain *x = arg;

	if (may_tell(x))
		explain_line_effect(hold_next(x), effect, text);
}

static void
tell_warning(void *arg, const char *place, const char *what)
{
	struct explain *x = arg;

	if (may_tell(x))
		explain_line_text(hold_next(x), "warning", place, what);
}

/* Answered; the loop frees it when nothing on the stack knows it. */
static void
explain_end(struct explain *x)
{
	static const struct timeval now = {0, 0};

	if (x->peer != NULL)
		answer(x->peer, x->ref, CTL_OK, x->told);
	x->peer = NULL;
	evtimer_add(x->timer, &now);
}

/* Called from within the run, which uses its policy afterwards: nothing is
 * freed here. */
static void
explain_done(struct run *run)
{
	struct explain *x = run->watch->arg;
	char text[64];
	struct out o;

	tell_held(x);
	if (x->left_out > 0) {
		snprintf(text, sizeof(text),
		    "%u more lines were tried and are not shown", x->left_out);
		out_init(&o, EXPLAIN_LINE_MAX);
		explain_line_text(&o, "warning", NULL, text);
		send_line(x, &o);
	}
	out_init(&o, EXPLAIN_LINE_MAX);
	explain_line_verdict(&o, run);
	send_line(x, &o);
	explain_end(x);
}

/* Its time is over, or it has ended before. */
static void
explain_timer(int fd, short what, void *arg)
{
	struct explain *x = arg;
	struct out o;

	(void)fd;
	(void)what;
	if (x->peer != NULL) {
		out_init(&o, EXPLAIN_LINE_MAX);
		explain_line_text(
		    &o, "error", NULL, "it takes too long, and was given up");
		send_line(x, &o);
		answer(x->peer, x->ref, CTL_OK, x->told);
	}
	explain_free(x);
}

/* EXPLAIN_MAX at a time: each has a session, and an administrator's script may
 * start many. */
static struct explain *
explain_new(struct peer *peer, uint64_t ref)
{
	static const struct timeval deadline = {EXPLAIN_SECONDS_MAX, 0};
	struct explain *x;

	if (explain_count >= EXPLAIN_MAX || (x = calloc(1, sizeof(*x))) == NULL)
		return NULL;
	x->peer = peer;
	x->ref = ref;
	x->policy = policy_new();
	x->timer = evtimer_new(ruled.base, explain_timer, x);
	LIST_INSERT_HEAD(&explains, x, link);
	explain_count++;
	if (x->policy == NULL || x->timer == NULL) {
		explain_free(x);
		return NULL;
	}
	evtimer_add(x->timer, &deadline);
	return x;
}

/* 0, or -1 with what is wrong. Facts are set as if an asker had told them, by
 * the same code. */
static int
explain_prepare(struct explain *x, const char *text, char *why)
{
	struct explain_query *q = &x->query;

	if (explain_query(q, text, why, WHY_MAX) == -1 ||
	    explain_facts(x->policy, q, why, WHY_MAX) == -1)
		return -1;
	/* Else whoever may ask could have any program run. */
	if (q->is_real && q->rules != NULL && parse_is_inline(q->rules)) {
		strlcpy(
		    why, "rules from the command line are not run", WHY_MAX);
		return -1;
	}
	if (poison_is(EXPLAIN_BUSY)) {
		strlcpy(why, "it has ended this process twice", WHY_MAX);
		return -1;
	}
	x->watch = (struct run_watch){.arg = x,
	    .line = tell_line,
	    .item = tell_item,
	    .effect = tell_effect,
	    .warn = tell_warning,
	    .rules = q->rules,
	    .is_dry = !q->is_real};
	return 0;
}

/* No room for another. */
static void
explain_full(struct peer *peer, uint64_t ref)
{
	static struct explain x;
	struct out o;

	x.peer = peer;
	x.ref = ref;
	out_init(&o, EXPLAIN_LINE_MAX);
	explain_line_text(&o, "error", NULL, "others are being explained now");
	send_line(&x, &o);
	answer(peer, ref, CTL_OK, 1);
}

/* Anybody who may connect may look. Only who may change things can have rules
 * really run, with programs, logs and mail. */
void
explain_start(
    struct peer *peer, uint64_t ref, const char *query, bool may_change)
{
	struct explain *x;
	char why[WHY_MAX];
	const char *rules;
	struct out o;

	if ((x = explain_new(peer, ref)) == NULL) {
		explain_full(peer, ref);
		return;
	}
	out_init(&o, EXPLAIN_LINE_MAX);
	if (explain_prepare(x, query, why) == -1) {
		explain_line_text(&o, "error", NULL, why);
		send_line(x, &o);
		explain_end(x);
		return;
	}
	if (x->query.is_real && !may_change) {
		answer(peer, ref, CTL_DENIED, 0);
		x->peer = NULL;
		explain_end(x);
		return;
	}
	rules = x->query.rules;
	if (rules == NULL)
		rules = overlay_text(x->policy->options, ruled.options,
		    rule_event_option(x->query.event));
	explain_line_event(&o, x->query.event, rules);
	send_line(x, &o);
	if (run_start(x->policy, x->query.event, 0, &x->watch, explain_done) ==
	    -1)
		explain_end(x);
}

/* The client has hung up; its run is ended in the middle, which has no effect
 * outside but what a real one has had. */
void
explain_gone(struct peer *peer)
{
	struct explain *x, *next;

	for (x = LIST_FIRST(&explains); x != NULL; x = next) {
		next = LIST_NEXT(x, link);
		if (x->peer == peer)
			explain_free(x);
	}
}
