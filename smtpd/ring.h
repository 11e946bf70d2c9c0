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
 * The memory of recent connections against floods: Limit_buf, Limit_cnx and
 * Limit_time of selor.conf(5), by the arithmetic of A59.
 */
#ifndef SELOR_RING_H
#define SELOR_RING_H

#include <stddef.h>
#include <stdint.h>

#include "msg.h"

struct ring_entry {
	int64_t ms;
	uint8_t key[16]; /* IPv4 mapped; of IPv6 the first 64 bits */
};

struct ring {
	struct ring_entry *entry;
	size_t size, used, next;
};

/* Room for size connections, 0 for none; keeps nothing of before.  -1: no
 * memory, and the ring is off. */
int ring_resize(struct ring *r, size_t size);

/*
 * Remembers a connection at ms (monotonic milliseconds) and returns the
 * length of the run that ends with it: connections of the same address, each
 * less than gap_ms after the one before.  0 when the ring is off or the
 * client has no address.
 */
size_t
ring_add(struct ring *r, const struct msg_addr *a, int64_t ms, int64_t gap_ms);

#endif
