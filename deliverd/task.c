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
 * A task's life: it gathers from DLV_TASK to DLV_GO, is worked on by local.c
 * or pool.c, and ends with DLV_DONE when each recipient has its result.
 *
 * queued is trusted to keep its own promises no further than the checks here:
 * a message that does not fit closes the pair.
 */
#include "task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "id.h"
#include "local.h"
#include "log.h"
#include "pool.h"
#include "proc.h"
#include "rcpt_event.h"
#include "slot.h"
#include "task_rules.h"

RB_HEAD(task_tree, task);

static struct {
	struct slots slots;
	struct task_tree tree;
	uint32_t room; /* to be granted at the end of the turn */
	uint64_t results[3];
	uint64_t epoch; /* since then no task was lost sight of */
} env = {.tree = RB_INITIALIZER(&env.tree)};

static int
task_compare(const struct task *a, const struct task *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

RB_PROTOTYPE(task_tree, task, node, task_compare)
RB_GENERATE(task_tree, task, node, task_compare)

int
task_init(void)
{
	slots_init(&env.slots, TASK_ROOM);
	return 0;
}

struct task *
task_get(uint64_t ref)
{
	return slot_get(&env.slots, ref);
}

struct task *
task_next(uint32_t *pos)
{
	return slot_next(&env.slots, pos);
}

uint32_t
task_count(void)
{
	return env.slots.used;
}

uint64_t task_results(enum dlv_result class)
{
	return env.results[class];
}

struct task *
task_find(uint64_t id)
{
	struct task key = {.id = id};

	return RB_FIND(task_tree, &env.tree, &key);
}

/*
 * Its room is granted to queued again at the end of the turn, so that no slot
 * is lost, whatever way a task ended.
 */
static void
task_free(struct task *t)
{
	uint32_t i;

	if (t->ref != 0)
		slot_remove(&env.slots, t->ref);
	if (!t->orphan)
		RB_REMOVE(task_tree, &env.tree, t);
	for (i = 0; i < t->rcpt_count; i++) {
		free(t->rcpts[i].address);
		free(t->rcpts[i].orcpt);
	}
	free(t->rcpts);
	if (t->fd != -1)
		close(t->fd);
	rcpt_event_task_gone(t);
	task_rules_free(t);
	free(t->data);
	free(t->destination);
	free(t->sender);
	free(t->envid);
	free(t);
	env.room++;
}

/* All results are in, or nobody wants them. */
static void
task_finish(struct task *t)
{
	struct peer *queued = proc_peer(PROC_QUEUED, 0);
	union msg m;

	if (!t->orphan && queued != NULL) {
		m.dlv_done.task = t->id;
		m.dlv_done.retry_after = t->retry_after;
		peer_tell(queued, MSG_DLV_DONE, &m, -1);
	}
	task_free(t);
}

void
task_hold(struct task *t)
{
	t->holds++;
}

void
task_release(struct task *t)
{
	if (--t->holds == 0 && t->pending == 0)
		task_finish(t);
}

/*
 * queued hears of each recipient at once, not when the task ends: what is done
 * must not be done again after a crash.
 */
void
task_result(struct task *t, struct rcpt *r, const struct result *res)
{
	struct peer *queued = proc_peer(PROC_QUEUED, 0);
	union msg m;

	if (r->state == RCPT_DONE)
		return;
	r->state = RCPT_DONE;
	env.results[res->result]++;
	if (!t->orphan && queued != NULL) {
		m.dlv_result.task = t->id;
		m.dlv_result.index = r->index;
		m.dlv_result.result = res->result;
		m.dlv_result.code = res->code;
		m.dlv_result.enhanced = res->enhanced;
		m.dlv_result.text = res->text;
		m.dlv_result.host = res->host;
		m.dlv_result.relayed_dsn = res->relayed_dsn;
		peer_tell(queued, MSG_DLV_RESULT, &m, -1);
	}
	task_hold(t);
	t->pending--;
	task_release(t);
}

void
task_result_all(struct task *t, const struct result *res)
{
	uint32_t i;

	task_hold(t);
	for (i = 0; i < t->rcpt_count; i++)
		task_result(t, &t->rcpts[i], res);
	task_release(t);
}

void
task_result_client(struct task *t, const struct result *res)
{
	uint32_t i;

	task_hold(t);
	for (i = 0; i < t->rcpt_count; i++)
		if (t->rcpts[i].state != RCPT_PENDING)
			task_result(t, &t->rcpts[i], res);
	task_release(t);
}

/* Nothing more is reported of its recipients. */
static void
task_void(struct task *t)
{
	uint32_t i;

	for (i = 0; i < t->rcpt_count; i++)
		t->rcpts[i].state = RCPT_DONE;
	t->pending = 0;
}

/*
 * Jobs of local recipients go on and report: a program that runs may deliver
 * yet, and would deliver twice if its result were dropped.
 */
void
task_give_back(struct task *t, uint32_t retry_after)
{
	uint32_t i;

	t->retry_after = retry_after;
	task_hold(t);
	for (i = 0; i < t->rcpt_count; i++) {
		if (t->rcpts[i].state == RCPT_DONE ||
		    (t->route == ROUTE_LOCAL && i < t->next_rcpt &&
			t->rcpts[i].state == RCPT_PENDING))
			continue;
		t->rcpts[i].state = RCPT_DONE;
		t->pending--;
	}
	t->next_rcpt = t->rcpt_count;
	task_release(t);
}

/*
 * All of a message's texts, or nothing.  repeat: within a second of the last
 * start of queued counts as before it, as arrival is in whole seconds.
 */
static int
task_fill(struct task *t, const struct msg_dlv_task *m)
{
	t->id = m->task;
	t->msgid = m->msgid;
	t->route = m->route;
	t->size = m->size;
	t->header_size = m->header_size;
	t->body = m->body;
	t->smtputf8 = m->smtputf8 != 0;
	t->ret = m->ret;
	t->arrival = m->arrival;
	t->repeat = t->arrival <= env.epoch + 1;
	if ((t->destination = strdup(m->destination)) == NULL ||
	    (t->sender = strdup(m->sender)) == NULL ||
	    (t->envid = strdup(m->envid)) == NULL)
		return -1;
	if (t->fd == -1 && t->size > 0 && t->size <= TASK_INLINE_MAX &&
	    (t->data = malloc((size_t)t->size)) == NULL)
		return -1;
	return 0;
}

/* More than was granted, or the same number twice: queued is not itself. */
void
task_on_task(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct task *t;

	(void)ref;
	if (env.slots.used >= TASK_ROOM ||
	    task_find(m->dlv_task.task) != NULL ||
	    (fd == -1 && m->dlv_task.size > TASK_INLINE_MAX)) {
		if (fd != -1)
			close(fd);
		peer_breach(p, "DLV_TASK without room or content");
		return;
	}
	if ((t = calloc(1, sizeof(*t))) == NULL)
		fatalx("no memory for a task");
	t->fd = fd;
	if (task_fill(t, &m->dlv_task) == -1 ||
	    (t->ref = slot_add(&env.slots, t)) == 0)
		fatalx("no memory for a task");
	t->holds = 1; /* until DLV_GO */
	RB_INSERT(task_tree, &env.tree, t);
}

/*
 * Doubling, up to TASK_RCPTS_MAX; pointers to recipients are taken only once
 * the task is going and the array does not move any more.
 */
void
task_on_rcpt(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_dlv_rcpt *d = &m->dlv_rcpt;
	struct task *t = task_find(d->task);
	struct rcpt *r;
	uint32_t room;

	(void)ref;
	(void)fd;
	if (t == NULL || t->going || t->rcpt_count >= TASK_RCPTS_MAX) {
		peer_breach(p, "DLV_RCPT outside a task");
		return;
	}
	if (t->rcpt_count == t->rcpt_room) {
		room = t->rcpt_room == 0 ? 1 : t->rcpt_room * 2;
		r = recallocarray(t->rcpts, t->rcpt_room, room, sizeof(*r));
		if (r == NULL)
			fatalx("no memory for recipients");
		t->rcpts = r;
		t->rcpt_room = room;
	}
	r = &t->rcpts[t->rcpt_count];
	r->index = d->index;
	r->notify = d->notify;
	if ((r->address = strdup(d->address)) == NULL ||
	    (d->orcpt[0] != '\0' && (r->orcpt = strdup(d->orcpt)) == NULL))
		fatalx("no memory for recipients");
	t->rcpt_count++;
	t->pending++;
}

/* Inline content; its sum was told with the task. */
void
task_on_data(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_dlv_data *d = &m->dlv_data;
	struct task *t = task_find(d->task);

	(void)ref;
	(void)fd;
	if (t == NULL || t->going || t->fd != -1 ||
	    d->data_len > t->size - t->data_len) {
		peer_breach(p, "DLV_DATA outside a task");
		return;
	}
	if (d->data_len > 0)
		memcpy(t->data + t->data_len, d->data, d->data_len);
	t->data_len += d->data_len;
}

/* Works only on what came whole. */
void
task_on_go(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct task *t = task_find(m->dlv_go.task);

	(void)ref;
	(void)fd;
	if (t == NULL || t->going || t->rcpt_count != m->dlv_go.recipients ||
	    t->rcpt_count == 0 || (t->fd == -1 && t->data_len != t->size)) {
		peer_breach(p, "DLV_GO does not fit its task");
		return;
	}
	t->going = true;
	if (task_settle(t)) {
		if (t->route == ROUTE_LOCAL)
			local_start(t);
		else
			pool_submit(t);
	}
	task_release(t);
}

/* A delivery that has begun is not cut off: its result counts. */
void
task_on_cancel(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct task *t = task_find(m->dlv_cancel.task);

	(void)p;
	(void)ref;
	(void)fd;
	/* It may have ended meanwhile.  What is in work goes on. */
	if (t == NULL)
		return;
	if (!t->going) {
		t->going = true;
		task_void(t);
		task_release(t);
	} else if (t->dest != NULL) {
		pool_withdraw(t);
		task_give_back(t, 0);
	}
}

/*
 * Messages of before may have been delivered by somebody who forgot: only what
 * arrives from now on is known to be new.
 */
void
task_queued_up(void)
{
	env.room = TASK_ROOM - env.slots.used;
	env.epoch = (uint64_t)time(NULL);
}

/*
 * Sessions whose end of content is out go on without a listener, as do
 * programs; everything else stops, for the next queued will hand it over
 * again.
 */
void
task_queued_gone(void)
{
	struct task *t;
	uint32_t pos = 0;

	while ((t = task_next(&pos)) != NULL) {
		if (t->orphan)
			continue;
		RB_REMOVE(task_tree, &env.tree, t);
		t->orphan = true;
		task_hold(t);
		if (!t->going) {
			t->going = true;
			task_void(t);
			t->holds--;
		} else if (t->dest != NULL || t->client != NULL) {
			pool_withdraw(t);
			if (t->client == NULL)
				task_void(t);
		}
		task_release(t);
	}
}

/* Not a message for each slot: one a turn. */
void
task_turn_end(void)
{
	struct peer *queued = proc_peer(PROC_QUEUED, 0);
	union msg m;

	if (env.room == 0 || queued == NULL || proc_options() == NULL)
		return;
	m.dlv_room.slots = env.room;
	env.room = 0;
	peer_tell(queued, MSG_DLV_ROOM, &m, -1);
}

/* The text is good until the next call, for whatever task. */
const char *
task_id_text(const struct task *t)
{
	static char text[ID_TEXT_MAX];

	id_print(t->msgid, task_text(t, OPT_SID), text, sizeof(text));
	return text;
}
