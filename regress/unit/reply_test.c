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
 * Replies, read and composed.  Lines 83 to 85 and 88 of the list of hostile
 * input, and that no text from anywhere makes two replies of one.
 */

#include "reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a server may send, and what is left for the next reply. */
static const struct read_case {
	const char *in;
	enum reply_status status;
	int code;
	const char *text;
	const char *rest;
	struct reply_enhanced enhanced;
} read_cases[] = {
    {"250 ok\r\n", REPLY_DONE, 250, "ok", "", {0, 0, 0}},
    {"250 ok\n", REPLY_DONE, 250, "ok", "", {0, 0, 0}},
    {"250\r\n", REPLY_DONE, 250, "", "", {0, 0, 0}},
    {"250\n250 x\n", REPLY_DONE, 250, "", "250 x\n", {0, 0, 0}},
    {"250 \r\n", REPLY_DONE, 250, "", "", {0, 0, 0}},
    {"250 ok\r\n354 go\r\n", REPLY_DONE, 250, "ok", "354 go\r\n", {0, 0, 0}},
    {"250-a\r\n250-b\r\n250 c\r\n", REPLY_DONE, 250, "a\nb\nc", "", {0, 0, 0}},
    {"250-a\r\n250\r\n", REPLY_DONE, 250, "a\n", "", {0, 0, 0}},
    {"550 5.1.1 no\r\n", REPLY_DONE, 550, "5.1.1 no", "", {5, 1, 1}},
    {"550 5.7.2\r\n", REPLY_DONE, 550, "5.7.2", "", {5, 7, 2}},
    {"550-x\r\n550 5.1.10 y\r\n", REPLY_DONE, 550, "x\n5.1.10 y", "",
	{5, 1, 10}},
    {"450 5.1.1 no\r\n", REPLY_DONE, 450, "5.1.1 no", "", {0, 0, 0}},
    {"550 5.1.1000 no\r\n", REPLY_DONE, 550, "5.1.1000 no", "", {0, 0, 0}},
    {"550 5.1.1no\r\n", REPLY_DONE, 550, "5.1.1no", "", {0, 0, 0}},
    {"550 5.1\r\n", REPLY_DONE, 550, "5.1", "", {0, 0, 0}},
    {"250 a\tb\x1b[1m\x7f\r\n", REPLY_DONE, 250, "a b?[1m?", "", {0, 0, 0}},
    {"250 a\rb\r\r\n", REPLY_DONE, 250, "a b ", "", {0, 0, 0}},
    {"250 \xc3\xbc\xff\r\n", REPLY_DONE, 250, "\xc3\xbc?", "", {0, 0, 0}},
    {"250 ok", REPLY_MORE, 250, NULL, "", {0, 0, 0}},
    {"250-ok\r\n", REPLY_MORE, 250, NULL, "", {0, 0, 0}},
    {"", REPLY_MORE, 0, NULL, "", {0, 0, 0}},
    {"250-a\r\n550 b\r\n", REPLY_BAD, 0, "", " b\r\n", {0, 0, 0}},
    {"999 x\r\n", REPLY_BAD, 0, "", "99 x\r\n", {0, 0, 0}},
    {"150 x\r\n", REPLY_BAD, 0, "", "50 x\r\n", {0, 0, 0}},
    {"25\r\n", REPLY_BAD, 0, "", "\n", {0, 0, 0}},
    {"\r\n", REPLY_BAD, 0, "", "\n", {0, 0, 0}},
    {"2500 x\r\n", REPLY_BAD, 0, "", " x\r\n", {0, 0, 0}},
    {"250_x\r\n", REPLY_BAD, 0, "", "x\r\n", {0, 0, 0}},
    {"hello\r\n", REPLY_BAD, 0, "", "ello\r\n", {0, 0, 0}},
    {" 250 x\r\n", REPLY_BAD, 0, "", "250 x\r\n", {0, 0, 0}},
};

/* In pieces of that size; *at says how much the reply took. */
static enum reply_status
feed(struct reply *r, const char *in, size_t len, size_t piece, size_t *at)
{
	enum reply_status status = REPLY_MORE;
	size_t n, used;

	reply_init(r);
	for (*at = 0; *at < len && status == REPLY_MORE; *at += used) {
		n = len - *at < piece ? len - *at : piece;
		status = reply_feed(r, in + *at, n, &used);
		assert_true(used <= n);
		assert_true(status != REPLY_MORE || used == n);
	}
	return status;
}

/*
 * A server that cuts its reply anywhere, or sends the next one with it, changes
 * nothing of this one.
 */
