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
 * Headers, streaming by and in a buffer.  Line 69 of the list of hostile
 * input, and that the chunking changes nothing.
 */

#include "header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The size is that of the header with its empty line. */
static const struct scan_case {
	const char *in;
	size_t size;
	unsigned int fields, received;
	bool ended, malformed;
} scan_cases[] = {
    {"From: a\r\nTo: b\r\n\r\nReceived: x\r\n", 18, 2, 0, true, false},
    {"Received: a\r\nRECEIVED : b\r\nreceived:\r\n\r\n", 40, 3, 3, true, false},
    {"Received: a\nReceived: b\n\nbody", 25, 2, 2, true, false},
    {"Received: a\r\n\tReceived: b\r\n Received: c\r\n\r\n", 43, 1, 1, true,
	false},
    {"\r\nReceived: a\r\n", 2, 0, 0, true, false},
    {"\nx", 1, 0, 0, true, false},
    {"", 0, 0, 0, false, false},
    {"Received: a", 11, 1, 1, false, false},
    {"Received", 8, 0, 0, false, false},
    {" Received: a\r\nReceived: b\r\n\r\n", 29, 1, 1, true, true},
    {"no colon\r\nReceived: b\r\n\r\n", 25, 1, 1, true, true},
    {"nocolon\r\nReceived: b\r\n\r\n", 24, 1, 1, true, true},
    {": empty\r\nReceived: b\r\n\r\n", 24, 1, 1, true, true},
    {"From a Mon 12:00\r\nReceived: b\r\n\r\n", 33, 1, 1, true, true},
    {"Received\x01: a\r\n\r\n", 16, 0, 0, true, true},
    {"Received: a\r\n\rReceived: b\r\n\r\n", 29, 1, 1, true, true},
    {"__proto__: a\r\nReceivedX: b\r\n\r\n", 30, 2, 0, true, false},
    {"Content-Transfer-Encoding-Is-Not-A-Name-Of-Ours: x\r\n\r\n", 54, 1, 0,
	true, false},
    {"A: b\r\r\n\r\nx", 9, 1, 0, true, false},
};

/*
 * Counting Received fields is what ends a loop: it may not depend on where
 * segments of TCP end.
 */
static void
scans_at_any_split(void **state)
{
	const struct scan_case *c;
	struct header_scan h;
	size_t i, piece, at, n, len;

	(void)state;
	for (i = 0; i < sizeof(scan_cases) / sizeof(scan_cases[0]); i++) {
		c = &scan_cases[i];
		len = strlen(c->in);
		for (piece = 1; piece <= len + 1; piece++) {
			header_scan_init(&h);
			for (at = 0; at < len && !h.ended; at += n)
				n = header_scan_feed(&h, c->in + at,
				    len - at < piece ? len - at : piece);
			if (h.size != c->size || h.fields != c->fields ||
			    h.count[HEADER_RECEIVED] != c->received ||
			    h.ended != c->ended || h.malformed != c->malformed)
				fail_msg("%s: size %d fields %u rcvd %u %d %d",
				    c->in, (int)h.size, h.fields,
				    h.count[HEADER_RECEIVED], h.ended,
				    h.malformed);
			assert_int_equal(at, c->size);
			assert_false(h.has_nul || h.has_8bit);
			assert_int_equal(header_length(c->in, len), c->size);
		}
	}
}

/* A name that is longer than what is kept of one could never be found. */
static void
knows_names(void **state)
{
	enum header_name name;
	const char *text;

	(void)state;
	for (name = 0; name < HEADER_NNAMES; name++) {
		text = header_name_text(name);
		assert_true(strlen(text) <= HEADER_NAME_KEPT);
		assert_int_equal(header_name(text, strlen(text)), name);
	}
	assert_int_equal(header_name("receiveD", 8), HEADER_RECEIVED);
	assert_int_equal(header_name("", 0), HEADER_OTHER);
	assert_int_equal(header_name("__proto__", 9), HEADER_OTHER);
	assert_string_equal(header_name_text(HEADER_OTHER), "");
}

