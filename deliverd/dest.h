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
 * One destination of remote or LMTP mail: what waits for it, its connections,
 * and its route.  Known to pool.c, which gives it work, and to dest.c, which
 * finds out where it is.
 */
#ifndef DEST_H
#define DEST_H

#include <sys/queue.h>
#include <sys/tree.h>

#include "client.h"
#include "monotime.h"
#include "result.h"
#include "route.h"
#include "task.h"
#include "way.h"

struct dest {
	RB_ENTRY(dest) node;
	uint64_t ref;
	/* domain, "host port" of Mx_dest!, or "lmtp:" and where */
	char *name;
	struct way *way; /* one for each, or NULL */
	bool lmtp, pumping, asking;
	TAILQ_HEAD(, task) waiting;
	unsigned int waiting_count;
	LIST_HEAD(, client) clients;
	unsigned int client_count;
	unsigned int working; /* tasks that connections have */
	unsigned int verdicts; /* since the last tick */
	bool near; /* see pool_verdict */
	unsigned int window, successes, fails;
	struct route_list *route, *coming;
	struct monotime route_until, down_until, used;
	struct result why;
};

void dest_init(void);
/* The one of that name and way; NULL: no memory, or too many. */
struct dest *dest_get(const char *name, struct way *, bool lmtp);
void dest_free(struct dest *);
/* Nothing refers to it: neither work nor an answer that is to come. */
bool dest_is_free(const struct dest *);
struct dest *dest_next(uint32_t *pos);
unsigned int dest_count(void);
/* Connections that one may have. */
unsigned int dest_most(void);

/* The first that waits; who takes it must give it to a connection, or results
 * to it. */
struct task *dest_take(struct dest *);
/* A result for all that wait; those in sessions go on. */
void dest_fail_waiting(struct dest *, const struct result *);
/* Asks where it goes.  Either its route is there when this returns, or what
 * waited has got a result, or d->asking is set and pool_pump() follows. */
void dest_ask(struct dest *);

#endif
