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
 * Parameters into pieces; see template.h.
 */
#include "template.h"

#include <string.h>

#include "lex.h"

/* One unit of text: an octet, a variable, or a sequence that stands for an
 * octet. It is the one reader of percent signs, so fields, checks and texts can
 * not disagree about them. */
bool
template_unit(struct raw *raw, struct unit *unit)
{
	size_t left = (size_t)(raw->end - raw->p);

	if (left == 0)
		return false;
	*unit = (struct unit){.at = raw->p, .c = *raw->p, .is_plain = true};
	raw->p++;
	if (unit->c == '\xc2' && left > 1 && *raw->p == '\xa0') {
		/* Pages put no-break spaces where the manual has blanks. */
		unit->c = ' ';
		raw->p++;
	}
	if (unit->c != '%')
		return true;
	unit->is_plain = false;
	if (left > 1)
		unit->variable = words_variable(*raw->p);
	if (unit->variable == VAR_NONE) {
		unit->is_odd = true;
		return true;
	}
	if (unit->variable == VAR_QUOTE || unit->variable == VAR_PERCENT) {
		unit->variable = VAR_NONE;
		unit->c = *raw->p;
	}
	raw->p++;
	return true;
}

/* Only octets that stand for themselves: one behind a percent sign never cuts a
 * field. */
const char *
template_find(struct raw raw, const char *set, size_t count)
{
	struct unit unit;

	while (template_unit(&raw, &unit)) {
		if (unit.is_plain && memchr(set, unit.c, count) != NULL)
			return unit.at;
	}
	return NULL;
}

/* Of both kinds of blank. */
struct raw
template_trim(struct raw raw)
{
	size_t n;

	while ((n = lex_blank(raw.p, raw.end)) > 0)
		raw.p += n;
	while (raw.end > raw.p) {
		if (lex_blank(raw.end - 1, raw.end) == 1)
			raw.end--;
		else if (raw.end - raw.p > 1 &&
		    lex_blank(raw.end - 2, raw.end) == 2)
			raw.end -= 2;
		else
			break;
	}
	return raw;
}

/* Into the room; the number of pieces, and the octets of text. */
static uint32_t
fill(struct template_room *room, struct raw raw, size_t *used)
{
	struct piece *piece = NULL;
	uint32_t count = 0;
	struct unit unit;
	size_t len = 0;

	while (template_unit(&raw, &unit)) {
		if (unit.variable != VAR_NONE) {
			if (piece != NULL)
				room->text[len++] = '\0';
			piece = NULL;
			room->pieces[count++] =
			    (struct piece){.variable = (uint8_t)unit.variable};
			continue;
		}
		if (piece == NULL) {
			piece = &room->pieces[count++];
			*piece = (struct piece){.text = room->text + len};
		}
		room->text[len++] = unit.c;
		piece->len++;
	}
	*used = len;
	return count;
}

/* Room is shared by all parameters of a file; what is kept is copied out of it,
 * in one piece. */
int
template_make(struct template *t, struct raw raw, struct template_room *room,
    struct arena *nodes, struct arena *texts)
{
	char *text;
	uint32_t i;
	size_t used;

	memset(t, 0, sizeof(*t));
	t->count = fill(room, raw, &used);
	if ((text = arena_text(texts, room->text, used)) == NULL)
		return -1;
	if (t->count > 0) {
		t->pieces = arena_get(nodes, t->count, sizeof(*t->pieces));
		if (t->pieces == NULL)
			return -1;
		memcpy(t->pieces, room->pieces, t->count * sizeof(*t->pieces));
	}
	for (i = 0; i < t->count; i++) {
		if (t->pieces[i].variable == VAR_NONE)
			t->pieces[i].text =
			    text + (t->pieces[i].text - room->text);
	}
	if (t->count == 0 ||
	    (t->count == 1 && t->pieces[0].variable == VAR_NONE)) {
		t->constant = text;
		t->constant_len = (uint32_t)used;
	}
	return 0;
}
