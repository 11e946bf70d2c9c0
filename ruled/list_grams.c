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
 * The index of four octets: buckets by hash, filled by counting; and a bit
 * for each one, two and three octets that occur.
 */
#include "list_grams.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define GRAM 4
#define BUCKET_BITS_MAX 22
#define THREES_BYTES (1u << 24 >> 3)

struct grams {
	const char *text;
	size_t len;
	uint32_t *start; /* of each bucket in places; one more at the end */
	uint32_t *places;
	unsigned int bits; /* of a bucket's number */
	uint8_t *threes; /* a bit each, by their octets */
	uint8_t ones[256 / 8], twos[65536 / 8];
};

/* About two octets of text for each bucket, so a bucket of ordinary text has
 * few places. */
static unsigned int
bits_of(size_t len)
{
	unsigned int bits = 10;

	while (bits < BUCKET_BITS_MAX && (size_t)1 << bits < len / 2)
		bits++;
	return bits;
}

/* As if the index were there, though it is made when it is first asked for: the
 * cache's bound must hold then too. */
size_t
grams_cost(size_t len)
{
	if (len < GRAMS_LEAST)
		return sizeof(struct grams);
	return sizeof(struct grams) + THREES_BYTES +
	    (len + ((size_t)1 << bits_of(len))) * sizeof(uint32_t);
}

/* text stays the caller's and must outlive it. */
struct grams *
grams_new(const char *text, size_t len)
{
	struct grams *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->text = text;
	g->len = len;
	return g;
}

void
grams_free(struct grams *g)
{
	if (g == NULL)
		return;
	free(g->start);
	free(g->places);
	free(g->threes);
	free(g);
}

/* memcpy, as places are not aligned. The order of octets makes no difference
 * within a process. */
static uint32_t
bucket(const struct grams *g, const char *at)
{
	uint32_t four;

	memcpy(&four, at, GRAM);
	return (four * 2654435761u) >> (32 - g->bits);
}

static void
set_bit(uint8_t *bits, uint32_t n)
{
	bits[n / 8] |= (uint8_t)(1u << n % 8);
}

static bool
has_bit(const uint8_t *bits, uint32_t n)
{
	return (bits[n / 8] & 1u << n % 8) != 0;
}

/* As a number, the first octet highest: so a needle's number is its bit. */
static uint32_t
octets(const char *at, size_t n)
{
	uint32_t value = 0;

	while (n-- > 0)
		value = value << 8 | (uint8_t)*at++;
	return value;
}

/* Needles of one to three octets have no gram; of those only whether they occur
 * is kept. */
static void
fill_short(struct grams *g)
{
	size_t i;

	for (i = 0; i < g->len; i++) {
		set_bit(g->ones, octets(g->text + i, 1));
		if (i + 1 < g->len)
			set_bit(g->twos, octets(g->text + i, 2));
		if (i + 2 < g->len)
			set_bit(g->threes, octets(g->text + i, 3));
	}
}

/* Counts, makes ends of the counts, and fills from the ends. */
static void
fill_places(struct grams *g)
{
	const size_t count = g->len - GRAM + 1;
	uint32_t b, sum = 0;
	size_t i;

	for (i = 0; i < count; i++)
		g->start[bucket(g, g->text + i)]++;
	for (b = 0; b < 1u << g->bits; b++) {
		sum += g->start[b];
		g->start[b] = sum;
	}
	g->start[b] = sum;
	for (i = count; i-- > 0;)
		g->places[--g->start[bucket(g, g->text + i)]] = (uint32_t)i;
}

/* -1: no memory; the text is read whole then. */
static int
fill(struct grams *g)
{
	if (g->places != NULL)
		return 0;
	g->bits = bits_of(g->len);
	g->start = calloc(((size_t)1 << g->bits) + 1, sizeof(*g->start));
	g->places = reallocarray(NULL, g->len, sizeof(*g->places));
	g->threes = calloc(THREES_BYTES, 1);
	if (g->start == NULL || g->places == NULL || g->threes == NULL) {
		free(g->start);
		free(g->places);
		free(g->threes);
		g->start = g->places = NULL;
		g->threes = NULL;
		return -1;
	}
	fill_short(g);
	fill_places(g);
	return 0;
}

/* Exact, as each of these has a bit of its own. */
static bool
find_short(const struct grams *g, struct text needle)
{
	const uint8_t *bits[] = {g->ones, g->twos, g->threes};

	return has_bit(bits[needle.len - 1], octets(needle.at, needle.len));
}

/* The gram of the needle that is rarest in the text gives the places to
 * compare: at worst all octets are alike, and then it costs as much as memmem.
 */
bool
grams_find(struct grams *g, struct text needle)
{
	uint32_t b, best = 0, least = UINT32_MAX, i, at;
	size_t n, offset = 0;

	if (needle.len == 0 || needle.len > g->len)
		return false;
	if (g->len < GRAMS_LEAST || fill(g) == -1)
		return memmem(g->text, g->len, needle.at, needle.len) != NULL;
	if (needle.len < GRAM)
		return find_short(g, needle);
	for (n = 0; n + GRAM <= needle.len && least > 0; n++) {
		b = bucket(g, needle.at + n);
		if (g->start[b + 1] - g->start[b] < least) {
			least = g->start[b + 1] - g->start[b];
			best = b;
			offset = n;
		}
	}
	for (i = 0; i < least; i++) {
		at = g->places[g->start[best] + i];
		if (at >= offset && g->len - (at - offset) >= needle.len &&
		    memcmp(g->text + at - offset, needle.at, needle.len) == 0)
			return true;
	}
	return false;
}
