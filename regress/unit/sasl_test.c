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
 * Base64, PLAIN and LOGIN.  Lines 62 to 65 of the list of hostile input.
 */

#include "sasl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Each length modulo three, with a buffer that is just large enough and one
 * that is not.
 */
static void
encodes(void **state)
{
	static const struct {
		const char *raw, *b64;
	} cases[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
	    {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
	    {"\xff\xfe\xfd", "//79"}};
	char buf[16];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = strlen(cases[i].raw);
		assert_int_equal(
		    sasl_base64_encode(buf, sizeof(buf), cases[i].raw, n),
		    strlen(cases[i].b64));
		assert_string_equal(buf, cases[i].b64);
		assert_int_equal(sasl_base64_encode(buf, strlen(cases[i].b64),
				     cases[i].raw, n),
		    -1);
		memset(buf, 'x', sizeof(buf));
		assert_int_equal(sasl_base64_decode(buf, n, cases[i].b64,
				     strlen(cases[i].b64)),
		    n);
		assert_memory_equal(buf, cases[i].raw, n);
		assert_int_equal(buf[n], 'x');
		if (n > 0)
			assert_int_equal(
			    sasl_base64_decode(
				buf, n - 1, cases[i].b64, strlen(cases[i].b64)),
			    -1);
	}
}

/*
 * One text for each value: no blanks, no line ends, no bits left over behind
 * the last octet, which could hide something or pass by a comparison.
 */
static void
refuses_base64(void **state)
{
	static const char *const bad[] = {"Z", "Zg",
	    "Zg=", "Zg===", "====", "=",
	    "Z===", "Zh==", "Zm9=", "Zg==Zg==", "Zm=v", "Zm9v\r\n", "Zm 9",
	    "Zm9v====", "Zm9-", "Zm9_", "Zm9\x80", "*"};
	char buf[16];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (sasl_base64_decode(
			buf, sizeof(buf), bad[i], strlen(bad[i])) != -1)
			fail_msg("%s", bad[i]);
	}
	assert_int_equal(sasl_base64_decode(buf, sizeof(buf), "Zm\0v", 4), -1);
}

/* The message as a client sends it. */
static enum sasl_error
plain(struct sasl *s, const char *raw, size_t len)
{
	char b64[2048];

	assert_int_not_equal(
	    sasl_base64_encode(b64, sizeof(b64), raw, len), -1);
	return sasl_plain_parse(s, b64, strlen(b64));
}

/*
 * RFC 4616: exactly two NULs.  What fails leaves no half of a name or password
 * behind.
 */
static void
parses_plain(void **state)
{
	struct sasl s;
	char big[800];

	(void)state;
	assert_int_equal(plain(&s, "\0u\0p", 4), SASL_OK);
	assert_string_equal(s.authzid, "");
	assert_string_equal(s.user, "u");
	assert_string_equal(s.password, "p");
	assert_int_equal(plain(&s, "z\0us%n\0*)(uid=*", 15), SASL_OK);
	assert_string_equal(s.authzid, "z");
	assert_string_equal(s.user, "us%n");
	assert_string_equal(s.password, "*)(uid=*");
	assert_int_equal(plain(&s, "up", 2), SASL_MALFORMED);
	assert_string_equal(s.user, "");
	assert_int_equal(plain(&s, "u\0p", 3), SASL_MALFORMED);
	assert_int_equal(plain(&s, "\0u\0p\0", 5), SASL_MALFORMED);
	assert_int_equal(plain(&s, "\0\0\0\0", 4), SASL_MALFORMED);
	assert_int_equal(plain(&s, "\0\0p", 3), SASL_MALFORMED);
	assert_int_equal(plain(&s, "\0u\0", 3), SASL_MALFORMED);
	assert_int_equal(plain(&s, "", 0), SASL_MALFORMED);
	assert_int_equal(plain(&s, "\0u\r\n\0p", 6), SASL_CONTROL);
	assert_int_equal(plain(&s, "\0u\0p\n", 5), SASL_CONTROL);
	assert_string_equal(s.user, "");
	assert_int_equal(plain(&s, "\x7f\0u\0p", 5), SASL_CONTROL);
	memset(big, 'a', sizeof(big));
	big[255] = big[511] = '\0';
	assert_int_equal(plain(&s, big, 767), SASL_OK);
	assert_int_equal(strlen(s.user), 255);
	assert_int_equal(strlen(s.password), 255);
	assert_int_equal(plain(&s, big, 768), SASL_TOO_LONG);
	assert_int_equal(plain(&s, big, 800), SASL_TOO_LONG);
	assert_int_equal(sasl_plain_parse(&s, "*", 1), SASL_BASE64);
	assert_int_equal(sasl_plain_parse(&s, "=", 1), SASL_BASE64);
	sasl_clear(&s);
}

