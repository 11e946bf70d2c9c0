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
 * control_act.c: CTL_ACT: retry, hold, release, remove, pause, resume.
 */

#include "control_act.h"

#include <stdio.h>
#include <string.h>

#include "control.h"
#include "dest.h"
#include "enums.h"
#include "errors.h"
#include "log.h"
#include "monotime.h"
#include "query.h"
#include "queued.h"
#include "result.h"
#include "task.h"

/* Where the walk of a resume goes on, by id: any message may be gone by
 * then.  A further resume begins it anew, so there is never more than one. */
static uint64_t resume_at;
static bool is_resuming;

/* Microseconds of the monotonic clock. The piece is short, as SMTP clients wait
 * for commits that this loop has to begin. */
int64_t
control_until(void)
{
	return monotime_now().us + CONTROL_US;
}

/* Asked behind each message and not behind many: settling one with a hundred
 * thousand recipients can use up the time alone. */
bool
control_is_over(int64_t until)
{
	return monotime_now().us >= until;
}

/* All that is active is due now, from a fresh start of its time. */
static void
act_retry(struct entry *e, int64_t now)
{
	struct message *m = e->message;
	struct recipient *r;
	uint32_t i;

	if (m->flags & MSG_HOLD)
		return;
	for (i = 0; i < m->nrcpts; i++) {
		r = &m->rcpts[i];
		if (r->state == RCPT_PENDING || r->state == RCPT_DEFERRED)
			r->next = 0;
	}
	e->cursor = 0;
	e->again = 0;
	e->since = env.schedule.open;
	if (!e->is_busy)
		schedule_put(&env.schedule, e, now, now);
}

/* The rest happens when it is settled: what is out may still end. */
static void
act_hold(struct entry *e)
{
	e->message->flags |= MSG_HOLD;
	e->is_dirty = true;
	result_touch(e);
}

static void
act_release(struct entry *e, int64_t now)
{
	if (!(e->message->flags & MSG_HOLD))
		return;
	e->message->flags &= ~MSG_HOLD;
	e->is_dirty = true;
	result_touch(e);
	act_retry(e, now);
}

/* Nobody is told but the log. */
static void
act_remove(struct entry *e)
{
	struct message *m = e->message;
	struct log_line l;

	if (log_begin(&l, LOG_SUMMARY, "removed")) {
		log_str(&l, "id", queued_id(m->id));
		log_str(&l, "sender", message_text(m, m->sender));
		log_num(&l, "size", (int64_t)m->size);
		log_end(&l);
	}
	env.removed++;
	result_remove(e);
}

/* A message that is busy, out or waiting is taken alike: each function leaves
 * to result.c what cannot be done at this moment. */
static void
act_one(enum ctl_action action, struct entry *e, int64_t now)
{
	switch (action) {
	case CTL_RETRY:
	case CTL_FLUSH:
		act_retry(e, now);
		break;
	case CTL_HOLD:
		act_hold(e);
		break;
	case CTL_RELEASE:
		act_release(e, now);
		break;
	default:
		act_remove(e);
		break;
	}
}

/* All that match, as far as one call may go.  Each message that changes is
 * settled once more at the end of the turn, which takes about as long. */
static uint32_t
act_all(enum ctl_action action, const struct query *q, char *text, size_t size)
{
	struct message key = {.id = q->after + 1}, *m, *next;
	struct message_tree *tree = spool_messages(env.spool);
	int64_t now = queued_now();
	unsigned int looks = 0;
	int64_t until = control_until();
	uint32_t count = 0;

	if (q->id != 0)
		key.id = q->id;
	for (m = RB_NFIND(message_tree, tree, &key); m != NULL; m = next) {
		if (q->id != 0 && m->id != q->id)
			break;
		if (looks > CONTROL_LOOKS ||
		    (looks > 0 && control_is_over(until))) {
			snprintf(text, size, "more=%s", queued_id(key.id));
			break;
		}
		looks++;
		next = RB_NEXT(message_tree, tree, m);
		key.id = m->id;
		if (m->sched == NULL || !query_matches(q, m, now))
			continue;
		act_one(action, m->sched, now);
		count++;
	}
	return count;
}

