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
 * task.c: makes tasks of the recipients that are due and hands them to
 * deliverd as it has room.  What is out is found again by its number; when
 * deliverd goes, everything that was out is due again.
 */

#include "task.h"

#include <stdlib.h>

#include "answer.h"
#include "dispatch.h"
#include "log.h"
#include "override.h"
#include "proc.h"
#include "queued.h"
#include "result.h"
#include "route.h"
#include "rules.h"
#include "slot.h"

/* Tasks that are ready or out, of all messages and of one: the active set
 * is bounded however long the queue is. */
#define TASKS_MAX 20000
#define TASKS_MAX_MESSAGE 64
/* What is patient stops earlier: the rest is for new mail. */
#define TASKS_MAX_PATIENT (TASKS_MAX / 4 * 3)
/* And what is of the second queue earlier still. */
#define TASKS_MAX_LOW (TASKS_MAX / 2)
/* One destination may have this part of what is left ready, and at least
 * so many: the more are busy, the less a further one gets. */
#define TASKS_PART 8
#define TASKS_LEAST 64
/* Of the room that deliverd has, the part that only local mail may use:
 * hosts that do not answer hold a slot for minutes, mailboxes do not. */
#define TASK_ROOM_LOCAL 8
/* And the part that destinations may hold which could not be reached when
 * they were last tried: however many of them are dead, others find room. */
#define TASK_ROOM_SILENT 2
/* Recipients looked at for one message before others get their turn. */
#define TASK_LOOK_MAX 10000
/* Messages looked at in one turn: some milliseconds, as clients wait. */
#define TASK_TURN_MAX 1000
/* A task may be out for this long, and longer by a second per so many
 * bytes. */
#define TASK_SECONDS 7200
#define TASK_SECONDS_BYTES 4096
/* One that was asked back may take so long to end. */
#define TASK_CANCEL_SECONDS 1800
/* Wait after a failure of our own, seconds. */
#define TASK_AGAIN 5

static struct slots out;
static unsigned int nready, nout;
static unsigned int nlow_out; /* of those out, the second queue's */
static bool is_init;

unsigned int
task_out(void)
{
	return nout;
}

unsigned int
task_ready(void)
{
	return nready;
}

/* Is anybody there to take one, and may one be given? */
static bool
task_is_able(void)
{
	return !env.paused && !env.stopping && env.spool != NULL &&
	    proc_peer(PROC_DELIVERD, 0) != NULL;
}

/* Could anything go out now?  Time in which it could not expires nothing. */
bool
task_is_open(void)
{
	return task_is_able() &&
	    (env.conf.load == 0 || env.load <= env.conf.load);
}

/* Tasks of a destination that may be ready in one of its queues. */
static unsigned int
task_most(void)
{
	unsigned int most = 0;

	if (nready + nout < TASKS_MAX)
		most = (TASKS_MAX - nready - nout) / TASKS_PART;
	return most < TASKS_LEAST ? TASKS_LEAST : most;
}

/* A ready task left the queue: those parked behind it may come. */
static void
task_unpark(struct dest *d, enum task_class class, int64_t now)
{
	unsigned int n, most = task_most();
	struct entry_list *list = dest_parked(d, class, most);

	for (n = 0; list != NULL && !TAILQ_EMPTY(list) && n < most; n++)
		schedule_put(&env.schedule, TAILQ_FIRST(list), now, now);
}

/* What is patient gives way as a long list does; the second queue to all. */
static enum task_class
task_class(const struct entry *e)
{
	if (e->message->flags & MSG_QLIMIT)
		return TASK_LOW;
	return e->is_patient || e->is_long ? TASK_BULK : TASK_FIRST;
}

/* Adds one recipient to a task.  -1: it has to wait (paused, memory). */
static int
task_take(struct entry *e, uint32_t i, struct task_list *made,
    struct entry_list **park)
{
	struct message *m = e->message;
	struct recipient *r = &m->rcpts[i];
	const char *to = route_text(e, r, ROUTE_MX_DEST);
	bool local = route_is_local(e, r);
	enum task_class class = task_class(e);
	struct dest *d;

	if (to[0] == '\0')
		to = dest_domain(message_text(m, r->address));
	d = dest_get(local, to);
	if (d == NULL || d->is_paused)
		return -1;
	/* What an earlier run left behind, or one before a restart. */
	if (!d->is_known && r->answer != 0)
		dest_silent(d, answer_is_silent(message_text(m, r->answer)));
	if (dest_is_full(d, class, task_most())) {
		if (class == TASK_FIRST && d->making != NULL)
			class = TASK_BULK;
		*park = &d->parked[class];
		return 0;
	}
	if (dest_add(d, e, i, class, made) == -1)
		return -1;
	r->task = RCPT_READY;
	return 0;
}

