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
 * The header of the PROXY protocol, versions 1 and 2, that a load balancer
 * puts in front of a connection to tell who the client is.
 */
#ifndef SELOR_PROXY_H
#define SELOR_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "msg.h"

/* The longest line of version 1 with its CRLF. */
#define PROXY_V1_MAX 107
/* The longest header of version 2 that is taken; TLVs are passed over. */
#define PROXY_V2_MAX 4096

enum proxy_status {
	PROXY_DONE,
	PROXY_MORE, /* wants more bytes */
	PROXY_BAD /* no such header, or over a limit */
};

struct proxy {
	size_t len; /* bytes of the header */
	bool is_local; /* LOCAL or UNKNOWN: the connection's own address */
	struct msg_addr client;
};

/* Reads the header at the start of buf[0..len). */
enum proxy_status proxy_parse(struct proxy *x, const char *buf, size_t len);

#endif
