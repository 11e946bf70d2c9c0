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
 * A list of facts and its way into a query; see facts.h.
 */
#include "facts.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "filter.h"
#include "words.h"

/* Facts beyond which no recipient that was found out is added. */
#define RCPTS_FOUND 100

static bool
is_given(const struct facts *f, const char *key)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		if (f->fact[i].is_given && strcmp(f->fact[i].key, key) == 0)
			return true;
	return false;
}

static int
append(struct facts *f, const char *key, const char *value, bool given)
{
	struct fact *x;

	if (f->count == FACTS_MAX) {
		warnx("these are too many facts");
		return -1;
	}
	x = &f->fact[f->count];
	if ((x->key = strdup(key)) == NULL ||
	    (x->value = strdup(value)) == NULL)
		err(1, "facts");
	x->is_given = given;
	f->count++;
	return 0;
}

int
facts_add_word(struct facts *f, const char *word)
{
	const char *value = strchr(word, '=');
	char key[32];
	size_t len = value != NULL ? (size_t)(value - word) : 0;

	if (len == 0 || len >= sizeof(key)) {
		warnx("\"%s\" is no fact: write name=value", word);
		return -1;
	}
	memcpy(key, word, len);
	key[len] = '\0';
	return append(f, key, value + 1, true);
}

int
facts_add(struct facts *f, const char *key, const char *value)
{
	if (is_given(f, key))
		return 0;
	/* A message may have more recipients than one cares to explain. */
	if (strcmp(key, "rcpt") == 0 && f->count >= RCPTS_FOUND) {
		f->dropped++;
		return 0;
	}
	return append(f, key, value, false);
}

static void
remove_at(struct facts *f, size_t at)
{
	free(f->fact[at].key);
	free(f->fact[at].value);
	f->count--;
	memmove(&f->fact[at], &f->fact[at + 1],
	    (f->count - at) * sizeof(f->fact[0]));
}

void
facts_drop(struct facts *f, const char *key)
{
	size_t i = f->count;

	while (i-- > 0)
		if (!f->fact[i].is_given && strcmp(f->fact[i].key, key) == 0) {
			remove_at(f, i);
			return;
		}
}

void
facts_forget(struct facts *f, const char *key)
{
	size_t i = f->count;

	while (i-- > 0)
		if (!f->fact[i].is_given && strcmp(f->fact[i].key, key) == 0)
			remove_at(f, i);
}

void
facts_clear(struct facts *f)
{
	size_t i;

	for (i = 0; i < f->count; i++) {
		free(f->fact[i].key);
		free(f->fact[i].value);
	}
	f->count = 0;
}

/* Octets that a query has no room for as they are become %XX. */
static int
put_value(char *query, size_t *len, const char *value)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char c;

	for (; *value != '\0'; value++) {
		c = (unsigned char)*value;
		if (*len + 4 > FACTS_QUERY_MAX)
			return -1;
		if (c > ' ' && c < 0x7f && c != '%') {
			query[(*len)++] = *value;
			continue;
		}
		query[(*len)++] = '%';
		query[(*len)++] = digits[c >> 4];
		query[(*len)++] = digits[c & 15];
	}
	return 0;
}

int
facts_query(const struct facts *f, char query[FACTS_QUERY_MAX])
{
	size_t i, n, len = 0;

	for (i = 0; i < f->count; i++) {
		n = strlen(f->fact[i].key);
		if (len + n + 3 > FACTS_QUERY_MAX)
			break;
		if (len > 0)
			query[len++] = ' ';
		memcpy(query + len, f->fact[i].key, n);
		len += n;
		query[len++] = '=';
		if (put_value(query, &len, f->fact[i].value) == -1)
			break;
	}
	query[len] = '\0';
	if (i == f->count)
		return 0;
	warnx("these facts are too long");
	return -1;
}

/* A fact for each line of a text, which is cut up. */
static void
add_lines(struct facts *f, const char *key, char *lines)
{
	char *line;

	while ((line = strsep(&lines, "\n")) != NULL)
		if (*line != '\0')
			(void)facts_add(f, key, line);
}

/* Keys of CTL_MESSAGE's lines and ours. */
static void
on_message(const char *line, void *arg)
{
	static const char *const keys[][2] = {{"id", "id"}, {"size", "size"},
	    {"sender", "from"}, {"client", "ip"}, {"name", "name"},
	    {"helo", "helo"}, {"login", "auth"}};
	struct facts *f = arg;
	static struct words w;
	const char *value;
	size_t i, k;

	if (words_parse(&w, line) == -1 || w.count == 0)
		return;
	if (strcmp(w.word[0].key, "recipient") == 0) {
		(void)facts_add(f, "rcpt", w.word[0].value);
		return;
	}
	for (i = 0; i < w.count; i++) {
		if (strcmp(w.word[i].key, "marks") == 0)
			add_lines(f, "mark", w.word[i].value);
		else if (strcmp(w.word[i].key, "overrides") == 0)
			add_lines(f, "option", w.word[i].value);
		for (k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			value = w.word[i].value;
			if (strcmp(w.word[i].key, keys[k][0]) == 0 &&
			    (*value != '\0' || strcmp(keys[k][1], "from") == 0))
				(void)facts_add(f, keys[k][1], value);
		}
	}
}

int
facts_message(struct facts *f, struct settings *s, const char *id)
{
	char word[FILTER_MAX], *argv[] = {word, NULL};
	struct filter filter;
	struct client *c;
	int r;

	if (strlcpy(word, id, sizeof(word)) >= sizeof(word) ||
	    filter_parse(&filter, argv) == -1 || filter.ids != 1) {
		warnx("\"%s\" is no message id", id);
		return -1;
	}
	if ((c = client_open(s, "queued", 0)) == NULL)
		return -1;
	r = client_list(c, CTL_MESSAGE, filter.query, on_message, f);
	client_close(c);
	if (r == 0)
		(void)facts_add(
		    f, "spool", option_text(s->options, OPT_QUEUE_PATH));
	return r;
}
