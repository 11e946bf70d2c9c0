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
 * Message ids; see id.h.  The number is milliseconds << 20 | counter, so a
 * million messages may begin in one millisecond before ids run ahead of the
 * clock, and a clock that jumps back does not make an old id again.
 */
#include "id.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/*
 * An id is milliseconds since 1970 and a counter below them: a million ids a
 * millisecond, and room for the time until the year 2527.
 */
#define ID_COUNTER_BITS 20
#define ID_COUNTER_MAX ((1u << ID_COUNTER_BITS) - 1)

/*
 * Always above the last and above floor, whatever the clock does: a clock set
 * back makes ids that run ahead of it, never an id twice.
 */
uint64_t
id_new(uint64_t floor)
{
	static uint64_t last;
	struct timespec ts;
	uint64_t ms, id;

	clock_gettime(CLOCK_REALTIME, &ts);
	ms = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
	id = ms << ID_COUNTER_BITS;
	if (id <= floor)
		id = floor + 1;
	if (id <= last)
		id = last + 1;
	last = id;
	return id;
}

/*
 * The counter with at least four digits, so that names of one millisecond sort
 * as they came; a Sid keeps apart the ids of queues that share a place.
 */
void
id_print(uint64_t id, const char *sid, char *buf, size_t size)
{
	if (sid != NULL && *sid != '\0')
		snprintf(buf, size, "%" PRIu64 "_%04" PRIu64 "_%s",
		    id >> ID_COUNTER_BITS, id & ID_COUNTER_MAX, sid);
	else
		snprintf(buf, size, "%" PRIu64 "_%04" PRIu64,
		    id >> ID_COUNTER_BITS, id & ID_COUNTER_MAX);
}

/* Reads digits up to "stop"; the number must not pass "most". */
static const char *
id_digits(const char *p, uint64_t most, uint64_t *value)
{
	uint64_t v = 0;
	int n;

	for (n = 0; isdigit((unsigned char)*p); n++, p++) {
		v = v * 10 + (uint64_t)(*p - '0');
		if (v > most)
			return NULL;
	}
	*value = v;
	return n == 0 ? NULL : p;
}

int
id_parse(const char *text, uint64_t *id, char *sid, size_t sidsize)
{
	const char *p = text;
	char again[ID_TEXT_MAX];
	uint64_t ms, n;

	if ((p = id_digits(p, UINT64_MAX >> ID_COUNTER_BITS, &ms)) == NULL ||
	    *p++ != '_' || (p = id_digits(p, ID_COUNTER_MAX, &n)) == NULL)
		return -1;
	*id = ms << ID_COUNTER_BITS | n;
	if (*p == '_' && id_sid_ok(p + 1) && p[1] != '\0')
		p++;
	else if (*p != '\0')
		return -1;
	if (strlcpy(sid, p, sidsize) >= sidsize)
		return -1;
	/* One text per id: leading zeros and their like are not ids. */
	id_print(*id, sid, again, sizeof(again));
	return strcmp(again, text) == 0 ? 0 : -1;
}

/*
 * What may become a part of a file's name: no dot, no slash, no underscore,
 * which parts an id.
 */
int
id_sid_ok(const char *sid)
{
	size_t i;

	for (i = 0; sid[i] != '\0'; i++)
		if (!isalnum((unsigned char)sid[i]) && sid[i] != '-')
			return 0;
	return i < ID_SID_MAX;
}