/* The query was typed by a person; what it does not say it never means. */
static enum ctl_status
act_messages(enum ctl_action action, const char *text, uint32_t *count,
    char *more, size_t size)
{
	struct query q;

	if (query_parse(&q, text) == -1)
		return CTL_BAD_QUERY;
	/* "retry" alone is what mail -q always meant; the others could do
	 * harm by a slip. */
	if (!query_is_given(&q) && action != CTL_RETRY && action != CTL_FLUSH)
		return CTL_BAD_QUERY;
	if (action == CTL_RETRY || action == CTL_FLUSH)
		errors_again();
	*count = act_all(action, &q, more, size);
	return *count == 0 && q.id != 0 ? CTL_NOT_FOUND : CTL_OK;
}

/* What waits because its destination was paused is due again. */
static void
resume_one(struct message *m, int64_t now)
{
	struct entry *e = m->sched;

	if (e == NULL || e->where != ENTRY_WAITS || e->is_busy)
		return;
	e->cursor = 0;
	if (schedule_due(m) <= now + env.conf.scan)
		act_retry(e, now);
}

/* A piece of a resume in each turn of the loop. True: there is more, and the
 * next turn comes at once. */
bool
control_step(void)
{
	struct message key = {.id = resume_at}, *m;
	struct message_tree *tree = spool_messages(env.spool);
	int64_t until = control_until(), now = queued_now();

	if (!is_resuming)
		return false;
	for (m = RB_NFIND(message_tree, tree, &key); m != NULL;
	     m = RB_NEXT(message_tree, tree, m)) {
		if (control_is_over(until))
			return true;
		resume_at = m->id + 1;
		resume_one(m, now);
	}
	is_resuming = false;
	return false;
}

/* In memory only: a pause ends with the process, as queued(8) says. */
static enum ctl_status
act_pause(const char *what, bool pause, uint32_t *count)
{
	struct dest *d;

	*count = 1;
	if (strcmp(what, "out") == 0) {
		schedule_tick(&env.schedule, task_is_open(), queued_now());
		env.paused = pause;
		return CTL_OK;
	}
	if (what[0] == '\0' || strchr(what, ' ') != NULL ||
	    strcmp(what, "in") == 0 || strlen(what) >= DEST_NAME_MAX)
		return CTL_BAD_QUERY;
	d = strcmp(what, "local") == 0 ? dest_get(true, "") :
	    pause                      ? dest_get(false, what) :
					 dest_find(false, what);
	if (d == NULL)
		return CTL_NOT_FOUND;
	dest_pause(d, pause);
	if (!pause) {
		resume_at = 0;
		is_resuming = true;
		queued_kick();
		dest_drop(d);
	}
	return CTL_OK;
}

/* Allowed by the pair and not by the user id in the message, logged if it did
 * anything, answered in any case. */
void
control_act(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_ctl_act *c = &m->ctl_act;
	enum ctl_status status = CTL_BAD_QUERY;
	char text[128] = "";
	union msg answer = {0};
	uint32_t count = 0;

	(void)fd;
	if (!control_may_change(p))
		status = CTL_DENIED;
	else if (env.spool == NULL)
		status = CTL_NOT_FOUND;
	else if (c->action == CTL_PAUSE || c->action == CTL_RESUME)
		status = act_pause(c->query, c->action == CTL_PAUSE, &count);
	else if (c->action <= CTL_REMOVE || c->action == CTL_FLUSH)
		status = act_messages(
		    c->action, c->query, &count, text, sizeof(text));
	if (status == CTL_OK)
		log_info("control: action %u on \"%s\": %u", c->action,
		    c->query, count);
	answer.ctl_act_answ.status = status;
	answer.ctl_act_answ.count = count;
	answer.ctl_act_answ.text = text;
	peer_answer(p, MSG_CTL_ACT_ANSW, ref, &answer, -1);
}
