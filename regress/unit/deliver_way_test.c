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
 * Ways: which tasks may share a connection, and what is no way at all.
 */
#include "../../deliverd/way.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proc.h"
#include "rule_enums.h"

static struct options *opts;

const struct options *
proc_options(void)
{
	return opts;
}

/* "d host port", "u user password", "s address", "m mark", "o Option value" */
static struct way *
make(const char *const *words)
{
	struct way *w = NULL;
	struct overlay *o = NULL;
	char text[256], *password;

	for (; *words != NULL; words++) {
		strlcpy(text, *words + 2, sizeof(text));
		switch (**words) {
		case 'd':
			assert_int_equal(
			    0, way_set(&w, ROUTE_MX_DEST, text, ""));
			break;
		case 'u':
			password = strchr(text, ' ');
			*password++ = '\0';
			assert_int_equal(
			    0, way_set(&w, ROUTE_MX_AUTH, text, password));
			break;
		case 's':
			assert_int_equal(
			    0, way_set(&w, ROUTE_MX_SOURCE, text, ""));
			break;
		case 'm':
			assert_int_equal(
			    0, way_set(&w, ROUTE_SO_MARK, text, ""));
			break;
		default:
			assert_int_equal(0, overlay_set(&o, text, NULL, NULL));
		}
	}
	assert_int_equal(0, way_set_options(&w, o));
	overlay_free(o);
	return w;
}

#define WORDS 5
static void
test_compare(void **state)
{
	static const char *const t[][WORDS] = {{NULL}, {"d a.test 25"},
	    {"d a.test 26"}, {"d b.test 25"}, {"d a.test 25", "u user one"},
	    {"d a.test 25", "u user two"}, {"d a.test 25", "u other one"},
	    {"d a.test 25", "s 192.0.2.1"}, {"d a.test 25", "s 192.0.2.2"},
	    {"d a.test 25", "s 2001:db8::1"}, {"d a.test 25", "m 1"},
	    {"d a.test 25", "m 4294967295"}, {"m 1"}, {"o Server_name a.test"},
	    {"o Server_name b.test"}, {"o Connect_timeout 3"}, {"u user one"}};
	const size_t n = sizeof(t) / sizeof(t[0]);
	struct way *a, *b;
	size_t i, k;
	int r;

	(void)state;
	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++) {
			a = make(t[i]);
			b = make(t[k]);
			r = way_compare(a, b);
			if ((r == 0) != (i == k))
				fail_msg("%zu and %zu: %d", i, k, r);
			if ((r < 0) != (way_compare(b, a) > 0))
				fail_msg("%zu and %zu have no order", i, k);
			way_unref(a);
			way_unref(b);
		}
}

static void
test_default(void **state)
{
	static const char *const dest[] = {"d a.test", NULL};
	static const char *const own[] = {
	    "d a.test 25", "o Timeout 3", "o Msg_no_mailbox \"550 x\"", NULL};
	struct way *a = make(dest), *b = make(own);

	(void)state;
	assert_int_equal(25, a->port);
	/* A message's own options keep it from no connection. */
	assert_int_equal(0, way_compare(a, b));
	way_unref(a);
	way_drop_route(&b);
	assert_null(b);
}

static void
test_bad(void **state)
{
	static const char *const t[][2] = {{"d a.test 0"}, {"d a.test 65536"},
	    {"d a.test x"}, {"d  25"}, {"d a..b 25"}, {"d a\rb 25"},
	    {"s localhost"}, {"s 192.0.2.1:25"}, {"s 192.0.2.300"}, {"s "},
	    {"m -1"}, {"m 4294967296"}, {"m x"}, {"u user "}, {"u  password"}};
	static const char *const good[][2] = {{"d 192.0.2.1 25"},
	    {"d 2001:db8::1 2525"}, {"d a.test 65535"}, {"d localhost 10025"},
	    {"s ::1"}, {"m 0"}, {"u u p:q r"}};
	struct way *w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		w = make(t[i]);
		if (w->bad == NULL)
			fail_msg("taken: %s", t[i][0]);
		way_unref(w);
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		w = make(good[i]);
		if (w->bad != NULL)
			fail_msg("%s: %s", good[i][0], w->bad);
		way_unref(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_compare),
	    cmocka_unit_test(test_default),
	    cmocka_unit_test(test_bad),
	};

	opts = options_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
