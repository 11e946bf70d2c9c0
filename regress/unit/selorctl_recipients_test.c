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
 * Address lists of headers, as people and programs write them.
 */

#include "../../selorctl/recipients.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The addresses of a list with blanks between; "!" when it is refused. */
static const char *
addresses(const char *list, char *out, size_t size)
{
	struct envelope e;
	char error[256];
	size_t i;

	envelope_init(&e);
	*out = '\0';
	if (recipients_from_list(
		&e, list, strlen(list), error, sizeof(error)) == -1)
		strlcpy(out, "!", size);
	else
		for (i = 0; i < e.count; i++) {
			strlcat(out, i == 0 ? "" : " ", size);
			strlcat(out, e.rcpts[i].address, size);
		}
	envelope_clear(&e);
	return out;
}

static void
reads_lists(void **state)
{
	static const struct {
		const char *list, *found;
	} cases[] = {
	    {"a@x.test", "a@x.test"},
	    {" a@x.test ,\r\n\tb@x.test", "a@x.test b@x.test"},
	    {"a@x.test, a@x.test", "a@x.test"},
	    {"bob", "bob"},
	    {"\"L, F\" <a@x.test>, G H <b@x.test>", "a@x.test b@x.test"},
	    {"grp: a@x.test, B <b@x.test>;, c@x.test",
		"a@x.test b@x.test c@x.test"},
	    {"undisclosed-recipients:;", ""},
	    {"a@x.test (one (two) \\) three)", "a@x.test"},
	    {"a (c) @ x (d) . test", "a@x.test"},
	    {"\"q s\"@x.test", "\"q s\"@x.test"},
	    {"<\"a>b\"@x.test>", "\"a>b\"@x.test"},
	    {"u@[127.0.0.1], v@[IPv6:::1]", "u@[127.0.0.1] v@[IPv6:::1]"},
	    {",, a@x.test,,", "a@x.test"},
	    {"", ""},
	    {"a b c", "!"},
	    {"<a@x.test", "!"},
	    {"<>", "!"},
	    {"<a@x.test> b@x.test", "!"},
	    {"<a@x.test> <b@x.test>", "!"},
	    {"a@x.test (open", "!"},
	    {"\"open", "!"},
	    {"a:b:c@x.test;", "!"},
	    {"a@x..test", "!"},
	    {"((((((((((((((((((((((((((((((((((((((((((((((((((((((((a))))",
		"!"},
	};
	char out[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(addresses(cases[i].list, out, sizeof(out)),
			cases[i].found) != 0)
			fail_msg("%s: %s, not %s", cases[i].list, out,
			    cases[i].found);
}

static void
limits_length(void **state)
{
	char list[5000], out[512];

	(void)state;
	memset(list, 'a', sizeof(list) - 1);
	list[sizeof(list) - 1] = '\0';
	assert_string_equal(addresses(list, out, sizeof(out)), "!");
}

static void
prefers_resent(void **state)
{
	static const char header[] = "To: a@x.test\r\nCC: b@x.test\r\n"
				     "bcc: c@x.test\r\nX-To: d@x.test\r\n";
	static const char again[] = "To: a@x.test\r\n"
				    "Resent-Bcc: e@x.test\r\n";
	struct envelope e;
	char error[256];

	(void)state;
	envelope_init(&e);
	assert_int_equal(recipients_from_header(
			     &e, header, strlen(header), error, sizeof(error)),
	    0);
	assert_int_equal(e.count, 3);
	envelope_clear(&e);
	assert_int_equal(recipients_from_header(
			     &e, again, strlen(again), error, sizeof(error)),
	    0);
	assert_int_equal(e.count, 1);
	assert_string_equal(e.rcpts[0].address, "e@x.test");
	envelope_clear(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_lists),
	    cmocka_unit_test(limits_length), cmocka_unit_test(prefers_resent)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
