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
 * Latencies of a load, see sample.h.  For a program of one thread that may
 * end when memory does.
 */
#include "sample.h"

#include <err.h>
#include <stdlib.h>
#include <time.h>

/* Microseconds of a clock that nobody sets. */
uint64_t
sample_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/*
 * Beyond SAMPLE_MAX nothing is kept: the figures are those of the first ones.
 */
void
sample_add(struct sample *s, uint64_t us)
{
	size_t room;
	uint32_t *grown;

	if (s->count == SAMPLE_MAX)
		return;
	if (s->count == s->room) {
		room = s->room == 0 ? 4096 : s->room * 2;
		grown = reallocarray(s->us, room, sizeof(*grown));
		if (grown == NULL)
			err(1, "samples");
		s->us = grown;
		s->room = room;
	}
	s->us[s->count++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Sorts each time, which costs nothing beside the load itself. */
uint32_t
sample_at(struct sample *s, unsigned int permille)
{
	size_t i;

	if (s->count == 0)
		return 0;
	qsort(s->us, s->count, sizeof(*s->us), compare);
	i = s->count * permille / 1000;
	return s->us[i < s->count ? i : s->count - 1];
}

void
sample_clear(struct sample *s)
{
	free(s->us);
	s->us = NULL;
	s->count = s->room = 0;
}