/* Makes tasks of what is due of one message, as many as it may have. */
static void
task_make(struct entry *e, int64_t now)
{
	struct task_list made = TAILQ_HEAD_INITIALIZER(made);
	struct message *m = e->message;
	struct recipient *r;
	uint32_t looks = 0, was;
	struct entry_list *park = NULL;

	e->is_long = e->cursor > 0;
	for (; e->cursor < m->nrcpts && looks < TASK_LOOK_MAX; e->cursor++) {
		if (e->tasks >= TASKS_MAX_MESSAGE)
			break;
		looks++;
		r = &m->rcpts[e->cursor];
		if ((r->state != RCPT_PENDING && r->state != RCPT_DEFERRED) ||
		    r->task != RCPT_IDLE || r->next > now)
			continue;
		was = e->tasks;
		if (task_take(e, e->cursor, &made, &park) == -1)
			r->next = now + env.conf.scan;
		nready += e->tasks - was;
	}
	dest_ready(&made);
	if (e->cursor < m->nrcpts && e->tasks < TASKS_MAX_MESSAGE)
		schedule_put(&env.schedule, e, now, now);
	else if (e->tasks > 0)
		return; /* What found no place now does when these end. */
	else if (park != NULL) {
		e->cursor = 0;
		schedule_park(&env.schedule, e, park);
	} else
		result_touch(e);
}

/* Those without a result are free again, not before next. */
static void
task_idle(struct task *t, int64_t next)
{
	struct message *m = t->entry->message;
	struct recipient *r;
	uint32_t i;

	for (i = 0; i < t->count; i++) {
		r = &m->rcpts[t->rcpts[i]];
		if (r->task != RCPT_OUT && r->task != RCPT_READY)
			continue;
		r->task = RCPT_IDLE;
		if (r->next < next)
			r->next = next;
	}
}

/* A task that could not be sent.  The three ways are not alike: lost content
 * ends in a hold, as each try would fail; what deliverd refuses to hear is an
 * attempt, so that it can not come back for ever; what found no room or memory
 * is none. */
static void
task_unsent(struct task *t, enum dispatch_result r, int64_t now)
{
	struct entry *e = t->entry;

	if (r == DISPATCH_LOST)
		result_hold(e, "its content can not be read");
	if (r == DISPATCH_BAD)
		result_count(t, now);
	task_end(t, now + TASK_AGAIN);
}

/* Content is kept in memory only until all of the first run is out. */
static void
task_forget_content(struct entry *e)
{
	struct task *t;

	if (e->content == NULL || e->cursor < e->message->nrcpts)
		return;
	LIST_FOREACH (t, &e->list, of_entry)
		if (t->ref == 0)
			return;
	result_forget_content(e);
}

/* From here on the task is deliverd's, and its deadline ours. */
static void
task_send(struct peer *p, struct task *t, int64_t now)
{
	struct message *m = t->entry->message;
	enum dispatch_result r;
	uint32_t i;

	nready--;
	task_unpark(t->dest, t->class, now);
	if ((t->ref = slot_add(&out, t)) == 0) {
		task_idle(t, now + TASK_AGAIN);
		result_touch(t->entry);
		task_free(t);
		return;
	}
	nout++;
	nlow_out += t->class == TASK_LOW;
	dest_sent(t->dest);
	t->deadline =
	    now + TASK_SECONDS + (int64_t)(m->size / TASK_SECONDS_BYTES);
	for (i = 0; i < t->count; i++)
		m->rcpts[t->rcpts[i]].task = RCPT_OUT;
	if ((r = dispatch_send(p, t)) != DISPATCH_OK) {
		task_unsent(t, r, now);
		return;
	}
	env.tasks++;
	t->entry->is_run = true;
	task_forget_content(t->entry);
}

/* As long as there is room and the pair takes more.  What is kept for local
 * mail is a part of all slots and not of the free ones, or it would shrink as
 * they are used up. */
static void
task_dispatch(int64_t now)
{
	struct peer *p = proc_peer(PROC_DELIVERD, 0);
	unsigned int all = env.room + nout, kept = all / TASK_ROOM_LOCAL;
	struct dest_limits l = {.each = env.conf.per_dest};
	struct task *t;

	if (env.conf.procs != 0 && env.conf.procs < all)
		all = env.conf.procs;
	l.silent = all / TASK_ROOM_SILENT;
	if (l.silent == 0)
		l.silent = 1;

	while (env.room > 0 && !peer_is_full(p) &&
	    (env.conf.procs == 0 || nout < env.conf.procs)) {
		l.local_only = env.room <= kept;
		l.no_low =
		    env.conf.low_procs != 0 && nlow_out >= env.conf.low_procs;
		if ((t = dest_next(&l)) == NULL)
			break;
		task_send(p, t, now);
	}
}

