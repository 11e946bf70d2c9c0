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
 * The calls in flight of one peer: a table addressed by the low bits of a
 * call's id, the high bits being a generation, so that an answer which comes
 * late is not taken for that of the call which has the slot now.
 */
#ifndef SELOR_CALLS_H
#define SELOR_CALLS_H

#include <stdint.h>

#include "monotime.h"
#include "msg.h"
#include "peer.h"

struct call {
	peer_done *done; /* NULL: free */
	uint64_t ref;
	struct monotime deadline;
	enum msg_type type;
	uint16_t generation;
	uint32_t next_free;
};

struct calls {
	struct call *call;
	uint32_t size, used, free;
};

enum calls_found {
	CALLS_FOUND,
	CALLS_LATE, /* its time had passed */
	CALLS_NEVER /* nothing of that kind was asked */
};

void calls_init(struct calls *);
void calls_clear(struct calls *);
/* A free slot for the next call, or -1: too many in flight, or no memory. */
int64_t calls_slot(struct calls *);
/* The id that a call in this slot bears. */
uint32_t calls_id(const struct calls *, uint32_t slot);
/* Takes the slot, which calls_slot gave just before. */
void calls_start(
    struct calls *, uint32_t slot, peer_done *, uint64_t ref, enum msg_type);
/* Takes a call out of the table. */
struct call calls_end(struct calls *, uint32_t slot);
/* The call that an answer or item belongs to. */
enum calls_found
calls_find(const struct calls *, uint32_t id, enum msg_type, uint32_t *slot);

#endif
