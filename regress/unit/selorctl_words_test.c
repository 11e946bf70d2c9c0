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
 * Lines of daemons taken apart: quotes, escapes, what is no such line.
 */

#include "../../selorctl/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/*
 * Numbers only where JSON has them: a leading zero or a name would make wrong
 * JSON.
 */
static void
parses_lines(void **state)
{
	static struct words w;

	(void)state;
	assert_int_equal(words_parse(&w,
			     "id=17_2 size=12 name=\"a \\\"b\\\\ \\x1b\\x00=\" "
			     "empty=\"\" neg=-5 zero=007 plain=a\\x20b"),
	    0);
	assert_int_equal(w.count, 7);
	assert_string_equal(words_get(&w, "id"), "17_2");
	assert_string_equal(words_get(&w, "name"), "a \"b\\ \x1b?=");
	assert_string_equal(words_get(&w, "empty"), "");
	assert_string_equal(words_get(&w, "plain"), "a b");
	assert_string_equal(words_get(&w, "none"), "");
	assert_true(w.word[1].is_number);
	assert_true(w.word[4].is_number);
	assert_false(w.word[5].is_number);
	/* A name that looks like a number stays a name. */
	assert_int_equal(words_parse(&w, "session=123456789012"), 0);
	assert_false(w.word[0].is_number);
}

/* Nothing is half taken: a row with a wrong value is worse than none. */
static void
refuses_what_is_no_line(void **state)
{
	static const char *const bad[] = {"word", "=x", "a=\"open", "a=\"b\"c",
	    "a=\\q", "a=\\x1", "a b=c", "a=\"\\"};
	static struct words w;
	char many[WORDS_MAX * 4 + 8] = "";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (words_parse(&w, bad[i]) != -1)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_int_equal(w.count, 0);
	}
	for (i = 0; i <= WORDS_MAX; i++)
		memcpy(many + 4 * i, "a=b ", 5);
	assert_int_equal(words_parse(&w, many), -1);
}

/* Values as selor.conf has them, quotes of either kind taken off. */
static void
parses_options(void **state)
{
	static const struct {
		const char *line, *name, *value;
	} cases[] = {{"Port=25", "Port", "25"},
	    {"Greeting=\"a = b\"", "Greeting", "a = b"},
	    {"Msg='say \"x\"'", "Msg", "say \"x\""},
	    {"name=Module value=\"file /x\"", "Module", "file /x"},
	    {"Sid=\"\"", "Sid", ""}};
	static struct words w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(words_parse_option(&w, cases[i].line), 0);
		assert_string_equal(w.word[0].key, cases[i].name);
		assert_string_equal(w.word[0].value, cases[i].value);
	}
	assert_int_equal(words_parse_option(&w, "nothing"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(parses_lines),
	    cmocka_unit_test(refuses_what_is_no_line),
	    cmocka_unit_test(parses_options)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
