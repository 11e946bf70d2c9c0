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
 * Calls in flight; see calls.h.
 */
#include "calls.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * Calls in flight to one peer.  It bounds what a peer that never answers can
 * cost us; an id has as many bits for the slot.
 */
#define CALLS_MAX 65536u
#define CALLS_SLOT_BITS 16
#define CALLS_SLOT_MASK (CALLS_MAX - 1)
#define CALLS_NONE UINT32_MAX

void
calls_init(struct calls *t)
{
	memset(t, 0, sizeof(*t));
	t->free = CALLS_NONE;
}

void
calls_clear(struct calls *t)
{
	free(t->call);
	calls_init(t);
}

/*
 * Doubles the table, within its limit.  The new slots go into the list of free
 * ones so that the lowest is used first.  Callers that hold a pointer into the
 * table across this lose it: they keep slots instead.
 */
static int
calls_grow(struct calls *t)
{
	struct call *c;
	uint32_t i, size;

	if (t->size >= CALLS_MAX)
		return -1;
	size = t->size == 0 ? 16 : t->size * 2;
	if ((c = recallocarray(t->call, t->size, size, sizeof(*c))) == NULL)
		return -1;
	for (i = size; i > t->size; i--) {
		c[i - 1].next_free = t->free;
		t->free = i - 1;
	}
	t->call = c;
	t->size = size;
	return 0;
}

/* Only looks: who can not send the call after all has nothing to give back. */
int64_t
calls_slot(struct calls *t)
{
	if (t->free == CALLS_NONE && calls_grow(t) == -1)
		return -1;
	return t->free;
}

uint32_t
calls_id(const struct calls *t, uint32_t slot)
{
	return (uint32_t)t->call[slot].generation << CALLS_SLOT_BITS | slot;
}

/*
 * The deadline counts from here, not from when the bytes are written: a peer
 * that does not read is late as well.
 */
void
calls_start(struct calls *t, uint32_t slot, peer_done *done, uint64_t ref,
    enum msg_type type)
{
	struct call *c = &t->call[slot];

	t->free = c->next_free;
	t->used++;
	c->done = done;
	c->ref = ref;
	c->type = type;
	c->deadline = monotime_add_ms(
	    monotime_now(), (int64_t)msg_row(type)->seconds * 1000);
}

/*
 * The slot is free before the callback runs, so that this may make another
 * call.  Its generation has changed by then: a second answer finds nothing.
 */
struct call
calls_end(struct calls *t, uint32_t slot)
{
	struct call c = t->call[slot];

	t->call[slot].done = NULL;
	/* The last slot's last generation would make the id of no call. */
	if (++t->call[slot].generation == UINT16_MAX)
		t->call[slot].generation = 0;
	t->call[slot].next_free = t->free;
	t->free = slot;
	t->used--;
	return c;
}

/*
 * Whether a type is the answer to a call: X_ANSW to X. By name, since
 * messages.def gives each answer the name of its call; there is no table
 * besides that could differ from it.
 */
static bool
calls_is_answer(enum msg_type answ, enum msg_type call)
{
	const char *name = msg_row(call)->name;
	size_t len = strlen(name);

	return strncmp(msg_row(answ)->name, name, len) == 0 &&
	    strcmp(msg_row(answ)->name + len, "_ANSW") == 0;
}

/*
 * Another generation of a slot is late, however many calls have used the
 * slot since: to take it for a breach would end who was only slow.
 */
enum calls_found
calls_find(
    const struct calls *t, uint32_t id, enum msg_type type, uint32_t *slot)
{
	const struct call *c;

	*slot = id & CALLS_SLOT_MASK;
	if (*slot >= t->size)
		return CALLS_NEVER;
	c = &t->call[*slot];
	if (c->done == NULL ||
	    c->generation != (uint16_t)(id >> CALLS_SLOT_BITS))
		return CALLS_LATE;
	if (msg_row(type)->form == MSG_FORM_ANSW &&
	    !calls_is_answer(type, c->type))
		return CALLS_NEVER;
	return CALLS_FOUND;
}
