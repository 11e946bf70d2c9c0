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
 * The set of addresses of an expansion.
 */
#include "../../lookupd/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Growing loses none and doubles none. */
static void
test_seen(void **state)
{
	struct seen set = {0};
	char text[32];
	int round, i;

	(void)state;
	for (round = 0; round < 2; round++)
		for (i = 0; i < 10000; i++) {
			snprintf(text, sizeof(text), "u%d@example.test", i);
			assert_int_equal(seen_add(&set, text), round == 0);
		}
	assert_int_equal(set.count, 10000);
	assert_int_equal(seen_add(&set, ""), 1);
	assert_int_equal(seen_add(&set, ""), 0);
	seen_clear(&set);
	assert_int_equal(seen_add(&set, "u1@example.test"), 1);
	seen_clear(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_seen)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
