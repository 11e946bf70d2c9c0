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
 * journal_impl.h: the inside of a journal, for journal.c (append, write,
 * sync), journal_open.c (start, replay's view) and journal_spare.c
 * (segments made ready, used again, removed).  Nobody else includes it but
 * replay.c.
 */

#ifndef QUEUED_JOURNAL_IMPL_H
#define QUEUED_JOURNAL_IMPL_H

#include "journal.h"
#include "segment.h"

#define JOURNAL_RETRY_MS 1000 /* before a failed spare is tried again */
#define JOURNAL_RESERVE \
	16 /* 1/16 of a segment is for other records
			       * than messages while there is no spare */

TAILQ_HEAD(segment_list, segment);
TAILQ_HEAD(journal_wait_list, journal_wait);

/* What the one segment that is being made ready or removed waits for. */
enum spare_step {
	SPARE_IDLE,
	SPARE_FILL, /* zeros in a new file */
	SPARE_HEADER, /* its header on disk */
	SPARE_NAME, /* its name on disk */
	SPARE_REMOVE /* the removal of its name on disk */
};

struct journal {
	struct journal_conf conf;
	char sid[ID_SID_MAX];
	int dirfd; /* journal/ */
	int lockfd; /* holds the flock */
	bool started;
	bool damaged; /* something was set aside by journal_open */
	unsigned int foreign; /* things left alone by journal_open */

	struct segment_list segments; /* oldest first, current last */
	struct segment_list spares; /* ready, lowest sequence first */
	struct segment_list dropped; /* needed no longer */
	struct segment *current; /* NULL: none that works */
	uint64_t before_sequence; /* the segment before current */
	uint32_t before_end; /* and where it ended */
	uint64_t next_sequence;
	uint64_t last_id;

	uint8_t *buf; /* appended to current, not written yet */
	size_t buf_size;

	struct journal_wait_list waits; /* by position */
	struct sync_job sync;
	struct segment *syncing; /* NULL: no sync under way */
	uint32_t sync_end;
	uint64_t durable;
	int64_t lazy_since; /* ms; when unsynced bytes were first seen */

	enum spare_step step;
	struct sync_job prepare;
	struct segment *preparing;
	int64_t retry_at; /* ms, monotonic */
	bool rotated; /* traffic is high enough to keep two spares */

	struct journal_stats stats;
};

static inline uint64_t
journal_position(const struct segment *s, uint32_t offset)
{
	return s->sequence << 32 | offset;
}

/* Milliseconds of the monotonic clock. */
int64_t journal_now(void);
/* One line to the owner; a NULL report is silence. */
void journal_report(struct journal *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* journal.c: goes on to the first spare; 0, or -1 with errno. */
int journal_begin(struct journal *);
/* journal_spare.c: starts what should be done next about segments. */
void journal_spare_kick(struct journal *);
/* Makes a spare now, blocking.  0, or -1 with errno. */
int journal_spare_now(struct journal *);
void segment_free(struct segment *);
struct segment *segment_find(const struct journal *, uint64_t sequence);

#endif
