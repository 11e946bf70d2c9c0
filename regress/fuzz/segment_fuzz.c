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
 * A journal segment of any bytes.  The input is a row of changes (offset,
 * byte) to a segment with good records, so that checksums hold elsewhere,
 * and then payloads of records of any kind, framed rightly.
 */
#include <stdlib.h>
#include <string.h>

#include "../../queued/message.h"
#include "../../queued/replay.h"
#include "fuzz.h"

#define SIZE 32768
#define RECORDS 12

static unsigned int seen;

/*
 * Does with a record what spool_open does, so that the parsers of its payload
 * are met by the same octets.
 */
static void
take(void *arg, const struct segment_record *r, uint64_t position)
{
	struct message **m = arg, *parsed;
	size_t content;

	seen++;
	CHECK((position & UINT32_MAX) <= SIZE);
	if (r->type == JOURNAL_STATE && *m != NULL)
		record_apply_state(*m, r->payload, r->len);
	parsed = record_parse_message(r->id, r->payload, r->len, &content);
	if (parsed == NULL)
		return;
	CHECK(content <= r->len);
	message_free(*m);
	*m = parsed;
}

/*
 * One record at the end of what is there.  Framed with a right checksum: what a
 * bug of ours could write, beside what a disk could.
 */
static uint32_t
put(struct segment *s, uint8_t *file, uint32_t at,
    const struct journal_record *rec)
{
	size_t len = rec->iov[0].iov_len;

	if (SEGMENT_RECORD(len) > SIZE - at)
		return at;
	segment_put(s, file + at, rec);
	return at + (uint32_t)SEGMENT_RECORD(len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message *m = NULL;
	struct replay replay = {.record = take, .arg = &m};
	struct segment s = {.sequence = 7, .seed = 1, .size = SIZE};
	struct journal_record rec = {.niov = 1, .id = 9};
	struct replay_scan scan;
	uint8_t *file = calloc(1, SIZE);
	uint32_t at = SEGMENT_START;
	struct iovec iov;
	int i;

	CHECK(file != NULL);
	rec.iov = &iov;
	for (i = 0; i < RECORDS && size > 3; i++) {
		rec.type = (enum journal_type)(data[0] % 8);
		s.synced = data[1] % 2 ? at : SEGMENT_START;
		iov.iov_len = data[2] < size - 3 ? data[2] : size - 3;
		iov.iov_base = malloc(iov.iov_len + 1);
		CHECK(iov.iov_base != NULL);
		memcpy(iov.iov_base, data + 3, iov.iov_len);
		at = put(&s, file, at, &rec);
		data += 3 + iov.iov_len;
		size -= 3 + iov.iov_len;
		free(iov.iov_base);
	}
	for (; size >= 3; data += 3, size -= 3)
		file[SEGMENT_START +
		    (data[0] << 8 | data[1]) % (SIZE - SEGMENT_START)] ^=
		    data[2];
	seen = 0;
	replay_scan(&s, file, &replay, &scan);
	CHECK(scan.end <= SIZE && scan.end >= SEGMENT_START);
	message_free(m);
	free(file);
	return 0;
}
