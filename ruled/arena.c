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
 * A list of chunks, each twice as large as the one before; see arena.h.
 */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_FIRST 1024
#define CHUNK_MAX ((size_t)256 * 1024)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	_Alignas(8) char data[];
};

/* What does not fit in the present chunk leaves its rest unused: a tree is made
 * once and kept, and most of its parts are small. */
static void *
take(struct arena *arena, size_t need, size_t align)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t size, at = (arena->used + align - 1) & ~(align - 1);

	if (chunk == NULL || need > chunk->size || at > chunk->size - need) {
		size = chunk == NULL ? CHUNK_FIRST : chunk->size * 2;
		if (size > CHUNK_MAX)
			size = CHUNK_MAX;
		if (size < need)
			size = need;
		if ((chunk = malloc(sizeof(*chunk) + size)) == NULL)
			return NULL;
		chunk->next = arena->chunks;
		chunk->size = size;
		arena->chunks = chunk;
		at = 0;
	}
	arena->used = at + need;
	return chunk->data + at;
}

/* For nodes, aligned to 8. Not cleared. NULL: no memory, or a product that
 * would overflow. */
void *
arena_get(struct arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / 2 / size)
		return NULL;
	return take(arena, count * size, 8);
}

/* For texts, which need no alignment and so lie close together. Always ends in
 * NUL. */
char *
arena_text(struct arena *arena, const char *text, size_t len)
{
	char *copy = take(arena, len + 1, 1);

	if (copy != NULL) {
		if (len > 0)
			memcpy(copy, text, len);
		copy[len] = '\0';
	}
	return copy;
}

/* All at once, as a tree is never changed: its parts have no life of their own.
 */
void
arena_free(struct arena *arena)
{
	struct arena_chunk *chunk;

	while ((chunk = arena->chunks) != NULL) {
		arena->chunks = chunk->next;
		free(chunk);
	}
	arena->used = 0;
}
