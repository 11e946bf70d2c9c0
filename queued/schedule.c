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
 * schedule.c: the queue's order in time and the rules of retry and expiry.
 * Expiry is an invariant: schedule_failed ends a recipient whose attempts
 * are used up, and the sweeper ends whatever is past its window on any
 * other path.  Nothing else turns a temporary failure into a lasting one.
 */

#include "schedule.h"

#include <stdlib.h>

/* Time beyond its window that a message gets for its last attempt and for
 * being swept: this many seconds, or two retries if that is more. */
#define SCHEDULE_SLACK 600
/* Of so many entries taken, one is patient if there are both kinds. */
#define SCHEDULE_TURN 4
/* Entries looked for in the tree whenever one is taken: more than one, so
 * that what is due does not gather there. */
#define SCHEDULE_RIPEN 4

/* By time, then by arrival. */
static int
entry_compare(const struct entry *a, const struct entry *b)
{
	if (a->due != b->due)
		return a->due < b->due ? -1 : 1;
	if (a->message->id == b->message->id)
		return 0;
	return a->message->id < b->message->id ? -1 : 1;
}

RB_PROTOTYPE(entry_tree, entry, link.tree, entry_compare)
RB_GENERATE(entry_tree, entry, link.tree, entry_compare)

void
schedule_init(struct schedule *s)
{
	*s = (struct schedule){0};
	RB_INIT(&s->waits);
	TAILQ_INIT(&s->due);
	TAILQ_INIT(&s->again);
	TAILQ_INIT(&s->low);
}

/* Its open time begins now: what passed before it came is not held against
 * it, nor what passed before a restart. */
struct entry *
schedule_add(struct schedule *s, struct message *m)
{
	struct entry *e;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return NULL;
	e->message = m;
	e->since = s->open;
	m->sched = e;
	return e;
}

void
schedule_free(struct schedule *s, struct entry *e)
{
	schedule_take(s, e);
	e->message->sched = NULL;
	free(e);
}

/* An entry must be taken out by the same flags by which it came in: change them
 * only while it is nowhere. */
static struct entry_list *
due_list(struct schedule *s, const struct entry *e)
{
	if (e->message->flags & MSG_QLIMIT)
		return &s->low;
	return e->is_patient ? &s->again : &s->due;
}

/* Safe for an entry that is nowhere, so that those who move one need not know
 * where it was. */
void
schedule_take(struct schedule *s, struct entry *e)
{
	if (e->where == ENTRY_WAITS) {
		RB_REMOVE(entry_tree, &s->waits, e);
		s->nwaits--;
	} else if (e->where == ENTRY_DUE) {
		TAILQ_REMOVE(due_list(s, e), e, link.list);
		s->ndue--;
	} else if (e->where == ENTRY_PARKED) {
		TAILQ_REMOVE(e->parked, e, link.list);
		s->nparked--;
	}
	e->where = ENTRY_NOWHERE;
}

/* For those that no time brings back but an event: room at a destination, a
 * report's turn, a file that was written. The list is the caller's, and the
 * entry knows it. */
void
schedule_park(struct schedule *s, struct entry *e, struct entry_list *list)
{
	schedule_take(s, e);
	TAILQ_INSERT_TAIL(list, e, link.list);
	e->parked = list;
	e->where = ENTRY_PARKED;
	s->nparked++;
}

/* Where it was before does not matter. What is due at once goes behind those
 * that are. */
void
schedule_put(struct schedule *s, struct entry *e, int64_t due, int64_t now)
{
	schedule_take(s, e);
	e->due = due;
	if (due <= now) {
		TAILQ_INSERT_TAIL(due_list(s, e), e, link.list);
		e->where = ENTRY_DUE;
		s->ndue++;
	} else {
		RB_INSERT(entry_tree, &s->waits, e);
		e->where = ENTRY_WAITS;
		s->nwaits++;
	}
}

/* Bounded, as after a day without the network the whole queue is due at once.
 */
unsigned int
schedule_ripen(struct schedule *s, int64_t now, unsigned int most)
{
	struct entry *e;
	unsigned int n;

	for (n = 0; n < most; n++) {
		e = RB_MIN(entry_tree, &s->waits);
		if (e == NULL || e->due > now)
			break;
		schedule_put(s, e, e->due, now);
	}
	return n;
}

/* First come, first served. */
static struct entry *
next_of(struct schedule *s, struct entry_list *list)
{
	struct entry *e = TAILQ_FIRST(list);

	if (e != NULL)
		schedule_take(s, e);
	return e;
}

/* For when the active set is nearly full: what waited before must not take the
 * last places. */
struct entry *
schedule_next_new(struct schedule *s, int64_t now)
{
	schedule_ripen(s, now, SCHEDULE_RIPEN);
	return next_of(s, &s->due);
}

/* The second queue has nothing to say while the first has anything. */
struct entry *
schedule_next_low(struct schedule *s)
{
	return next_of(s, &s->low);
}

/* One turn of four for those that waited: neither new mail nor old can shut the
 * other out. */
