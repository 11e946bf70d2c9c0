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
 * journal.h: the write-ahead journal of one Sid.  Records are appended in
 * memory, written once per turn of the loop and made durable in groups:
 * one fdatasync covers all that was written before it began.  DESIGN.md
 * section 3, selor.spool(5).
 *
 * A position is the end of a record: the segment's sequence in the upper
 * 32 bits, the offset in the lower.  Positions grow; 0 is none.  What is
 * durable is always a prefix.
 */

#ifndef QUEUED_JOURNAL_H
#define QUEUED_JOURNAL_H

#include <sys/queue.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "journal_type.h"
#include "record.h"
#include "sync.h"

#define JOURNAL_SEGMENT (64u * 1024 * 1024) /* bytes of a segment */
#define JOURNAL_SPARES 2 /* segments made ready ahead */
#define JOURNAL_KEPT 4 /* segments kept to be used again */
#define JOURNAL_MAX 32 /* segments at most; then journal_room says no */
#define JOURNAL_BUFFER (1024u * 1024) /* bytes appended before a write */
#define JOURNAL_INLINE (128u * 1024) /* content kept in a record, at most */
#define JOURNAL_LAZY 5

/* What the journal tells its owner; each may be called from journal_flush
 * or from a sync_job's end, never from journal_append. */
struct journal_ops {
	/* All up to this position is durable. */
	void (*durable)(void *arg, uint64_t position);
	/* Writes or syncs to this segment fail: all its messages must move,
	 * what was appended after the durable position is in doubt. */
	void (*bad)(void *arg, uint64_t sequence, int error);
	/* One line about something an administrator should know. */
	void (*report)(void *arg, const char *text);
	void *arg;
};

struct journal_conf {
	int dirfd; /* of Queue_path; not taken over */
	const char *sid; /* "" or letters, digits and - */
	uint32_t segment_size; /* 0: JOURNAL_SEGMENT */
	struct sync_ops sync;
	struct journal_ops ops;
};

struct journal;

/*
 * Takes the lock of this Sid (EBUSY: another queued has it), makes
 * the directory when missing.  The segments that are there wait for
 * replay (replay.h); no append before journal_start.  NULL with errno.
 */
struct journal *journal_open(const struct journal_conf *);

/* After replay: makes the first segment to append to; may block, as this
 * is before the loop.  0, or -1 with errno. */
int journal_start(struct journal *);

/* Closes without a sync; waiters are dropped unheard.  Only with no job
 * under way.  NULL is nothing. */
void journal_close(struct journal *);
bool journal_is_busy(const struct journal *);
/* Nothing was appended that is not durable, or lost with its segment. */
bool journal_is_durable(const struct journal *);

/*
 * Appends one record.  Its position, or 0 with errno: ENOSPC when there is
 * no room left (journal_room), E2BIG for a record that no segment can
 * hold, EIO when no segment works.  A payload offset within the record is
 * turned into a place for journal_read by journal_payload.
 */
uint64_t journal_append(struct journal *, const struct journal_record *);
/* The place of the payload's byte at offset; total is all its bytes. */
uint64_t journal_payload(uint64_t position, uint64_t total, uint64_t offset);

/*
 * Once per turn: writes what was appended and has a sync started when none
 * is under way: at once when someone waits, else JOURNAL_LAZY milliseconds
 * after the write, so that a record nobody waits for shares a sync with
 * others.  Returns in how many milliseconds it wants to be called again,
 * -1: not before something happens.
 */
int journal_flush(struct journal *);

/* done(arg, 0) once position is durable, done(arg, errno) if its write or
 * sync failed; never from within this call. */
void journal_await(struct journal *, struct journal_wait *);
void journal_forget(struct journal *, struct journal_wait *);

/* True when a message of this many bytes would find room now; some room
 * is kept back for the other records, so that a full disk can drain. */
bool journal_room(const struct journal *, uint64_t bytes);

/* Reads at a place from journal_payload; written bytes only.  Bytes read,
 * 0 at a segment that is gone, or -1 with errno. */
ssize_t journal_read(struct journal *, uint64_t place, void *buf, size_t len);

/* The segment of a place holds bytes that are damaged: it gets a second
 * name below damaged/ and is not used again. */
void journal_keep(struct journal *, uint64_t place);

/* Oldest segment still kept (0: none but the current), the current one,
 * what is durable. */
uint64_t journal_oldest(const struct journal *);
uint64_t journal_current(const struct journal *);
uint64_t journal_durable(const struct journal *);

/* The oldest segment is needed no longer: it is made ready for use again,
 * or removed.  Only ever the oldest, and not the current one: a record
 * that ends a message must outlive the record that began it.  The job runs
 * in the background; journal_oldest moves on at once. */
int journal_drop_oldest(struct journal *);

/* The highest id that was ever told to the journal. */
uint64_t journal_last_id(const struct journal *);
void journal_note_id(struct journal *, uint64_t id);

void journal_get_stats(const struct journal *, struct journal_stats *);

#endif