/* The message whose turn it is to be made into tasks. */
static struct entry *
task_turn(int64_t now)
{
	struct entry *e;

	e = nready + nout < TASKS_MAX_PATIENT ?
	    schedule_next(&env.schedule, now) :
	    schedule_next_new(&env.schedule, now);
	if (e == NULL && nready + nout < TASKS_MAX_LOW)
		e = schedule_next_low(&env.schedule);
	return e;
}

/* In one turn of the loop: some of what is due is made into tasks, and tasks go
 * out while there is room. What is left has its turn next. */
void
task_run(int64_t now)
{
	unsigned int n = 0;
	struct entry *e;

	if (!is_init) {
		slots_init(&out, TASKS_MAX);
		is_init = true;
	}
	if (!task_is_open() && (override_loads() == 0 || !task_is_able()))
		return;
	/* New mail must not wait in the tree while the active set is full. */
	if (schedule_ripen(&env.schedule, now, TASK_TURN_MAX) == TASK_TURN_MAX)
		queued_kick();
	while (nready + nout < TASKS_MAX - TASKS_MAX_MESSAGE &&
	    (e = task_turn(now)) != NULL) {
		if (!override_load_ok(e, env.load))
			schedule_put(
			    &env.schedule, e, now + env.conf.scan, now);
		else if (!rules_begin(e, now))
			task_make(e, now);
		if (++n >= TASK_TURN_MAX) {
			queued_kick();
			break;
		}
	}
	task_dispatch(now);
}

/* Added up, but never beyond what could be used. */
void
task_room(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)fd;
	env.room += m->dlv_room.slots;
	if (env.room > TASKS_MAX)
		env.room = TASKS_MAX;
}

/* NULL for one that has ended or was called back: a late result finds nothing.
 */
struct task *
task_find(uint64_t ref)
{
	return is_init ? slot_get(&out, ref) : NULL;
}

/* Whatever way it ended: its recipients are free, its slot is too. */
void
task_end(struct task *t, int64_t again)
{
	struct dest *d = t->dest;

	task_idle(t, again);
	if (t->ref != 0) {
		slot_remove(&out, t->ref);
		nout--;
		nlow_out -= t->class == TASK_LOW;
		dest_ended(d);
	} else {
		dest_take(t);
		nready--;
		task_unpark(d, t->class, queued_now());
	}
	result_touch(t->entry);
	task_free(t);
	dest_drop(d);
}

/* What deliverd had is due again at once and counts as no attempt: it may
 * have died of something else. */
void
task_gone(int64_t now)
{
	struct task *t;
	uint32_t pos = 0;

	env.room = 0;
	if (!is_init)
		return;
	while ((t = slot_next(&out, &pos)) != NULL) {
		t->entry->cursor = 0;
		task_end(t, now);
	}
}

/* Told, not asked: its results are no longer believed either way. */
static void
task_cancel(const struct task *t)
{
	struct peer *p = proc_peer(PROC_DELIVERD, 0);
	union msg u = {0};

	u.dlv_cancel.task = t->ref;
	if (p != NULL)
		peer_tell(p, MSG_DLV_CANCEL, &u, -1);
}

/* For a message that goes: what deliverd has begun may still be delivered,
 * but nothing of it comes back here. */
void
task_recall(struct entry *e)
{
	struct task *t;

	while ((t = LIST_FIRST(&e->list)) != NULL) {
		if (t->ref != 0)
			task_cancel(t);
		task_end(t, 0);
	}
}

/* For a hold: what deliverd has begun may end, a second copy would be
 * worse. */
void
task_withdraw(struct entry *e, int64_t now)
{
	struct task *t, *next;

	LIST_FOREACH_SAFE (t, &e->list, of_entry, next) {
		if (t->ref == 0) {
			task_end(t, 0);
		} else if (t->deadline > now + TASK_CANCEL_SECONDS) {
			t->deadline = now + TASK_CANCEL_SECONDS;
			task_cancel(t);
		}
	}
}

/* Of ready ones the schedule can still dispose; those that are out may be
 * delivered at this moment. */
bool
task_is_out(const struct entry *e)
{
	const struct task *t;

	LIST_FOREACH (t, &e->list, of_entry)
		if (t->ref != 0)
			return true;
	return false;
}

/* The net under deliverd: nothing it has stays out for ever. */
void
task_check(int64_t now)
{
	struct task *t;
	uint32_t pos = 0;

	while (is_init && (t = slot_next(&out, &pos)) != NULL) {
		if (t->deadline > now)
			continue;
		log_warnx("%s: no result from deliverd in time",
		    queued_id(t->entry->message->id));
		task_cancel(t);
		result_count(t, now);
		task_end(t, now + env.conf.retry);
	}
}
