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
 * A task: one message for one destination, as queued hands it over, and the
 * results that go back.  Memory is bounded: queued never has more tasks out
 * than the room it was granted, and inline content is at most
 * TASK_INLINE_MAX octets; larger content is read from a descriptor.
 */
#ifndef TASK_H
#define TASK_H

#include <sys/queue.h>
#include <sys/tree.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "enums.h"
#include "option.h"
#include "peer.h"
#include "result.h"

/* Tasks at a time: room granted to queued. */
#define TASK_ROOM 512
#define TASK_INLINE_MAX 65536
/* Recipients of one task; queued's own limit is lower. */
#define TASK_RCPTS_MAX 131072

/* What a transaction in progress knows of a recipient. */
enum rcpt_state {
	RCPT_PENDING, /* to be done, by whoever has the task */
	RCPT_CLIENT, /* for an SMTP or LMTP session */
	RCPT_SENT, /* RCPT is out */
	RCPT_ACCEPTED, /* waits for the reply to the content */
	RCPT_DONE /* its result went to queued */
};

struct rcpt {
	uint32_t index;
	uint8_t notify;
	uint8_t state;
	char *address, *orcpt;
};

struct client;
struct dest;
struct overlay;
struct rcpt_events;
struct way;

struct task {
	RB_ENTRY(task) node;
	TAILQ_ENTRY(task) entry; /* in a destination's queue */
	uint64_t ref; /* our own: slot and generation */
	uint64_t id, msgid, size, arrival;
	uint32_t header_size;
	uint8_t route, body, ret;
	bool smtputf8;
	bool going; /* DLV_GO came */
	bool orphan; /* queued went: nobody wants results */
	bool repeat; /* may have been delivered before */
	char *destination, *sender, *envid;
	struct overlay *options; /* by Def!; NULL: none */
	struct way *way; /* by rules; NULL: as all mail goes */
	char *head; /* lines above the content, part of size */
	size_t head_len;
	int fd; /* content, or -1: inline */
	uint8_t *data;
	size_t data_len;
	struct rcpt *rcpts;
	uint32_t rcpt_count, rcpt_room;
	uint32_t pending; /* recipients without a result */
	uint32_t holds; /* who works on it now: not freed meanwhile */
	uint32_t retry_after; /* seconds, for DLV_DONE */
	/* local delivery */
	uint32_t next_rcpt, jobs, lookups;
	bool pumping;
	/* remote delivery */
	struct dest *dest; /* queued there */
	struct client *client; /* in work there */
	struct rcpt_events *events; /* rcpt_event.c: NULL: none */
	uint8_t stale; /* reused connections that were found closed */
};

int task_init(void);
struct task *task_get(uint64_t ref);
/* By queued's number; an orphan is not found, its number may come again. */
struct task *task_find(uint64_t id);
/* Walks all: start with *pos 0; NULL at the end. */
struct task *task_next(uint32_t *pos);
uint32_t task_count(void);
/* Results of that class since the start. */
uint64_t task_results(enum dlv_result);

/* Handlers of DLV_*. */
peer_handler task_on_task, task_on_rcpt, task_on_data, task_on_go,
    task_on_cancel;

/* While held a task is not freed, even when all results are in. */
void task_hold(struct task *);
void task_release(struct task *);
/* The result of one recipient; a second one is ignored. */
void task_result(struct task *, struct rcpt *, const struct result *);
/* The same for all recipients without one. */
void task_result_all(struct task *, const struct result *);
/* The same for those that a session has, or was to have. */
void task_result_client(struct task *, const struct result *);
/*
 * Gives the task back with recipients pending: queued tries them again after
 * so many seconds and counts no attempt.
 */
void task_give_back(struct task *, uint32_t retry_after);

/* queued came up: grants it room.  It went: all tasks are void. */
void task_queued_up(void);
void task_queued_gone(void);
/* Sends the room that has become free; once a turn. */
void task_turn_end(void);

/*
 * Content at an offset: *p points to at most want octets, for this turn.
 * Returns how many, 0 at the end, -1 and errno.
 */
ssize_t
task_content(const struct task *, uint64_t at, const char **p, size_t want);

/* An option as it is for this task. */
int64_t task_num(const struct task *, enum option_id);
const char *task_text(const struct task *, enum option_id);

/* "1732262400123_45678[_Sid]", static: for logs and programs. */
const char *task_id_text(const struct task *);

#endif
