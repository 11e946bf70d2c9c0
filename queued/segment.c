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
 * segment.c: names, headers and record frames of the journal's files.
 */

#include "segment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "crc32c.h"

#define HEADER_MAGIC 0x4a524f4c45530a1aull
#define HEADER_VERSION 1u
#define HEADER_ORDER 0x01020304u /* byte order of all integers */
#define HEADER_SIZE 64u
#define HEADER_COPIES 2
#define HEADER_STEP 4096u
#define FRAME_CRC 20u /* bytes of the frame before its checksum */

/* A name in the file system, which can not be empty. */
static const char *
sid_name(const char *sid)
{
	return sid[0] == '\0' ? "main" : sid;
}

void
segment_name(const char *sid, uint64_t sequence, char *buf, size_t size)
{
	snprintf(buf, size, "%s.%016" PRIx64, sid_name(sid), sequence);
}

/* One name for each number: what prints differently is not ours. */
int
segment_parse_name(const char *name, const char *sid, uint64_t *sequence)
{
	char again[SEGMENT_NAME_MAX];
	const char *dot;
	char *end;

	if ((dot = strchr(name, '.')) == NULL || strlen(dot + 1) != 16)
		return -1;
	*sequence = strtoull(dot + 1, &end, 16);
	if (*end != '\0' || *sequence == 0 || *sequence > UINT32_MAX)
		return -1;
	segment_name(sid, *sequence, again, sizeof(again));
	return strcmp(again, name) == 0 ? 0 : -1;
}

/* All or nothing: a short file is EIO, so that callers need not tell the two
 * apart. */
