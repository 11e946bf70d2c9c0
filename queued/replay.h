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
 * replay.h: what the journal holds, told record by record in the order in
 * which it was appended.  Stops each segment where its good records end;
 * tells damage from the torn tail of a crash, reports damage and keeps a
 * second name of the damaged file below damaged/.
 */

#ifndef QUEUED_REPLAY_H
#define QUEUED_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "journal.h"
#include "segment.h"

struct replay {
	/* One record; position is its end. */
	void (*record)(
	    void *arg, const struct segment_record *, uint64_t position);
	void *arg;
	/* Result: segments in which something was wrong. */
	unsigned int damaged;
	/* Newest such segment: all up to it should be written back. */
	uint64_t damaged_sequence;
};

/*
 * Reads all segments of an opened journal that was not started.  Returns 0,
 * or -1 with errno when memory is short; never fails for what it reads.
 */
int replay_run(struct journal *, struct replay *);

/* What was found in the bytes of one segment. */
struct replay_scan {
	uint32_t end; /* offset after the last good record */
	uint32_t damaged_at; /* 0, or the offset of bytes that were good */
	bool begun; /* it begins with a BEGIN record */
	bool synced; /* its own records were durable once */
	uint64_t before_sequence;
	uint32_t before_end;
};

/* Scans the len bytes of a segment; for replay_run and for fuzzing. */
void replay_scan(struct segment *, const uint8_t *data, struct replay *,
    struct replay_scan *);

#endif
