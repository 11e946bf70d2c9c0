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
 * Workers: start, questions in flight, deadline, replacement.  A question
 * that was in flight when a worker died is asked once more, unless rows had
 * come: looking up changes nothing, and the second death settles it.
 */
#include "worker.h"

#include <sys/queue.h>

#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "monotime.h"
#include "peer.h"
#include "poison.h"
#include "proc.h"
#include "slot.h"

#include "worker_self.h"

/* Questions at one worker's door; others wait. */
#define WORKER_WINDOW 256
/* Of these, such that belong to the expansion of an alias.  A member of a
 * list asks two or three times; whoever asks once meanwhile has no more than
 * these before it, however many lists are being expanded. */
#define WORKER_WINDOW_BULK 64
/* Passwords at one worker's door: hashes that took all of a call's time would
 * look like a process that hangs. */
#define WORKER_WINDOW_AUTH 2
/* How long a question waits for a worker that is being started. */
#define WORKER_WAIT_MS 5000
/* A worker that lived so long had no failed start. */
#define WORKER_LIVED_MS 10000
#define WORKER_PAUSE_MAX 60
/* Failed starts after which questions fail at once. */
#define WORKER_FAILURES_MAX 2

/*
 * One question to one module, owned by workers.asks until ask_end.  It is
 * either in a queue of its worker or in flight, never both; answers find it
 * by its slot, so one that comes after the worker was stopped finds nothing.
 */
struct ask {
	uint64_t self;
	uint64_t ref;
	const struct worker_client *client;
	struct worker *worker;
	struct monotime expires; /* while it waits */
	enum back_what what;
	uint8_t tries;
	bool rows; /* some have come */
	TAILQ_ENTRY(ask) entry; /* while it waits */
	char *secret; /* wiped with it; NULL: none */
	char key[];
};

static void worker_row(struct peer *, uint64_t, const union msg *, int);
static void worker_told(struct peer *, uint64_t, const union msg *, int);
static void worker_gone(struct peer *, const char *);

static peer_handler *const worker_handlers[MSG_MAX] = {
    [MSG_BACK_ROW] = worker_row,
    [MSG_BACK_STATE] = worker_told,
};
static const struct peer_hooks worker_hooks = {
    .handlers = worker_handlers,
    .gone = worker_gone,
};

static void
ask_free(struct ask *a)
{
	if (a->self != 0)
		slot_remove(&workers.asks, a->self);
	if (a->secret != NULL)
		freezero(a->secret, strlen(a->secret));
	free(a);
}

/* Ends a question; the client may ask anew from within. */
static void
ask_end(struct ask *a, enum back_status status)
{
	const struct worker_client *client = a->client;
	uint64_t ref = a->ref;

	if (status == BACK_TEMP)
		a->worker->failed++;
	ask_free(a);
	client->done(ref, status);
}

static struct asks *
ask_queue(const struct ask *a)
{
	return &a->worker->queue[a->client->bulk ? WORKER_BULK : WORKER_FEW];
}

/* For a worker that is starting, or has its hands full. */
static void
ask_wait(struct ask *a)
{
	a->expires = monotime_add_ms(monotime_now(), WORKER_WAIT_MS);
	TAILQ_INSERT_TAIL(ask_queue(a), a, entry);
	a->worker->waiting++;
}

/* Whether the worker takes one more of that kind now. */
static bool
worker_has_room(const struct worker *w, bool bulk)
{
	unsigned int window = w->is_auth ? WORKER_WINDOW_AUTH : WORKER_WINDOW;

	return w->state == WORKER_UP && w->in_flight < window &&
	    (!bulk || w->bulk < WORKER_WINDOW_BULK);
}

/*
 * The oldest of those who wait alone, else of an expansion's, for which there
 * is room; NULL: nobody may go.
 */
static struct ask *
ask_next(struct worker *w)
{
	struct ask *a;
	int i;

	for (i = 0; i < WORKER_QUEUES; i++)
		if ((a = TAILQ_FIRST(&w->queue[i])) != NULL &&
		    worker_has_room(w, i == WORKER_BULK))
			return a;
	return NULL;
}

static void
ask_leave(struct ask *a)
{
	TAILQ_REMOVE(ask_queue(a), a, entry);
	a->worker->waiting--;
}

