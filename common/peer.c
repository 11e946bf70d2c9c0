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
 * One end of a pair; see peer.h.  A callback may close any peer, its own too:
 * a peer that runs callbacks is held, and freed when the last returns.
 */
#include "peer.h"

#include <sys/queue.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "imsg.h"
#include "monotime.h"

/* Queued bytes above which peer_is_full, and below which drained runs. */
#define PEER_HIGH (1024u * 1024)
#define PEER_LOW (256u * 1024)
/* How much is read in one turn before others get theirs. */
#define PEER_READS_PER_TURN 8

struct peer {
	struct imsgbuf *buf;
	struct event *ev_read, *ev_write, *ev_timer;
	const struct peer_hooks *hooks;
	enum proc_id me, who;
	uint32_t instance;
	void *data;
	struct calls calls;
	bool dirty, was_full, closing, broken;
	/* Callbacks of ours that are running: it may not be freed then. */
	unsigned int held;
	char why[160];
	TAILQ_ENTRY(peer) entry; /* of the dirty list */
};

/* Peers with something to write; flushed once a turn. */
static TAILQ_HEAD(, peer) dirty = TAILQ_HEAD_INITIALIZER(dirty);

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
	if (p->ev_read != NULL)
		event_free(p->ev_read);
	if (p->ev_write != NULL)
		event_free(p->ev_write);
	if (p->ev_timer != NULL)
		event_free(p->ev_timer);
	imsgbuf_free(p->buf);
	calls_clear(&p->calls);
	free(p);
}

/* Every call in flight ends PEER_GONE; what a callback adds does not go. */
static void
peer_end_calls(struct peer *p)
{
	struct call c;
	uint32_t i;

	for (i = 0; i < p->calls.size; i++) {
		if (p->calls.call[i].done == NULL)
			continue;
		c = calls_end(&p->calls, i);
		c.done(c.ref, PEER_GONE, NULL, -1);
	}
}

/* The end: calls, hook, memory.  What it runs may close or free it again. */
static void
peer_finish(struct peer *p)
{
	p->held++;
	event_del(p->ev_read);
	peer_end_calls(p);
	if (p->hooks->gone != NULL)
		p->hooks->gone(p, p->why[0] != '\0' ? p->why : NULL);
	peer_destroy(p);
}

/* A callback has returned: what it closed goes now. */
static void
peer_release(struct peer *p)
{
	if (--p->held == 0 && p->closing)
		peer_finish(p);
}

/* Closes; from within a callback of this peer only marks. */
static void
peer_close(struct peer *p, const char *why)
{
	p->closing = true;
	if (why != NULL && p->why[0] == '\0')
		strlcpy(p->why, why, sizeof(p->why));
	if (p->held == 0)
		peer_finish(p);
}

/*
 * Closes from where the caller holds pointers: in the next turn of the loop,
 * by the event that reads.
 */
static void
peer_close_later(struct peer *p, const char *why)
{
	p->closing = true;
	if (p->why[0] == '\0')
		strlcpy(p->why, why, sizeof(p->why));
	event_active(p->ev_read, EV_READ, 0);
}

/* Ends calls whose deadline has passed; once a second while any is open. */
static void
peer_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;
	struct monotime now = monotime_now();
	struct timeval tv = {1, 0};
	struct call c;
	uint32_t i, size = p->calls.size;

	(void)fd;
	(void)what;
	p->held++;
	for (i = 0; i < size && !p->closing; i++) {
		if (p->calls.call[i].done == NULL ||
		    monotime_diff_ms(now, p->calls.call[i].deadline) < 0)
			continue;
		c = calls_end(&p->calls, i);
		c.done(c.ref, PEER_TIMEOUT, NULL, -1);
	}
	if (p->calls.used > 0)
		event_add(p->ev_timer, &tv);
	peer_release(p);
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

