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
 * A message as sendmail(8) reads it from a program: the header in memory,
 * the body in an unlinked file, so that a message of any size can be sent.
 * Lines may end in LF or CRLF; here they all end in CRLF.
 */

#ifndef LETTER_H
#define LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A header that is larger is refused, bytes. */
#define LETTER_HEADER_MAX (1024 * 1024)

struct letter {
	char *header; /* fields, each ended by CRLF; no empty line */
	size_t header_len;
	size_t header_size; /* as allocated */
	int body; /* unlinked file; -1: none yet */
	uint64_t body_size;
	bool is_8bit; /* holds octets above 0x7f */
};

void letter_init(struct letter *);
void letter_clear(struct letter *);

/*
 * Reads all of fd, or with dot_ends up to a line that holds only a dot.  A
 * first line "From " of an mbox is dropped; a line that is no header field
 * begins the body.  0, or a code of sysexits(3) after a line on stderr.
 */
int letter_read(struct letter *, int fd, bool dot_ends);

/* Appends to the header.  0, or -1: no memory, or over the limit. */
int letter_add(struct letter *, const char *text, size_t len);
/* Appends to the body, which is made at need.  0, or -1 with errno. */
int letter_add_body(struct letter *, const char *text, size_t len);
/* Bytes of it all with the empty line. */
uint64_t letter_size(const struct letter *);

#endif /* LETTER_H */
