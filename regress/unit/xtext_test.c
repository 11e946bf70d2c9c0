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
 * xtext, values of ORCPT, and the cleaning of text from outside.  Line 40 of
 * the list of hostile input.
 */

#include "xtext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "utf8.h"

/*
 * RFC 3461 section 4: only capital digits, and no control characters, which
 * would end a line of a report.
 */
static void
codes_xtext(void **state)
{
	char buf[64];

	(void)state;
	assert_int_equal(xtext_encode(buf, sizeof(buf), "a+b= \xff", 6), 14);
	assert_string_equal(buf, "a+2Bb+3D+20+FF");
	assert_int_equal(xtext_encode(buf, 15, "a+b= \xff", 6), 14);
	assert_int_equal(xtext_encode(buf, 14, "a+b= \xff", 6), -1);
	assert_int_equal(xtext_encode(buf, 1, "", 0), 0);
	assert_int_equal(xtext_encode(buf, 0, "", 0), -1);
	assert_int_equal(xtext_decode(buf, sizeof(buf), "a+2Bb+3D", 8), 4);
	assert_string_equal(buf, "a+b=");
	assert_int_equal(xtext_decode(buf, 4, "a+2Bb+3D", 8), -1);
	assert_int_equal(xtext_decode(buf, sizeof(buf), "a+2b", 4), -1);
	assert_int_equal(xtext_decode(buf, sizeof(buf), "a+2", 3), -1);
	assert_int_equal(xtext_decode(buf, sizeof(buf), "a+0D+0A", 7), -1);
	assert_int_equal(xtext_decode(buf, sizeof(buf), "+00", 3), -1);
	assert_int_equal(xtext_decode(buf, sizeof(buf), "a=b", 3), -1);
	assert_true(xtext_is_valid("a+FFb", 5));
	assert_false(xtext_is_valid("a b", 3));
	assert_false(xtext_is_valid("\xc3\xbc", 2));
}

/* RFC 6533 section 3 for UTF-8: what needs SMTPUTF8 is refused without it. */
static void
judges_orcpt(void **state)
{
	static const struct {
		const char *in;
		bool ascii, utf8;
	} cases[] = {
	    {"rfc822;a@b", true, true},
	    {"rfc822;a+2Bb@c", true, true},
	    {"rfc822;a+2bb@c", false, false},
	    {"rfc822;", false, false},
	    {"rfc822", false, false},
	    {";a@b", false, false},
	    {"rfc 822;a@b", false, false},
	    {"rfc822;a b", false, false},
	    {"rfc822;\xc3\xbc@b", false, false},
	    {"utf-8;\xc3\xbc@b", false, true},
	    {"UTF-8;\\x{FC}@b", true, true},
	    {"utf-8;\\x{1F600}@b", true, true},
	    {"utf-8;\\x{D800}@b", false, false},
	    {"utf-8;\\x{0A}@b", false, false},
	    {"utf-8;\\x{7FFFFFFF}@b", false, false},
	    {"utf-8;\\x{FC@b", false, false},
	    {"utf-8;a+b", false, false},
	    {"utf-8;\xc0\xaf@b", false, false},
	};
	char big[600];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *s = cases[i].in;

		if (xtext_is_orcpt(s, strlen(s), false) != cases[i].ascii ||
		    xtext_is_orcpt(s, strlen(s), true) != cases[i].utf8)
			fail_msg("%s", s);
	}
	memset(big, 'a', sizeof(big));
	memcpy(big, "rfc822;", 7);
	assert_true(xtext_is_orcpt(big, 500, false));
	assert_false(xtext_is_orcpt(big, 501, false));
}

/*
 * A character is shown whole or not at all; the text always ends with its NUL.
 */
static void
cleans(void **state)
{
	char buf[16];

	(void)state;
	assert_int_equal(
	    utf8_clean(buf, sizeof(buf), "a\r\n\tb\x1b\0c", 8, false), 6);
	assert_string_equal(buf, "a b??c");
	utf8_clean(buf, sizeof(buf), "\xc3\xbc\xff\xe2\x80\xae", 6, true);
	assert_string_equal(buf, "\xc3\xbc????");
	utf8_clean(buf, sizeof(buf), "\xc3\xbc", 2, false);
	assert_string_equal(buf, "??");
	assert_int_equal(utf8_clean(buf, 3, "a\xc3\xbc", 3, true), 1);
	assert_string_equal(buf, "a");
	assert_int_equal(utf8_clean(buf, 1, "abc", 3, true), 0);
	assert_int_equal(utf8_clean(buf, 4, "abc", 3, true), 3);
	assert_int_equal(utf8_clean(buf, 4, "ab\ncd", 5, true), 3);
	assert_string_equal(buf, "ab ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(codes_xtext),
	    cmocka_unit_test(judges_orcpt),
	    cmocka_unit_test(cleans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