/* In place of an answer: the call ends now, not at its deadline. */
static const char *
peer_unsaid(struct peer *p, const struct imsg *im)
{
	uint32_t slot = 0;
	struct call c;

	if (im->hdr.len != 0 || msg_row(im->hdr.type)->form != MSG_FORM_ANSW)
		return "no answer to what is no call";
	switch (calls_find(&p->calls, im->hdr.id, im->hdr.type, &slot)) {
	case CALLS_NEVER:
		return "answer to nothing asked";
	case CALLS_LATE:
		break;
	case CALLS_FOUND:
		c = calls_end(&p->calls, slot);
		c.done(c.ref, PEER_UNSAID, NULL, -1);
	}
	return NULL;
}

/* Delivers one checked message. */
static const char *
peer_deliver(struct peer *p, struct imsg *im, const union msg *m)
{
	enum msg_type type = im->hdr.type;
	enum msg_form form = msg_row(type)->form;
	enum calls_found found;
	struct call c;
	uint32_t slot = 0;

	if (form == MSG_FORM_ANSW || form == MSG_FORM_ITEM) {
		found = calls_find(&p->calls, im->hdr.id, type, &slot);
		if (found == CALLS_NEVER)
			return "answer to nothing asked";
		if (found == CALLS_LATE)
			return NULL;
	}
	peer_trace(
	    p, &(struct peer_traced){false, im->fd != -1, type, im->hdr.id, m});
	if (form == MSG_FORM_ANSW) {
		c = calls_end(&p->calls, slot);
		c.done(c.ref, PEER_ANSWER, m, im->fd);
		im->fd = -1;
		return NULL;
	}
	if (p->hooks->handlers == NULL || p->hooks->handlers[type] == NULL)
		return "no handler";
	p->hooks->handlers[type](p,
	    form == MSG_FORM_ITEM ? p->calls.call[slot].ref : im->hdr.id, m,
	    im->fd);
	im->fd = -1;
	return NULL;
}

static const char *
peer_dispatch(struct peer *p, struct imsg *im)
{
	const char *why;
	union msg m;

	if ((why = peer_refuse(p, im)) != NULL)
		;
	else if (im->hdr.flags & IMSG_NO_ANSWER)
		why = peer_unsaid(p, im);
	else if (msg_decode(im->hdr.type, im->data, im->hdr.len, &m) == -1)
		why = "does not decode";
	else {
		why = peer_deliver(p, im, &m);
		/* The peer is held, so its input is still there. */
		if (msg_row(im->hdr.type)->secret)
			msg_wipe(im->hdr.type, im->data, im->hdr.len);
	}
	if (im->fd != -1)
		close(im->fd);
	return why;
}

/* Reads and delivers for one turn; why it is a breach, or NULL. */
static const char *
peer_read(struct peer *p, struct imsg *im, bool *known)
{
	const char *why;
	int n, r, turns;

	for (turns = 0; turns < PEER_READS_PER_TURN && !p->closing; turns++) {
		*known = false;
		if ((r = imsg_read(p->buf)) == -2)
			return "too many descriptors";
		/* Nothing more, ever or now; what can not be written to has
		 * then said its last. */
		if (r == -1 || (r == 0 && p->broken))
			p->closing = true;
		if (r <= 0)
			return NULL;
		while (!p->closing && (n = imsg_get(p->buf, im)) != 0) {
			if (n == -1)
				return "not a message";
			*known = true;
			if ((why = peer_dispatch(p, im)) != NULL)
				return why;
		}
		/* To ask again would mostly tell that there is nothing. */
		if (r == 2 && !p->broken)
			return NULL;
	}
	return NULL;
}

static void
peer_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;
	const char *why, *name = "?";
	struct imsg im;
	bool known = false;

	(void)fd;
	(void)what;
	p->held++;
	if ((why = peer_read(p, &im, &known)) != NULL) {
		if (known && im.hdr.type < MSG_MAX)
			name = msg_row(im.hdr.type)->name;
		p->closing = true;
		if (p->why[0] == '\0')
			snprintf(p->why, sizeof(p->why), "%s: %s", name, why);
	}
	peer_release(p);
}

