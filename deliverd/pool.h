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
 * Destinations of remote and LMTP mail: the tasks that wait for each, the
 * connections there are, and how many there may be.
 */
#ifndef POOL_H
#define POOL_H

#include "task.h"

struct dest;
struct client;

int pool_init(void);
/* Takes a remote task in; its recipients get results in time. */
void pool_submit(struct task *);
/* The same for those of a local task that are RCPT_CLIENT. */
void pool_submit_lmtp(struct task *, const char *where);
/*
 * Takes a task back: out of the queue, or out of its session unless the end
 * of its content was sent.  t->client is NULL afterwards if it was free.
 */
void pool_withdraw(struct task *);
/* Back to the head of the queue: a kept connection turned out dead. */
void pool_requeue(struct task *);
/*
 * The next task that waits, for a connection that is still at work on another;
 * NULL: none, or none that should be pipelined.
 */
struct task *pool_take_next(struct dest *);
/* Gives waiting tasks to idle connections, or opens some. */
void pool_pump(struct dest *);
/* Once a second. */
void pool_tick(void);
/* All waiting tasks go back to queued: the process is to end. */
void pool_stop(void);

bool pool_is_lmtp(const struct dest *);
/* Its connections without a task are closed. */
void pool_close_idle(struct dest *);
/* A connection is no longer there for tasks. */
void pool_remove(struct client *);
/* A connection has taken a task, and has let go of it. */
void pool_begin_work(struct dest *);
void pool_end_work(struct dest *);
/* A server decided on a message; near: so soon, and with PIPELINING, that a
 * task does well to wait for a connection that is at work. */
void pool_verdict(struct dest *, bool near);
/* A host was reached; a message was taken; a session broke. */
void pool_reached(struct dest *);
void pool_success(struct dest *);
void pool_trouble(struct dest *);
/* None of its hosts: for a while all its tasks get that result. */
void pool_unreachable(struct dest *, const struct result *);

/* LOOK_HOST. */
peer_handler dest_on_host;

/* For an administrator's list. */
struct pool_info {
	const char *name, *why;
	unsigned int waiting, connections, window;
	int64_t down; /* seconds left, 0: up */
};
unsigned int pool_count(void);
bool pool_next(uint32_t *pos, struct pool_info *);

#endif
