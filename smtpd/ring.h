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
 * Limit_time of selor.conf(5), by the arithmetic of A59.  One ring for all
 * smtpd processes, in memory that the parent made (CONF_FD_RING).
 */
#ifndef SELOR_RING_H
#define SELOR_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg.h"
#include "ring_memory.h"

struct ring {
	struct ring_memory *memory; /* NULL: none yet */
	size_t size; /* slots in use, 0: off */
};

/* Takes the parent's memory; fd is closed.  What is mapped already stays, for
 * the parent has one for its life. */
void ring_map(struct ring *, int fd);
/*
 * Room for size connections, 0 for none; with another size than before what
 * was remembered does not count.  A process to which the parent gave nothing
 * has a ring of its own.  -1: no memory, and the ring is off.
 */
int ring_resize(struct ring *, size_t size);

/*
 * Remembers a connection at ms (monotonic milliseconds) and returns the
 * length of the run that ends with it: connections of the same address, each
 * less than gap_ms after the one before.  0 when the ring is off or the
 * client has no address.
 */
size_t
ring_add(struct ring *, const struct msg_addr *, int64_t ms, int64_t gap_ms);

/* Whether a warning is due, none of any process having come within every_ms
 * before; the caller then gives it. */
bool ring_may_warn(struct ring *, int64_t ms, int64_t every_ms);

#endif
