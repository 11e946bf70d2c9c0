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
 * One end of a pair: sends typed messages, checks and decodes what comes,
 * keeps the calls in flight with their deadlines.
 *
 * What is received is checked in this order: type known, from this process,
 * to me, descriptor as declared, decodes exactly, an answer or item belongs
 * to a call in flight.  A breach closes the pair, tells the parent who broke
 * it (CONF_REPORT), and the daemon lives on.
 */
#ifndef SELOR_PEER_H
#define SELOR_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "msg.h"

struct event_base;
struct peer;

enum peer_result {
	PEER_ANSWER, /* answ is valid during the callback */
	PEER_TIMEOUT, /* the deadline of messages.def passed */
	PEER_GONE, /* the other end died or was cut off */
	PEER_UNSAID /* its answer did not fit the message: a fault of its own */
};

/*
 * The end of a call.  Runs exactly once for each peer_call that returned 0,
 * never before peer_call returns.  ref is the caller's (slot and generation).
 * answ is NULL unless PEER_ANSWER.  fd, if not -1, is the callee's to close.
 */
typedef void
peer_done(uint64_t ref, enum peer_result, const union msg *answ, int fd);

/*
 * A SECRET of a message is wiped when the handler or done returns, and on the
 * sender's side as soon as it is written: who needs it longer copies it, and
 * wipes the copy.
 *
 * A handler.  For a CALL, ref is what peer_answer wants; for an ITEM, the ref
 * that the caller gave; for a TELL, 0.  fd is the handler's to close.
 */
typedef void
peer_handler(struct peer *, uint64_t ref, const union msg *, int fd);

/* A message as trace shows it. */
struct peer_traced {
	bool sent, has_fd;
	enum msg_type type;
	uint32_t id;
	const union msg *m;
};

struct peer_hooks {
	/* indexed by enum msg_type; NULL: this daemon never gets it */
	peer_handler *const *handlers;
	/* The pair has closed: after all calls ended PEER_GONE, before the
	 * peer is freed.  "why" is a text for the log, or NULL for a plain
	 * end of file. */
	void (*gone)(struct peer *, const char *why);
	/* Queued bytes fell below the low mark after peer_is_full. */
	void (*drained)(struct peer *);
	/* Every message in either direction, for trace; may be NULL. */
	void (*trace)(struct peer *, const struct peer_traced *);
};

/* Who is at the other end. */
struct peer_id {
	enum proc_id who;
	uint32_t instance;
};
#define PEER_ID(who, instance) \
	(struct peer_id)       \
	{                      \
		who, instance  \
	}

/* What follows a call: the callback, and the ref that it is given. */
struct peer_then {
	peer_done *done;
	uint64_t ref;
};
#define PEER_THEN(done, ref) \
	(struct peer_then)   \
	{                    \
		done, ref    \
	}

/* Takes over fd.  me and the other decide what may pass.  NULL: no memory. */
struct peer *peer_new(struct event_base *, int fd, enum proc_id me,
    struct peer_id, const struct peer_hooks *);
/* Closes without the gone hook; calls in flight end PEER_GONE: at once, or
 * within a callback of this peer when that returns. */
void peer_free(struct peer *);
/* Closes as a breach by the other side; "why" is copied. */
void peer_breach(struct peer *, const char *why);

enum proc_id peer_who(const struct peer *);
uint32_t peer_instance(const struct peer *);
void peer_set_data(struct peer *, void *);
void *peer_data(const struct peer *);

/*
 * One way.  fd (or -1) is taken over on success.  -1: not sent; a field over
 * its bound, or it has closed.  One who lets more pile up than can be kept is
 * cut off as a breach, in a later turn.
 */
int peer_tell(struct peer *, enum msg_type, const union msg *, int fd);
/* A request.  0: done will run.  -1: not sent, done never runs. */
int peer_call(
    struct peer *, enum msg_type, const union msg *, int fd, struct peer_then);
/* An item before the answer.  Who can not send one must not answer OK. */
int peer_item(
    struct peer *, enum msg_type, uint64_t ref, const union msg *, int fd);
/* The answer; one that comes after the deadline is dropped over there.  -1: the
 * asker hears that none comes (PEER_UNSAID), for a field was over its bound; or
 * has gone.  Who has no fd to close may ignore it. */
int peer_answer(
    struct peer *, enum msg_type, uint64_t ref, const union msg *, int fd);

/* Above the high mark of queued bytes: stop producing for it. */
bool peer_is_full(const struct peer *);
/* Calls in flight. */
unsigned int peer_calls(const struct peer *);

/* Stops and starts reading from it: back-pressure toward the sender. */
void peer_pause(struct peer *);
void peer_resume(struct peer *);

/* Writes what all peers have queued; the loop runs it once a turn. */
void peer_flush_all(void);

#endif
