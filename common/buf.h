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
 * Bounded put and get on a stretch of bytes: integers in host order, counted
 * text and bytes.  Past the end nothing is written or read; the first failure
 * sticks, so that a caller checks once.
 */
#ifndef SELOR_BUF_H
#define SELOR_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf_put {
	uint8_t *at, *end;
	bool failed;
};

struct buf_get {
	const uint8_t *at, *end;
	bool failed;
};

void buf_put_init(struct buf_put *, uint8_t *buf, size_t size);
void buf_put_bytes(struct buf_put *, const void *data, size_t len);
void buf_put_u8(struct buf_put *, uint8_t);
void buf_put_u16(struct buf_put *, uint16_t);
void buf_put_u32(struct buf_put *, uint32_t);
void buf_put_u64(struct buf_put *, uint64_t);
/* Length, text, NUL.  Fails over max bytes.  NULL is the empty text. */
void buf_put_str(struct buf_put *, const char *text, size_t max);
/* Length, bytes.  Fails over max bytes. */
void
buf_put_blob(struct buf_put *, const uint8_t *data, uint32_t len, size_t max);

void buf_get_init(struct buf_get *, const uint8_t *buf, size_t len);
uint8_t buf_get_u8(struct buf_get *);
uint16_t buf_get_u16(struct buf_get *);
uint32_t buf_get_u32(struct buf_get *);
uint64_t buf_get_u64(struct buf_get *);
void buf_get_bytes(struct buf_get *, void *data, size_t len);
/* Text inside the buffer, NUL-ended, no NUL within; "" on failure. */
const char *buf_get_str(struct buf_get *, size_t max);
/* Bytes inside the buffer. */
const uint8_t *buf_get_blob(struct buf_get *, uint32_t *len, size_t max);
/* Whether all was read and nothing failed. */
bool buf_get_is_done(const struct buf_get *);

#endif
