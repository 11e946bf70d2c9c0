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
 * What came from other hosts, cleaned and kept; queries of administrators;
 * lines and dates that queued makes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "out.h"

#include "../../queued/answer.h"
#include "../../queued/query.h"

/* Replies of other hosts are stored in lines and shown on terminals. */
static void
cleaned(void **state)
{
	static const struct {
		const char *raw, *clean;
	} cases[] = {
	    {"plain text", "plain text"},
	    {"two\r\nlines\r\n", "two lines"},
	    {"\x1b[31mred\x07", "[31mred"},
	    {"caf\xc3\xa9", "caf??"},
	    {"  many   blanks  ", "many blanks"},
	    {"\r\nInjected: yes", "Injected: yes"},
	    {"", ""},
	};
	char buf[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		answer_clean(buf, sizeof(buf), cases[i].raw);
		assert_string_equal(buf, cases[i].clean);
	}
	answer_clean(buf, 4, "abcdef");
	assert_string_equal(buf, "abc");
}

/*
 * A status that does not fit its reply, or is no status of RFC 3463, would
 * mislead who reads the report.
 */
static void
statuses(void **state)
{
	static const struct {
		const char *given, *dflt, *status;
	} cases[] = {
	    {"5.1.1", "5.0.0", "5.1.1"},
	    {"4.1.1", "5.0.0", "5.0.0"},
	    {"", "4.0.0", "4.0.0"},
	    {"5.1", "5.0.0", "5.0.0"},
	    {"5.1111.1", "5.0.0", "5.0.0"},
	    {"5.1.1x", "5.0.0", "5.0.0"},
	    {"9.1.1", "5.0.0", "5.0.0"},
	};
	struct answer a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		answer_set(&a, cases[i].given, cases[i].dflt, "t");
		assert_string_equal(a.status, cases[i].status);
	}
}

/* Through the l file and back; nothing of an answer can begin another field. */
static void
kept(void **state)
{
	struct answer a, b;
	char text[1024];

	(void)state;
	answer_set(&a, "5.1.1", "5.0.0", "550 no such\tuser\r\n.");
	answer_set_host(&a, 550, "mx.example.net evil");
	answer_print(&a, text, sizeof(text));
	assert_string_equal(text, "5.1.1 550 mx.example.net no such user .");
	answer_parse(&b, text);
	assert_string_equal(b.status, "5.1.1");
	assert_int_equal(b.code, 550);
	assert_string_equal(b.host, "mx.example.net");
	assert_string_equal(b.text, "no such user .");
	answer_set(&a, "4.4.1", "4.0.0", "cannot connect");
	answer_print(&a, text, sizeof(text));
	assert_string_equal(text, "4.4.1 0 - cannot connect");
	answer_parse(&b, text);
	assert_string_equal(b.host, "");
	/* Of another form, as from a file that was edited. */
	answer_parse(&b, "whatever\r\nit says");
	assert_string_equal(b.status, "");
	assert_string_equal(b.text, "whatever it says");
	answer_parse(&b, "");
	assert_string_equal(b.text, "");
}

/* selorctl checks its words; queued does not rely on it. */
static void
queries(void **state)
{
	static const struct {
		const char *text;
		int result;
		bool matches;
	} cases[] = {
	    {"", 0, true},
	    {"all", 0, true},
	    {"sender=<a@b.test>", 0, true},
	    {"sender=A@B.test", 0, true},
	    {"sender=<>", 0, false},
	    {"rcpt-domain=X.test", 0, true},
	    {"rcpt-domain=y.test", 0, false},
	    {"older=100", 0, true},
	    {"older=101", 0, false},
	    {"state=deferred", 0, true},
	    {"state=held", 0, false},
	    {"state=nonsense", -1, false},
	    {"older=-1", -1, false},
	    {"older=1x", -1, false},
	    {"../../etc", -1, false},
	    {"unknown=1", -1, false},
	    {"sender=a@b.test  rcpt-domain=x.test older=5", 0, true},
	};
	struct message *m = message_new(9);
	struct query q;
	size_t i;

	(void)state;
	m->arrival = 1000;
	message_set(m, &m->sender, "a@b.test");
	message_add_rcpt(m, "u@x.test");
	m->rcpts[0].state = RCPT_DEFERRED;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (query_parse(&q, cases[i].text) != cases[i].result)
			fail_msg("query_parse(\"%s\")", cases[i].text);
		if (cases[i].result == 0 &&
		    query_matches(&q, m, 1100) != cases[i].matches)
			fail_msg("query_matches(\"%s\")", cases[i].text);
	}
	assert_int_equal(query_parse(&q, "limit=5"), 0);
	assert_false(query_is_given(&q));
	message_free(m);
}

/*
 * The form that selorctl takes apart; a line that does not fit fails as a
 * whole.
 */
static void
lines(void **state)
{
	struct out o;

	(void)state;
	out_init(&o, 100);
	out_key(&o, "a", "plain");
	out_key(&o, "b", "two words");
	out_key(&o, "c", "q\"\\\n\xff");
	out_key(&o, "d", "");
	out_key_num(&o, "e", -5);
	assert_string_equal(o.text,
	    "a=plain b=\"two words\" c=\"q\\\"\\\\\\x0a\\xff\" d=\"\" e=-5");
	assert_false(o.failed);
	out_fmt(&o, "%0100d", 1);
	assert_true(o.failed);
	out_clear(&o);
	out_init(&o, 100);
	out_date(&o, 1763799812, "-0300");
	assert_string_equal(o.text, "Sat, 22 Nov 2025 05:23:32 -0300");
	out_clear(&o);
	out_date(&o, 0, "+0530");
	assert_string_equal(o.text, "Thu, 1 Jan 1970 05:30:00 +0530");
	out_clear(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cleaned),
	    cmocka_unit_test(statuses),
	    cmocka_unit_test(kept),
	    cmocka_unit_test(queries),
	    cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
