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
 * Tables and JSON; see report.h.  Text from outside passes a cleaner on its
 * way to a terminal, and the escapes of RFC 8259 on its way into JSON; bytes
 * that are no UTF-8 become the characters U+0080 to U+00FF.
 */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "utf8.h"

#define DEPTH_MAX 8
/* A line of a log or trace is the longest. */
#define CELL_MAX (WORDS_LINE_MAX + 1)

static struct {
	bool is_json;
	unsigned int depth;
	bool has[DEPTH_MAX + 1]; /* something stands on that level */
	unsigned int pending; /* blanks owed before the next cell */
} report;

void
report_init(bool is_json)
{
	memset(&report, 0, sizeof(report));
	report.is_json = is_json;
}

bool
report_is_json(void)
{
	return report.is_json;
}

/* Bytes that are no UTF-8 become the characters of the same numbers: JSON has
 * no other place for them, and nothing is lost. */
static void
print_string(const char *s)
{
	size_t len = strlen(s), n;
	uint32_t cp;

	putchar('"');
	for (; len > 0; s += n, len -= n) {
		n = utf8_decode(s, len, &cp);
		if (n == 0) {
			printf("\\u%04x", (unsigned char)*s);
			n = 1;
		} else if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if (cp < ' ' || cp == 0x7f)
			printf("\\u%04x", (unsigned int)cp);
		else
			fwrite(s, 1, n, stdout);
	}
	putchar('"');
}

/*
 * What stands before a value: a comma, a line, its key.  The first member of an
 * object or array has no comma before it.
 */
static void
print_key(const char *key)
{
	unsigned int i;

	if (report.has[report.depth])
		putchar(',');
	if (report.depth > 0) {
		putchar('\n');
		for (i = 0; i < report.depth; i++)
			putchar(' ');
	}
	report.has[report.depth] = true;
	if (key != NULL) {
		print_string(key);
		fputs(": ", stdout);
	}
}

/*
 * Deeper than DEPTH_MAX is written at its depth: wrong commas, but no write
 * past the end.  Nothing here nests so deep.
 */
void
report_open(const char *key, char bracket)
{
	print_key(key);
	putchar(bracket);
	if (report.depth < DEPTH_MAX)
		report.depth++;
	report.has[report.depth] = false;
}

void
report_close(char bracket)
{
	if (report.depth > 0)
		report.depth--;
	putchar(bracket);
}

void
report_text(const char *key, const char *value)
{
	print_key(key);
	print_string(value);
}

/* The digits as they came: is_number has seen to it that JSON has them too. */
void
report_number(const char *key, const char *digits)
{
	print_key(key);
	fputs(digits, stdout);
}

void
report_words(const struct words *w)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		if (w->word[i].is_number)
			report_number(w->word[i].key, w->word[i].value);
		else
			report_text(w->word[i].key, w->word[i].value);
}

void
report_end(void)
{
	putchar('\n');
}

/*
 * Columns that a text takes: characters, near enough.  Not exact for wide or
 * combining characters: it only moves a column.
 */
static unsigned int
text_width(const char *s)
{
	unsigned int n = 0;

	for (; *s != '\0'; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* Blanks are owed, not printed, so that no line ends with them. */
void
report_cell(const char *text, int width)
{
	char clean[CELL_MAX];
	unsigned int n, most = (unsigned int)abs(width);

	utf8_clean(clean, sizeof(clean), text, strlen(text), true);
	n = text_width(clean);
	printf("%*s", (int)report.pending, "");
	if (width < 0 && n < most)
		printf("%*s", (int)(most - n), "");
	fputs(clean, stdout);
	report.pending = 1 + (width > 0 && n < most ? most - n : 0);
}

void
report_row_end(void)
{
	report.pending = 0;
	putchar('\n');
}

const char *
report_age(const char *seconds)
{
	static char text[32];
	long long s = strtoll(seconds, NULL, 10);

	if (s >= 86400)
		snprintf(text, sizeof(text), "%lldd%02lldh", s / 86400,
		    s / 3600 % 24);
	else if (s >= 3600)
		snprintf(
		    text, sizeof(text), "%lldh%02lldm", s / 3600, s / 60 % 60);
	else if (s >= 60)
		snprintf(text, sizeof(text), "%lldm%02llds", s / 60, s % 60);
	else
		snprintf(text, sizeof(text), "%llds", s);
	return text;
}

/* In the caller's own zone; what is no time stays a number. */
const char *
report_time(const char *seconds)
{
	static char text[32];
	time_t t = (time_t)strtoll(seconds, NULL, 10);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return seconds;
	return text;
}
