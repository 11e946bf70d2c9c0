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
 * A struct for each row of messages.def and the union of all.  Included by
 * msg.h alone.
 */
#ifndef SELOR_MSG_STRUCT_H
#define SELOR_MSG_STRUCT_H

#include <stdint.h>

/* An IP address and port; family is AF_INET, AF_INET6 or 0 for none. */
struct msg_addr {
	uint8_t family;
	uint8_t ip[16]; /* network order; IPv4 uses the first four */
	uint16_t port; /* host order */
	uint32_t scope; /* IPv6 scope id, else 0 */
};

/* One struct a row: struct msg_queue_open, struct msg_queue_open_answ. */
#define U8(n) uint8_t n;
#define U16(n) uint16_t n;
#define U32(n) uint32_t n;
#define U64(n) uint64_t n;
#define STR(n, max) const char *n;
#define SECRET(n, max) const char *n;
#define BLOB(n, max)      \
	const uint8_t *n; \
	uint32_t n##_len;
#define ADDR(n) struct msg_addr n;
#define NONE uint8_t none;
#define CALL(type, name, from, to, fd, secs, fields) \
	struct msg_##name {                          \
		fields                               \
	};
#define ANSW(type, name, from, to, fd, fields) \
	struct msg_##name##_answ {             \
		fields                         \
	};
#define ITEM(type, name, from, to, fd, fields) \
	struct msg_##name {                    \
		fields                         \
	};
#define TELL(type, name, from, to, fd, fields) \
	struct msg_##name {                    \
		fields                         \
	};
#include "messages.def"

union msg {
#define CALL(type, name, from, to, fd, secs, fields) struct msg_##name name;
#define ANSW(type, name, from, to, fd, fields) \
	struct msg_##name##_answ name##_answ;
#define ITEM(type, name, from, to, fd, fields) struct msg_##name name;
#define TELL(type, name, from, to, fd, fields) struct msg_##name name;
#include "messages.def"
};

#endif
