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
 * Values of the options of selor.conf, each checked against its row of
 * options.def.  Knows neither files nor daemons.  A value is kept as its
 * bare text; numbers and words are worked out once, when they are set.
 */

#include "option.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "option_check.h"

/* Longest name that nearest compares; the longest option has 22 bytes. */
#define NAME_MAX_COMPARED 40

/*
 * An option's texts, as they were given; none means that the default holds.
 * For one that is no list there is at most one.
 */
struct value {
	char **texts;
	size_t count;
	int64_t num; /* NUM, BOOL: the number; ENUM: index of the word */
};

struct options {
	struct value values[OPT_COUNT];
};

/* Other names that a file may use; scope tells in which kind of file. */
struct alias {
	const char *name;
	enum option_id id;
	unsigned int scope;
};

static const struct option_row rows[] = {
#define OPTION(id, name, type, dflt, min, max, allowed, flags, to, line) \
	{name, OPTION_##type, dflt, min, max, allowed, flags, to, line},
#include "options.def"
};

static const struct alias aliases[] = {
#define OPTION_ALIAS(name, id, scope) {name, OPT_##id, scope},
#include "options.def"
};

static const char *const type_names[] = {
    [OPTION_NUM] = "number",
    [OPTION_BOOL] = "switch",
    [OPTION_TEXT] = "text",
    [OPTION_EVENT] = "event",
    [OPTION_REPLY] = "reply",
    [OPTION_ENUM] = "word",
};

const struct option_row *
option_row(enum option_id id)
{
	return &rows[id];
}

const char *
option_type_name(enum option_type type)
{
	return type_names[type];
}

/*
 * Names are compared exactly: selor.conf(5) tells apart what differs in case.
 * At most some hundred rows, and read at start and reload only.
 */
int
option_find(const char *name, unsigned int scope, enum option_id *id)
{
	size_t i;

	for (i = 0; i < OPT_COUNT; i++) {
		if (strcmp(rows[i].name, name) == 0) {
			*id = i;
			return 0;
		}
	}
	for (i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if ((aliases[i].scope & scope) != 0 &&
		    strcmp(aliases[i].name, name) == 0) {
			*id = aliases[i].id;
			return 0;
		}
	}
	return -1;
}

static int
fold(char c)
{
	return tolower((unsigned char)c);
}

/*
 * Levenshtein's distance, blind to case; both at most NAME_MAX_COMPARED. One
 * row of the table is enough: each value needs its left, upper and corner
 * neighbour.  O(length squared), which NAME_MAX_COMPARED bounds.
 */
static unsigned int
distance(const char *a, const char *b)
{
	unsigned int row[NAME_MAX_COMPARED + 1];
	unsigned int corner, above, best;
	size_t i, j, blen = strlen(b);

	for (j = 0; j <= blen; j++)
		row[j] = j;
	for (i = 1; a[i - 1] != '\0'; i++) {
		corner = row[0];
		row[0] = i;
		for (j = 1; j <= blen; j++) {
			above = row[j];
			best = corner + (fold(a[i - 1]) != fold(b[j - 1]));
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			corner = above;
		}
	}
	return row[blen];
}

/* For "did you mean": a guess for people, on which nothing depends. */
const char *
option_nearest(const char *name)
{
	const char *nearest = NULL;
	unsigned int d, best;
	size_t i, rowlen, len = strlen(name);

	if (len == 0 || len > NAME_MAX_COMPARED)
		return NULL;
	/* Beyond a third of its letters it is another word. */
	best = len / 3 + 2;
	for (i = 0; i < OPT_COUNT; i++) {
		rowlen = strlen(rows[i].name);
		if ((rowlen > len ? rowlen - len : len - rowlen) >= best)
			continue;
		d = distance(name, rows[i].name);
		if (d < best) {
			best = d;
			nearest = rows[i].name;
		}
	}
	return nearest;
}

/*
 * Defaults are rows of options.def and pass their own check: the number of each
 * is there from the start, even where nothing is set.
 */
struct options *
options_new(void)
{
	struct options *opts;
	size_t i;

	if ((opts = calloc(1, sizeof(*opts))) == NULL)
		return NULL;
	for (i = 0; i < OPT_COUNT; i++)
		option_check(
		    &rows[i], rows[i].dflt, &opts->values[i].num, NULL);
	return opts;
}

/* All or nothing: NULL leaves no half-made set behind. */
struct options *
options_copy(const struct options *from)
{
	struct options *opts;
	size_t i, n;

	if ((opts = options_new()) == NULL)
		return NULL;
	for (i = 0; i < OPT_COUNT; i++) {
		for (n = 0; n < from->values[i].count; n++) {
			if (option_set(opts, i, from->values[i].texts[n],
				NULL) == -1) {
				options_free(opts);
				return NULL;
			}
		}
	}
	return opts;
}

void
options_free(struct options *opts)
{
	size_t i;

	if (opts == NULL)
		return;
	for (i = 0; i < OPT_COUNT; i++)
		option_unset(opts, i);
	free(opts);
}

/* Any text may be a secret, so all are wiped; back to the default. */
void
option_unset(struct options *opts, enum option_id id)
{
	struct value *v = &opts->values[id];
	size_t n;

	for (n = 0; n < v->count; n++)
		freezero(v->texts[n], strlen(v->texts[n]));
	free(v->texts);
	memset(v, 0, sizeof(*v));
	option_check(&rows[id], rows[id].dflt, &v->num, NULL);
}

/*
 * Checked, copied and allocated before anything is changed: on failure the old
 * value stays in force.
 */
int
option_set(
    struct options *opts, enum option_id id, const char *text, char *error)
{
	struct value *v = &opts->values[id];
	int64_t num = 0;
	char *copy, **texts;

	if (option_check(&rows[id], text, &num, error) == -1)
		return -1;
	if (v->count >= OPTION_LIST_MAX)
		return option_refuse(
		    error, "is given more than %d times", OPTION_LIST_MAX);
	if ((copy = strdup(text)) == NULL)
		return option_refuse(error, "no memory");
	if (rows[id].flags & OPTION_LIST)
		texts = reallocarray(v->texts, v->count + 1, sizeof(*texts));
	else
		texts = malloc(sizeof(*texts));
	if (texts == NULL) {
		free(copy);
		return option_refuse(error, "no memory");
	}
	if ((rows[id].flags & OPTION_LIST) == 0)
		option_unset(opts, id);
	v->texts = texts;
	v->texts[v->count++] = copy;
	v->num = num;
	return 0;
}

/*
 * The form in which the parent sends options to daemons: quoted, so that blanks
 * at either end survive.  Numbers are bare.
 */
int
option_set_wire(
    struct options *opts, enum option_id id, const char *wire, char *error)
{
	size_t len = strlen(wire);
	char bare[OPTION_TEXT_MAX];
	int r;

	if (rows[id].type == OPTION_NUM || rows[id].type == OPTION_BOOL)
		return option_set(opts, id, wire, error);
	if (len < 2 || (wire[0] != '"' && wire[0] != '\'') ||
	    wire[len - 1] != wire[0])
		return option_refuse(error, "is not quoted");
	if (len - 2 >= sizeof(bare))
		return option_refuse(
		    error, "is longer than %d bytes", OPTION_TEXT_MAX - 1);
	memcpy(bare, wire + 1, len - 2);
	bare[len - 2] = '\0';
	r = option_set(opts, id, bare, error);
	if (rows[id].flags & OPTION_SECRET)
		explicit_bzero(bare, sizeof(bare));
	return r;
}

bool
option_is_set(const struct options *opts, enum option_id id)
{
	return opts->values[id].count > 0;
}

/*
 * 0 for what is no number, instead of a word's index that would look like one.
 */
int64_t
option_num(const struct options *opts, enum option_id id)
{
	if (rows[id].type != OPTION_NUM && rows[id].type != OPTION_BOOL)
		return 0;
	return opts->values[id].num;
}

int
option_word(const struct options *opts, enum option_id id)
{
	return rows[id].type == OPTION_ENUM ? (int)opts->values[id].num : 0;
}

const char *
option_text(const struct options *opts, enum option_id id)
{
	const struct value *v = &opts->values[id];

	return v->count > 0 ? v->texts[0] : rows[id].dflt;
}

size_t
option_count(const struct options *opts, enum option_id id)
{
	if (rows[id].flags & OPTION_LIST)
		return opts->values[id].count;
	return 1;
}

/* Of a list the default is no element: a list that was not given is empty. */
const char *
option_nth(const struct options *opts, enum option_id id, size_t n)
{
	if (n >= option_count(opts, id))
		return NULL;
	return n < opts->values[id].count ? opts->values[id].texts[n] :
					    rows[id].dflt;
}

/*
 * Quotes as the file has them; option_check sees to it that one kind is enough.
 * An event's text is never quoted with the other kind, since rules have their
 * own meaning for quotes.  -1: does not fit.
 */
static int
print_text(
    const struct option_row *row, const char *text, char *buf, size_t size)
{
	const char *quote = "\"";
	int len;

	if (row->type == OPTION_NUM || row->type == OPTION_BOOL)
		quote = "";
	else if (row->type != OPTION_EVENT && strchr(text, '"') != NULL)
		quote = "'";
	len = snprintf(buf, size, "%s%s%s", quote, text, quote);
	return len < 0 || (size_t)len >= size ? -1 : len;
}

int
option_print(const struct options *opts, enum option_id id, size_t n, char *buf,
    size_t size)
{
	const char *text = option_nth(opts, id, n);

	return text == NULL ? -1 : print_text(&rows[id], text, buf, size);
}

/* For people: secrets as stars, of a number that does not tell the length. */
int
option_show(const struct options *opts, enum option_id id, size_t n, char *buf,
    size_t size)
{
	const char *text = option_nth(opts, id, n);

	if (text == NULL)
		return -1;
	if ((rows[id].flags & OPTION_SECRET) && text[0] != '\0')
		text = "********";
	return print_text(&rows[id], text, buf, size);
}
