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
 * A table of objects addressed by slot and generation.  A ref outlives its
 * object harmlessly: slot_get() of an object that has gone is NULL.  Answers
 * that come late are found this way, never by pointer.
 */
#ifndef SELOR_SLOT_H
#define SELOR_SLOT_H

#include <stddef.h>
#include <stdint.h>

struct slot {
	void *object; /* NULL: free */
	uint32_t generation;
	uint32_t next_free;
};

struct slots {
	struct slot *slot;
	uint32_t size, used, free, most;
};

/* An empty table of at most "most" objects. */
void slots_init(struct slots *, uint32_t most);
/* Frees the table, not the objects. */
void slots_clear(struct slots *);
/* Stores an object; returns its ref, or 0 if the table is full. */
uint64_t slot_add(struct slots *, void *object);
/* The object, or NULL if it has gone. */
void *slot_get(const struct slots *, uint64_t ref);
/* Forgets the object; its ref is never given again. */
void slot_remove(struct slots *, uint64_t ref);
/* Walks all: start with *pos 0; NULL at the end. */
void *slot_next(const struct slots *, uint32_t *pos);

#endif
