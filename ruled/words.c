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
 * The rows of words.def, and how a word is found in them.
 */
#include "words.h"

#include <ctype.h>
#include <string.h>

/* Longest name that is compared with the right ones. */
#define NEAREST_MAX 32

#define CONDITION(id, function, name, form, events, line) \
	[WORD_##id] = {name, '?', FORM_##form, events, line},
#define ACTION(id, function, name, form, events, line) \
	[WORD_##id] = {name, '!', FORM_##form, events, line},
static const struct word_row rows[WORD_COUNT] = {
#include "words.def"
};

/* Octets of each name, so that most rows are passed over by one of them. */
#define CONDITION(id, function, name, form, events, line) \
	[WORD_##id] = sizeof(name) - 1,
#define ACTION(id, function, name, form, events, line) \
	[WORD_##id] = sizeof(name) - 1,
static const uint8_t lengths[WORD_COUNT] = {
#include "words.def"
};

#define CONDITION(id, function, name, form, events, line) \
	[WORD_##id] = name "?",
#define ACTION(id, function, name, form, events, line) [WORD_##id] = name "!",
static const char *const spelled[WORD_COUNT] = {
#include "words.def"
};

static const struct {
	const char *name;
	enum word word;
} aliases[] = {
#define WORD_ALIAS(name, id) {name, WORD_##id},
#include "words.def"
};

#define VARIABLE(letter, id, events, line) [VAR_##id] = {letter, events, line},
static const struct variable_row variables[VAR_COUNT] = {
#include "words.def"
};

#define VARIABLE(letter, id, events, line) [(letter)] = VAR_##id,
static const uint8_t by_letter[128] = {
#include "words.def"
};

const struct word_row *
word_row(enum word word)
{
	return &rows[word];
}

const struct variable_row *
variable_row(enum variable variable)
{
	return &variables[variable];
}

/* VAR_NONE for a letter that is none, or beyond ASCII. */
enum variable
words_variable(char letter)
{
	unsigned char c = (unsigned char)letter;

	return c < sizeof(by_letter) ? by_letter[c] : VAR_NONE;
}

/* Aliases are words of older files, with their mark. */
static bool
is_alias(const char *alias, const char *name, size_t len, char mark)
{
	size_t n = strlen(alias);

	if (strncmp(alias, name, len) != 0)
		return false;
	if (mark == '\0')
		return n == len;
	return n == len + 1 && alias[len] == mark;
}

/* Case counts. WORD_ODD: found, but to be told of. */
enum word_found
words_find(const char *name, size_t len, char mark, enum word *word)
{
	size_t i;

	for (i = 0; i < WORD_COUNT; i++) {
		if (lengths[i] != len || rows[i].name[0] != name[0] ||
		    memcmp(rows[i].name, name, len) != 0)
			continue;
		if (rows[i].mark != mark &&
		    (mark != '\0' || rows[i].mark != '?'))
			continue;
		*word = (enum word)i;
		return mark == '\0' ? WORD_ODD : WORD_FOUND;
	}
	for (i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (is_alias(aliases[i].name, name, len, mark)) {
			*word = aliases[i].word;
			return WORD_ODD;
		}
	}
	return WORD_UNKNOWN;
}

static unsigned int
least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/*
 * Letters to add, drop, change or swap with a neighbour to make one of the
 * other, doubled; the case of letters makes no difference.
 */
static unsigned int
distance(const char *a, size_t alen, const char *b, size_t blen)
{
	unsigned int d[NEAREST_MAX + 1][NEAREST_MAX + 1];
	size_t i, j;
	int x, y;

	for (i = 0; i <= alen; i++)
		d[i][0] = 2 * (unsigned int)i;
	for (j = 0; j <= blen; j++)
		d[0][j] = 2 * (unsigned int)j;
	for (i = 1; i <= alen; i++) {
		for (j = 1; j <= blen; j++) {
			x = tolower((unsigned char)a[i - 1]);
			y = tolower((unsigned char)b[j - 1]);
			d[i][j] = least(d[i - 1][j], d[i][j - 1]) + 2;
			d[i][j] =
			    least(d[i][j], d[i - 1][j - 1] + (x == y ? 0 : 2));
			if (i > 1 && j > 1 &&
			    tolower((unsigned char)a[i - 2]) == y &&
			    tolower((unsigned char)b[j - 2]) == x)
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 2);
		}
	}
	return d[alen][blen];
}

/* For a message to people; NULL if nothing is near. */
const char *
words_nearest(const char *name, size_t len, char mark)
{
	const char *found = NULL;
	size_t i, most = len < 3 ? 1 : len / 3;
	unsigned int n, best = 0;

	if (len > NEAREST_MAX)
		return NULL;
	for (i = 0; i < WORD_COUNT; i++) {
		/* A third of the letters may be wrong, or one. */
		if (most <
		    (lengths[i] > len ? lengths[i] - len : len - lengths[i]))
			continue;
		n = distance(name, len, rows[i].name, lengths[i]);
		if (n / 2 > most)
			continue;
		if (mark != rows[i].mark)
			n++;
		if (found == NULL || n < best) {
			best = n;
			found = spelled[i];
		}
	}
	return found;
}
