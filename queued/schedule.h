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
 * schedule.h: when each message is due.  A message that waits is in a tree
 * ordered by time; one that is due is in a list, first come first served.
 * Knows no clock, no disk and no process: "now" is handed in, so that all
 * of it is tested by injected time.  Times are seconds since the epoch.
 * Queue_time, Qsleep_time, Max_attempts, Immed_delivery of selor.conf(5).
 */

#ifndef QUEUED_SCHEDULE_H
#define QUEUED_SCHEDULE_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdbool.h>
#include <stdint.h>

#include "entry.h"

#define SCHEDULE_NEVER INT64_MAX

struct schedule {
	struct entry_tree waits;
	struct entry_list due; /* new mail */
	struct entry_list again; /* due too, but patient */
	struct entry_list low; /* due, of the second queue */
	uint32_t nwaits, ndue, nparked;
	uint32_t turns; /* entries taken, to share between the lists */
	uint64_t swept; /* the sweeper's place, a message id */
	int64_t open_at; /* when open was last counted up */
	uint32_t open; /* seconds in which delivery was possible */
};

/* The options it goes by, in seconds. */
struct schedule_conf {
	int64_t retry; /* Queue_time, at least 1 */
	int64_t low_retry; /* Qlimit_time, at least 1 */
	int64_t scan; /* Qsleep_time */
	int64_t start; /* scans happen at start + n * scan */
	int64_t delay; /* Delay_warning; 0: only where asked for */
	uint32_t attempts; /* Max_attempts */
	uint32_t reports; /* Max_error_report */
	uint32_t procs; /* Max_qprocs; 0: none */
	uint32_t low_procs; /* Qlimit_max_procs; 0: no limit of its own */
	uint32_t per_dest; /* Dest_max_cnx */
	uint32_t load; /* Lavg_queue, hundredths; 0: off */
	uint8_t immediate; /* Immed_delivery */
};

void schedule_init(struct schedule *);
/* For a message; sets message.sched.  NULL: no memory. */
struct entry *schedule_add(struct schedule *, struct message *);
/* Takes it out, clears message.sched, frees it. */
void schedule_free(struct schedule *, struct entry *);

/* Has it wait until due, wherever it was. */
void schedule_put(struct schedule *, struct entry *, int64_t due, int64_t now);
void schedule_take(struct schedule *, struct entry *);
/* On a list of its owner, who puts it back when what it lacks is there. */
void schedule_park(struct schedule *, struct entry *, struct entry_list *);
/* Moves at most so many entries whose time has come to those that are due;
 * how many. */
unsigned int schedule_ripen(struct schedule *, int64_t now, unsigned int most);
/* Takes out the entry whose turn it is, or NULL.  New mail has three turns
 * of four while both kinds are due, so that no backlog delays it. */
struct entry *schedule_next(struct schedule *, int64_t now);
/* The same of new mail alone. */
struct entry *schedule_next_new(struct schedule *, int64_t now);
/* The first one due of the second queue: for when there is no other. */
struct entry *schedule_next_low(struct schedule *);
/* Queue_time or Qlimit_time, by the queue that it is in. */
int64_t schedule_retry(const struct schedule_conf *, const struct message *);
/* When the first one that waits is due; now if one is; or NEVER. */
int64_t schedule_wake(const struct schedule *);

/* First due, by Immed_delivery. */
int64_t
schedule_first(const struct schedule_conf *, bool is_local, int64_t now);
/* The first scan of the queue after now. */
int64_t schedule_scan(const struct schedule_conf *, int64_t now);
/* When the first of its recipients is due; NEVER: none is active. */
int64_t schedule_due(const struct message *);
/* A recipient failed for now: counts the attempt, sets when the next is
 * due.  True when there is none: it has become RCPT_FAILED. */
bool schedule_failed(const struct schedule_conf *, const struct message *,
    struct recipient *, int64_t now);
/* The attempts that a message has: Max_attempts or Max_error_report. */
uint32_t
schedule_attempts(const struct schedule_conf *, const struct message *);

/* The age at which a message must be gone whatever happened, seconds. */
int64_t schedule_window(const struct schedule_conf *, const struct message *);
/* Past its window, and in an open queue for as long as the attempts that
 * it has left would take: time in which nothing could be delivered does not
 * count, nor does a jump of the clock. */
bool schedule_is_over(const struct schedule *, const struct schedule_conf *,
    const struct entry *, int64_t now);
/* Counts open time; called about once a second. */
void schedule_tick(struct schedule *, bool is_open, int64_t now);

/* The sweeper: check is called for at most budget messages, and may remove
 * them; true when it came round to the end. */
bool schedule_sweep(struct schedule *, struct message_tree *,
    unsigned int budget, void (*check)(struct message *));

#endif
