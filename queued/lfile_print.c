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
 * lfile_print.c: a message as the text of its l file.  Format in lfile.h.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "id.h"
#include "lfile.h"
#include "lfile_key.h"

struct text {
	char *data;
	size_t len, size;
	bool failed;
};

/* Makes room for need more bytes and a NUL. */
static bool
text_grow(struct text *t, size_t need)
{
	size_t size = t->size == 0 ? 1024 : t->size;
	char *data;

	if (t->failed)
		return false;
	if (t->len + need < t->size)
		return true;
	while (size <= t->len + need)
		size *= 2;
	if ((data = recallocarray(t->data, t->size, size, 1)) == NULL) {
		t->failed = true;
		return false;
	}
	t->data = data;
	t->size = size;
	return true;
}

/* With its NUL behind, which does not count; after a failure nothing is added,
 * and it is looked at once at the end. */
static void
text_add(struct text *t, const char *bytes, size_t len)
{
	if (!text_grow(t, len))
		return;
	memcpy(t->data + t->len, bytes, len);
	t->len += len;
	t->data[t->len] = '\0';
}

/* Escapes what would break the line format, and only that: the rest stays
 * readable for people and programs. */
static void
put_text(struct text *t, const char *key, const char *value)
{
	static const char hex[] = "0123456789ABCDEF";
	const char *p;
	char *out;

	if (!text_grow(t, strlen(key) + 3 * strlen(value) + 2))
		return;
	text_add(t, key, strlen(key));
	out = t->data + t->len;
	*out++ = ' ';
	for (p = value; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < ' ' || c == 0x7f || c == '%') {
			*out++ = '%';
			*out++ = hex[c >> 4];
			*out++ = hex[c & 15];
		} else
			*out++ = (char)c;
	}
	*out++ = '\n';
	*out = '\0';
	t->len = (size_t)(out - t->data);
}

/* Decimal, as people read and edit these files. */
static void
put_number(struct text *t, const char *key, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	put_text(t, key, digits);
}

/* Names of the bits that are set, comma between. */
static void
put_bits(struct text *t, const char *key, const struct lfile_bit *bits,
    uint32_t value)
{
	char line[160] = "";

	for (; bits->name != NULL; bits++) {
		if ((value & bits->bit) == 0)
			continue;
		if (line[0] != '\0')
			strlcat(line, ",", sizeof(line));
		strlcat(line, bits->name, sizeof(line));
	}
	if (line[0] != '\0')
		put_text(t, key, line);
}

/* One field by its row in the table of keys; what is zero is left out. */
static void
put_field(struct text *t, const struct message *m, const struct lfile_key *k,
    const void *base)
{
	const char *at = (const char *)base + k->offset;
	uint64_t value = 0;
	textref ref;

	if (k->type == LFILE_TEXT) {
		memcpy(&ref, at, sizeof(ref));
		if (ref != 0)
			put_text(t, k->name, message_text(m, ref));
		return;
	}
	value = lfile_get_number(k, base);
	if (k->type == LFILE_BITS)
		put_bits(t, k->name, k->bits, (uint32_t)value);
	else if (k->type == LFILE_NAME)
		put_text(t, k->name, k->names[value]);
	else if (value != 0)
		put_number(t, k->name, value);
}

/* From malloc, to be wiped: routes may hold passwords. NULL: no memory. */
char *
lfile_print(const struct message *m, const char *sid, const struct lfile *l,
    size_t *len)
{
	const struct lfile_key *k;
	struct text t = {0};
	char id[ID_TEXT_MAX];
	uint32_t i;

	id_print(m->id, "", id, sizeof(id));
	put_text(&t, LFILE_MAGIC, LFILE_VERSION);
	put_text(&t, "id", id);
	put_text(&t, "sid", sid);
	put_text(&t, "status", l->incoming ? "incoming" : "queued");
	/* Always there, as "" is the null sender. */
	put_text(&t, "sender", message_text(m, m->sender));
	for (k = lfile_message_keys; k->name != NULL; k++)
		put_field(&t, m, k, m);
	for (i = 0; i < m->nrcpts; i++) {
		const struct recipient *r = &m->rcpts[i];

		put_text(&t, "rcpt", message_text(m, r->address));
		for (k = lfile_rcpt_keys; k->name != NULL; k++)
			put_field(&t, m, k, r);
	}
	text_add(&t, "end\n", 4);
	if (t.failed) {
		freezero(t.data, t.size);
		return NULL;
	}
	*len = t.len;
	return t.data;
}