int
segment_pread(int fd, void *buf, size_t len, uint64_t offset)
{
	uint8_t *at = buf;
	ssize_t n;

	while (len > 0) {
		n = pread(fd, at, len, (off_t)offset);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return -1;
		at += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* On an error some of it may be there; the segment is given up then. */
int
segment_pwrite(int fd, const void *buf, size_t len, uint64_t offset)
{
	const uint8_t *at = buf;
	ssize_t n;

	while (len > 0) {
		n = pwrite(fd, at, len, (off_t)offset);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return -1;
		at += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* Twice, a block apart: a torn write spoils one of them at most. */
int
segment_write_header(struct segment *s, const char *sid)
{
	uint8_t header[HEADER_SIZE], name[ID_SID_MAX] = {0};
	struct buf_put b;
	uint64_t epoch;
	uint32_t i;

	arc4random_buf(&epoch, sizeof(epoch));
	strlcpy((char *)name, sid, sizeof(name));
	buf_put_init(&b, header, sizeof(header));
	buf_put_u64(&b, HEADER_MAGIC);
	buf_put_u32(&b, HEADER_VERSION);
	buf_put_u32(&b, HEADER_ORDER);
	buf_put_u64(&b, s->sequence);
	buf_put_u64(&b, epoch);
	buf_put_u64(&b, s->last_id);
	buf_put_u32(&b, s->size);
	buf_put_bytes(&b, name, sizeof(name));
	s->seed = crc32c(0, header, HEADER_SIZE - 4);
	buf_put_u32(&b, s->seed);
	for (i = 0; i < HEADER_COPIES; i++)
		if (segment_pwrite(
			s->fd, header, sizeof(header), i * HEADER_STEP) == -1)
			return -1;
	s->used = s->written = s->synced = SEGMENT_START;
	return 0;
}

/* Refuses another byte order, another version, another instance and any octet
 * that the disk has changed. -1, and the segment is untouched. */
static int
parse_header(struct segment *s, const uint8_t *header, const char *sid,
    uint64_t *sequence)
{
	uint8_t name[ID_SID_MAX];
	struct buf_get b;
	uint64_t last_id;
	uint32_t size;

	buf_get_init(&b, header, HEADER_SIZE);
	if (buf_get_u64(&b) != HEADER_MAGIC ||
	    buf_get_u32(&b) != HEADER_VERSION ||
	    buf_get_u32(&b) != HEADER_ORDER)
		return -1;
	*sequence = buf_get_u64(&b);
	buf_get_u64(&b);
	last_id = buf_get_u64(&b);
	size = buf_get_u32(&b);
	buf_get_bytes(&b, name, sizeof(name));
	if (buf_get_u32(&b) != crc32c(0, header, HEADER_SIZE - 4) ||
	    name[sizeof(name) - 1] != '\0' ||
	    strcmp((const char *)name, sid) != 0 || size < SEGMENT_MIN)
		return -1;
	s->seed = crc32c(0, header, HEADER_SIZE - 4);
	s->last_id = last_id;
	s->size = size;
	return 0;
}

int
segment_read_header(struct segment *s, const char *sid, uint64_t *sequence)
{
	uint8_t header[HEADER_SIZE];
	uint32_t i;

	for (i = 0; i < HEADER_COPIES; i++)
		if (segment_pread(
			s->fd, header, sizeof(header), i * HEADER_STEP) == 0 &&
		    parse_header(s, header, sid, sequence) == 0 &&
		    *sequence == s->sequence)
			return 0;
	/* None under its own name: any is better, the caller compares. */
	for (i = 0; i < HEADER_COPIES; i++)
		if (segment_pread(
			s->fd, header, sizeof(header), i * HEADER_STEP) == 0 &&
		    parse_header(s, header, sid, sequence) == 0)
			return 0;
	errno = EILSEQ;
	return -1;
}

/* The checksum begins with the segment's seed, so a record of an earlier
 * use, or one inside somebody's message, never fits. */
void
segment_put(
    const struct segment *s, uint8_t *buf, const struct journal_record *rec)
{
	struct buf_put b;
	uint8_t *at = buf + SEGMENT_FRAME;
	size_t len;
	uint32_t crc;
	int i;

	for (i = 0; i < rec->niov; i++) {
		if (rec->iov[i].iov_len > 0)
			memcpy(at, rec->iov[i].iov_base, rec->iov[i].iov_len);
		at += rec->iov[i].iov_len;
	}
	len = (size_t)(at - buf) - SEGMENT_FRAME;
	memset(at, 0, SEGMENT_RECORD(len) - SEGMENT_FRAME - len);
	buf_put_init(&b, buf, SEGMENT_FRAME);
	buf_put_u32(&b, (uint32_t)len);
	buf_put_u8(&b, (uint8_t)rec->type);
	buf_put_u8(&b, 0);
	buf_put_u16(&b, SEGMENT_MARK);
	buf_put_u32(&b, s->synced);
	buf_put_u64(&b, rec->id);
	crc = crc32c(s->seed, buf, FRAME_CRC);
	buf_put_u32(&b, crc32c(crc, buf + SEGMENT_FRAME, len));
}

/* From the disk, so any length may stand there: nothing is read beyond avail,
 * and nothing is believed before its checksum. */
bool
segment_get(
    uint32_t seed, const uint8_t *data, size_t avail, struct segment_record *r)
{
	struct buf_get b;
	uint32_t crc;
	uint16_t mark;

	if (avail < SEGMENT_FRAME)
		return false;
	buf_get_init(&b, data, SEGMENT_FRAME);
	r->len = buf_get_u32(&b);
	r->type = (enum journal_type)buf_get_u8(&b);
	buf_get_u8(&b);
	mark = buf_get_u16(&b);
	r->synced = buf_get_u32(&b);
	r->id = buf_get_u64(&b);
	/* The mark first: most places that are no record cost nothing. */
	if (mark != SEGMENT_MARK || r->len > avail - SEGMENT_FRAME ||
	    SEGMENT_RECORD((size_t)r->len) > avail)
		return false;
	crc = crc32c(seed, data, FRAME_CRC);
	if (crc32c(crc, data + SEGMENT_FRAME, r->len) != buf_get_u32(&b))
		return false;
	r->payload = data + SEGMENT_FRAME;
	r->total = (uint32_t)SEGMENT_RECORD((size_t)r->len);
	return true;
}
