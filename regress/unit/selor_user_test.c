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
 * Who mail is delivered as: root, the daemons' own and those below Min_uid
 * never; and that the system is asked once in a while, not once a message.
 */
#include "../../selor/user.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct passwd people[] = {{.pw_name = (char[]){"root"}},
    {.pw_name = (char[]){"toor"}},
    {.pw_name = (char[]){"wheel"}, .pw_uid = 1500},
    {.pw_name = (char[]){"low"}, .pw_uid = 99, .pw_gid = 99},
    {.pw_name = (char[]){"ann"}, .pw_uid = 1000, .pw_gid = 100},
    {.pw_name = (char[]){"_selorqueue"}, .pw_uid = 700, .pw_gid = 700},
    {.pw_name = (char[]){"alias"}, .pw_uid = 700, .pw_gid = 1700}};
static unsigned int asked; /* for names that are not the daemons' */

/* The system's, in place of the C library's. */
struct passwd *
getpwnam(const char *name)
{
	size_t i;

	asked += *name != '_';
	for (i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		if (strcmp(people[i].pw_name, name) == 0)
			return &people[i];
	return NULL;
}

struct passwd *
getpwuid(uid_t uid)
{
	size_t i;

	for (i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		if (people[i].pw_uid == uid)
			return &people[i];
	return NULL;
}

/* Time stands still but for what a test adds. */
static struct monotime
at(int64_t ms)
{
	struct monotime m = {1000000};

	return monotime_add_ms(m, ms);
}

/*
 * By uid as well as by name, since two names may share one; a number is a user
 * too.
 */
static void
judged(void **state)
{
	static const struct {
		const char *name;
		int r;
		uid_t uid;
		gid_t gid;
		const char *says;
	} cases[] = {{"ann", 0, 1000, 100, "ann"},
	    {"1000", 0, 1000, 100, "ann"}, {"4000", 0, 4000, 4000, "4000"},
	    {"root", -1, 0, 0, ""}, {"toor", -1, 0, 0, ""},
	    {"wheel", -1, 0, 0, ""}, {"0", -1, 0, 0, ""}, {"low", -1, 0, 0, ""},
	    {"99", -1, 0, 0, ""}, {"_selorqueue", -1, 0, 0, ""},
	    {"alias", -1, 0, 0, ""}, {"700", -1, 0, 0, ""},
	    {"nosuch", -1, 0, 0, ""}, {"", -1, 0, 0, ""}, {"-1", -1, 0, 0, ""},
	    {"4294967295", -1, 0, 0, ""},
	    {"0123456789012345678901234567890123456789012345678901234567890123",
		-1, 0, 0, ""}};
	struct user u;
	size_t i;
	int r;

	(void)state;
	user_forget();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = user_find(cases[i].name, 100, at(0), &u);
		if (r != cases[i].r)
			fail_msg("%s: %d", cases[i].name, r);
		if (r == -1)
			continue;
		assert_int_equal(u.uid, cases[i].uid);
		assert_int_equal(u.gid, cases[i].gid);
		assert_string_equal(u.name, cases[i].says);
	}
}

static void
remembered(void **state)
{
	struct user u;

	(void)state;
	user_forget();
	asked = 0;
	assert_int_equal(user_find("ann", 100, at(0), &u), 0);
	assert_int_equal(user_find("ann", 100, at(USER_FOUND_MS - 1), &u), 0);
	assert_int_equal(asked, 1);
	/* What is allowed is no part of the memory. */
	assert_int_equal(user_find("ann", 1001, at(1), &u), -1);
	assert_int_equal(asked, 1);
	assert_int_equal(user_find("ann", 100, at(USER_FOUND_MS), &u), 0);
	assert_int_equal(asked, 2);
	user_forget();
	assert_int_equal(user_find("ann", 100, at(USER_FOUND_MS), &u), 0);
	assert_int_equal(asked, 3);
	asked = 0;
	assert_int_equal(user_find("bob", 100, at(0), &u), -1);
	assert_int_equal(
	    user_find("bob", 100, at(USER_MISSING_MS - 1), &u), -1);
	assert_int_equal(asked, 1);
	assert_int_equal(user_find("bob", 100, at(USER_MISSING_MS), &u), -1);
	assert_int_equal(asked, 2);
}

/* One name's place may be another's, but never its answer. */
static void
crowd(void **state)
{
	char name[32];
	struct user u;
	int i, round;

	(void)state;
	user_forget();
	for (round = 0; round < 2; round++)
		for (i = 1000; i < 3000; i++) {
			snprintf(name, sizeof(name), "%d", i);
			assert_int_equal(user_find(name, 100, at(0), &u),
			    i == 1500 ? -1 : 0);
			if (i != 1500)
				assert_int_equal(u.uid, i);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(judged),
	    cmocka_unit_test(remembered), cmocka_unit_test(crowd)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
