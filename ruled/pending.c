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
 * The table of what waits; see pending.h.
 */
#include "pending.h"

#include <stdlib.h>

#include "ruled.h"
#include "run.h"

/* Its first member is the struct pending, so that one table serves all kinds.
 * NULL: no memory, or PENDING_MAX wait already. */
void *
pending_new(struct run *run, size_t size)
{
	struct pending *x;

	if ((x = calloc(1, size)) == NULL)
		return NULL;
	if ((x->self = slot_add(&ruled.pending, x)) == 0) {
		free(x);
		return NULL;
	}
	x->policy = run->policy->ref;
	return x;
}

void *
pending_get(uint64_t self)
{
	return slot_get(&ruled.pending, self);
}

void
pending_free(struct pending *x)
{
	slot_remove(&ruled.pending, x->self);
	free(x);
}

/* From here on the item's end, or that of its session, calls end, which frees
 * it. */
void
pending_hang(struct run *run, struct pending *x, void (*end)(struct run_op *))
{
	run->op.state = 1;
	run->op.data = x;
	run->op.end = end;
}

void
pending_resume(const struct pending *x)
{
	run_resume(x->policy);
}
