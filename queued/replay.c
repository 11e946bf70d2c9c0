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
 * replay.c: reads the journal after any end of queued, power loss too.
 *
 * What was appended but not yet durable may be missing in any part, so
 * the first place without a good record is where a segment ends, as long
 * as no good record behind it says that this place had been durable: then
 * the disk changed it, which is damage.  The segment after it also knows
 * where it ended (BEGIN).
 */

#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "journal_impl.h"

#define READ_PIECE (64 * 1024)
/* Bytes checksummed in search of a record behind a bad one, at most, in
 * sizes of the segment: content can be full of what looks like records. */
#define SEARCH_EFFORT 4

/* Reads what can be read; a piece that can not is left zero. */
static uint8_t *
read_segment(struct journal *j, struct segment *s, bool *failed)
{
	uint8_t *data;
	size_t at, piece;

	*failed = false;
	if ((data = calloc(1, s->size)) == NULL)
		return NULL;
	for (at = 0; at < s->size; at += piece) {
		piece = s->size - at < READ_PIECE ? s->size - at : READ_PIECE;
		if (segment_pread(s->fd, data + at, piece, at) == 0)
			continue;
		if (!*failed)
			journal_report(j, "journal: segment %llu at %zu: %s",
			    (unsigned long long)s->sequence, at,
			    strerror(errno));
		memset(data + at, 0, piece);
		*failed = true;
	}
	return data;
}

/* The next good record at or behind an offset; 0: none. */
static uint32_t
search(const struct segment *s, const uint8_t *data, uint32_t from,
    struct segment_record *r)
{
	uint64_t effort = 0;
	uint32_t at, len;
	uint16_t mark;

	for (at = from; at + SEGMENT_FRAME <= s->size; at += 8) {
		if (segment_get(s->seed, data + at, s->size - at, r))
			return at;
		memcpy(&len, data + at, sizeof(len));
		memcpy(&mark, data + at + 6, sizeof(mark));
		if (mark == SEGMENT_MARK && len <= s->size - at)
			effort += len;
		if (effort > (uint64_t)s->size * SEARCH_EFFORT)
			break;
	}
	return 0;
}

/* From the record that each segment starts with; a payload of another size
 * counts as none. */
static void
note_begin(const struct segment_record *r, struct replay_scan *scan)
{
	struct buf_get b;

	buf_get_init(&b, r->payload, r->len);
	scan->before_sequence = buf_get_u64(&b);
	scan->before_end = buf_get_u32(&b);
	scan->begun = buf_get_is_done(&b);
}

/* Stops at the first place without a record, unless a later record proves
 * that this place had been durable. */
void
replay_scan(struct segment *s, const uint8_t *data, struct replay *replay,
    struct replay_scan *scan)
{
	struct segment_record r;
	uint32_t at = SEGMENT_START, next;

	memset(scan, 0, sizeof(*scan));
	while (at < s->size) {
		if (!segment_get(s->seed, data + at, s->size - at, &r)) {
			next = search(s, data, at + 8, &r);
			if (next == 0 || r.synced <= at)
				break;
			if (scan->damaged_at == 0)
				scan->damaged_at = at;
			at = next;
		}
		at += r.total;
		if (r.synced > SEGMENT_START)
			scan->synced = true;
		if (r.type == JOURNAL_BEGIN)
			note_begin(&r, scan);
		replay->record(replay->arg, &r, journal_position(s, at));
	}
	scan->end = at < s->size ? at : s->size;
}

/* Kept for people to look at; what can be read of it is used all the same. */
static void
set_aside(struct journal *j, struct segment *s, struct replay *replay)
{
	journal_keep(j, journal_position(s, 0));
	replay->damaged++;
	if (s->sequence > replay->damaged_sequence)
		replay->damaged_sequence = s->sequence;
}

/* Did the segment before this one end where this one says it did? */
static bool
ends_early(const struct segment *before, const struct segment *s,
    const struct replay_scan *scan)
{
	return before != NULL && scan->begun && scan->synced &&
	    scan->before_sequence == before->sequence &&
	    scan->before_end > before->used && before->sequence < s->sequence;
}

static int
replay_segment(struct journal *j, struct segment *s, struct replay *replay)
{
	struct segment *before = TAILQ_PREV(s, segment_list, entry);
	struct replay_scan scan;
	uint8_t *data;
	bool failed;

	if ((data = read_segment(j, s, &failed)) == NULL)
		return -1;
	replay_scan(s, data, replay, &scan);
	free(data);
	s->used = s->written = s->synced = scan.end;
	s->state = SEGMENT_FULL;
	if (scan.damaged_at != 0)
		journal_report(j,
		    "journal: segment %llu damaged at offset %u, "
		    "kept below damaged/",
		    (unsigned long long)s->sequence, scan.damaged_at);
	if (scan.damaged_at != 0 || failed)
		set_aside(j, s, replay);
	if (ends_early(before, s, &scan)) {
		journal_report(j,
		    "journal: segment %llu ends at offset %u, not %u, "
		    "kept below damaged/",
		    (unsigned long long)before->sequence, before->used,
		    scan.before_end);
		set_aside(j, before, replay);
	}
	return 0;
}

/* Segments in their order, each whole in memory once: a start may take the
 * time, and a reader of pieces would have two code paths for records at their
 * ends. */
int
replay_run(struct journal *j, struct replay *replay)
{
	struct segment *s;

	replay->damaged = 0;
	replay->damaged_sequence = 0;
	TAILQ_FOREACH (s, &j->segments, entry) {
		journal_note_id(j, s->last_id);
		if (replay_segment(j, s, replay) == -1)
			return -1;
	}
	return 0;
}
