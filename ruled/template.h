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
 * What stands between quotes, cut into fields and into literal text and
 * variables.  Cut first, expanded afterwards (A11).
 */
#ifndef RULED_TEMPLATE_H
#define RULED_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "rule.h"

/* A run of a line, as written. */
struct raw {
	const char *p, *end;
};

/* One unit of it: an octet of text, or a variable. */
struct unit {
	const char *at;
	enum variable variable; /* VAR_NONE: text */
	char c;
	bool is_plain; /* neither %" nor %%: it may separate */
	bool is_odd; /* a '%' that has no meaning and stays */
};

/* Takes the next unit off; false at the end. */
bool template_unit(struct raw *raw, struct unit *unit);
/* The first plain octet of that set, or NULL. */
const char *template_find(struct raw raw, const char *set, size_t count);
/* Without the blanks around. */
struct raw template_trim(struct raw raw);

/*
 * Room for the longest parameter, one piece and two octets for each of its
 * octets, so that the tree gets no more than it needs.
 */
struct template_room {
	struct piece *pieces;
	char *text;
};

/* Compiles it, memory from the arenas; -1: no memory. */
int template_make(struct template *t, struct raw raw,
    struct template_room *room, struct arena *nodes, struct arena *texts);

#endif
