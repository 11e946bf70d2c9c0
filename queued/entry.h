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
 * A message in the schedule, and where it stands there.  For schedule.h.
 */

#ifndef QUEUED_ENTRY_H
#define QUEUED_ENTRY_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

/* recipient.task: what the schedule has a recipient for. */
enum rcpt_task {
	RCPT_IDLE,
	RCPT_READY,
	RCPT_OUT,
	RCPT_REPORTING
};

enum entry_where {
	ENTRY_NOWHERE,
	ENTRY_WAITS,
	ENTRY_DUE,
	ENTRY_PARKED
};

struct overlay;
struct routes;
struct session;
RB_HEAD(entry_tree, entry);
TAILQ_HEAD(entry_list, entry);

/* A message in the schedule; message.sched points here. */
struct entry {
	union {
		RB_ENTRY(entry) tree; /* ENTRY_WAITS */
		TAILQ_ENTRY(entry) list; /* ENTRY_DUE, ENTRY_PARKED */
	} link;
	struct entry_list *parked; /* the list it is parked on */
	TAILQ_ENTRY(entry) touched; /* result.c: changed in this turn */
	TAILQ_ENTRY(entry) of_session; /* intake.c: waits for its end */
	struct message *message;
	LIST_HEAD(, task) list; /* its tasks, ready or out */
	struct session *session; /* NULL: waits for none */
	struct overlay *over; /* override.c: its options, or NULL */
	struct routes *run; /* rules said so for this run; or NULL */
	char *hadd; /* and header lines for this run; or NULL */
	uint8_t *content; /* in memory for the first attempt, or NULL */
	int64_t due;
	int64_t writing; /* rules.c: when its l file is waited for no more */
	int64_t again; /* not before this is a report tried again */
	int64_t owed; /* since when a report could not be made; 0: it could */
	uint32_t policy; /* rules.c: of which ruled it has a session; 0: none */
	uint32_t since; /* open time when it came, schedule.open */
	uint32_t cursor; /* recipients before it are in tasks or done */
	uint32_t dirty_first; /* recipients changed and not journalled: */
	uint32_t dirty_end; /* from first to before end */
	uint16_t tasks; /* ready or out */
	uint16_t attempts; /* override.c: its own most; 0: the suite's */
	uint8_t where;
	uint8_t rules; /* rules.c: how far the run's events are */
	/* Gives way to new mail: tried before, found at the start, or ours. */
	bool is_patient;
	bool is_long; /* task.c: some of it is in tasks already */
	bool is_touched;
	bool is_busy; /* a report on it is being made */
	bool is_told; /* the log has it that nobody can be told */
	bool is_doomed; /* to be removed once nothing holds it */
	bool is_run; /* some recipient was tried since the run began */
	bool is_dirty; /* flags or attempts changed */
	bool has_load; /* override.c: has its own Lavg_queue */
	bool is_overridden; /* override.c: the run changed options */
};

#endif /* QUEUED_ENTRY_H */
