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
 * A tree back to text; see rule_print.h.
 */
#include "rule_print.h"

#include <stdbool.h>
#include <stdint.h>

struct out {
	char *buf;
	size_t size, len; /* len counts on where nothing fits any more */
};

static void
put(struct out *out, char c)
{
	if (out->len < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void
put_text(struct out *out, const char *text)
{
	for (; *text != '\0'; text++)
		put(out, *text);
}

/* What the parser reads as the same: percent signs and quotes doubled or marked
 * as they have to be. */
static void
put_template(struct out *out, const struct template *t)
{
	const struct piece *piece;
	uint32_t i, n;

	for (i = 0; i < t->count; i++) {
		piece = &t->pieces[i];
		if (piece->variable != VAR_NONE) {
			put(out, '%');
			put(out, variable_row(piece->variable)->letter);
			continue;
		}
		for (n = 0; n < piece->len; n++) {
			if (piece->text[n] == '%' || piece->text[n] == '"')
				put(out, '%');
			put(out, piece->text[n]);
		}
	}
}

/* In the delimiter that stood where the item did. */
static void
put_item(struct out *out, const struct rule_item *item, char delimiter)
{
	const struct word_row *row = word_row(item->word);
	unsigned int i;

	if (item->is_negated)
		put(out, '!');
	put_text(out, row->name);
	put(out, row->mark);
	if (row->form == FORM_NONE)
		return;
	put_text(out, " \"");
	for (i = 0; i < item->fields; i++) {
		if (i > 0)
			put(out, item->op != '\0' ? item->op : delimiter);
		put_template(out, &item->field[i]);
	}
	put(out, '"');
}

/* The length as of snprintf, or -1: it did not fit. */
static int
finish(struct out *out)
{
	put(out, '\0');
	return out->len <= out->size ? (int)out->len - 1 : -1;
}

int
rule_print_item(
    const struct rule_item *item, char delimiter, char *buf, size_t size)
{
	struct out out = {buf, size, 0};

	put_item(&out, item, delimiter);
	return finish(&out);
}

/* For a line as a whole, its Delimiter! words included. */
int
rule_print(const struct rule_line *line, char *buf, size_t size)
{
	struct out out = {buf, size, 0};
	char delimiter = ':';
	uint32_t i;

	for (i = 0; i < line->count; i++) {
		if (i > 0)
			put(&out, ' ');
		put_item(&out, &line->items[i], delimiter);
		if (line->items[i].word == WORD_DELIMITER)
			delimiter = line->items[i].field[0].constant[0];
	}
	return finish(&out);
}
