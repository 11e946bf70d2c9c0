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
 * journal_type.h: what users of the journal hold themselves: a waiter's
 * place in its list, and its counts.
 */

#ifndef QUEUED_JOURNAL_TYPE_H
#define QUEUED_JOURNAL_TYPE_H

#include <sys/queue.h>

#include <stdint.h>

/* Somebody who waits for a position; lives in the waiter's own struct. */
struct journal_wait {
	TAILQ_ENTRY(journal_wait) entry;
	uint64_t position; /* 0: waits for nothing */
	void (*done)(void *arg, int error);
	void *arg;
};

struct journal_stats {
	uint64_t appended; /* records */
	uint64_t bytes;
	uint64_t writes;
	uint64_t syncs;
	uint64_t failures;
	uint64_t recycled;
	unsigned int segments; /* in use, without spares */
	unsigned int spares;
};

#endif