static void
reads_at_any_split(void **state)
{
	const struct read_case *c;
	enum reply_status status;
	struct reply r;
	size_t i, piece, at, len;

	(void)state;
	for (i = 0; i < sizeof(read_cases) / sizeof(read_cases[0]); i++) {
		c = &read_cases[i];
		len = strlen(c->in);
		for (piece = 1; piece <= len; piece++) {
			status = feed(&r, c->in, len, piece, &at);
			if (status != c->status || r.code != c->code ||
			    at != len - strlen(c->rest))
				fail_msg("%s: status %d code %d at %zu", c->in,
				    status, r.code, at);
			if (c->text != NULL) {
				assert_string_equal(r.text, c->text);
				assert_int_equal(r.len, strlen(c->text));
			}
			assert_memory_equal(
			    &r.enhanced, &c->enhanced, sizeof(r.enhanced));
			assert_int_equal(reply_class(&r),
			    status == REPLY_DONE ? c->code / 100 : 4);
		}
	}
}

/* Lines of len octets, n of them, then a last one. */
static enum reply_status
flood(struct reply *r, size_t n, size_t len)
{
	char line[2 * REPLY_LINE_MAX];
	enum reply_status status = REPLY_MORE;
	size_t used, i;

	reply_init(r);
	memset(line, 'x', sizeof(line));
	memcpy(line, "250-", 4);
	line[len - 1] = '\n';
	for (i = 0; i < n && status == REPLY_MORE; i++)
		status = reply_feed(r, line, len, &used);
	if (status == REPLY_MORE)
		status = reply_feed(r, "250 end\r\n", 9, &used);
	return status;
}

/*
 * A server that never ends its reply is given up; long texts are cut, since
 * only the code decides.
 */
static void
bounds_replies(void **state)
{
	struct reply r;

	(void)state;
	assert_int_equal(flood(&r, 1, REPLY_LINE_MAX), REPLY_DONE);
	assert_true(r.cut);
	assert_int_equal(r.len, REPLY_TEXT_MAX);
	assert_int_equal(flood(&r, 1, REPLY_LINE_MAX + 1), REPLY_BAD);
	assert_int_equal(flood(&r, REPLY_LINES_MAX - 1, 10), REPLY_DONE);
	assert_int_equal(r.lines, REPLY_LINES_MAX);
	assert_int_equal(flood(&r, REPLY_LINES_MAX, 10), REPLY_BAD);
	assert_int_equal(flood(&r, 17, 4000), REPLY_BAD);
	assert_int_equal(flood(&r, 16, 4000), REPLY_DONE);
	assert_int_equal(flood(&r, 10000, 20), REPLY_BAD);
	assert_int_equal(r.len, 0);
}

/* For logs and reports: the enhanced code once, though each line has it. */
static void
prints_one_line(void **state)
{
	static const char in[] =
	    "550-5.1.1 no such\r\n550-5.1.1 user\r\n550 5.1.1\r\n";
	struct reply r;
	char buf[64];
	size_t at;

	(void)state;
	feed(&r, in, strlen(in), 100, &at);
	assert_int_equal(reply_print(&r, buf, sizeof(buf)), 22);
	assert_string_equal(buf, "550 5.1.1 no such user");
	assert_int_equal(reply_print(&r, buf, 8), 7);
	assert_string_equal(buf, "550 5.1");
	assert_int_equal(reply_print(&r, buf, 3), 2);
	assert_string_equal(buf, "55");
}

/*
 * EHLO's first line is a greeting; what is no keyword is passed over.  "AUTH="
 * is what very old servers say.
 */
static void
walks_over_keywords(void **state)
{
	static const char in[] =
	    "250-mx.example.org Hello\r\n250-SIZE 1000\r\n"
	    "250-AUTH=PLAIN  LOGIN \r\n250-\r\n250- X\r\n250-A?B c\r\n"
	    "250-PIPELINING\r\n250 x-odd\r\n";
	static const char *const want[] = {"SIZE", "1000", "AUTH",
	    "PLAIN  LOGIN", "PIPELINING", "", "x-odd", ""};
	struct span keyword, params;
	struct reply r;
	size_t at, pos = 0, i = 0;

	(void)state;
	assert_int_equal(feed(&r, in, strlen(in), 7, &at), REPLY_DONE);
	while (reply_ehlo_next(&r, &pos, &keyword, &params)) {
		assert_true(i < 8);
		assert_true(span_is_word(keyword, want[i]));
		assert_true(span_is_word(params, want[i + 1]));
		i += 2;
	}
	assert_int_equal(i, 8);
	assert_false(reply_ehlo_next(&r, &pos, &keyword, &params));
	pos = 0;
	feed(&r, "250 one\r\n", 9, 9, &at);
	assert_false(reply_ehlo_next(&r, &pos, &keyword, &params));
}

/*
 * Texts of selor.conf and of tables become one reply, whatever they hold: a
 * line end in one would be a second reply to the client.
 */
