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
 * lfile_key.h: the keys of an l file in one table each for the message and
 * for a recipient, which lfile.c reads by and lfile_print.c writes by.
 */

#ifndef QUEUED_LFILE_KEY_H
#define QUEUED_LFILE_KEY_H

#include <stddef.h>
#include <stdint.h>

#define LFILE_MAGIC "selor-queue"
#define LFILE_VERSION "1"

enum lfile_type {
	LFILE_TEXT, /* a textref */
	LFILE_NUMBER, /* an unsigned integer of size bytes; time too */
	LFILE_BITS, /* names of bits, comma between */
	LFILE_NAME /* one of names, by its number */
};

struct lfile_bit {
	const char *name;
	uint32_t bit;
};

struct lfile_key {
	const char *name;
	enum lfile_type type;
	size_t offset; /* in struct message or struct recipient */
	size_t size;
	uint64_t max; /* greatest value; of LFILE_NAME, count less one */
	const struct lfile_bit *bits;
	const char *const *names;
};

extern const struct lfile_key lfile_message_keys[];
extern const struct lfile_key lfile_rcpt_keys[];

/* The integer that the key names in the struct at base. */
uint64_t lfile_get_number(const struct lfile_key *, const void *base);

#endif
