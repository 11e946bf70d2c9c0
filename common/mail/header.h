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
 * The header of a message, RFC 5322 section 2.2: a scanner that watches it
 * stream by in constant memory, and functions that walk over one held in a
 * buffer.  A line ends in LF; a CR before it belongs to the line end.  Bytes
 * are never trusted: no line is too long, no name too odd.
 */

#ifndef HEADER_H
#define HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

/* Fields that are counted. */
#define HEADER_LIST(X)                                    \
	X(RECEIVED, "Received")                           \
	X(RETURN_PATH, "Return-Path")                     \
	X(DELIVERED_TO, "Delivered-To")                   \
	X(DATE, "Date")                                   \
	X(MESSAGE_ID, "Message-ID")                       \
	X(FROM, "From")                                   \
	X(SENDER, "Sender")                               \
	X(TO, "To")                                       \
	X(CC, "Cc")                                       \
	X(BCC, "Bcc")                                     \
	X(SUBJECT, "Subject")                             \
	X(AUTO_SUBMITTED, "Auto-Submitted")               \
	X(PRECEDENCE, "Precedence")                       \
	X(LIST_ID, "List-Id")                             \
	X(MIME_VERSION, "MIME-Version")                   \
	X(CONTENT_TYPE, "Content-Type")                   \
	X(TRANSFER_ENCODING, "Content-Transfer-Encoding") \
	X(RESENT_FROM, "Resent-From")                     \
	X(RESENT_DATE, "Resent-Date")                     \
	X(RESENT_MESSAGE_ID, "Resent-Message-ID")

enum header_name {
#define X(name, text) HEADER_##name,
	HEADER_LIST(X)
#undef X
	HEADER_NNAMES,
	HEADER_OTHER = HEADER_NNAMES
};

/* Longest text in HEADER_LIST; no more of a name is kept. */
#define HEADER_NAME_KEPT 32

struct header_scan {
	uint64_t size; /* octets, the empty line with them */
	uint32_t fields; /* saturates, as all counts here */
	uint16_t count[HEADER_NNAMES];
	bool ended; /* the empty line was seen */
	bool malformed; /* a line that is no field and no continuation */
	bool has_nul;
	bool has_8bit; /* needs SMTPUTF8 or is Latin-1 of old */
	/* private to header.c */
	uint8_t state;
	uint8_t name_len;
	char name[HEADER_NAME_KEPT];
};

void header_scan_init(struct header_scan *h);

/*
 * Scans in[0..len) up to the end of the header.  Returns how many octets
 * belong to it; fewer than len only when it ended inside, 0 once it has.  A
 * malformed line is flagged and the header goes on until an empty line.
 */
size_t header_scan_feed(struct header_scan *h, const char *in, size_t len);

/* The number of a field name, ASCII letters in any case, or HEADER_OTHER. */
enum header_name header_name(const char *name, size_t len);
const char *header_name_text(enum header_name name);

/* One field in a buffer; spans point into it. */
struct header_field {
	struct span name; /* without colon or blanks */
	struct span value; /* as it stands, folded, last line end cut */
	struct span all; /* name to line end, to copy or to leave out */
};

/*
 * Walks over the fields of a header (or a message) in buf[0..len), *pos 0 at
 * first.  Malformed lines are skipped.  False at the empty line or the end.
 */
bool
header_next(const char *buf, size_t len, size_t *pos, struct header_field *f);

/* The first field of that name at or behind *pos; *pos moves behind it. */
bool header_find(const char *buf, size_t len, size_t *pos, const char *name,
    struct header_field *f);

/*
 * A value as one line: line ends dropped, blanks around cut, other control
 * characters replaced.  Cut to size, terminated.  Returns the length.
 */
size_t header_unfold(char *dst, size_t size, struct span value);

/* Offset of the body: behind the empty line, or len when there is none. */
size_t header_length(const char *buf, size_t len);

#endif /* HEADER_H */