/* All that would have waited too long by then fail. */
static void
worker_fail_queue(struct worker *w, struct monotime until)
{
	struct ask *a;
	int i;

	for (i = 0; i < WORKER_QUEUES; i++)
		while ((a = TAILQ_FIRST(&w->queue[i])) != NULL &&
		    monotime_diff_ms(until, a->expires) >= 0) {
			ask_leave(a);
			ask_end(a, BACK_TEMP);
		}
}

static void ask_done(uint64_t, enum peer_result, const union msg *, int);

/* Sends one question to the worker. */
static int
ask_send(struct ask *a)
{
	union msg m = {.back_query = {.what = (uint8_t)a->what,
			   .key = a->key,
			   .secret = a->secret != NULL ? a->secret : ""}};

	if (peer_call(a->worker->peer, MSG_BACK_QUERY, &m, -1,
		PEER_THEN(ask_done, a->self)) == -1)
		return -1;
	a->tries++;
	a->worker->in_flight++;
	a->worker->bulk += a->client->bulk;
	return 0;
}

/* Lets those who wait in while there is room. */
static void
worker_pump(struct worker *w)
{
	struct ask *a;

	while ((a = ask_next(w)) != NULL) {
		ask_leave(a);
		if (ask_send(a) == -1)
			ask_end(a, BACK_TEMP);
	}
}

static void
ask_done(uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	struct ask *a = slot_get(&workers.asks, ref);
	struct worker *w;

	if (fd != -1)
		close(fd);
	if (a == NULL)
		return;
	w = a->worker;
	w->in_flight--;
	w->bulk -= a->client->bulk;
	switch (result) {
	case PEER_ANSWER:
		ask_end(a,
		    m->back_query_answ.status <= BACK_TEMP ?
			m->back_query_answ.status :
			BACK_TEMP);
		worker_pump(w);
		return;
	case PEER_TIMEOUT:
		/* Its peer walks its calls now, so it is closed later. */
		w->hung = true;
		ask_end(a, BACK_TEMP);
		return;
	case PEER_UNSAID:
		ask_end(a, BACK_TEMP);
		worker_pump(w);
		return;
	case PEER_GONE:
		if (!w->used || a->rows || a->tries >= 2)
			ask_end(a, BACK_TEMP);
		else
			ask_wait(a);
		return;
	}
}

/* Rows pass unchecked: account.c judges them. */
static void
worker_row(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct ask *a = slot_get(&workers.asks, ref);

	(void)p;
	(void)fd;
	if (a == NULL)
		return;
	a->rows = true;
	a->client->row(a->ref, &m->back_row);
}

/* The back end says how it is; each change is logged here and only here. */
static void
worker_told(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_back_state *s = &m->back_state;
	struct worker *w = peer_data(p);

	(void)ref;
	(void)fd;
	if (strcmp(w->why, s->connected ? "" : s->why) == 0)
		return;
	strlcpy(w->why, s->connected ? "" : s->why, sizeof(w->why));
	if (w->why[0] == '\0')
		log_info("module %u (%s): in order again", w->module, w->name);
	else
		log_warnx("module %u (%s): %s", w->module, w->name, w->why);
}

/* Doubles with each failed start, so that a broken back end costs little. */
static void
worker_pause(struct worker *w)
{
	struct timeval tv = {0, 0};

	if (w->failures > 0) {
		tv.tv_sec =
		    w->failures > 6 ? WORKER_PAUSE_MAX : 1 << (w->failures - 1);
		if (tv.tv_sec > WORKER_PAUSE_MAX)
			tv.tv_sec = WORKER_PAUSE_MAX;
	}
	w->state = WORKER_DOWN;
	w->failures++;
	evtimer_add(w->timer, &tv);
	if (w->failures > WORKER_FAILURES_MAX)
		worker_fail_queue(
		    w, monotime_add_ms(monotime_now(), WORKER_WAIT_MS));
}

/* The parent ends one that hangs or breaks the protocol. */
static void
worker_report(const struct worker *w, const char *why)
{
	union msg m = {
	    .conf_report = {
		.process = PROC_BACKEND, .instance = w->instance, .why = why}};

	if (peer_tell(proc_parent(), MSG_CONF_REPORT, &m, -1) == -1)
		log_warnx("module %u (%s): not reported", w->module, w->name);
}

