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
 *
 * A writer draws a position, which is its alone until the ring has gone round
 * once, and seals the slot when it is complete.  A reader believes nothing:
 * it bounds what it walks by its own size, and passes over a slot whose seal
 * is not that of the position it expects, before and after it was read.  So a
 * process that dies half-way leaves one slot that does not count until it is
 * used again, and one that writes rubbish can hide or invent a flood, as it
 * could by not asking at all, and do nothing else.
 */
#include "ring.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

/* Looks at slots that are just being written, in one walk. */
#define RING_PATIENCE 1000
/* Clocks are read before positions are drawn: a neighbour may be ahead. */
#define RING_AHEAD_MS 1000
/* Bits of a position in a seal; sizes need 20. */
#define RING_SEAL_SHIFT 44

/* The size is looked at before it is mapped: a shorter file would be a SIGBUS
 * at the first look. One map for the life of the process; fd is closed in any
 * case. */
void
ring_map(struct ring *r, int fd)
{
	struct stat st;
	void *p;

	if (r->memory == NULL && fstat(fd, &st) == 0 &&
	    st.st_size == (off_t)sizeof(*r->memory)) {
		p = mmap(NULL, sizeof(*r->memory), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
		if (p != MAP_FAILED)
			r->memory = p;
	}
	close(fd);
}

/* Memory of our own is for a process that has none of the parent's, as in
 * tests; then floods are seen by each process alone. -1: no memory, no ring. */
int
ring_resize(struct ring *r, size_t size)
{
	void *p;

	if (size > 0 && r->memory == NULL) {
		p = mmap(NULL, sizeof(*r->memory), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED) {
			r->size = 0;
			return -1;
		}
		r->memory = p;
	}
	/* Positions fall on other slots now: old seals do not match. */
	r->size = size > RING_SLOTS_MAX ? RING_SLOTS_MAX : size;
	return 0;
}

/* One host of IPv6 has a /64 to come from.  No IPv6 address begins as IPv4
 * does here: 0::/8 is not handed out (RFC 4291, section 2.4). */
static uint64_t
ring_key(const struct msg_addr *a)
{
	size_t i, n = a->family == AF_INET ? 4 : 8;
	uint64_t key = a->family == AF_INET ? 0xffff : 0;

	for (i = 0; i < n; i++)
		key = key << 8 | a->ip[i];
	return key;
}

/*
 * The seal of a position: with the size, so that what stands in a ring of
 * another size never counts.  0 is no position's.
 */
static uint64_t
ring_seal(const struct ring *r, uint64_t pos)
{
	return (uint64_t)r->size << RING_SEAL_SHIFT |
	    ((pos + 1) & ((1ULL << RING_SEAL_SHIFT) - 1));
}

/* The seal is 0 while it is written, so a reader takes neither half of it. */
static void
ring_write(struct ring_slot *s, uint64_t seal, uint64_t key, int64_t ms)
{
	atomic_store(&s->seal, 0);
	atomic_store(&s->key, key);
	atomic_store(&s->ms, ms);
	atomic_store(&s->seal, seal);
}

/* What stood in a slot; ms is 0 where nothing did that counts. */
struct ring_found {
	uint64_t key;
	int64_t ms;
};

/*
 * Reads the slot of a position, if it still and already holds that.  A slot
 * that somebody writes just now is looked at again while there is patience,
 * for a connection that came before ours counts.
 */
static struct ring_found
ring_read(const struct ring *r, uint64_t pos, unsigned int *patience)
{
	struct ring_slot *s = &r->memory->slot[pos % r->size];
	const struct ring_found none = {0, 0};
	uint64_t wanted = ring_seal(r, pos);
	struct ring_found f;
	uint64_t seal;

	while ((seal = atomic_load(&s->seal)) < wanted && *patience > 0)
		--*patience;
	if (seal != wanted)
		return none;
	f.key = atomic_load(&s->key);
	f.ms = atomic_load(&s->ms);
	return atomic_load(&s->seal) == seal ? f : none;
}

/* How many of that address came within the gap of one another, this one
 * counted; 0: there is no ring. ms is the monotonic clock, which all processes
 * share. */
size_t
ring_add(struct ring *r, const struct msg_addr *a, int64_t ms, int64_t gap_ms)
{
	unsigned int patience = RING_PATIENCE;
	struct ring_memory *m = r->memory;
	struct ring_found f, oldest;
	uint64_t pos, i, key;
	int64_t last = ms;
	size_t run = 1;

	if (r->size == 0 || a->family == 0)
		return 0;
	key = ring_key(a);
	pos = atomic_fetch_add(&m->next, 1);
	/* The one whose slot we take still counts this once. */
	oldest = ring_read(r, pos - r->size, &(unsigned int){0});
	ring_write(&m->slot[pos % r->size], ring_seal(r, pos), key, ms);
	for (i = 1; i <= r->size && i <= pos; i++) {
		f = i == r->size ? oldest : ring_read(r, pos - i, &patience);
		if (f.ms <= 0 || f.ms > ms + RING_AHEAD_MS)
			continue;
		if (last - f.ms >= gap_ms)
			break;
		if (f.key != key)
			continue;
		run++;
		if (f.ms < last)
			last = f.ms;
	}
	return run > r->size ? r->size : run;
}

/* Shared as well: a flood over 64 processes is one line in the log. */
bool
ring_may_warn(struct ring *r, int64_t ms, int64_t every_ms)
{
	int64_t warned;

	if (r->memory == NULL)
		return false;
	warned = atomic_load(&r->memory->warned);
	/* A time to come would silence us for ever: nobody honest wrote it. */
	if (warned > 0 && warned <= ms + RING_AHEAD_MS &&
	    ms - warned < every_ms)
		return false;
	/* Of two that want to warn at once one does. */
	return atomic_compare_exchange_strong(&r->memory->warned, &warned, ms);
}