static void
composes(void **state)
{
	static const struct {
		struct reply_spec spec;
		const char *out;
	} cases[] = {
	    {{"250 Ok", 554, NULL, NULL, NULL}, "250 Ok\r\n"},
	    {{"250 Ok", 0, "2.0.0", NULL, NULL}, "250 2.0.0 Ok\r\n"},
	    {{"250 Msg accepted", 0, "2.0.0", "1234_5", NULL},
		"250 2.0.0 1234_5 Msg accepted\r\n"},
	    {{"553 Invalid domain:", 0, "5.1.8", NULL, "a.b"},
		"553 5.1.8 Invalid domain: a.b\r\n"},
	    {{"No such user", 550, "5.1.1", NULL, NULL},
		"550 5.1.1 No such user\r\n"},
	    {{"450 No", 550, "5.1.1", NULL, NULL}, "450 4.1.1 No\r\n"},
	    {{"550 5.7.1 Go away", 0, "5.1.1", NULL, NULL},
		"550 5.7.1 Go away\r\n"},
	    {{"250 2.1.5 Ok", 0, "2.0.0", "id", NULL}, "250 2.1.5 id Ok\r\n"},
	    {{"354 Ok", 0, "2.0.0", NULL, NULL}, "354 Ok\r\n"},
	    {{"550-Two\r\nlines", 0, NULL, NULL, NULL}, "550 Two lines\r\n"},
	    {{"550 -1 hit", 0, NULL, NULL, NULL}, "550 -1 hit\r\n"},
	    {{"550 a\r\n250 b", 0, NULL, NULL, "c\nd\x1b"},
		"550 a 250 b c d?\r\n"},
	    {{"550 \xc3\xbc", 0, NULL, NULL, NULL}, "550 ??\r\n"},
	    {{"5500 x", 554, NULL, NULL, NULL}, "554 5500 x\r\n"},
	    {{"999 x", 554, NULL, NULL, NULL}, "554 999 x\r\n"},
	    {{"", 250, NULL, NULL, NULL}, "250 \r\n"},
	    {{NULL, 0, NULL, NULL, NULL}, "451 \r\n"},
	    {{"55", 554, NULL, NULL, NULL}, "554 55\r\n"},
	    {{"550", 554, NULL, NULL, NULL}, "550 \r\n"},
	};
	char buf[REPLY_OUT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    reply_compose(buf, sizeof(buf), &cases[i].spec),
		    strlen(cases[i].out));
		assert_string_equal(buf, cases[i].out);
	}
	assert_int_equal(reply_compose(buf, 100, &cases[0].spec), 0);
	assert_int_equal(reply_text_code("421 x", 1), 421);
	assert_int_equal(reply_text_code("x", 550), 550);
}

/* Folded text is read back as one reply that says the same. */
static void
folds_long_text(void **state)
{
	static char text[6000];
	struct reply_spec spec = {text, 550, "5.7.1", NULL, NULL};
	char buf[REPLY_OUT_MAX], *line, *end;
	struct reply r;
	size_t len, n, used, i;

	(void)state;
	for (i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 9 == 8 ? ' ' : 'w';
	for (len = 490; len < 5999; len += len < 530 ? 1 : 487) {
		text[len] = '\0';
		n = reply_compose(buf, sizeof(buf), &spec);
		assert_int_equal(n, strlen(buf));
		for (line = buf; *line != '\0'; line = end + 2) {
			assert_non_null(end = strstr(line, "\r\n"));
			assert_true(end - line <= REPLY_FOLD);
			assert_memory_equal(line + 4, "5.7.1 ", 6);
		}
		reply_init(&r);
		assert_int_equal(reply_feed(&r, buf, n, &used), REPLY_DONE);
		assert_int_equal(used, n);
		assert_int_equal(r.code, 550);
		text[len] = 'w';
	}
	memset(text, 'x', sizeof(text) - 1);
	n = reply_compose(buf, sizeof(buf), &spec);
	reply_init(&r);
	assert_int_equal(reply_feed(&r, buf, n, &used), REPLY_DONE);
	assert_int_equal(used, n);
}

/* A line is at most what RFC 5321 section 4.5.3.1.5 allows. */
static void
prints_lines(void **state)
{
	static char text[2000];
	char buf[600];

	(void)state;
	assert_int_equal(
	    reply_print_line(buf, sizeof(buf), 250, false, "a\r\nb"), 9);
	assert_string_equal(buf, "250-a b\r\n");
	assert_int_equal(reply_print_line(buf, sizeof(buf), 250, true, "c"), 7);
	assert_string_equal(buf, "250 c\r\n");
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(reply_print_line(buf, sizeof(buf), 250, true, text),
	    REPLY_FOLD + 2);
	assert_int_equal(reply_print_line(buf, 512, 250, true, text), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_at_any_split),
	    cmocka_unit_test(bounds_replies),
	    cmocka_unit_test(prints_one_line),
	    cmocka_unit_test(walks_over_keywords),
	    cmocka_unit_test(composes),
	    cmocka_unit_test(folds_long_text),
	    cmocka_unit_test(prints_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