static void
peer_write_out(struct peer *p)
{
	int r;

	if (p->closing || p->broken)
		return;
	if ((r = imsg_flush(p->buf)) == -1) {
		/* What it sent before is read to its end, paused or not. */
		p->broken = true;
		event_del(p->ev_write);
		event_add(p->ev_read, NULL);
		event_active(p->ev_read, EV_READ, 0);
		return;
	}
	if (r == 0)
		event_add(p->ev_write, NULL);
	if (p->was_full && imsg_queued(p->buf) < PEER_LOW) {
		p->was_full = false;
		p->held++;
		if (p->hooks->drained != NULL)
			p->hooks->drained(p);
		peer_release(p);
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
peer_new(struct event_base *base, int fd, enum proc_id me, struct peer_id other,
    const struct peer_hooks *hooks)
{
	struct peer *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->me = me;
	p->who = other.who;
	p->instance = other.instance;
	p->hooks = hooks;
	calls_init(&p->calls);
	if ((p->buf = imsgbuf_new(fd)) == NULL) {
		free(p);
		return NULL;
	}
	p->ev_read = event_new(base, fd, EV_READ | EV_PERSIST, peer_on_read, p);
	p->ev_write = event_new(base, fd, EV_WRITE, peer_on_write, p);
	p->ev_timer = evtimer_new(base, peer_on_timer, p);
	if (p->ev_read == NULL || p->ev_write == NULL || p->ev_timer == NULL ||
	    event_add(p->ev_read, NULL) == -1) {
		imsgbuf_forget_fd(p->buf);
		peer_destroy(p);
		return NULL;
	}
	return p;
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
	p->hooks = &none;
	peer_close(p, NULL);
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

	if (p->closing || p->broken)
		return -1;
	/* Without this message it could not follow what comes after. */
	if ((at = imsg_reserve(p->buf, MSG_PAYLOAD_MAX)) == NULL) {
		peer_close_later(p, "does not read what it is sent");
		return -1;
	}
	if ((len = msg_encode(type, m, at, MSG_PAYLOAD_MAX)) == -1) {
		if (msg_row(type)->secret)
			explicit_bzero(at, MSG_PAYLOAD_MAX);
		return -1;
	}
	hdr.len = (uint32_t)len;
	if (msg_row(type)->secret)
		imsg_keep_secret(p->buf);
	if (imsg_commit(p->buf, &hdr, fd) == -1) {
		peer_close_later(p, "does not take its descriptors");
		return -1;
	}
	peer_trace(p, &(struct peer_traced){true, fd != -1, type, id, m});
	peer_mark_dirty(p);
	return 0;
}

int
peer_tell(struct peer *p, enum msg_type type, const union msg *m, int fd)
{
	return peer_send(p, type, 0, m, fd);
}

int
peer_call(struct peer *p, enum msg_type type, const union msg *m, int fd,
    struct peer_then then)
{
	struct timeval tv = {1, 0};
	int64_t slot;

	if ((slot = calls_slot(&p->calls)) == -1 ||
	    peer_send(p, type, calls_id(&p->calls, (uint32_t)slot), m, fd) ==
		-1)
		return -1;
	calls_start(&p->calls, (uint32_t)slot, then.done, then.ref, type);
	if (p->calls.used == 1)
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
	struct imsg_hdr hdr = {.type = (uint16_t)type,
	    .flags = IMSG_NO_ANSWER,
	    .id = (uint32_t)ref};

	if (peer_send(p, type, (uint32_t)ref, m, fd) == 0)
		return 0;
	/* It is there, so the answer itself did not encode. */
	if (!p->closing && !p->broken && imsg_reserve(p->buf, 0) != NULL &&
	    imsg_commit(p->buf, &hdr, -1) == 0)
		peer_mark_dirty(p);
	return -1;
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
	return p->calls.used;
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
