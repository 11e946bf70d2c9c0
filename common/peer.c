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
 * One end of a pair; see peer.h.  Calls in flight sit in a table addressed by
 * the low bits of the call's id, the high bits being a generation, so that an
 * answer which comes late is known from one that was never asked for.
 */
#include "peer.h"

#include <sys/queue.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"
#include "monotime.h"

/* Queued bytes above which peer_is_full, and below which drained runs. */
#define PEER_HIGH (1024u * 1024)
#define PEER_LOW (256u * 1024)
/* Calls in flight to one peer. */
#define PEER_CALLS_MAX 65536u
#define PEER_SLOT_BITS 16
#define PEER_SLOT_MASK (PEER_CALLS_MAX - 1)
/* How much is read in one turn before others get theirs. */
#define PEER_READS_PER_TURN 8

struct peer_pending {
	peer_done *done; /* NULL: free */
	uint64_t ref;
	struct monotime deadline;
	enum msg_type type;
	uint16_t generation;
	uint32_t next_free;
};

struct peer {
	struct imsgbuf *buf;
	struct event *ev_read, *ev_write, *ev_timer;
	const struct peer_hooks *hooks;
	enum proc_id me, who;
	uint32_t instance;
	void *data;
	struct peer_pending *call;
	uint32_t call_size, call_used, call_free;
	bool dirty, was_full, in_dispatch, closing;
	char why[160];
	TAILQ_ENTRY(peer) entry; /* of the dirty list */
};

/* Peers with something to write; flushed once a turn. */
static TAILQ_HEAD(, peer) dirty = TAILQ_HEAD_INITIALIZER(dirty);

static void peer_close(struct peer *, const char *);

static void
peer_mark_dirty(struct peer *p)
{
	if (p->dirty)
		return;
	p->dirty = true;
	TAILQ_INSERT_TAIL(&dirty, p, entry);
}

static void
peer_unmark(struct peer *p)
{
	if (p->dirty)
		TAILQ_REMOVE(&dirty, p, entry);
	p->dirty = false;
}

static void
peer_destroy(struct peer *p)
{
	peer_unmark(p);
	event_free(p->ev_read);
	event_free(p->ev_write);
	event_free(p->ev_timer);
	imsgbuf_free(p->buf);
	free(p->call);
	free(p);
}

/* Takes a call out of the table. */
static struct peer_pending
peer_call_end(struct peer *p, uint32_t slot)
{
	struct peer_pending c = p->call[slot];

	p->call[slot].done = NULL;
	p->call[slot].generation++;
	p->call[slot].next_free = p->call_free;
	p->call_free = slot;
	p->call_used--;
	return c;
}

/* Every call in flight ends PEER_GONE. */
static void
peer_end_calls(struct peer *p)
{
	struct peer_pending c;
	uint32_t i;

	for (i = 0; i < p->call_size; i++) {
		if (p->call[i].done == NULL)
			continue;
		c = peer_call_end(p, i);
		c.done(c.ref, PEER_GONE, NULL, -1);
	}
}

/* Ends calls whose deadline has passed; once a second while any is open. */
static void
peer_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;
	struct monotime now = monotime_now();
	struct timeval tv = {1, 0};
	struct peer_pending c;
	uint32_t i, size = p->call_size;

	(void)fd;
	(void)what;
	for (i = 0; i < size && !p->closing; i++) {
		if (p->call[i].done == NULL ||
		    monotime_diff_ms(now, p->call[i].deadline) < 0)
			continue;
		c = peer_call_end(p, i);
		c.done(c.ref, PEER_TIMEOUT, NULL, -1);
	}
	if (p->call_used > 0)
		event_add(p->ev_timer, &tv);
}

/* Whether a type is the answer to a call: X_ANSW to X. */
static bool
peer_is_answer(enum msg_type answ, enum msg_type call)
{
	const char *name = msg_row(call)->name;
	size_t len = strlen(name);

	return strncmp(msg_row(answ)->name, name, len) == 0 &&
	    strcmp(msg_row(answ)->name + len, "_ANSW") == 0;
}

/* An answer or item: the slot it belongs to, or -1 late, -2 never asked. */
static int64_t
peer_find_call(struct peer *p, uint32_t id, enum msg_type type)
{
	uint32_t slot = id & PEER_SLOT_MASK;
	uint16_t generation = (uint16_t)(id >> PEER_SLOT_BITS);
	struct peer_pending *c;

	if (slot >= p->call_size)
		return -2;
	c = &p->call[slot];
	if (c->done != NULL && c->generation == generation) {
		if (msg_row(type)->form == MSG_FORM_ANSW &&
		    !peer_is_answer(type, c->type))
			return -2;
		return slot;
	}
	/* Older than what the slot holds: timed out before. */
	if ((int16_t)(generation - c->generation) < 0)
		return -1;
	return -2;
}

