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
 * Lists of lines; see list_lines.h.  ASCII letters are folded once in the
 * list, and once in each text that is compared.
 */
#include "list_lines.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "list_grams.h"
#include "text.h"

/* Bits of the filter of first octets, for each line, at least. */
#define FILTER_BITS 16
#define FILTER_LEN 4

struct line {
	const char *at;
	uint32_t len;
};

struct list_file {
	char *text; /* folded; each line ends with LF or at the end */
	size_t len;
	bool is_once;
	struct line *lines; /* in order, none twice, none empty */
	uint32_t count;
	struct line *needles; /* those that begin with no other */
	uint32_t needle_count;
	uint8_t *filter; /* hashes of their first four octets */
	uint32_t filter_mask; /* bits - 1 */
	bool has_short[256]; /* a shorter one begins with this octet */
	struct grams *grams; /* made when it is first needed */
};

/* By octets, unsigned, the shorter first: a line's own beginnings stand
 * directly before it. */
static int
line_compare(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	uint32_t len = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->at, y->at, len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* CR too: files come from other systems. */
static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next line without what is blank at its end; false: there is none. */
static bool
next_line(const struct list_file *list, size_t *at, struct line *line)
{
	const char *begin, *end;

	if (*at >= list->len)
		return false;
	begin = list->text + *at;
	end = memchr(begin, '\n', list->len - *at);
	if (end == NULL)
		end = list->text + list->len;
	*at = (size_t)(end - list->text) + 1;
	while (end > begin && is_blank(end[-1]))
		end--;
	line->at = begin;
	line->len = (uint32_t)(end - begin);
	return true;
}

/* In order and each once, so that a line is found by halving. -1: no memory. */
static int
find_lines(struct list_file *list)
{
	size_t at = 0, count = 0, i;
	struct line line;

	while (next_line(list, &at, &line))
		count += line.len > 0;
	if (count == 0)
		return 0;
	list->lines = reallocarray(NULL, count, sizeof(*list->lines));
	if (list->lines == NULL)
		return -1;
	for (at = 0; next_line(list, &at, &line);)
		if (line.len > 0)
			list->lines[list->count++] = line;
	qsort(list->lines, list->count, sizeof(*list->lines), line_compare);
	for (i = 1, count = 1; i < list->count; i++)
		if (line_compare(&list->lines[count - 1], &list->lines[i]) != 0)
			list->lines[count++] = list->lines[i];
	list->count = (uint32_t)count;
	return 0;
}

/* A hash of four octets; a bit that is set by another line costs one search and
 * no wrong answer. */
static uint32_t
filter_bit(const struct list_file *list, const char *at)
{
	uint32_t four;

	memcpy(&four, at, FILTER_LEN);
	four *= 2654435761u;
	return (four ^ four >> 15) & list->filter_mask;
}

/* Octets are folded already, on both sides. */
static bool
begins_with(const struct line *line, const struct line *start)
{
	return line->len >= start->len &&
	    memcmp(line->at, start->at, start->len) == 0;
}

/* A line that begins with another can be left out, for where it is found that
 * other is too; so at most one needle can begin at any place. */
static int
find_needles(struct list_file *list)
{
	uint32_t bits = 1024, i, n = 0;
	struct line *line;

	while (bits < list->count * FILTER_BITS && bits < 1u << 30)
		bits *= 2;
	list->needles = reallocarray(NULL, list->count, sizeof(*list->needles));
	list->filter = calloc(bits / 8, 1);
	if (list->needles == NULL || list->filter == NULL)
		return -1;
	list->filter_mask = bits - 1;
	for (i = 0; i < list->count; i++) {
		line = &list->lines[i];
		if (n > 0 && begins_with(line, &list->needles[n - 1]))
			continue;
		list->needles[n++] = *line;
		if (line->len < FILTER_LEN) {
			list->has_short[(uint8_t)*line->at] = true;
			continue;
		}
		bits = filter_bit(list, line->at);
		list->filter[bits / 8] |= (uint8_t)(1u << bits % 8);
	}
	list->needle_count = n;
	return 0;
}

/* Takes NULL. Lines and needles point into the text and have nothing of their
 * own. */
void
list_lines_free(struct list_file *list)
{
	if (list == NULL)
		return;
	grams_free(list->grams);
	free(list->text);
	free(list->lines);
	free(list->needles);
	free(list->filter);
	free(list);
}

/* Takes text over, from malloc. is_once: no index is worth its making. NULL: no
 * memory. */
struct list_file *
list_lines_new(char *text, size_t len, bool is_once)
{
	struct list_file *list = calloc(1, sizeof(*list));
	size_t i;

	if (list == NULL) {
		free(text);
		return NULL;
	}
	for (i = 0; i < len; i++)
		text[i] = (char)text_fold(text[i]);
	list->text = text;
	list->len = len;
	list->is_once = is_once;
	if (!is_once &&
	    (find_lines(list) == -1 ||
		(list->count > 0 && find_needles(list) == -1))) {
		list_lines_free(list);
		return NULL;
	}
	if (!is_once && (list->grams = grams_new(text, len)) == NULL) {
		list_lines_free(list);
		return NULL;
	}
	return list;
}

/* In octets, for the bound of the cache. */
size_t
list_lines_cost(const struct list_file *list)
{
	return sizeof(*list) + list->len + list->filter_mask / 8 +
	    grams_cost(list->len) +
	    (list->count + list->needle_count) * sizeof(struct line);
}

/* The text folded, in a place of the caller's or a new one; NULL: none. Of
 * ASCII alone: other letters' cases depend on a language that nobody says. */
static char *
fold(struct text text, char *place, size_t size)
{
	char *to = text.len <= size ? place : malloc(text.len);
	size_t i;

	for (i = 0; to != NULL && i < text.len; i++)
		to[i] = (char)text_fold(text.at[i]);
	return to;
}

/* How many of the lines do not come after this one. */
static uint32_t
count_until(const struct line *lines, uint32_t count, const struct line *line)
{
	uint32_t low = 0, high = count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (line_compare(&lines[middle], line) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Does a needle begin where this rest of a text does? */
static bool
begins_here(const struct list_file *list, const struct line *rest)
{
	uint32_t bit, n;

	if (!list->has_short[(uint8_t)*rest->at]) {
		if (rest->len < FILTER_LEN)
			return false;
		bit = filter_bit(list, rest->at);
		if ((list->filter[bit / 8] & 1u << bit % 8) == 0)
			return false;
	}
	n = count_until(list->needles, list->needle_count, rest);
	return n > 0 && begins_with(rest, &list->needles[n - 1]);
}

/* A text that is looked at once: every line of it is sought. */
static bool
once_in_text(const struct list_file *list, struct text text)
{
	size_t at = 0;
	struct line line;

	while (next_line(list, &at, &line))
		if (line.len > 0 &&
		    memmem(text.at, text.len, line.at, line.len) != NULL)
			return true;
	return false;
}

/* In the order of the file; most contents are asked once, for one line. */
static bool
once_has_line(const struct list_file *list, const struct line *wanted)
{
	size_t at = 0;
	struct line line;

	while (next_line(list, &at, &line))
		if (line.len == wanted->len &&
		    memcmp(line.at, wanted->at, line.len) == 0)
			return true;
	return false;
}

/* At each place of the text one look at the filter, whatever the list's length:
 * a list of a million lines costs a text of a hundred octets a hundred looks.
 */
bool
list_file_in_text(const struct list_file *list, const char *text, size_t len)
{
	char place[1024], *folded;
	struct line rest;
	bool is_found = false;
	size_t i;

	folded = fold((struct text){text, len}, place, sizeof(place));
	if (folded == NULL)
		return false;
	if (list->is_once)
		is_found = once_in_text(list, (struct text){folded, len});
	else if (list->count > 0)
		for (i = 0; i < len && !is_found; i++) {
			rest.at = folded + i;
			rest.len = (uint32_t)(len - i);
			is_found = begins_here(list, &rest);
		}
	if (folded != place)
		free(folded);
	return is_found;
}

/* Within one line: the index is over the whole file, but a needle without a
 * line's end can lie in no two of them. */
bool
list_file_has_text(const struct list_file *list, const char *text, size_t len)
{
	char place[1024], *folded;
	bool is_found;

	/* No line holds a line's end. */
	if (len == 0 || len > list->len || memchr(text, '\n', len) != NULL)
		return false;
	folded = fold((struct text){text, len}, place, sizeof(place));
	if (folded == NULL)
		return false;
	if (list->is_once)
		is_found = memmem(list->text, list->len, folded, len) != NULL;
	else
		is_found = grams_find(list->grams, (struct text){folded, len});
	if (folded != place)
		free(folded);
	return is_found;
}

/* Blanks at its end do not count, as they do not in the list. */
bool
list_file_has_line(const struct list_file *list, const char *text, size_t len)
{
	char place[1024], *folded;
	struct line line;
	bool is_found = false;
	uint32_t n;

	while (len > 0 && is_blank(text[len - 1]))
		len--;
	folded = fold((struct text){text, len}, place, sizeof(place));
	if (folded == NULL || len == 0)
		return false;
	line.at = folded;
	line.len = (uint32_t)len;
	if (list->is_once)
		is_found = once_has_line(list, &line);
	else {
		n = count_until(list->lines, list->count, &line);
		is_found =
		    n > 0 && line_compare(&list->lines[n - 1], &line) == 0;
	}
	if (folded != place)
		free(folded);
	return is_found;
}