/* Refused without being decoded into memory. */
static void
refuses_a_mebibyte(void **state)
{
	const size_t len = 1 << 20;
	struct sasl s;
	char *big;

	(void)state;
	assert_non_null(big = malloc(len));
	memset(big, 'A', len);
	assert_int_equal(sasl_plain_parse(&s, big, len), SASL_TOO_LONG);
	big[len / 2] = '\n';
	assert_int_equal(sasl_plain_parse(&s, big, len), SASL_BASE64);
	free(big);
}

static void
prints_plain(void **state)
{
	struct sasl s = {.user = "user", .password = "secret"}, back;
	char buf[64];

	(void)state;
	assert_int_equal(sasl_plain_print(buf, sizeof(buf), &s), 16);
	assert_string_equal(buf, "AHVzZXIAc2VjcmV0");
	assert_int_equal(sasl_plain_parse(&back, buf, 16), SASL_OK);
	assert_string_equal(back.user, "user");
	assert_string_equal(back.password, "secret");
	assert_int_equal(sasl_plain_print(buf, 16, &s), -1);
}

/* LOGIN has no form of its own but base64; the limits are those of PLAIN. */
static void
parses_login(void **state)
{
	char out[SASL_NAME_MAX + 1], raw[300], b64[512];

	(void)state;
	assert_int_equal(
	    sasl_login_parse(out, sizeof(out), "dXNlcg==", 8), SASL_OK);
	assert_string_equal(out, "user");
	assert_int_equal(
	    sasl_login_parse(out, sizeof(out), "", 0), SASL_MALFORMED);
	assert_int_equal(
	    sasl_login_parse(out, sizeof(out), "YQpi", 4), SASL_CONTROL);
	assert_int_equal(
	    sasl_login_parse(out, sizeof(out), "YQBi", 4), SASL_CONTROL);
	assert_int_equal(
	    sasl_login_parse(out, 4, "dXNlcg==", 8), SASL_TOO_LONG);
	assert_string_equal(out, "");
	assert_int_equal(
	    sasl_login_parse(out, sizeof(out), "dXN", 3), SASL_BASE64);
	memset(raw, 'a', sizeof(raw));
	sasl_base64_encode(b64, sizeof(b64), raw, 255);
	assert_int_equal(
	    sasl_login_parse(out, sizeof(out), b64, strlen(b64)), SASL_OK);
	assert_int_equal(strlen(out), 255);
	sasl_base64_encode(b64, sizeof(b64), raw, 256);
	assert_int_equal(sasl_login_parse(out, sizeof(out), b64, strlen(b64)),
	    SASL_TOO_LONG);
	assert_true(sasl_is_cancel("*", 1));
	assert_false(sasl_is_cancel("**", 2));
	assert_false(sasl_is_cancel("", 0));
	assert_int_equal(
	    sasl_login_parse(out, sizeof(out), SASL_LOGIN_USER, 12), SASL_OK);
	assert_string_equal(out, "Username:");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(encodes),
	    cmocka_unit_test(refuses_base64),
	    cmocka_unit_test(parses_plain),
	    cmocka_unit_test(refuses_a_mebibyte),
	    cmocka_unit_test(prints_plain),
	    cmocka_unit_test(parses_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
