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
 * result.c: takes results and settles messages.  Whatever changes a
 * message touches it; at the end of the turn each touched one is looked at
 * once: what changed is journalled, and it goes on, waits, is reported on
 * or ends.
 */

#include "result.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "bounce.h"
#include "enums.h"
#include "log.h"
#include "notice.h"
#include "override.h"
#include "queued.h"
#include "route.h"
#include "rules.h"
#include "session.h"
#include "task.h"

/* A task that comes back untried waits for this long at least, seconds. */
#define RESULT_AGAIN 5
/* A gap of unchanged recipients that one record may cover. */
#define RESULT_GAP 64

static struct entry_list touched = TAILQ_HEAD_INITIALIZER(touched);

/* Safe to call more than once a turn, and from within a settle. */
void
result_touch(struct entry *e)
{
	if (e->is_touched)
		return;
	e->is_touched = true;
	TAILQ_INSERT_TAIL(&touched, e, touched);
}

/* One record for all that changed since the last. */
void
result_record(struct entry *e)
{
	if (e->dirty_end > e->dirty_first)
		spool_update(env.spool, e->message, e->dirty_first,
		    e->dirty_end - e->dirty_first);
	else if (e->is_dirty)
		spool_update(env.spool, e->message, 0, 0);
	e->dirty_first = e->dirty_end = 0;
	e->is_dirty = false;
}

/* Records hold a range of recipients. Two changes far apart are two records, or
 * one of a hundred thousand recipients would be written for two. */
void
result_dirty(struct entry *e, uint32_t i)
{
	if (e->dirty_end > e->dirty_first &&
	    (i > e->dirty_end + RESULT_GAP || i + RESULT_GAP < e->dirty_first))
		result_record(e);
	if (e->dirty_end <= e->dirty_first) {
		e->dirty_first = i;
		e->dirty_end = i + 1;
	}
	if (i < e->dirty_first)
		e->dirty_first = i;
	if (i >= e->dirty_end)
		e->dirty_end = i + 1;
}

/* From now on it is read from the disk.  env.cached counts what all entries
 * hold, which intake keeps below QUEUED_CACHE_MAX. */
void
result_forget_content(struct entry *e)
{
	if (e->content == NULL)
		return;
	env.cached -= e->message->size;
	free(e->content);
	e->content = NULL;
}

/* A line of Sumary_log about one recipient. */
static void
result_log(const struct message *m, const struct recipient *r,
    const char *event, const struct answer *a)
{
	struct log_line l;

	if (!log_begin(&l, LOG_SUMMARY, event))
		return;
	log_str(&l, "id", queued_id(m->id));
	log_str(&l, "sender", route_sender_of(m, r));
	log_str(&l, "recipient", message_text(m, r->address));
	log_num(&l, "size", (int64_t)m->size);
	if (a->host[0] != '\0')
		log_str(&l, "host", a->host);
	if (a->code != 0)
		log_num(&l, "code", a->code);
	log_str(&l, "status", a->status);
	log_num(&l, "attempts", r->attempts);
	log_num(&l, "delay", queued_now() - m->arrival);
	log_str(&l, "text", a->text);
	log_end(&l);
}

/* Cut to a length that a report can show: it comes from another's server,
 * and a hundred thousand recipients may have one each. */
static void
result_keep_answer(
    struct message *m, struct recipient *r, const struct answer *a)
{
	char text[QUEUED_ANSWER_MAX * 2];

	answer_print(a, text, sizeof(text));
	text[QUEUED_ANSWER_MAX] = '\0';
	/* The same answer again is not stored again. */
	if (strcmp(text, message_text(m, r->answer)) != 0)
		message_set(m, &r->answer, text);
}

/* Local or not is asked of the route: a recipient with a mailbox here may have
 * been sent elsewhere by a rule. */
static void
result_delivered(struct entry *e, struct recipient *r, const struct answer *a)
{
	struct message *m = e->message;

	r->state = route_is_local(e, r) ? RCPT_DELIVERED : RCPT_RELAYED;
	if (r->attempts < UINT16_MAX)
		r->attempts++;
	env.delivered++;
	/* Only a report on it, or other recipients, would ever show it. */
	if (m->nrcpts > 1 || r->notify & NOTIFY_SUCCESS)
		result_keep_answer(m, r, a);
	result_log(m, r, "delivered", a);
}

