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
 * Events of tasks; see rcpt_event.h.  Each task has one session at ruled, and
 * its events are asked one after another.  They hold copies, so that a task
 * may end before its rules have run.
 */
#include "rcpt_event.h"

#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "client_talk.h"
#include "log.h"
#include "monotime.h"
#include "overlay.h"
#include "proc.h"
#include "rule_enums.h"
#include "slot.h"

/* Tasks with events, ended ones with them. */
#define EVENTS_TASKS 1024
/* Answers of one task that wait for rules; RCPTs that could bring more are
 * not sent. */
#define EVENTS_WAITING 50
/* Seconds that a transaction is held up by that. */
#define EVENTS_PATIENCE 10

struct event {
	TAILQ_ENTRY(event) entry;
	char *rcpt, *reply;
};

struct rcpt_events {
	uint64_t ref; /* and the session's number */
	struct task *task; /* NULL: it has ended */
	TAILQ_HEAD(, event) waiting; /* the first may be in flight */
	uint32_t count;
	bool open, asking, warned;
	bool given_up; /* nothing more of this task is asked */
};

static struct slots sessions;

void
rcpt_event_init(void)
{
	slots_init(&sessions, EVENTS_TASKS);
}

static void
events_drop_first(struct rcpt_events *e)
{
	struct event *v = TAILQ_FIRST(&e->waiting);

	TAILQ_REMOVE(&e->waiting, v, entry);
	e->count--;
	free(v->rcpt);
	free(v->reply);
	free(v);
}

static void
events_drop_all(struct rcpt_events *e)
{
	while (!TAILQ_EMPTY(&e->waiting))
		events_drop_first(e);
}

/* ruled forgets what it was told of the task. */
static void
events_close(struct rcpt_events *e)
{
	struct peer *ruled = proc_peer(PROC_RULED, 0);
	union msg m = {.rule_close = {.session = e->ref}};

	if (e->open && ruled != NULL)
		peer_tell(ruled, MSG_RULE_CLOSE, &m, -1);
	e->open = false;
}

static void
events_free(struct rcpt_events *e)
{
	events_drop_all(e);
	events_close(e);
	slot_remove(&sessions, e->ref);
	if (e->task != NULL)
		e->task->events = NULL;
	free(e);
}

/* The transaction that waited, if any, goes on. */
static void
events_resume(struct rcpt_events *e)
{
	struct task *t = e->task;

	if (t != NULL && t->client != NULL && t->client->task == t)
		client_resume(t->client);
}

/* Once a task: a word for each recipient would drown the log. */
static void
events_give_up(struct rcpt_events *e, const char *why)
{
	log_warnx("%s: Event.dl_rcpt: %s: %u answers are not told to rules",
	    e->task != NULL ? task_id_text(e->task) : "ended message", why,
	    e->count);
	e->given_up = true;
	events_drop_all(e);
	events_close(e);
	if (e->task == NULL)
		events_free(e);
	else
		events_resume(e);
}

static void
events_fact(struct rcpt_events *e, enum rule_fact fact, const char *text)
{
	union msg m = {.rule_fact = {
			   .session = e->ref,
			   .fact = (uint8_t)fact,
			   .text = text,
		       }};

	peer_tell(proc_peer(PROC_RULED, 0), MSG_RULE_FACT, &m, -1);
}

/* What holds for all recipients of the task.  -1: it has ended. */
static int
events_open(struct rcpt_events *e)
{
	const struct task *t = e->task;
	union msg m = {.rule_open = {.session = e->ref}};
	const char *line;
	char size[32];
	unsigned int i;

	if (e->open)
		return 0;
	if (t == NULL)
		return -1;
	peer_tell(proc_peer(PROC_RULED, 0), MSG_RULE_OPEN, &m, -1);
	e->open = true;
	for (i = 0; (line = overlay_line(t->options, i)) != NULL; i++)
		events_fact(e, FACT_OPTION, line);
	events_fact(e, FACT_SENDER, t->sender);
	events_fact(e, FACT_ID, task_id_text(t));
	snprintf(size, sizeof(size), "%llu",
	    (unsigned long long)(t->size - t->head_len));
	events_fact(e, FACT_SIZE, size);
	return 0;
}

static void events_ask(struct rcpt_events *);

/* A verdict has nothing left to decide on; what the rules did is done. */
static void
events_verdict(struct rcpt_events *e, const struct msg_rule_event_answ *a)
{
	if (a->verdict == VERDICT_NONE || e->warned)
		return;
	e->warned = true;
	log_warnx("%s: Event.dl_rcpt decides nothing: %s is ignored (%s)",
	    e->task != NULL ? task_id_text(e->task) : "ended message",
	    a->verdict < VERDICT_COUNT ? rule_verdict_names[a->verdict] :
					 "its verdict",
	    a->rule);
}