struct entry *
schedule_next(struct schedule *s, int64_t now)
{
	bool patient = ++s->turns % SCHEDULE_TURN == 0;
	struct entry *e;

	schedule_ripen(s, now, SCHEDULE_RIPEN);
	if ((e = next_of(s, patient ? &s->again : &s->due)) == NULL)
		e = next_of(s, patient ? &s->due : &s->again);
	return e;
}

int64_t
schedule_wake(const struct schedule *s)
{
	struct entry_tree *waits = (struct entry_tree *)(uintptr_t)&s->waits;
	const struct entry *e;

	if (s->ndue > 0)
		return 0;
	e = RB_MIN(entry_tree, waits);
	return e == NULL ? SCHEDULE_NEVER : e->due;
}

/* Scans are at fixed times from the start on, however often it is asked. */
int64_t
schedule_scan(const struct schedule_conf *conf, int64_t now)
{
	int64_t past = now - conf->start;

	if (past < 0)
		past = 0;
	return now + conf->scan - past % conf->scan;
}

/* With Immed_delivery 0 and 1 local mail waits for a scan, so that a burst of
 * it does not compete with its own reception. */
int64_t
schedule_first(const struct schedule_conf *conf, bool is_local, int64_t now)
{
	if (!is_local || conf->immediate == 2)
		return 0;
	/* With 1 the end of the session comes first, as a rule. */
	return schedule_scan(conf, now);
}

/* The earliest of its recipients, or SCHEDULE_NEVER. */
int64_t
schedule_due(const struct message *m)
{
	int64_t due = SCHEDULE_NEVER;
	uint32_t i;

	for (i = 0; i < m->nrcpts; i++)
		if ((m->rcpts[i].state == RCPT_PENDING ||
			m->rcpts[i].state == RCPT_DEFERRED) &&
		    m->rcpts[i].next < due)
			due = m->rcpts[i].next;
	return due;
}

int64_t
schedule_retry(const struct schedule_conf *conf, const struct message *m)
{
	return m->flags & MSG_QLIMIT ? conf->low_retry : conf->retry;
}

/* A report that nobody takes is not worth half a day. */
uint32_t
schedule_attempts(const struct schedule_conf *conf, const struct message *m)
{
	const struct entry *e = m->sched;

	if (e != NULL && e->attempts != 0)
		return e->attempts;
	return m->flags & MSG_BOUNCE ? conf->reports : conf->attempts;
}

bool
schedule_failed(const struct schedule_conf *conf, const struct message *m,
    struct recipient *r, int64_t now)
{
	if (r->attempts < UINT16_MAX)
		r->attempts++;
	if (r->attempts >= schedule_attempts(conf, m)) {
		r->state = RCPT_FAILED;
		return true;
	}
	r->state = RCPT_DEFERRED;
	r->next = now + schedule_retry(conf, m);
	return false;
}

/* A last attempt that was just put off, and a scan to notice. */
static int64_t
schedule_slack(const struct schedule_conf *conf, const struct message *m)
{
	int64_t slack = 2 * schedule_retry(conf, m) + conf->scan;

	return slack > SCHEDULE_SLACK ? slack : SCHEDULE_SLACK;
}

/* What a message gets if each attempt begins on time; longer only for time in
 * which nothing could go out. */
int64_t
schedule_window(const struct schedule_conf *conf, const struct message *m)
{
	return (int64_t)schedule_attempts(conf, m) * schedule_retry(conf, m) +
	    schedule_slack(conf, m);
}

bool
schedule_is_over(const struct schedule *s, const struct schedule_conf *conf,
    const struct entry *e, int64_t now)
{
	const struct message *m = e->message;
	uint32_t i, most = schedule_attempts(conf, m), left = 0;
	const struct recipient *r;

	if (now - m->arrival <= schedule_window(conf, m))
		return false;
	/* The age alone may come from a clock that was wrong, or from days
	 * without power: each attempt that is left gets its time. */
	for (i = 0; i < m->nrcpts; i++) {
		r = &m->rcpts[i];
		if ((r->state == RCPT_PENDING || r->state == RCPT_DEFERRED) &&
		    r->attempts < most && most - r->attempts > left)
			left = most - r->attempts;
	}
	return (int64_t)(s->open - e->since) >=
	    left * schedule_retry(conf, m) + schedule_slack(conf, m);
}

/* Whole intervals are open or closed: it is called often enough. */
void
schedule_tick(struct schedule *s, bool is_open, int64_t now)
{
	if (is_open && s->open_at != 0 && now > s->open_at)
		s->open += (uint32_t)(now - s->open_at);
	s->open_at = now;
}

/* By id and not by pointer: any message may be gone before it goes on. */
bool
schedule_sweep(struct schedule *s, struct message_tree *tree,
    unsigned int budget, void (*check)(struct message *))
{
	struct message key = {.id = s->swept};
	struct message *m, *next;

	for (m = RB_NFIND(message_tree, tree, &key); m != NULL && budget > 0;
	     m = next, budget--) {
		next = RB_NEXT(message_tree, tree, m);
		s->swept = m->id + 1;
		check(m);
	}
	if (m != NULL)
		return false;
	s->swept = 0;
	return true;
}
