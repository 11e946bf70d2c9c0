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
 * Tables of selor.file(5): what is read, what is refused and where, how fast
 * 100,000 accounts are.
 */
#include "../../lookupd/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/*
 * Of a text with nothing behind it, so that a sanitizer sees what is read
 * there.
 */
static struct table *
parse(enum table_kind kind, const char *s, struct table_error *err)
{
	size_t len = strlen(s);
	char *text = malloc(len + 1);

	assert_non_null(text);
	memcpy(text, s, len);
	memset(err, 0, sizeof(*err));
	return table_parse(kind, text, len, err);
}

/* What is refused: the line that is named, and a word of the reason. */
static void
test_refused(void **state)
{
	static const struct {
		enum table_kind kind;
		const char *text;
		unsigned int line;
		const char *why;
	} cases[] = {
	    {TABLE_DOMAINS, "a.test", 1, "half written"},
	    {TABLE_DOMAINS, "a.test\nb.test", 2, "half written"},
	    {TABLE_DOMAINS, "a.test\nA.TEST\n", 2, "twice"},
	    {TABLE_DOMAINS, "a.test b.test\n", 1, "behind"},
	    {TABLE_DOMAINS, "a/b\n", 1, "no domain"},
	    {TABLE_DOMAINS, "..\n", 1, "no domain"},
	    {TABLE_DOMAINS, "a\001b.test\n", 1, "control"},
	    {TABLE_DOMAINS, " a.test\n", 1, "continues"},
	    {TABLE_ALIASES, "a@b: \n", 1, "nothing"},
	    {TABLE_ALIASES, "a@b: |/bin/sh\n", 1, "no address"},
	    {TABLE_ALIASES, "a@b: :include:/etc/shadow\n", 1, "no address"},
	    {TABLE_ALIASES, "a@b: /var/mail/x\n", 1, "no address"},
	    {TABLE_ALIASES, "a: b@c\n", 1, "no address"},
	    {TABLE_ALIASES, "a@b: c@d\n\n# x\na@B: e@f\n", 4, "twice"},
	    {TABLE_ALIASES, "a@b: \"c@d\n", 1, "quote"},
	    {TABLE_MAILBOXES, "a@b\n", 1, "no field user"},
	    {TABLE_MAILBOXES, "a@b user=u\n", 1, "no field home"},
	    {TABLE_MAILBOXES, "a@b user=-u home=/\n", 1, "user"},
	    {TABLE_MAILBOXES, "a@b user=a/b home=/\n", 1, "user"},
	    {TABLE_MAILBOXES, "a@b user=u uid=1 home=/\n", 1, "twice"},
	    {TABLE_MAILBOXES, "a@b user=u home=x\n", 1, "home"},
	    {TABLE_MAILBOXES, "a@b user=u home=/a/..\n", 1, "home"},
	    {TABLE_MAILBOXES, "a@b user=u home=/ quota=1X\n", 1, "quota"},
	    {TABLE_MAILBOXES, "a@b user=u home=/ quota=-1\n", 1, "quota"},
	    {TABLE_MAILBOXES, "a@b user=u home=/ quota=99999999999999999999\n",
		1, "quota"},
	    {TABLE_MAILBOXES, "a@b user=u home=/ quota=99999999T\n", 1,
		"quota"},
	    {TABLE_MAILBOXES, "a@b user=u home=/ dlocal=x\n", 1, "dlocal"},
	    {TABLE_MAILBOXES, "a@b user=u home=/ x\n", 1, "'='"},
	};
	struct table_error err;
	struct table *t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		t = parse(cases[i].kind, cases[i].text, &err);
		if (t != NULL || err.line != cases[i].line ||
		    strstr(err.text, cases[i].why) == NULL)
			fail_msg("%s: %s at %u, wanted %s at %u", cases[i].text,
			    t != NULL ? "taken" : err.text, err.line,
			    cases[i].why, cases[i].line);
		table_free(t);
	}
}

/*
 * Comments, continued lines, commas and blanks, quotes: as files of other mail
 * systems have them.
 */
