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
 * Open addressing, at most half full.  It may assume that its user limits
 * the number of texts.
 */
#include "seen.h"

#include <stdlib.h>
#include <string.h>

/* A power of two, as all sizes are: a mask finds the place. */
#define SEEN_FIRST 16

static uint32_t
seen_hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *s != '\0'; s++)
		h = (h ^ (uint8_t)*s) * 0x100000001b3u;
	return (uint32_t)(h ^ h >> 32);
}

/* Ends because the table is at most half full. */
static char **
seen_place(char **text, uint32_t size, const char *s)
{
	uint32_t i = seen_hash(s) & (size - 1);

	while (text[i] != NULL && strcmp(text[i], s) != 0)
		i = (i + 1) & (size - 1);
	return &text[i];
}

/* On failure the set is as it was. */
static int
seen_grow(struct seen *set)
{
	uint32_t i, size = set->size == 0 ? SEEN_FIRST : set->size * 2;
	char **text;

	if ((text = calloc(size, sizeof(*text))) == NULL)
		return -1;
	for (i = 0; i < set->size; i++)
		if (set->text[i] != NULL)
			*seen_place(text, size, set->text[i]) = set->text[i];
	free(set->text);
	set->text = text;
	set->size = size;
	return 0;
}

int
seen_add(struct seen *set, const char *s)
{
	char **place;

	if (set->count * 2 >= set->size && seen_grow(set) == -1)
		return -1;
	place = seen_place(set->text, set->size, s);
	if (*place != NULL)
		return 0;
	if ((*place = strdup(s)) == NULL)
		return -1;
	set->count++;
	return 1;
}

void
seen_clear(struct seen *set)
{
	uint32_t i;

	for (i = 0; i < set->size; i++)
		free(set->text[i]);
	free(set->text);
	memset(set, 0, sizeof(*set));
}
