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
 * queued.h: what the files of queued share: its one env, its options in
 * the form they are used in, its limits.  Everything runs in one loop in
 * one process; handlers return soon, turn_end makes what they changed
 * durable and sends it.
 */

#ifndef QUEUED_QUEUED_H
#define QUEUED_QUEUED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedule.h"
#include "spool.h"

/* Room kept on the file system that no client may fill, bytes. */
#define QUEUED_RESERVE (16u * 1024 * 1024)
/* Content kept in memory until its first delivery, bytes in all. */
#define QUEUED_CACHE_MAX (64u * 1024 * 1024)
/* The longest answer kept for a recipient, bytes. */
#define QUEUED_ANSWER_MAX 768

struct event;

struct queued_env {
	struct schedule schedule;
	struct schedule_conf conf;
	struct spool *spool; /* NULL until the first options came */
	struct event *ev_due; /* something is due, or a scan */
	struct event *ev_step; /* there is more to do now */
	struct event *ev_flush; /* the journal wants to be flushed */
	int64_t wake; /* what ev_due is set to */
	int64_t swept; /* when the sweeper began its last round */
	bool is_sweeping;
	int spool_fd; /* Queue_path */
	int errors_fd; /* Cp_errors_path, or -1 */
	size_t cached; /* bytes of content in memory */
	uint32_t load; /* hundredths */
	uint32_t room; /* slots of deliverd that are free */
	bool paused; /* "pause out" */
	bool stopping;
	bool nearly_full; /* of the file system, as last seen */
	uint64_t accepted, delivered, deferred, failed, expired, bounced,
	    removed, tasks;
};
extern struct queued_env env;

/* Seconds since the epoch that follow the monotonic clock from the start
 * of the process on, so that a wall clock set wrong expires nothing. */
int64_t queued_now(void);
/* The printed id of a message; in a static buffer. */
const char *queued_id(uint64_t id);
/* The directory its files are in; in a static buffer. */
const char *queued_directory(const struct message *);
/* An option's text, for those that are only printed. */
const char *queued_sid(void);
/* Another turn soon: there is work left. */
void queued_kick(void);
/* A message of the spool becomes known to the schedule. */
void queued_adopt(struct message *, int64_t now);

#endif
