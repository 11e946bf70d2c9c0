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
 * Time that never jumps, as a type of its own so that it is not mixed with
 * the wall clock.  Microseconds since some start.
 */
#ifndef SELOR_MONOTIME_H
#define SELOR_MONOTIME_H

#include <stdint.h>
#include <time.h>

struct monotime {
	int64_t us;
};

static inline struct monotime
monotime_now(void)
{
	struct timespec ts;
	struct monotime m;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	m.us = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	return m;
}

static inline struct monotime
monotime_add_ms(struct monotime m, int64_t ms)
{
	m.us += ms * 1000;
	return m;
}

/* a - b in milliseconds */
static inline int64_t
monotime_diff_ms(struct monotime a, struct monotime b)
{
	return (a.us - b.us) / 1000;
}

#endif
