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
 * Passwords against what tables have of them.
 */
#include "../../lookupd/password.h"

#include <crypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char hashes[3][CRYPT_OUTPUT_SIZE];

static int
make_hashes(void **state)
{
	static const char *const settings[] = {
	    "$6$rounds=1000$salt$", "$2b$04$abcdefghijklmnopqrstuu", "ab"};
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		strlcpy(
		    hashes[i], crypt("right", settings[i]), sizeof(hashes[i]));
	return 0;
}

static void
expect(const char *scheme, const char *stored, const char *password,
    enum password_result want)
{
	char text[PASSWORD_STORED_MAX];
	enum password_result got;

	strlcpy(text, scheme, sizeof(text));
	strlcat(text, stored, sizeof(text));
	got = password_check(text, password, hashes[0]);
	if (got != want)
		fail_msg("\"%s\" against \"%s\": %d, not %d", password, text,
		    got, want);
}

static void
test_hashes(void **state)
{
	static const char *const schemes[] = {
	    "", "{CRYPT}", "{crypt}", "{SHA512-CRYPT}", "{BLF-CRYPT}"};
	size_t i, j;

	(void)state;
	for (i = 0; i < 3; i++) {
		for (j = 0; j < sizeof(schemes) / sizeof(schemes[0]); j++) {
			expect(schemes[j], hashes[i], "right", PASSWORD_RIGHT);
			expect(schemes[j], hashes[i], "wrong", PASSWORD_WRONG);
			expect(schemes[j], hashes[i], "", PASSWORD_WRONG);
		}
		expect("*", hashes[i], "right", PASSWORD_WRONG);
		expect("!", hashes[i], "right", PASSWORD_WRONG);
		expect("{PLAIN}", hashes[i], "right", PASSWORD_WRONG);
		expect("{MD7}", hashes[i], "right", PASSWORD_UNUSABLE);
	}
}

/* A password that stands there as it is opens nothing unless it says so. */
static void
test_plain(void **state)
{
	static const char *const texts[] = {"right", "a", "", "*0", "*1", "x"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect("", texts[i], texts[i], PASSWORD_WRONG);
	expect("{PLAIN}", "right", "right", PASSWORD_RIGHT);
	expect("{plain}", "right", "right", PASSWORD_RIGHT);
	expect("{PLAIN}", "right", "righ", PASSWORD_WRONG);
	expect("{PLAIN}", "right", "rightx", PASSWORD_WRONG);
	expect("{PLAIN}", "", "", PASSWORD_WRONG);
	expect("", "$9$x$y", "right", PASSWORD_UNUSABLE);
	/* The dummy's own password opens nothing. */
	expect("", "", "right", PASSWORD_WRONG);
}

static void
test_dummy(void **state)
{
	(void)state;
	assert_true(password_is_hash(hashes[0]));
	assert_true(password_is_hash("{CRYPT}$6$x"));
	assert_false(password_is_hash("{PLAIN}$6$x"));
	assert_false(password_is_hash(""));
	assert_int_equal(password_check("", "x", ""), PASSWORD_WRONG);
	assert_int_equal(password_check("", "x", NULL), PASSWORD_WRONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hashes),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_dummy),
	};

	return cmocka_run_group_tests(tests, make_hashes, NULL);
}