static void
test_aliases(void **state)
{
	static const char text[] =
	    "# all\n\nTeam@Example.test: a@x.test, b@x.test,\n"
	    "\tc  # not d@x.test\n\n  # nor e@x.test\n  \"q u\"@x.test\r\n"
	    "@x.test one@y.test\n@: @y.test\n";
	static const char *const want[] = {
	    "a@x.test", "b@x.test", "c", "\"q u\"@x.test"};
	char out[TABLE_KEY_MAX + 1], why[TABLE_ERROR_MAX];
	struct table_error err;
	struct table *t = parse(TABLE_ALIASES, text, &err);
	const char *rest;
	size_t i;

	(void)state;
	assert_non_null(t);
	assert_int_equal(table_count(t), 3);
	rest = table_find(t, "team@example.test");
	assert_non_null(rest);
	for (i = 0; i < 4; i++) {
		assert_int_equal(table_target(&rest, out, why), 1);
		assert_string_equal(out, want[i]);
	}
	assert_int_equal(table_target(&rest, out, why), 0);
	rest = table_find(t, "@");
	assert_non_null(rest);
	assert_int_equal(table_target(&rest, out, why), 1);
	assert_string_equal(out, "@y.test");
	assert_non_null(table_find(t, "@x.test"));
	assert_null(table_find(t, "x.test"));
	assert_null(table_find(t, ""));
	table_free(t);
}

/* Fields in any order; quotes only where a value needs them. */
static void
test_mailbox(void **state)
{
	static const struct {
		const char *fields;
		struct table_mailbox want;
	} cases[] = {
	    {"user=u home=/h", {"u", "/h", "", "", 0, 0}},
	    {"uid=1000 home=\"/a b\" quota=2K used=1",
		{"1000", "/a b", "", "", 2048, 1}},
	    {"home=/h user=u dlocal=\"/bin/x -a \\\"b\\\"\" quota=1T",
		{"u", "/h", "/bin/x -a \"b\"", "", 1ULL << 40, 0}},
	    {"user=u home=/..a/b.. password=$6$x#y",
		{"u", "/..a/b..", "", "$6$x#y", 0, 0}},
	};
	char why[TABLE_ERROR_MAX];
	struct table_mailbox m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(table_mailbox(cases[i].fields, &m, why), 0);
		assert_string_equal(m.user, cases[i].want.user);
		assert_string_equal(m.home, cases[i].want.home);
		assert_string_equal(m.dlocal, cases[i].want.dlocal);
		assert_string_equal(m.password, cases[i].want.password);
		assert_int_equal(m.quota, cases[i].want.quota);
		assert_int_equal(m.used, cases[i].want.used);
	}
}

/* A wrong field is named, a password never. */
static void
test_password_stays(void **state)
{
	struct table_error err;

	(void)state;
	assert_null(parse(TABLE_MAILBOXES,
	    "a@b user=u home=/ password=hush password=hush\n", &err));
	assert_null(strstr(err.text, "hush"));
	assert_null(parse(TABLE_MAILBOXES, "a@b user=u home=/ hush\n", &err));
	assert_null(strstr(err.text, "hush"));
}

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* By processor time, so that a busy machine does not decide. */
static void
test_speed(void **state)
{
	enum {
		ACCOUNTS = 100000
	};
	char *text = malloc(ACCOUNTS * 100), key[64];
	struct table_error err;
	struct table *t;
	double start, load, find;
	size_t len = 0;
	int i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < ACCOUNTS; i++)
		len += (size_t)snprintf(text + len, 100,
		    "user%d@example.test user=nobody home=/home/user%d "
		    "quota=1G password=$6$0123456789abcdef\n",
		    i, i);
	start = seconds();
	t = table_parse(TABLE_MAILBOXES, text, len, &err);
	load = seconds() - start;
	assert_non_null(t);
	assert_int_equal(table_count(t), ACCOUNTS);
	start = seconds();
	for (i = 0; i < ACCOUNTS; i++) {
		snprintf(key, sizeof(key), "user%d@example.test",
		    (int)((long)i * 7919 % ACCOUNTS));
		assert_non_null(table_find(t, key));
	}
	find = (seconds() - start) / ACCOUNTS;
	print_message("load %.3f s, look-up %.3f us\n", load, find * 1e6);
#ifndef SELOR_SAN
	assert_true(load < 1.0);
	assert_true(find < 2e-6);
#endif
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_aliases),
	    cmocka_unit_test(test_mailbox),
	    cmocka_unit_test(test_password_stays),
	    cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
