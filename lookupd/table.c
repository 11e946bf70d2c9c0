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
 * The lines and the hash of a table: joins continued lines, drops comments,
 * folds keys, refuses two rows of one key.  What may stand in a row is
 * table_row.c's.  See selor.file(5).
 */
#include "table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table_row.h"

/* A row.  Offsets instead of pointers: a million of them take 20 MB less. */
struct table_entry {
	uint32_t hash;
	uint32_t key; /* offset in the text */
	uint32_t rest;
	uint32_t line;
	uint16_t key_len;
};

/*
 * The text is the file as it was read, cut up in place; entries point into
 * it, so all of it lives and goes together when the file has changed.
 */
struct table {
	char *text;
	struct table_entry *entry;
	uint32_t entries, room;
	uint32_t *bucket; /* index + 1 of an entry, 0: free */
	uint32_t mask;
};

const char *const table_names[] = {"domains", "mailboxes", "aliases", NULL};

/*
 * Not secret: who could choose keys to collide writes the table anyway, and the
 * keys of questions only probe.
 */
static uint32_t
table_hash(const char *s, size_t len)
{
	uint64_t h = 0xcbf29ce484222325u;

	while (len-- > 0)
		h = (h ^ (uint8_t)*s++) * 0x100000001b3u;
	return (uint32_t)(h ^ h >> 32);
}

/* Always -1. The text is ours, so it may be shown to anybody. */
static int
table_fail(struct table_error *err, unsigned int line, const char *text)
{
	err->line = line;
	snprintf(err->text, sizeof(err->text), "%s", text);
	return -1;
}

/*
 * Checks one line, p up to its newline at end, and blanks what is comment.
 * -1 with why: an octet that never stands in a table, or an open quote.
 */
static int
table_clean_line(char *p, char *end, const char **why)
{
	bool quoted = false, after_blank = true;
	char *q;

	for (q = p; q < end; q++) {
		if (*q == '\t' || (*q == '\r' && q + 1 == end))
			*q = ' ';
		if ((uint8_t)*q < 0x20 || *q == 0x7f) {
			*why = "control character";
			return -1;
		}
		if (!quoted && after_blank && *q == '#') {
			memset(q, ' ', (size_t)(end - q));
			break;
		}
		if (quoted && *q == '\\' && q + 1 < end)
			q++;
		else if (*q == '"')
			quoted = !quoted;
		after_blank = *q == ' ';
	}
	*why = "a quote is not closed";
	return quoted ? -1 : 0;
}

/*
 * Begins a row at a line that does not begin with a blank.  Keys are folded
 * here once, as account_key folds what is asked for.
 */
static int
table_add(struct table *t, char *p, uint32_t line, const char **why)
{
	struct table_entry *e;
	uint32_t room;
	size_t i, len = row_word_len(p, false);

	if (t->entries == t->room) {
		room = t->room == 0 ? 64 : t->room * 2;
		*why = "no memory";
		if ((e = reallocarray(t->entry, room, sizeof(*e))) == NULL)
			return -1;
		t->entry = e;
		t->room = room;
	}
	*why = "the key is too long";
	if (len > TABLE_KEY_MAX + 1)
		return -1;
	e = &t->entry[t->entries++];
	e->key = (uint32_t)(p - t->text);
	e->rest = e->key + (uint32_t)len;
	e->line = line;
	if (len > 1 && p[len - 1] == ':')
		len--;
	for (i = 0; i < len; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] - 'A' + 'a');
	e->key_len = (uint16_t)len;
	e->hash = table_hash(p, len);
	return 0;
}

/*
 * Cuts the text into rows, each ended by a NUL. A line that begins with a blank
 * goes on with the one before: the NUL between them becomes blanks again.
 * Without a newline at the end the file may be half written, and a half row
 * could be another's address.
 */
static int
table_read(struct table *t, size_t len, struct table_error *err)
{
	char *p, *end, *row_end = NULL;
	const char *why;
	uint32_t line;

	for (p = t->text, line = 1; p < t->text + len; p = end + 1, line++) {
		end = memchr(p, '\n', (size_t)(t->text + len - p));
		if (end == NULL)
			return table_fail(err, line,
			    "the last line has no end; half written?");
		if (table_clean_line(p, end, &why) == -1)
			return table_fail(err, line, why);
		*end = '\0';
		if (p[strspn(p, " ")] == '\0')
			continue;
		if (*p != ' ') {
			if (table_add(t, p, line, &why) == -1)
				return table_fail(err, line, why);
		} else {
			if (row_end == NULL)
				return table_fail(
				    err, line, "continues no line");
			memset(row_end, ' ', (size_t)(p - row_end));
		}
		row_end = end;
	}
	return 0;
}

/*
 * The bucket of a key: the one that holds it, or the free one for it.  At most
 * half of the buckets are taken (table_index), so the walk ends.
 */
static uint32_t *
table_bucket(const struct table *t, uint32_t hash, const char *key, size_t len)
{
	const struct table_entry *e;
	uint32_t i;

	for (i = hash & t->mask; t->bucket[i] != 0; i = (i + 1) & t->mask) {
		e = &t->entry[t->bucket[i] - 1];
		if (e->hash == hash && e->key_len == len &&
		    memcmp(t->text + e->key, key, len) == 0)
			break;
	}
	return &t->bucket[i];
}

/*
 * Checks each row and puts it into the hash.  One wrong row refuses the whole
 * table: the last good one goes on answering, and the administrator is told the
 * line.
 */
static int
table_index(struct table *t, enum table_kind kind, struct table_error *err)
{
	char why[TABLE_ERROR_MAX];
	struct table_entry *e;
	uint32_t i, size = 16, *b;

	while (size < t->entries * 2)
		size *= 2;
	if ((t->bucket = calloc(size, sizeof(*t->bucket))) == NULL)
		return table_fail(err, 0, "no memory");
	t->mask = size - 1;
	for (i = 0; i < t->entries; i++) {
		e = &t->entry[i];
		if (row_check(kind, t->text + e->key, e->key_len,
			t->text + e->rest, why) == -1)
			return table_fail(err, e->line, why);
		b = table_bucket(t, e->hash, t->text + e->key, e->key_len);
		if (*b != 0)
			return table_fail(err, e->line, "stands twice");
		*b = i + 1;
	}
	return 0;
}

/* Takes text over, also when it fails; it has room for a NUL behind len. */
struct table *
table_parse(
    enum table_kind kind, char *text, size_t len, struct table_error *err)
{
	struct table *t;

	if ((t = calloc(1, sizeof(*t))) == NULL) {
		table_fail(err, 0, "no memory");
		free(text);
		return NULL;
	}
	t->text = text;
	text[len] = '\0';
	if (table_read(t, len, err) == -1 || table_index(t, kind, err) == -1) {
		table_free(t);
		return NULL;
	}
	return t;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	free(t->text);
	free(t->entry);
	free(t->bucket);
	free(t);
}

size_t
table_count(const struct table *t)
{
	return t->entries;
}

/* The rest of the row, which begins behind the key. */
const char *
table_find(const struct table *t, const char *key)
{
	size_t len = strlen(key);
	uint32_t *b = table_bucket(t, table_hash(key, len), key, len);

	return *b == 0 ? NULL : t->text + t->entry[*b - 1].rest;
}

const char *
table_next(const struct table *t, uint32_t *pos, size_t *len)
{
	const struct table_entry *e;

	if (*pos >= t->entries)
		return NULL;
	e = &t->entry[(*pos)++];
	*len = e->key_len;
	return t->text + e->key;
}
