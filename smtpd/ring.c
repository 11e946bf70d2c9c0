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
 * The ring of recent connections; see ring.h.  Entries are in the order of
 * their time, so a walk from the newest ends where no older entry can
 * continue the run: it costs what came within the gap, not the whole ring.
 */
#include "ring.h"

#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

int
ring_resize(struct ring *r, size_t size)
{
	if (size == r->size)
		return 0;
	free(r->entry);
	memset(r, 0, sizeof(*r));
	if (size == 0)
		return 0;
	if ((r->entry = calloc(size, sizeof(*r->entry))) == NULL)
		return -1;
	r->size = size;
	return 0;
}

/* One host of IPv6 has a /64 to come from. */
static void
ring_key(uint8_t key[16], const struct msg_addr *a)
{
	memset(key, 0, 16);
	if (a->family == AF_INET) {
		key[10] = key[11] = 0xff;
		memcpy(key + 12, a->ip, 4);
	} else
		memcpy(key, a->ip, 8);
}

size_t
ring_add(struct ring *r, const struct msg_addr *a, int64_t ms, int64_t gap_ms)
{
	struct ring_entry *e;
	uint8_t key[16];
	size_t i, run = 1;
	int64_t last = ms;

	if (r->size == 0 || a->family == 0)
		return 0;
	ring_key(key, a);
	for (i = 1; i <= r->used; i++) {
		e = &r->entry[(r->next + r->size - i) % r->size];
		if (last - e->ms >= gap_ms)
			break;
		if (memcmp(e->key, key, sizeof(key)) != 0)
			continue;
		run++;
		last = e->ms;
	}
	e = &r->entry[r->next];
	e->ms = ms;
	memcpy(e->key, key, sizeof(key));
	r->next = (r->next + 1) % r->size;
	if (r->used < r->size)
		r->used++;
	/* The slot that this connection took was the oldest of the run. */
	return run > r->size ? r->size : run;
}
