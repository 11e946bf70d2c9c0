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
 * The memory of recent connections that all smtpd processes share: made by
 * the parent (sealed in size, so that nobody can cut it off under another),
 * written and read by them, see smtpd/ring.c.  Any of them may be run by an
 * attacker or die at any instruction: no lock, no pointer, no length is in it.
 */
#ifndef SELOR_RING_MEMORY_H
#define SELOR_RING_MEMORY_H

#include <stdatomic.h>
#include <stdint.h>

/* As many as Limit_buf may ask for; untouched pages cost nothing. */
#define RING_SLOTS_MAX 1000000

struct ring_slot {
	/* Says which position stands here, see ring.c; 0: none, or one is
	 * being written.  Stored last. */
	_Atomic uint64_t seal;
	_Atomic uint64_t key; /* IPv4 as 0:ffff:a.b.c.d, IPv6 its first half */
	_Atomic int64_t ms; /* CLOCK_MONOTONIC, which all processes share */
};

struct ring_memory {
	_Atomic uint64_t next; /* position of the next connection */
	_Atomic int64_t warned; /* ms of the last warning, 0: none yet */
	struct ring_slot slot[RING_SLOTS_MAX];
};

#endif