/* Its questions were told by their calls; those that wait stay for the next. */
static void
worker_gone(struct peer *p, const char *why)
{
	struct worker *w = peer_data(p);

	w->peer = NULL;
	w->in_flight = w->bulk = 0;
	w->deaths++;
	if (why != NULL)
		worker_report(w, why);
	log_warnx("module %u (%s): its process has gone%s%s", w->module,
	    w->name, why != NULL ? ": " : "", why != NULL ? why : "");
	if (monotime_diff_ms(monotime_now(), w->since) > WORKER_LIVED_MS)
		w->failures = 0;
	worker_pause(w);
}

/* The parent's answer: our end of the pair with a new worker. */
static void
worker_given(uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	struct worker *w = workers.worker[ref & (WORKER_PLACES - 1)];

	if (w == NULL || !w->used ||
	    w->generation != (uint32_t)(ref / WORKER_PLACES) ||
	    w->state != WORKER_ASKED) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (result == PEER_ANSWER && m->priv_worker_answ.status == PRIV_OK &&
	    fd != -1)
		w->peer = peer_new(workers.base, fd, PROC_LOOKUPD,
		    PEER_ID(PROC_BACKEND, w->place), &worker_hooks);
	else if (fd != -1)
		close(fd);
	if (w->peer == NULL) {
		log_warnx(
		    "module %u (%s): could not be started", w->module, w->name);
		worker_pause(w);
		return;
	}
	peer_set_data(w->peer, w);
	w->instance = m->priv_worker_answ.instance;
	w->state = WORKER_UP;
	w->hung = false;
	w->since = monotime_now();
	worker_pump(w);
}

/*
 * A generation for each, so that the answer to an older request does not count.
 */
void
worker_start(struct worker *w)
{
	struct timeval tv = {1, 0};
	union msg m = {.priv_worker = {.module = w->module, .instance = 0}};
	struct peer *parent = proc_parent();

	w->state = WORKER_ASKED;
	w->generation++;
	evtimer_add(w->timer, &tv);
	if (parent == NULL ||
	    peer_call(parent, MSG_PRIV_WORKER, &m, -1,
		PEER_THEN(worker_given,
		    (uint64_t)w->generation * WORKER_PLACES + w->place)) == -1)
		worker_pause(w);
}

/* The pause is over; or a second has passed in which some may have waited
 * too long. */
void
worker_on_timer(int fd, short what, void *arg)
{
	struct timeval tv = {1, 0};
	struct worker *w = arg;

	(void)fd;
	(void)what;
	worker_fail_queue(w, monotime_now());
	if (w->state == WORKER_UP && w->hung) {
		peer_breach(w->peer, "no answer in time");
		return;
	}
	if (w->state == WORKER_DOWN)
		worker_start(w);
	else
		evtimer_add(w->timer, &tv);
}

/* Ends a worker and all that wait for it. */
void
worker_stop(struct worker *w)
{
	struct peer *p = w->peer;

	w->used = false;
	w->state = WORKER_DOWN;
	w->peer = NULL;
	event_del(w->timer);
	if (p != NULL)
		peer_free(p);
	worker_fail_queue(
	    w, monotime_add_ms(monotime_now(), 2 * WORKER_WAIT_MS));
}

int
worker_ask(size_t module, const struct worker_question *q,
    const struct worker_client *client, uint64_t ref)
{
	struct worker *w = q->what == BACK_AUTH ? worker_for_auth(module) :
						  workers.worker[module];
	size_t len = strlen(q->key) + 1;
	struct ask *a;

	w->asked++;
	if ((w->state == WORKER_DOWN && w->failures > WORKER_FAILURES_MAX) ||
	    poison_is(q->key) || (a = malloc(sizeof(*a) + len)) == NULL) {
		w->failed++;
		return -1;
	}
	a->client = client;
	a->ref = ref;
	a->worker = w;
	a->what = q->what;
	a->tries = 0;
	a->rows = false;
	a->self = 0;
	a->secret = NULL;
	memcpy(a->key, q->key, len);
	if ((q->secret != NULL && (a->secret = strdup(q->secret)) == NULL) ||
	    (a->self = slot_add(&workers.asks, a)) == 0) {
		ask_free(a);
		w->failed++;
		return -1;
	}
	/* Not ahead of those that wait already. */
	if (!worker_has_room(w, client->bulk) || !TAILQ_EMPTY(ask_queue(a)) ||
	    ask_send(a) == -1)
		ask_wait(a);
	return 0;
}