/* For good by the host's word or by ours: schedule_failed knows when the
 * attempts are used up, and there is no other place that decides it. */
static void
result_failed(
    struct entry *e, struct recipient *r, bool for_good, struct answer *a)
{
	struct message *m = e->message;

	result_keep_answer(m, r, a);
	if (for_good) {
		r->state = RCPT_FAILED;
		if (r->attempts < UINT16_MAX)
			r->attempts++;
		env.failed++;
		result_log(m, r, "failed", a);
	} else if (schedule_failed(&env.conf, m, r, queued_now())) {
		env.expired++;
		result_log(m, r, "failed", a);
	} else {
		env.deferred++;
		result_log(m, r, "deferred", a);
	}
}

/* Is it in that task and without a result? */
static bool
result_is_open(const struct task *t, uint32_t index)
{
	uint32_t lo = 0, hi = t->count, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (t->rcpts[mid] < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->count && t->rcpts[lo] == index &&
	    t->entry->message->rcpts[index].task == RCPT_OUT;
}

/* Believed only for a recipient that is out in that task: deliverd may be
 * late, or wrong. */
void
result_rcpt(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	static const char *const dflt[] = {"2.0.0", "4.0.0", "5.0.0"};
	const struct msg_dlv_result *d = &m->dlv_result;
	struct task *t = task_find(d->task);
	struct recipient *r;
	struct answer a;

	(void)p;
	(void)ref;
	(void)fd;
	/* Late: the task was cancelled. */
	if (t == NULL || d->result > DLV_PERMFAIL ||
	    !result_is_open(t, d->index))
		return;
	r = &t->entry->message->rcpts[d->index];
	answer_set(&a, d->enhanced, dflt[d->result], d->text);
	answer_set_host(&a, d->code, d->host);
	r->task = RCPT_IDLE;
	t->open--;
	t->dest->is_known = true;
	dest_silent(
	    t->dest, d->result == DLV_TEMPFAIL && answer_is_silent(a.status));
	if (d->result == DLV_OK) {
		result_delivered(t->entry, r, &a);
		/* The next host reports on it, if anyone does. */
		if (d->relayed_dsn)
			r->flags |= RCPT_REPORTED;
	} else
		result_failed(t->entry, r, d->result == DLV_PERMFAIL, &a);
	result_dirty(t->entry, d->index);
	result_touch(t->entry);
}

/* Room comes back by DLV_ROOM and not by this, as deliverd knows best when it
 * has it. */
void
result_done(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct task *t = task_find(m->dlv_done.task);
	int64_t again = m->dlv_done.retry_after, most;

	(void)p;
	(void)ref;
	(void)fd;
	if (t == NULL)
		return;
	/* Those without a result were put off: that is no attempt. */
	if (again < RESULT_AGAIN)
		again = RESULT_AGAIN;
	most = schedule_retry(&env.conf, t->entry->message);
	if (again > most && most > RESULT_AGAIN)
		again = most;
	task_end(t, queued_now() + again);
}

/* For what deliverd never answered: an attempt, or a message that hangs it
 * would be tried for ever. */
void
result_count(struct task *t, int64_t now)
{
	struct message *m = t->entry->message;
	struct recipient *r;
	struct answer a;
	uint32_t i;

	(void)now;
	answer_set(&a, "4.3.0", "4.3.0", "The delivery did not end in time");
	for (i = 0; i < t->count; i++) {
		r = &m->rcpts[t->rcpts[i]];
		if (r->task != RCPT_OUT)
			continue;
		r->task = RCPT_IDLE;
		result_failed(t->entry, r, false, &a);
		result_dirty(t->entry, t->rcpts[i]);
	}
}

/* Whatever it was waiting for.  The last answer stays as the reason; without
 * one the report says 4.4.7, as RFC 3463 has it for a delivery time that ran
 * out. */
void
result_expire(struct entry *e)
{
	struct message *m = e->message;
	struct recipient *r;
	struct answer a;
	uint32_t i;

	task_recall(e);
	for (i = 0; i < m->nrcpts; i++) {
		r = &m->rcpts[i];
		if (r->state != RCPT_PENDING && r->state != RCPT_DEFERRED)
			continue;
		if (r->answer == 0) {
			answer_set(&a, "4.4.7", "4.4.7",
			    "It could not be delivered in time");
			result_keep_answer(m, r, &a);
		}
		answer_parse(&a, message_text(m, r->answer));
		r->state = RCPT_FAILED;
		env.expired++;
		result_log(m, r, "failed", &a);
		result_dirty(e, i);
	}
	schedule_take(&env.schedule, e);
	result_touch(e);
}

/* Said once; a message on hold neither goes out nor expires until somebody
 * has looked at it. */
void
result_hold(struct entry *e, const char *why)
{
	struct message *m = e->message;

	if (m->flags & MSG_HOLD)
		return;
	m->flags |= MSG_HOLD;
	e->is_dirty = true;
	log_warnx("%s: on hold: %s", queued_id(m->id), why);
	notice_add(m, "It is on hold", why);
	result_touch(e);
}

/* While a report on it is being made its entry is in use: then it goes
 * when that ends. */
void
result_remove(struct entry *e)
{
	struct message *m = e->message;

	if (e->is_busy) {
		e->is_doomed = true;
		return;
	}
	task_recall(e);
	if (e->is_touched)
		TAILQ_REMOVE(&touched, e, touched);
	e->is_touched = false;
	session_forget(e);
	result_forget_content(e);
	rules_free(e);
	override_free(e);
	schedule_free(&env.schedule, e);
	spool_remove(env.spool, m);
}

/* again: not before then is a report begun, seconds of the wall clock; 0 is at
 * once. */
void
result_free_again(struct entry *e, int64_t again)
{
	e->is_busy = false;
	e->again = again;
	result_touch(e);
}

/* The end of a run: reports, the next run, or the end. */
static void
settle_run(struct entry *e, int64_t now)
{
	struct message *m = e->message;
	bool owes;
	int64_t due;

	result_forget_content(e);
	e->cursor = 0;
	if (e->is_run) {
		if (m->attempts < UINT16_MAX)
			m->attempts++;
		e->is_run = false;
		/* Out of its list first: that depends on the flag. */
		schedule_take(&env.schedule, e);
		e->is_patient = true;
		e->is_dirty = true;
	}
	if (rules_end(e, now))
		return;
	if ((owes = bounce_is_due(e, now)) && now >= e->again) {
		result_record(e);
		if (bounce_begin(e, now))
			return;
	} else if (!owes && !message_is_active(m)) {
		result_remove(e);
		return;
	}
	rules_reset(e);
	due = schedule_due(m);
	if (owes && e->again < due)
		due = e->again;
	m->next = due;
	result_record(e);
	schedule_put(&env.schedule, e, due, now);
}

void
result_tell(struct entry *e, int64_t now)
{
	if (e->where != ENTRY_WAITS || e->tasks > 0 || now < e->again ||
	    !bounce_is_due(e, now))
		return;
	/* As after a run, which it was not. */
	schedule_take(&env.schedule, e);
	e->cursor = e->message->nrcpts;
	result_touch(e);
}

/* What there is to do depends on the state alone, not on what touched it,
 * so it does no harm to be touched once too often. */
static void
settle(struct entry *e, int64_t now)
{
	struct message *m = e->message;

	if (e->is_doomed && !e->is_busy) {
		result_remove(e);
		return;
	}
	if (e->is_busy) {
		result_record(e);
		return;
	}
	if (m->flags & MSG_HOLD) {
		task_withdraw(e, now);
		schedule_take(&env.schedule, e);
		result_record(e);
		return;
	}
	if (e->tasks == 0 && e->cursor >= m->nrcpts) {
		settle_run(e, now);
		return;
	}
	result_record(e);
	if (e->cursor < m->nrcpts && e->where == ENTRY_NOWHERE)
		schedule_put(&env.schedule, e, now, now);
}

/* Settling may touch others: the list is gone through until it is empty. */
void
result_settle(int64_t now)
{
	struct entry *e;

	while ((e = TAILQ_FIRST(&touched)) != NULL) {
		TAILQ_REMOVE(&touched, e, touched);
		e->is_touched = false;
		settle(e, now);
	}
}
