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
 * SRS addresses against those that postsrsd 1.10 of Debian 12 made, with the
 * same key on the same day; and what is not to be believed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "srs.h"

#define DAY 86400
#define NOW 1795349498

static const struct srs srs = {"tops3cret", 0, NOW};

static struct address
parse(const char *text)
{
	struct address a;

	if (address_parse(&a, text, strlen(text), ADDRESS_LONG) != ADDRESS_OK)
		fail_msg("%s is no address", text);
	return a;
}

static void
test_postsrsd(void **state)
{
	static const struct {
		const char *from, *to, *back;
	} cases[] = {
	    {"joe@example.com", "SRS0=UFyy=JL=example.com=joe@fwd.example",
		"joe@example.com"},
	    {"Joe.Doe+x@Sub.Example.COM",
		"SRS0=qSIM=JL=sub.example.com=Joe.Doe+x@fwd.example",
		"Joe.Doe+x@sub.example.com"},
	    {"SRS0=AbCd=XY=orig.example=user@other.example",
		"SRS1=kl58=other.example==AbCd=XY=orig.example=user"
		"@fwd.example",
		"SRS0=AbCd=XY=orig.example=user@other.example"},
	    {"SRS0+AbCd=XY=orig.example=user@other.example",
		"SRS1=stqy=other.example=+AbCd=XY=orig.example=user"
		"@fwd.example",
		"SRS0+AbCd=XY=orig.example=user@other.example"},
	    {"SRS1=xxxx=first.example==AbCd=XY=orig.example=user"
	     "@second.example",
		"SRS1=dcvs=first.example==AbCd=XY=orig.example=user"
		"@fwd.example",
		"SRS0=AbCd=XY=orig.example=user@first.example"},
	};
	struct address a, out, back;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = parse(cases[i].from);
		assert_int_equal(
		    srs_forward(&srs, &a, "fwd.example", &out), SRS_OK);
		assert_string_equal(out.text, cases[i].to);
		assert_true(srs_is(&out));
		assert_int_equal(srs_reverse(&srs, &out, &back), SRS_OK);
		assert_string_equal(back.text, cases[i].back);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text;
		enum srs_result result;
	} cases[] = {
	    {"joe@example.com", SRS_NOT},
	    {"SRS0@fwd.example", SRS_NOT},
	    {"srs0=ufyy=jl=example.com=joe@fwd.example", SRS_OK},
	    {"SRS0=UFyy=JL=example.com=jim@fwd.example", SRS_BAD},
	    {"SRS0=UFyy=JK=example.com=joe@fwd.example", SRS_BAD},
	    {"SRS0=UFyz=JL=example.com=joe@fwd.example", SRS_BAD},
	    {"SRS0=UFy=JL=example.com=joe@fwd.example", SRS_BAD},
	    {"SRS0=UFyy=JL=example.com@fwd.example", SRS_BAD},
	    {"SRS0=UFyy@fwd.example", SRS_BAD},
	    {"SRS1=kl58=other.example=@fwd.example", SRS_BAD},
	    {"SRS1=kl58=evil.example==AbCd=XY=orig.example=user@fwd.example",
		SRS_BAD},
	};
	struct address a, out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = parse(cases[i].text);
		if (srs_reverse(&srs, &a, &out) != cases[i].result)
			fail_msg("%s: not %s", cases[i].text,
			    srs_result_names[cases[i].result]);
	}
}

static void
test_age(void **state)
{
	static const struct {
		int64_t days;
		enum srs_result result;
	} cases[] = {{0, SRS_OK}, {21, SRS_OK}, {22, SRS_OLD}, {-1, SRS_OLD},
	    {1024, SRS_OK}};
	struct address a = parse("joe@example.com"), out, back;
	struct srs then = srs;
	size_t i;

	(void)state;
	assert_int_equal(srs_forward(&srs, &a, "fwd.example", &out), SRS_OK);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		then.now = NOW + cases[i].days * DAY;
		assert_int_equal(
		    srs_reverse(&then, &out, &back), cases[i].result);
	}
}

/* A key whose octets are shifted is another key, and may be written so. */
static void
test_shift(void **state)
{
	struct address a = parse("joe@example.com"), out, plain;
	struct srs shifted = {"snor2bqds", 1, NOW}, none = {"", 0, NOW};
	struct srs wraps = {"upqt4dsfu", 255, NOW};

	(void)state;
	assert_int_equal(srs_forward(&srs, &a, "fwd.example", &plain), SRS_OK);
	assert_int_equal(
	    srs_forward(&shifted, &a, "fwd.example", &out), SRS_OK);
	assert_string_equal(out.text, plain.text);
	assert_int_equal(srs_forward(&wraps, &a, "fwd.example", &out), SRS_OK);
	assert_string_equal(out.text, plain.text);
	shifted.shift = 2;
	assert_int_equal(srs_reverse(&shifted, &plain, &out), SRS_BAD);
	assert_int_equal(
	    srs_forward(&none, &a, "fwd.example", &out), SRS_NO_KEY);
	assert_int_equal(srs_reverse(&none, &plain, &out), SRS_NO_KEY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_postsrsd),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_age),
	    cmocka_unit_test(test_shift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
