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
 * Ways and notes; see way.h.
 */
#include "way.h"

#include <stdlib.h>
#include <string.h>

static void
wipe(char *text)
{
	if (text != NULL)
		freezero(text, strlen(text));
}

/* The last word counts. -1: no memory, and what was there before stays. */
int
way_set(
    struct way **w, enum route_what what, const char *text, const char *secret)
{
	char *copy, *hidden = NULL;

	if (*w == NULL && (*w = calloc(1, sizeof(**w))) == NULL)
		return -1;
	if ((copy = strdup(text)) == NULL)
		return -1;
	if (what == ROUTE_MX_AUTH) {
		if ((hidden = strdup(secret)) == NULL) {
			free(copy);
			return -1;
		}
		wipe((*w)->secret);
		(*w)->secret = hidden;
	}
	free((*w)->text[what]);
	(*w)->text[what] = copy;
	return 0;
}

/* Takes NULL, as most recipients have no way at all. */
bool
way_has(const struct way *w, enum route_what what)
{
	return w != NULL && w->text[what] != NULL;
}

/* Passwords are wiped; the rest is no secret. */
void
way_free(struct way *w)
{
	int i;

	if (w == NULL)
		return;
	for (i = 0; i < ROUTE_WHAT_COUNT; i++)
		free(w->text[i]);
	wipe(w->secret);
	free(w);
}

void
way_free_all(struct way_list *list)
{
	struct way *w;

	while ((w = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, link);
		way_free(w);
	}
}

/* -1: as many as one event, message or connection may have, or no memory. */
int
note_add(struct note_list *list, const char *text, unsigned int most)
{
	size_t size = strlen(text) + 1;
	unsigned int count = 0;
	struct note *n;

	STAILQ_FOREACH(n, list, link)
	count++;
	if (count >= most || (n = malloc(sizeof(*n) + size)) == NULL)
		return -1;
	memcpy(n->text, text, size);
	STAILQ_INSERT_TAIL(list, n, link);
	return 0;
}

void
note_free_all(struct note_list *list)
{
	struct note *n;

	while ((n = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, link);
		free(n);
	}
}
