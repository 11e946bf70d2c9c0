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
 * What rules say about the way of one recipient's copy: Mx_dest!, Mx_auth!,
 * Mx_source!, So_mark!, a sender of its own, that it is a copy by Cp!.
 */
#ifndef SELOR_WAY_H
#define SELOR_WAY_H

#include <sys/queue.h>

#include <stdbool.h>

#include "rule_enums.h"

struct way {
	STAILQ_ENTRY(way) link;
	char *text[ROUTE_WHAT_COUNT]; /* NULL: not said */
	char *secret; /* of ROUTE_MX_AUTH */
};
STAILQ_HEAD(way_list, way);

/* Sets one of them; *w is made when needed.  -1: no memory. */
int way_set(
    struct way **w, enum route_what what, const char *text, const char *secret);
bool way_has(const struct way *w, enum route_what what);
void way_free(struct way *w);
void way_free_all(struct way_list *list);

/* Texts in the order in which they came: headers, marks. */
struct note {
	STAILQ_ENTRY(note) link;
	char text[];
};
STAILQ_HEAD(note_list, note);

/* -1: no memory, or there are most already. */
int note_add(struct note_list *list, const char *text, unsigned int most);
void note_free_all(struct note_list *list);

#endif