static void
peer_trace(struct peer *p, const struct peer_traced *t)
{
	if (p->hooks->trace != NULL)
		p->hooks->trace(p, t);
}

/* Type, direction, descriptor: what the table allows.  NULL: allowed. */
static const char *
peer_refuse(struct peer *p, const struct imsg *im)
{
	const struct msg_row *row;

	if (im->hdr.type >= MSG_MAX)
		return "unknown type";
	row = msg_row(im->hdr.type);
	if (!(row->from & 1u << p->who))
		return "not from that process";
	if (!(row->to & 1u << p->me))
		return "not to this process";
	if ((row->fd == FD_YES && im->fd == -1) ||
	    (row->fd == FD_NONE && im->fd != -1))
		return "descriptor not as declared";
	if (row->form != MSG_FORM_TELL && im->hdr.id == UINT32_MAX)
		return "call without an id";
	return NULL;
}

/* Delivers one checked message. */
static const char *
peer_deliver(struct peer *p, struct imsg *im, const union msg *m)
{
	enum msg_type type = im->hdr.type;
	enum msg_form form = msg_row(type)->form;
	struct peer_pending c;
	int64_t slot = 0;

	if (form == MSG_FORM_ANSW || form == MSG_FORM_ITEM) {
		slot = peer_find_call(p, im->hdr.id, type);
		if (slot == -2)
			return "answer to nothing asked";
		if (slot == -1)
			return NULL;
	}
	peer_trace(
	    p, &(struct peer_traced){false, im->fd != -1, type, im->hdr.id, m});
	if (form == MSG_FORM_ANSW) {
		c = peer_call_end(p, (uint32_t)slot);
		c.done(c.ref, PEER_ANSWER, m, im->fd);
		im->fd = -1;
		return NULL;
	}
	if (p->hooks->handlers == NULL || p->hooks->handlers[type] == NULL)
		return "no handler";
	p->hooks->handlers[type](p,
	    form == MSG_FORM_ITEM ? p->call[slot].ref : im->hdr.id, m, im->fd);
	im->fd = -1;
	return NULL;
}

static const char *
peer_dispatch(struct peer *p, struct imsg *im)
{
	const char *why;
	union msg m;

	if ((why = peer_refuse(p, im)) == NULL) {
		if (msg_decode(im->hdr.type, im->data, im->hdr.len, &m) == -1)
			why = "does not decode";
		else
			why = peer_deliver(p, im, &m);
	}
	if (im->fd != -1)
		close(im->fd);
	return why;
}

static void
peer_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;
	const char *why = NULL, *name;
	struct imsg im;
	int n = 0, r, turns;

	(void)fd;
	(void)what;
	p->in_dispatch = true;
	for (turns = 0; turns < PEER_READS_PER_TURN && !p->closing; turns++) {
		if ((r = imsg_read(p->buf)) <= 0) {
			if (r == -1)
				p->closing = true;
			break;
		}
		while (!p->closing && (n = imsg_get(p->buf, &im)) == 1)
			if ((why = peer_dispatch(p, &im)) != NULL)
				break;
		if (n == -1)
			why = "not a message";
		if (why != NULL)
			break;
	}
	p->in_dispatch = false;
	if (why != NULL) {
		name = n == 1 && im.hdr.type < MSG_MAX ?
		    msg_row(im.hdr.type)->name :
		    "?";
		if (p->why[0] == '\0')
			snprintf(p->why, sizeof(p->why), "%s: %s", name, why);
		peer_close(p, p->why);
	} else if (p->closing)
		peer_close(p, p->why[0] != '\0' ? p->why : NULL);
}

static void
peer_write_out(struct peer *p)
{
	int r;

	if ((r = imsg_flush(p->buf)) == -1) {
		/* The read side sees the end and closes in its turn. */
		event_del(p->ev_write);
		return;
	}
	if (r == 0)
		event_add(p->ev_write, NULL);
	if (p->was_full && imsg_queued(p->buf) < PEER_LOW) {
		p->was_full = false;
		if (p->hooks->drained != NULL)
			p->hooks->drained(p);
	}
}

static void
peer_on_write(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	peer_write_out(arg);
}

struct peer *
peer_new(struct event_base *base, int fd, enum proc_id me, enum proc_id who,
    uint32_t instance, const struct peer_hooks *hooks)
{
	struct peer *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->me = me;
	p->who = who;
	p->instance = instance;
	p->hooks = hooks;
	p->call_free = UINT32_MAX;
	if ((p->buf = imsgbuf_new(fd)) == NULL) {
		free(p);
		return NULL;
	}
	p->ev_read = event_new(base, fd, EV_READ | EV_PERSIST, peer_on_read, p);
	p->ev_write = event_new(base, fd, EV_WRITE, peer_on_write, p);
	p->ev_timer = evtimer_new(base, peer_on_timer, p);
	event_add(p->ev_read, NULL);
	return p;
}

