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
 * Things of a run that wait for an answer from another process.  The answer
 * brings a ref, never a pointer: one that comes when the run has gone finds
 * nothing.
 */
#ifndef RULED_PENDING_H
#define RULED_PENDING_H

#include <stddef.h>
#include <stdint.h>

struct run;
struct run_op;

/* At the same time, over all sessions. */
#define PENDING_MAX 400000

/* The first member of whatever waits. */
struct pending {
	uint64_t self; /* the ref that a call takes with it */
	uint64_t policy; /* whose run is to go on */
};

/* A zeroed object of that size; NULL: no memory, too many. */
void *pending_new(struct run *run, size_t size);
/* NULL: it has gone. */
void *pending_get(uint64_t self);
/* Frees it. */
void pending_free(struct pending *pending);
/*
 * Makes it what the item under way waits for: it ends with the item, by the
 * function given, which frees it.
 */
void pending_hang(
    struct run *run, struct pending *pending, void (*end)(struct run_op *));
/* Its run goes on; the object may be gone afterwards. */
void pending_resume(const struct pending *pending);

#endif
