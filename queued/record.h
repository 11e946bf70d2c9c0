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
 * record.h: the records of the journal: their types, and how a message and
 * its state are put into a record's payload and taken out again.
 * selor.spool(5).
 */

#ifndef QUEUED_RECORD_H
#define QUEUED_RECORD_H

#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#include "message.h"

/* Types of records; stored, so their values never change. */
enum journal_type {
	JOURNAL_BEGIN = 1, /* first of a segment: what came before */
	JOURNAL_MESSAGE = 2, /* envelope, and content if small */
	JOURNAL_STATE = 3, /* message and recipients, as they are now */
	JOURNAL_DONE = 4, /* the message is gone */
	JOURNAL_CHECKPOINTED = 5, /* its c and l files are durable */
	JOURNAL_TYPES
};
extern const char *const journal_type_names[JOURNAL_TYPES];

/* A record to append: type, id and its payload in pieces. */
struct journal_record {
	enum journal_type type;
	uint64_t id;
	const struct iovec *iov;
	int niov;
};

/*
 * The payload of a MESSAGE record before its content, or of a STATE record
 * for count recipients from first on; in memory from malloc, its length in
 * *len.  NULL with errno.
 */
uint8_t *
record_message(const struct message *, uint64_t inline_size, size_t *len);
uint8_t *record_state(
    const struct message *, uint32_t first, uint32_t count, size_t *len);

/*
 * Takes a MESSAGE payload apart: a new message, and where its content
 * begins in the payload (0: it is in the c file).  NULL if it is not as
 * record_message makes it.  Bytes may be anything.
 */
struct message *record_parse_message(
    uint64_t id, const uint8_t *data, size_t len, size_t *content);
/* Applies a STATE payload to a message; 0, or -1 and nothing changed. */
int record_apply_state(struct message *, const uint8_t *data, size_t len);

#endif