/*
 * Counters stop at their limit instead of beginning again, and no line costs
 * memory.
 */
static void
stands_floods(void **state)
{
	struct header_scan h;
	char *big;
	size_t i;

	(void)state;
	header_scan_init(&h);
	for (i = 0; i < 100000; i++)
		assert_int_equal(
		    header_scan_feed(&h, "Received: a\r\n", 13), 13);
	assert_int_equal(h.count[HEADER_RECEIVED], UINT16_MAX);
	assert_int_equal(h.fields, 100000);
	assert_int_equal(h.size, 1300000);
	assert_non_null(big = malloc(10 << 20));
	memset(big, 'x', 10 << 20);
	assert_int_equal(header_scan_feed(&h, big, 10 << 20), 10 << 20);
	assert_false(h.malformed);
	free(big);
	header_scan_feed(&h, "\0", 1);
	assert_true(h.malformed && h.has_nul);
	header_scan_feed(&h, "\xff", 1);
	assert_true(h.has_8bit);
}

static void
assert_span(struct span s, const char *want)
{
	char text[256];

	assert_true(s.len < sizeof(text));
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	assert_string_equal(text, want);
}

/*
 * A line that is no field is passed over with its continuations; the header
 * ends at the empty line, whatever the body looks like.
 */
static void
walks_over_fields(void **state)
{
	static const char in[] =
	    "Subject: one\r\n two\r\n\tthree\r\nbad line\r\n cont\r\n"
	    "To :x\nEmpty:\r\nsubject: again\r\n\r\nBody: no\r\n";
	struct header_field f;
	size_t pos = 0, len = strlen(in);
	char buf[32];

	(void)state;
	assert_true(header_next(in, len, &pos, &f));
	assert_span(f.name, "Subject");
	assert_span(f.value, " one\r\n two\r\n\tthree");
	assert_span(f.all, "Subject: one\r\n two\r\n\tthree\r\n");
	assert_int_equal(header_unfold(buf, sizeof(buf), f.value), 13);
	assert_string_equal(buf, "one two three");
	assert_int_equal(header_unfold(buf, 6, f.value), 5);
	assert_string_equal(buf, "one t");
	assert_true(header_next(in, len, &pos, &f));
	assert_span(f.name, "To");
	assert_span(f.value, "x");
	assert_true(header_next(in, len, &pos, &f));
	assert_span(f.name, "Empty");
	assert_span(f.value, "");
	assert_true(header_next(in, len, &pos, &f));
	assert_false(header_next(in, len, &pos, &f));
	assert_false(header_next(in, len, &pos, &f));
	pos = 0;
	assert_true(header_find(in, len, &pos, "SUBJECT", &f));
	assert_true(header_find(in, len, &pos, "SUBJECT", &f));
	assert_span(f.value, " again");
	assert_false(header_find(in, len, &pos, "SUBJECT", &f));
	pos = 0;
	assert_false(header_find(in, len, &pos, "Body", &f));
}

/* For logs and reports: one line, no controls, no broken UTF-8. */
static void
unfolds_the_odd(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"", ""},
	    {" \r\n \t ", ""},
	    {"a\x1b[2Jb", "a?[2Jb"},
	    {"\r\n a", "a"},
	    {"a\r\n\r\n b", "a b"},
	    {"\xc3\xbc \xff", "\xc3\xbc ?"},
	};
	char buf[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span v = {cases[i].in, strlen(cases[i].in)};

		assert_int_equal(
		    header_unfold(buf, sizeof(buf), v), strlen(cases[i].out));
		assert_string_equal(buf, cases[i].out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scans_at_any_split),
	    cmocka_unit_test(knows_names),
	    cmocka_unit_test(stands_floods),
	    cmocka_unit_test(walks_over_fields),
	    cmocka_unit_test(unfolds_the_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
