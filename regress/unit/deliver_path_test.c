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
 * Paths of Local_delivery: what expands to what, and what never does.
 */
#include "../../deliverd/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *template, *home, *user, *address;
	const char *want; /* NULL: refused */
} cases[] = {
    {"Maildir", "/home/u", "u", "u@x", "/home/u/Maildir"},
    {"%C/Maildir", "/home/u", "u", "u@x", "/home/u/Maildir"},
    {"/var/mail/%l", "/home/u", "u", "u@x", "/var/mail/u"},
    {"/m/%c/%p/", "", "u", "a+b@x.test", "/m/x.test/a+b/"},
    {"/m/%%%l", "", "u", "u@x", "/m/%u"},
    {"box/%c", "/home/u", "u", "u@x.test", "/home/u/box/x.test"},
    {"/m/%p", "", "u", "..@x", NULL},
    {"/m/%p", "", "u", ".hidden@x", NULL},
    {"/m/%p", "", "u", "a/b@x", NULL},
    {"/m/%p", "", "u", "a..b@x", NULL},
    {"/m/%p", "", "u", "a\nb@x", NULL},
    {"/m/%p", "", "u", "@x", NULL},
    {"/m/%c", "", "u", "postmaster", NULL},
    {"/m/%l", "", "", "u@x", NULL},
    {"/m/%l", "", "../root", "u@x", NULL},
    {"%C/m", "relative", "u", "u@x", NULL},
    {"Maildir", "", "u", "u@x", NULL},
    {"/m/%x", "/home/u", "u", "u@x", NULL},
    {"/m/%", "/home/u", "u", "u@x", NULL},
};

/*
 * Addresses come from outside: none may lead out of the directory that the
 * administrator's template names.
 */
static void
test_cases(void **state)
{
	char out[64];
	const char *why;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct path_values v = {
		    cases[i].home, cases[i].user, cases[i].address};

		why = NULL;
		r = path_expand(out, sizeof(out), cases[i].template, &v, &why);
		if (cases[i].want == NULL) {
			if (r != -1 || why == NULL)
				fail_msg("%s of %s: %s, wanted a refusal",
				    cases[i].template, cases[i].address, out);
		} else if (r != 0 || strcmp(out, cases[i].want) != 0)
			fail_msg("%s of %s: %s, wanted %s", cases[i].template,
			    cases[i].address, out, cases[i].want);
	}
}

/* A cut path would be another mailbox. */
static void
test_too_long(void **state)
{
	const struct path_values v = {"/home/u", "u", "u@x"};
	const char *why = NULL;
	char out[15];

	(void)state;
	assert_int_equal(
	    -1, path_expand(out, sizeof(out), "%C/Maildir", &v, &why));
	assert_string_equal("path too long", why);
	assert_int_equal(
	    0, path_expand(out, sizeof(out), "%C/Maildi", &v, &why));
	assert_int_equal(
	    -1, path_expand(out, sizeof(out), "%C/Maildirs", &v, &why));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
