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
 * What worker.c and module.c share: one back end's process, and all of them.
 */
#ifndef WORKER_SELF_H
#define WORKER_SELF_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monotime.h"
#include "option.h"
#include "peer.h"
#include "slot.h"
#include "worker.h"

struct event;
struct ask;

/* Behind those of the modules stand their processes for logins. */
#define WORKER_PLACES (2 * WORKERS_MAX)

TAILQ_HEAD(asks, ask);

/* Who waits: those that are alone, and those of an expansion. */
enum worker_queue {
	WORKER_FEW,
	WORKER_BULK,
	WORKER_QUEUES
};

enum worker_state {
	WORKER_DOWN,
	WORKER_ASKED,
	WORKER_UP
};

struct worker {
	bool used;
	bool is_auth; /* answers BACK_AUTH alone */
	uint32_t module;
	uint32_t place; /* in workers.worker */
	uint32_t instance; /* of its process, as the parent counts */
	uint32_t generation; /* of its place: late answers do not count */
	char text[OPTION_TEXT_MAX];
	char name[WORKER_NAME_MAX];
	enum worker_state state;
	struct peer *peer;
	struct event *timer; /* until the next start; then a clock */
	struct monotime since;
	bool hung; /* gave no answer in time */
	unsigned int failures, in_flight, waiting;
	unsigned int bulk; /* of those in flight, see worker_client */
	struct asks queue[WORKER_QUEUES]; /* that wait; the first goes first */
	char why[256]; /* what its back end says is wrong */
	uint64_t asked, failed, deaths;
};

struct workers {
	struct event_base *base;
	struct worker *worker[WORKER_PLACES];
	size_t count;
	struct slots asks;
};
extern struct workers workers;

/* The process for a module's logins, started when there is none yet. */
struct worker *worker_for_auth(size_t module);
/* Asks the parent for a process. */
void worker_start(struct worker *);
/* Ends its process and all questions that wait for it. */
void worker_stop(struct worker *);
/* The callback of worker.timer. */
void worker_on_timer(int fd, short what, void *worker);

#endif
