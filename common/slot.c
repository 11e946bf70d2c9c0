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
 * Slot and generation tables; see slot.h.  A ref is the generation in the
 * high and the slot number plus one in the low 32 bits, so zero is no ref.
 */
#include "slot.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_NONE UINT32_MAX

void
slots_init(struct slots *t, uint32_t most)
{
	memset(t, 0, sizeof(*t));
	t->free = SLOT_NONE;
	t->most = most;
}

/* Refs that are still held find nothing afterwards. */
void
slots_clear(struct slots *t)
{
	free(t->slot);
	slots_init(t, t->most);
}

/* Doubles the table, within its limit. */
static int
slots_grow(struct slots *t)
{
	uint32_t i, size;
	struct slot *s;

	if (t->size >= t->most)
		return -1;
	size = t->size == 0 ? 16 : t->size * 2;
	if (size > t->most)
		size = t->most;
	if ((s = recallocarray(t->slot, t->size, size, sizeof(*s))) == NULL)
		return -1;
	t->slot = s;
	for (i = size; i > t->size; i--) {
		s[i - 1].next_free = t->free;
		t->free = i - 1;
	}
	t->size = size;
	return 0;
}

/*
 * Never 0, so that a ref of 0 can mean none: the low half is the place plus
 * one.
 */
uint64_t
slot_add(struct slots *t, void *object)
{
	uint32_t i;

	if (t->free == SLOT_NONE && slots_grow(t) == -1)
		return 0;
	i = t->free;
	t->free = t->slot[i].next_free;
	t->slot[i].object = object;
	t->used++;
	return (uint64_t)t->slot[i].generation << 32 | (i + 1);
}

/*
 * A generation is 32 bits: a ref would have to be kept over four thousand
 * million uses of its place to find another's object.
 */
static struct slot *
slot_find(const struct slots *t, uint64_t ref)
{
	uint32_t i = (uint32_t)ref - 1;
	struct slot *s;

	if (i >= t->size)
		return NULL;
	s = &t->slot[i];
	if (s->object == NULL || s->generation != ref >> 32)
		return NULL;
	return s;
}

void *
slot_get(const struct slots *t, uint64_t ref)
{
	struct slot *s = slot_find(t, ref);

	return s == NULL ? NULL : s->object;
}

void
slot_remove(struct slots *t, uint64_t ref)
{
	struct slot *s = slot_find(t, ref);

	if (s == NULL)
		return;
	s->object = NULL;
	s->generation++;
	s->next_free = t->free;
	t->free = (uint32_t)ref - 1;
	t->used--;
}

/*
 * Objects may be removed, and added, between two calls; those added behind may
 * be met or not.
 */
void *
slot_next(const struct slots *t, uint32_t *pos)
{
	while (*pos < t->size)
		if (t->slot[(*pos)++].object != NULL)
			return t->slot[*pos - 1].object;
	return NULL;
}