/* An event that was not answered is not asked again: its rules may have run. */
static void
events_on_answer(uint64_t ref, enum peer_result how, const union msg *m, int fd)
{
	struct rcpt_events *e = slot_get(&sessions, ref);

	(void)fd;
	if (e == NULL || !e->asking)
		return;
	e->asking = false;
	if (how == PEER_ANSWER)
		events_verdict(e, &m->rule_event_answ);
	else
		e->open = false;
	/* Given up meanwhile: there is none. */
	if (!TAILQ_EMPTY(&e->waiting))
		events_drop_first(e);
	events_ask(e);
}

/* The next one, or the end of the session when the task has ended. */
static void
events_ask(struct rcpt_events *e)
{
	struct peer *ruled = proc_peer(PROC_RULED, 0);
	struct event *v = TAILQ_FIRST(&e->waiting);
	union msg m = {.rule_event = {
			   .session = e->ref,
			   .event = RULE_DL_RCPT,
		       }};

	if (v == NULL && e->task == NULL) {
		events_free(e);
		return;
	}
	if (v != NULL) {
		if (ruled == NULL || events_open(e) == -1) {
			events_give_up(e, "ruled is not there");
			return;
		}
		events_fact(e, FACT_RCPT, v->rcpt);
		events_fact(e, FACT_REPLY, v->reply);
		e->asking = peer_call(ruled, MSG_RULE_EVENT, &m, -1,
				PEER_THEN(events_on_answer, e->ref)) == 0;
		if (!e->asking) {
			events_give_up(e, "ruled can not be asked");
			return;
		}
	}
	events_resume(e);
}

/* The task's session; NULL: there are too many. */
static struct rcpt_events *
events_get(struct task *t)
{
	struct rcpt_events *e = t->events;

	if (e != NULL)
		return e;
	if ((e = calloc(1, sizeof(*e))) == NULL)
		fatalx("no memory for an event");
	if ((e->ref = slot_add(&sessions, e)) == 0) {
		free(e);
		return NULL;
	}
	TAILQ_INIT(&e->waiting);
	e->task = t;
	t->events = e;
	return e;
}

void
rcpt_event_add(struct task *t, const char *rcpt, const char *reply)
{
	struct rcpt_events *e;
	struct event *v;

	if (*task_text(t, OPT_EVENT_DL_RCPT) == '\0')
		return;
	if ((e = events_get(t)) == NULL) {
		log_warnx("%s: too many messages wait for Event.dl_rcpt",
		    task_id_text(t));
		return;
	}
	if (e->given_up)
		return;
	if ((v = calloc(1, sizeof(*v))) == NULL ||
	    (v->rcpt = strdup(rcpt)) == NULL ||
	    (v->reply = strdup(reply)) == NULL)
		fatalx("no memory for an event");
	TAILQ_INSERT_TAIL(&e->waiting, v, entry);
	e->count++;
	if (!e->asking)
		events_ask(e);
}

bool
rcpt_event_is_full(const struct task *t, uint32_t to_come)
{
	const struct rcpt_events *e = t->events;

	if (*task_text(t, OPT_EVENT_DL_RCPT) == '\0')
		return false;
	if (e != NULL && e->given_up)
		return false;
	return (e == NULL ? 0 : e->count) + to_come >= EVENTS_WAITING;
}

void
rcpt_event_task_gone(struct task *t)
{
	struct rcpt_events *e = t->events;

	if (e == NULL)
		return;
	e->task = NULL;
	t->events = NULL;
	if (TAILQ_EMPTY(&e->waiting))
		events_free(e);
}

/* Calls in flight have ended before; a session is opened anew when needed. */
void
rcpt_event_ruled_gone(void)
{
	struct rcpt_events *e;
	uint32_t pos = 0;

	while ((e = slot_next(&sessions, &pos)) != NULL)
		e->open = false;
}

void
rcpt_event_tick(void)
{
	struct monotime now = monotime_now();
	struct rcpt_events *e;
	uint32_t pos = 0;
	int64_t patience;

	while ((e = slot_next(&sessions, &pos)) != NULL) {
		if (e->task == NULL || e->task->client == NULL ||
		    !client_is_held(e->task->client))
			continue;
		/* Before the silence is taken for the server's. */
		patience = task_num(e->task, OPT_TIMEOUT) / 2;
		if (patience > EVENTS_PATIENCE)
			patience = EVENTS_PATIENCE;
		if (monotime_diff_ms(now, e->task->client->since) >=
		    patience * 1000)
			events_give_up(e, "ruled is slow");
	}
}
