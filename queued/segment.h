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
 * segment.h: one file of the journal: its name, its header, and the frame
 * of a record.  Used by journal.c, which appends, and replay.c, which
 * reads.  Layout in selor.spool(5).
 *
 * The header stands twice, 4096 bytes apart, alone in its blocks, so that
 * no append rewrites it.  Its random epoch seeds the checksum of each
 * record: what an earlier life of the file left behind, or what somebody
 * put into a message to look like a record, is never taken for one.
 */

#ifndef QUEUED_SEGMENT_H
#define QUEUED_SEGMENT_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "id.h"
#include "record.h"

#define SEGMENT_START 8192u /* offset of the first record */
#define SEGMENT_FRAME 24u /* bytes before a record's payload */
#define SEGMENT_MARK 0x4a52u /* 16 bits at offset 6 of a frame */
#define SEGMENT_MIN (SEGMENT_START + 8192u)
#define SEGMENT_NAME_MAX (ID_SID_MAX + 24)

enum segment_state {
	SEGMENT_SPARE, /* ready to become the current one */
	SEGMENT_CURRENT, /* appended to */
	SEGMENT_FULL,
	SEGMENT_BAD /* its disk failed us; read from, never written again */
};

struct segment {
	TAILQ_ENTRY(segment) entry;
	uint64_t sequence;
	uint64_t last_id; /* from its header */
	uint32_t seed;
	uint32_t size;
	uint32_t used; /* end of what was appended, in memory or not */
	uint32_t written; /* end of what was written */
	uint32_t synced; /* end of what is durable */
	int fd;
	int error; /* what a write said, until journal_flush handles it */
	enum segment_state state;
	bool keep; /* its damage is kept below damaged/: do not use again */
};

/* What a record's frame says. */
struct segment_record {
	enum journal_type type; /* may be one that we do not know */
	uint64_t id;
	uint32_t synced; /* what was durable when it was appended */
	const uint8_t *payload;
	uint32_t len;
	uint32_t total; /* frame, payload and padding */
};

/* Bytes a record with this payload takes in the file. */
#define SEGMENT_RECORD(len) (SEGMENT_FRAME + (((len) + 7u) & ~(size_t)7))

void segment_name(const char *sid, uint64_t sequence, char *buf, size_t size);
/* 0 and the sequence when name is a segment's of this Sid. */
int segment_parse_name(const char *name, const char *sid, uint64_t *sequence);

/*
 * Writes a new header with a new epoch for seg->sequence, and sets the
 * segment's offsets to empty.  0, or -1 with errno; no sync.
 */
int segment_write_header(struct segment *, const char *sid);
/*
 * Reads the header of seg->fd into seed, size, last_id and *sequence (what
 * the header says, which a crash may have left unlike the name).  0, or -1
 * with errno EILSEQ when neither copy is one for this Sid.
 */
int segment_read_header(struct segment *, const char *sid, uint64_t *sequence);

/* Puts a whole record at buf, which has SEGMENT_RECORD bytes. */
void segment_put(
    const struct segment *, uint8_t *buf, const struct journal_record *);
/*
 * The record at data, of which avail bytes are there; false when none that
 * is whole and right begins there.
 */
bool segment_get(
    uint32_t seed, const uint8_t *data, size_t avail, struct segment_record *);

/* pread and pwrite of all len bytes; 0, or -1 with errno (EIO at the end
 * of the file). */
int segment_pread(int fd, void *buf, size_t len, uint64_t offset);
int segment_pwrite(int fd, const void *buf, size_t len, uint64_t offset);

#endif
