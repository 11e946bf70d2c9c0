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
 * Latencies in microseconds, kept whole up to a limit, so that a percentile
 * is one of them and no estimate.
 */
#ifndef REGRESS_SAMPLE_H
#define REGRESS_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* 4 million samples, 16 MB: more than a run of a minute brings. */
#define SAMPLE_MAX (4u << 20)

struct sample {
	uint32_t *us;
	size_t count;
	size_t room;
};

/* Microseconds of the monotonic clock. */
uint64_t sample_now(void);

/* Beyond SAMPLE_MAX samples are dropped.  Ends the program without memory. */
void sample_add(struct sample *, uint64_t us);

/* The sample below which so many per mille lie; 0 when there is none. */
uint32_t sample_at(struct sample *, unsigned int permille);

void sample_clear(struct sample *);

#endif