/* Runs the hook, frees; from within a handler, only marks. */
static void
peer_close(struct peer *p, const char *why)
{
	p->closing = true;
	if (why != NULL && why != p->why)
		strlcpy(p->why, why, sizeof(p->why));
	if (p->in_dispatch)
		return;
	event_del(p->ev_read);
	peer_end_calls(p);
	if (p->hooks->gone != NULL)
		p->hooks->gone(p, why);
	peer_destroy(p);
}

void
peer_breach(struct peer *p, const char *why)
{
	peer_close(p, why);
}

void
peer_free(struct peer *p)
{
	static const struct peer_hooks none;

	if (p == NULL)
		return;

	if (p->in_dispatch) {
		/* peer_on_read destroys it when the handler returns. */
		p->hooks = &none;
		p->closing = true;
		return;
	}
	peer_end_calls(p);
	peer_destroy(p);
}

enum proc_id
peer_who(const struct peer *p)
{
	return p->who;
}

uint32_t
peer_instance(const struct peer *p)
{
	return p->instance;
}

void
peer_set_data(struct peer *p, void *data)
{
	p->data = data;
}

void *
peer_data(const struct peer *p)
{
	return p->data;
}

/* Encodes in place and queues; fd is taken over only on success. */
static int
peer_send(
    struct peer *p, enum msg_type type, uint32_t id, const union msg *m, int fd)
{
	struct imsg_hdr hdr = {.type = (uint16_t)type, .id = id};
	uint8_t *at;
	int len;

	if (p->closing ||
	    (at = imsg_reserve(p->buf, MSG_PAYLOAD_MAX)) == NULL ||
	    (len = msg_encode(type, m, at, MSG_PAYLOAD_MAX)) == -1)
		return -1;
	hdr.len = (uint32_t)len;
	if (imsg_commit(p->buf, &hdr, fd) == -1)
		return -1;
	peer_trace(p, &(struct peer_traced){true, fd != -1, type, id, m});
	peer_mark_dirty(p);
	return 0;
}

int
peer_tell(struct peer *p, enum msg_type type, const union msg *m, int fd)
{
	return peer_send(p, type, 0, m, fd);
}

/* A free slot of the table of calls, which grows within its limit. */
static int
peer_call_grow(struct peer *p)
{
	struct peer_pending *c;
	uint32_t i, size;

	if (p->call_size >= PEER_CALLS_MAX)
		return -1;
	size = p->call_size == 0 ? 16 : p->call_size * 2;
	c = recallocarray(p->call, p->call_size, size, sizeof(*c));
	if (c == NULL)
		return -1;
	for (i = size; i > p->call_size; i--) {
		c[i - 1].next_free = p->call_free;
		p->call_free = i - 1;
	}
	p->call = c;
	p->call_size = size;
	return 0;
}

int
peer_call(struct peer *p, enum msg_type type, const union msg *m, int fd,
    peer_done *done, uint64_t ref)
{
	struct timeval tv = {1, 0};
	struct peer_pending *c;
	uint32_t slot;

	if (p->call_free == UINT32_MAX && peer_call_grow(p) == -1)
		return -1;
	slot = p->call_free;
	c = &p->call[slot];
	if (peer_send(p, type, (uint32_t)c->generation << PEER_SLOT_BITS | slot,
		m, fd) == -1)
		return -1;
	p->call_free = c->next_free;
	p->call_used++;
	c->done = done;
	c->ref = ref;
	c->type = type;
	c->deadline = monotime_add_ms(
	    monotime_now(), (int64_t)msg_row(type)->seconds * 1000);
	if (p->call_used == 1)
		event_add(p->ev_timer, &tv);
	return 0;
}

int
peer_item(struct peer *p, enum msg_type type, uint64_t ref, const union msg *m,
    int fd)
{
	return peer_send(p, type, (uint32_t)ref, m, fd);
}

int
peer_answer(struct peer *p, enum msg_type type, uint64_t ref,
    const union msg *m, int fd)
{
	return peer_send(p, type, (uint32_t)ref, m, fd);
}

bool
peer_is_full(const struct peer *p)
{
	bool full = imsg_queued(p->buf) > PEER_HIGH;

	/* Asked, so told when it has room again. */
	if (full)
		((struct peer *)(uintptr_t)p)->was_full = true;
	return full;
}

unsigned int
peer_calls(const struct peer *p)
{
	return p->call_used;
}

void
peer_pause(struct peer *p)
{
	event_del(p->ev_read);
}

void
peer_resume(struct peer *p)
{
	if (!p->closing)
		event_add(p->ev_read, NULL);
}

void
peer_flush_all(void)
{
	struct peer *p;

	while ((p = TAILQ_FIRST(&dirty)) != NULL) {
		peer_unmark(p);
		peer_write_out(p);
	}
}
