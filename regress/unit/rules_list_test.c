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
 * Lists of lines against a naive reading of the same text, with random
 * lists whose lines begin with, contain and equal each other, and the time
 * that a long list takes against a short one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../ruled/list_lines.h"

struct naive {
	bool in_text, has_text, has_line;
};

static struct list_file *
list_of(const char *text, bool is_once)
{
	return list_lines_new(strdup(text), strlen(text), is_once);
}

static struct naive
naive(const char *list, const char *text)
{
	struct naive is = {false, false, false};
	char *copy = strdup(list), *rest = copy, *line;
	size_t len;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (*text != '\0' && strcasestr(line, text) != NULL)
			is.has_text = true;
		len = strlen(line);
		while (len > 0 && strchr(" \t\r", line[len - 1]) != NULL)
			line[--len] = '\0';
		if (len == 0)
			continue;
		is.in_text |= strcasestr(text, line) != NULL;
		is.has_line |= strcasecmp(text, line) == 0;
	}
	free(copy);
	return is;
}

static void
compare(const struct list_file *l, const char *list, const char *text)
{
	struct naive want = naive(list, text);
	size_t len = strlen(text);
	struct naive got = {list_file_in_text(l, text, len),
	    list_file_has_text(l, text, len), list_file_has_line(l, text, len)};

	if (memcmp(&want, &got, sizeof(want)) != 0)
		fail_msg("\"%s\" in\n%s\nwanted %d %d %d, got %d %d %d", text,
		    list, want.in_text, want.has_text, want.has_line,
		    got.in_text, got.has_text, got.has_line);
}

static void
test_table(void **state)
{
	static const char list[] = "spam\nviagra.example\n\n  \t\nSpammers\n"
				   "x\r\nab c  \nlast without end";
	static const char *const texts[] = {"spam", "SPAM", "no", "", "x",
	    "joe@viagra.example", "viagra.exampl", "ab c", "ab", " c",
	    "last without end", "end", "the spammer", "pam\nvia", "SPAMMERS"};
	struct list_file *l;
	size_t i;
	int once;

	(void)state;
	for (once = 0; once < 2; once++) {
		l = list_of(list, once);
		for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			compare(l, list, texts[i]);
		list_lines_free(l);
		l = list_of("", once);
		compare(l, "", "a");
		compare(l, "", "");
		list_lines_free(l);
	}
}

static void
random_text(char *out, size_t len, const char *letters)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = letters[(unsigned int)rand() % strlen(letters)];
	out[len] = '\0';
}

static void
test_random(void **state)
{
	char list[600], text[64];
	struct list_file *l;
	int round, i;

	(void)state;
	srand(7208);
	for (round = 0; round < 3000; round++) {
		random_text(list, (size_t)(rand() % 500),
		    round % 2 ? "abA\n" : "abcdeF @.\n\n");
		l = list_of(list, round % 5 == 0);
		for (i = 0; i < 20; i++) {
			random_text(text, 1 + (size_t)(rand() % 12),
			    round % 2 ? "aBb" : "abcDeF@.");
			compare(l, list, text);
		}
		list_lines_free(l);
	}
}

/* Long enough for the index of four octets. */
static void
test_long(void **state)
{
	const size_t size = 60000;
	char *list = malloc(size + 1), text[32];
	struct list_file *l;
	int i;

	(void)state;
	random_text(list, size, "abcdefghijkl\n");
	l = list_of(list, false);
	for (i = 0; i < 1500; i++) {
		if (i % 2 == 0)
			random_text(text, 1 + (size_t)(i % 9), "abcdefghijklm");
		else {
			memcpy(text, list + (i * 37) % 59900, 12);
			text[1 + i % 12] = '\0';
		}
		compare(l, list, text);
	}
	list_lines_free(l);
	free(list);
}

static double
seconds_of(unsigned int lines)
{
	char *list = malloc((size_t)lines * 40 + 1), text[64];
	struct timespec a, b;
	struct list_file *l;
	unsigned int i, hits = 0;
	size_t len = 0;

	for (i = 0; i < lines; i++)
		len += (size_t)snprintf(list + len, 40,
		    "user%u@host%x.example.net\n", i, i * 2654435761u);
	l = list_of(list, false);
	list_file_has_text(l, "first use", 9);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < 20000; i++) {
		len = (size_t)snprintf(
		    text, sizeof(text), "nobody%u@mail%x.example.org", i, i);
		hits += list_file_in_text(l, text, len);
		hits += list_file_has_text(l, text, len);
		hits += list_file_has_line(l, text, len);
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_int_equal(hits, 0);
	list_lines_free(l);
	free(list);
	return (double)(b.tv_sec - a.tv_sec) +
	    (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

/* A wide margin: the machine may be busy. */
static void
test_time(void **state)
{
	double few = seconds_of(100), many = seconds_of(100000);

	(void)state;
	print_message("20000 x 3 questions: 100 lines %.4f s, "
		      "100000 lines %.4f s\n",
	    few, many);
	assert_true(many < few * 20 + 0.2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
