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
 * Bounded put and get; see buf.h.  Copies with memcpy, so nothing need be
 * aligned.
 */
#include "buf.h"

#include <string.h>

void
buf_put_init(struct buf_put *b, uint8_t *buf, size_t size)
{
	b->at = buf;
	b->end = buf + size;
	b->failed = false;
}

/*
 * Room is compared before the pointer moves, so no sum can pass the end; with
 * no bytes data may be NULL, which memcpy may not be given.
 */
void
buf_put_bytes(struct buf_put *b, const void *data, size_t len)
{
	if (b->failed || len > (size_t)(b->end - b->at)) {
		b->failed = true;
		return;
	}
	if (len > 0)
		memcpy(b->at, data, len);
	b->at += len;
}

void
buf_put_u8(struct buf_put *b, uint8_t v)
{
	buf_put_bytes(b, &v, sizeof(v));
}

void
/*
 * Integers go in the byte order of the machine: both ends run on it, and were
 * built from one list (CONF_HELLO compares its hash).
 */
buf_put_u16(struct buf_put *b, uint16_t v)
{
	buf_put_bytes(b, &v, sizeof(v));
}

void
buf_put_u32(struct buf_put *b, uint32_t v)
{
	buf_put_bytes(b, &v, sizeof(v));
}

void
buf_put_u64(struct buf_put *b, uint64_t v)
{
	buf_put_bytes(b, &v, sizeof(v));
}

/*
 * The NUL is sent too, so that the receiver can use the text where it lies,
 * without a copy.
 */
void
buf_put_str(struct buf_put *b, const char *text, size_t max)
{
	size_t len = text == NULL ? 0 : strlen(text);

	if (len > max) {
		b->failed = true;
		return;
	}
	buf_put_u16(b, (uint16_t)len);
	buf_put_bytes(b, text, len);
	buf_put_u8(b, 0);
}

void
buf_put_blob(struct buf_put *b, const uint8_t *data, uint32_t len, size_t max)
{
	if (len > max) {
		b->failed = true;
		return;
	}
	buf_put_u32(b, len);
	buf_put_bytes(b, data, len);
}

void
buf_get_init(struct buf_get *b, const uint8_t *buf, size_t len)
{
	b->at = buf;
	b->end = buf + len;
	b->failed = false;
}

/*
 * What could not be read is zero: a caller that looks only at the end has no
 * undefined value in its hands.
 */
void
buf_get_bytes(struct buf_get *b, void *data, size_t len)
{
	if (b->failed || len > (size_t)(b->end - b->at)) {
		b->failed = true;
		memset(data, 0, len);
		return;
	}
	memcpy(data, b->at, len);
	b->at += len;
}

uint8_t
buf_get_u8(struct buf_get *b)
{
	uint8_t v;

	buf_get_bytes(b, &v, sizeof(v));
	return v;
}

uint16_t
buf_get_u16(struct buf_get *b)
{
	uint16_t v;

	buf_get_bytes(b, &v, sizeof(v));
	return v;
}

uint32_t
buf_get_u32(struct buf_get *b)
{
	uint32_t v;

	buf_get_bytes(b, &v, sizeof(v));
	return v;
}

uint64_t
buf_get_u64(struct buf_get *b)
{
	uint64_t v;

	buf_get_bytes(b, &v, sizeof(v));
	return v;
}

/*
 * A NUL inside would make two lengths of one text, one here and one for every
 * strlen() behind; so it is no text.  "" on failure, never NULL.
 */
const char *
buf_get_str(struct buf_get *b, size_t max)
{
	const char *text;
	size_t len = buf_get_u16(b);

	if (b->failed || len > max || len >= (size_t)(b->end - b->at) ||
	    b->at[len] != '\0' || memchr(b->at, '\0', len) != NULL) {
		b->failed = true;
		return "";
	}
	text = (const char *)b->at;
	b->at += len + 1;
	return text;
}

/*
 * The bytes stay where they lie, in the peer's input: they are valid as long as
 * the message that they came in.
 */
const uint8_t *
buf_get_blob(struct buf_get *b, uint32_t *len, size_t max)
{
	const uint8_t *data;

	*len = buf_get_u32(b);
	if (b->failed || *len > max || *len > (size_t)(b->end - b->at)) {
		b->failed = true;
		*len = 0;
		return b->at;
	}
	data = b->at;
	b->at += *len;
	return data;
}

/*
 * Bytes left over are a fault too: sender and receiver do not agree on what the
 * message is.
 */
bool
buf_get_is_done(const struct buf_get *b)
{
	return !b->failed && b->at == b->end;
}
