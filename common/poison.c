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
 * A short ring of bad keys.  Nearly always empty, so that asking it costs
 * one comparison.
 */
#include "poison.h"

#include <stdlib.h>
#include <string.h>

static struct {
	char *key[POISON_MAX];
	unsigned int next, count;
} poison;

void
poison_add(const char *key)
{
	char *copy;

	if (*key == '\0' || poison_is(key) || (copy = strdup(key)) == NULL)
		return;
	free(poison.key[poison.next]);
	poison.key[poison.next] = copy;
	poison.next = (poison.next + 1) % POISON_MAX;
	if (poison.count < POISON_MAX)
		poison.count++;
}

bool
poison_is(const char *key)
{
	unsigned int i;

	for (i = 0; i < poison.count; i++)
		if (strcmp(poison.key[i], key) == 0)
			return true;
	return false;
}
