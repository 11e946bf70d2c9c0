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
 * dest.h: destinations and the tasks that are ready for them.  A task is
 * some recipients of one message that go to one destination: all local
 * ones, or those of one domain.  Fairness: destinations take turns;
 * within one, a message's first task goes before further tasks of long
 * lists; and no destination may hold more tasks than Dest_max_cnx.  Tasks
 * of the second queue go only where no other is ready.
 */

#ifndef QUEUED_DEST_H
#define QUEUED_DEST_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdbool.h>
#include <stdint.h>

#include "schedule.h"

#define DEST_NAME_MAX 320

/* Which of its destination's queues a task is in. */
enum task_class {
	TASK_FIRST,
	TASK_BULK, /* a further one of a long list, or of what is patient */
	TASK_LOW, /* of the second queue, Qlimit! */
	TASK_CLASSES
};

struct task {
	TAILQ_ENTRY(task) link; /* ready at its destination; or made now */
	LIST_ENTRY(task) of_entry;
	struct entry *entry;
	struct dest *dest;
	uint64_t ref; /* while out: its number on the wire */
	int64_t deadline; /* while out */
	uint32_t *rcpts; /* indices in the message, ascending */
	uint32_t one; /* where rcpts points while there is one */
	uint32_t count, size;
	uint32_t open; /* recipients without a result */
	uint8_t class; /* enum task_class */
};
TAILQ_HEAD(task_list, task);

struct dest {
	RB_ENTRY(dest) tree;
	TAILQ_ENTRY(dest) turn; /* in the ring: has work and may send */
	struct task_list tasks[TASK_CLASSES]; /* ready */
	/* Messages that have to wait until there are fewer ready. */
	struct entry_list parked[TASK_CLASSES];
	struct task *making; /* dest.c: open for more recipients */
	unsigned int ready, out;
	unsigned int count[TASK_CLASSES]; /* of those ready */
	unsigned int turns;
	bool in_ring;
	uint8_t ring; /* which, enum ring_which */
	bool is_local;
	bool is_paused; /* by the administrator */
	bool is_silent; /* dest_silent */
	bool is_known; /* is_silent is from a result, not from an old answer */
	char name[];
};

/* Recipients of one task. */
#define DEST_RCPTS_LOCAL 50
#define DEST_RCPTS_REMOTE 100

/* The destination of an address, made when it is new; NULL: no memory. */
struct dest *dest_get(bool is_local, const char *domain);
/* The one that exists, or NULL. */
struct dest *dest_find(bool is_local, const char *domain);
/* The part of an address after its last @; "" if it has none. */
const char *dest_domain(const char *address);
/* Frees it if nothing keeps it. */
void dest_drop(struct dest *);

/* Adds a recipient to a task of its route that is being made at the
 * destination, or to a new one, which goes into made.  0, or -1: no
 * memory. */
int dest_add(struct dest *, struct entry *, uint32_t rcpt, enum task_class,
    struct task_list *made);
/* Would a further recipient make a task too many?  No destination may
 * hold all of the active set, so each has a most for each of its queues. */
bool dest_is_full(const struct dest *, enum task_class, unsigned int most);
/* Messages parked there that may be taken now, or NULL: its queue has come
 * down to half of most. */
struct entry_list *
dest_parked(struct dest *, enum task_class, unsigned int most);
/* Puts tasks that were made into the queues of their destinations. */
void dest_ready(struct task_list *made);
/* How many tasks may be out. */
struct dest_limits {
	unsigned int each; /* at a remote destination */
	unsigned int silent; /* at all silent ones together */
	bool local_only; /* the room is kept for local mail */
	bool no_low; /* the second queue has what it may have */
};

/* The task whose turn it is, out of its queue; NULL: none may go. */
struct task *dest_next(const struct dest_limits *);
/* Whether it was reached when last tried.  One that was not may hold each
 * of its tasks until a timeout, so all of these share a part of the slots. */
void dest_silent(struct dest *, bool);
/* Takes a ready task out of its queue. */
void dest_take(struct task *);
/* A task of it went out, or ended. */
void dest_sent(struct dest *);
void dest_ended(struct dest *);
void dest_pause(struct dest *, bool);
/* Frees a task that is in no queue, and tells its entry. */
void task_free(struct task *);

unsigned int dest_count(void);
/* Walks all destinations: NULL begins. */
struct dest *dest_walk(struct dest *);

#endif
