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
 * The framing of content.  Lines 1 to 8, 11 to 18 and 51 of the list of
 * hostile input: what ends a message, what is stored, and that neither the
 * chunking of the input nor the room for output changes it.
 */

#include "dot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BUF 8192

struct outcome {
	enum dot_status status;
	unsigned int flags;
	size_t used, len;
	char out[BUF];
};

/* How a stream is cut: octets of input and of room for each call. */
struct cut {
	size_t piece, room;
};

/*
 * The whole stream through buffers of that size; each call has to get on, or a
 * session would hang.
 */
static void
run(struct outcome *o, enum dot_kind kind, const char *in, size_t len,
    struct cut cut)
{
	struct dot d;
	struct dot_io io;
	size_t at = 0, have, give;

	memset(o, 0, sizeof(*o));
	dot_init(&d, kind);
	o->status = DOT_MORE;
	while (at < len && o->status == DOT_MORE) {
		have = len - at < cut.piece ? len - at : cut.piece;
		give = BUF - o->len < cut.room ? BUF - o->len : cut.room;
		io = (struct dot_io){in + at, have, o->out + o->len, give};
		o->status = dot_run(&d, &io);
		o->len += give - io.out_len;
		at += have - io.in_len;
		assert_true(o->status == DOT_END || have > io.in_len ||
		    give > io.out_len);
	}
	o->used = at;
	if (o->status == DOT_MORE && kind != DOT_DATA) {
		io = (struct dot_io){NULL, 0, o->out + o->len, DOT_ROOM(0)};
		assert_int_equal(dot_finish(&d, &io), 0);
		o->len += DOT_ROOM(0) - io.out_len;
	}
	o->flags = d.flags;
	o->out[o->len] = '\0';
}

/* Octets that a terminal would not show are what these tests are about. */
static void
show(const char *what, const char *s, size_t len)
{
	size_t i;

	print_error("%s: \"", what);
	for (i = 0; i < len; i++) {
		if (s[i] == '\r')
			print_error("\\r");
		else if (s[i] == '\n')
			print_error("\\n");
		else if (s[i] < ' ' || s[i] == 0x7f)
			print_error("\\x%02x", (unsigned char)s[i]);
		else
			print_error("%c", s[i]);
	}
	print_error("\"\n");
}

static const struct data_case {
	const char *in;
	const char *out; /* content so far */
	const char *rest; /* NULL: no end was met */
	unsigned int flags;
} data_cases[] = {
    {".\r\n", "", "", 0},
    {".\r\nQUIT\r\n", "", "QUIT\r\n", 0},
    {"a\r\n.\r\nRSET\r\n", "a\r\n", "RSET\r\n", 0},
    {"\r\n.\r\n", "\r\n", "", 0},
    {"a\r\n\r\nb\r\n.\r\n.\r\n", "a\r\n\r\nb\r\n", ".\r\n", 0},
    /* Dots. */
    {"..\r\n.\r\n", ".\r\n", "", 0},
    {"..a\r\n...\r\n.b\r\n.\r\n", ".a\r\n..\r\nb\r\n", "", 0},
    {"a.\r\n.\r\n", "a.\r\n", "", 0},
    {"a\r\n. \r\n.\r\n", "a\r\n \r\n", "", 0},
    /* Nothing but CRLF.CRLF ends a message. */
    {"a\n.\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", "", DOT_BARE_LF},
    {"a\n.\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", "", DOT_BARE_LF},
    {"a\r\n.\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", "", DOT_BARE_LF},
    {"a\r.\rb\r\n.\r\n", "a . b\r\n", "", DOT_BARE_CR},
    {"a\r\n.\rb\r\n.\r\n", "a\r\n. b\r\n", "", DOT_BARE_CR},
    {"a\r.\r\nb\r\n.\r\n", "a .\r\nb\r\n", "", DOT_BARE_CR},
    {"a\r\n.\r\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", "", DOT_BARE_CR},
    {"a\n\r.\r\nb\r\n.\r\n", "a\r\n .\r\nb\r\n", "", DOT_BARE},
    {"a\n\r\n.\nb\r\n.\r\n", "a\r\n\r\n.\r\nb\r\n", "", DOT_BARE_LF},
    {"a\r\n.\r", "a\r\n", NULL, 0},
    {"a\r\n.", "a\r\n", NULL, 0},
    {"a\r\n.\n", "a\r\n.\r\n", NULL, DOT_BARE_LF},
    {".\n", ".\r\n", NULL, DOT_BARE_LF},
    {".\n.\r\n", ".\r\n.\r\n", NULL, DOT_BARE_LF},
    {".\r\r\n.\r\n", ".\r\n", "", DOT_BARE_CR},
    {"a\r\r\n.\r\n", "a\r\n", "", DOT_BARE_CR},
    {"a\n..\r\n.\r\n", "a\r\n..\r\n", "", DOT_BARE_LF},
    {"a\n.\n.\r\n.\r\n", "a\r\n.\r\n.\r\n", "", DOT_BARE_LF},
    {"\n\n\n", "\r\n\r\n\r\n", NULL, DOT_BARE_LF},
    {"\r\r\rX\r\n.\r\n", " X\r\n", "", DOT_BARE_CR},
    {"\xff\r\n.\r\n", "\xff\r\n", "", DOT_8BIT},
};

/* One case with one way to cut it. */
static void
check_data(const struct data_case *c, size_t piece, size_t room)
{
	const size_t len = strlen(c->in), out = strlen(c->out);
	struct outcome o;
	size_t used;

	used = c->rest != NULL ? len - strlen(c->rest) : len;
	run(&o, DOT_DATA, c->in, len, (struct cut){piece, room});
	if (o.status != (c->rest != NULL ? DOT_END : DOT_MORE) ||
	    o.used != used || o.flags != c->flags || o.len != out ||
	    memcmp(o.out, c->out, out) != 0) {
		show("in", c->in, len);
		show("out", o.out, o.len);
		show("not", c->out, out);
		fail_msg("status %d used %zu flags %x pieces %zu room %zu",
		    o.status, o.used, o.flags, piece, room);
	}
}

/*
 * Every cut of the input with every small room for the output: a state that
 * forgets what it saw would end a message elsewhere.
 */
static void
finds_the_end(void **state)
{
	size_t i, piece, room;

	(void)state;
	for (i = 0; i < sizeof(data_cases) / sizeof(data_cases[0]); i++) {
		for (piece = 1; piece <= strlen(data_cases[i].in); piece++) {
			for (room = 4; room < 12; room++)
				check_data(&data_cases[i], piece, room);
			check_data(&data_cases[i], piece, BUF);
		}
	}
}

/* Some servers drop NULs and then see an end where others see none. */
static void
nul_ends_nothing(void **state)
{
	static const char *const in[] = {
	    "a\r\n\0.\r\nb", "a\r\n.\r\0\nb", "a\r\n.\0\r\nb", "a\r\0\n.\r\n"};
	static const char *const out[] = {
	    "a\r\n\0.\r\nb", "a\r\n. \0\r\nb", "a\r\n\0\r\nb", "a \0\r\n.\r\n"};
	static const size_t in_len[] = {8, 8, 8, 8};
	static const size_t out_len[] = {8, 9, 7, 9};
	struct outcome o;
	size_t i, piece;

	(void)state;
	for (i = 0; i < 4; i++) {
		for (piece = 1; piece <= in_len[i]; piece++) {
			run(&o, DOT_DATA, in[i], in_len[i],
			    (struct cut){piece, BUF});
			assert_int_equal(o.status, DOT_MORE);
			assert_true((o.flags & DOT_NUL) != 0);
			assert_int_equal(o.len, out_len[i]);
			assert_memory_equal(o.out, out[i], o.len);
		}
	}
}

/*
 * The other kinds: a chunk's dots are content, stuffing makes safe what nobody
 * cleaned, and binary content is not touched.
 */
static void
frames_chunks(void **state)
{
	static const struct {
		enum dot_kind kind;
		const char *in, *out;
	} cases[] = {
	    {DOT_CHUNK, ".\r\n..\r\na", ".\r\n..\r\na"},
	    {DOT_CHUNK, "a\n.\n\r\n.\r\nb\r\n", "a\r\n.\r\n\r\n.\r\nb\r\n"},
	    {DOT_CHUNK, "a\r", "a "},
	    {DOT_CHUNK, "a\r\r\n\rb", "a\r\n b"},
	    {DOT_BINARY, ".\r\n.\n\r\r.\r\n", ".\r\n.\n\r\r.\r\n"},
	    {DOT_LF, "a\r\n.\r\n", "a\n.\n"},
	    {DOT_LF, "a\rb\r\r\nc\n\r", "a\rb\r\nc\n\r"},
	    {DOT_STUFF, ".\r\n", "..\r\n.\r\n"},
	    {DOT_STUFF, "a", "a\r\n.\r\n"},
	    {DOT_STUFF, "a\r\n", "a\r\n.\r\n"},
	    {DOT_STUFF, ".", "..\r\n.\r\n"},
	    {DOT_STUFF, "a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"},
	    {DOT_STUFF, "a\r.\rb\r", "a . b \r\n.\r\n"},
	    {DOT_STUFF, "\r\n.\r\r\n.\r", "\r\n..\r\n.. \r\n.\r\n"},
	    {DOT_STUFF, "..a\r\n.b\r\n", "...a\r\n..b\r\n.\r\n"},
	};
	struct outcome o;
	size_t i, piece, room, len;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		len = strlen(cases[i].in);
		for (piece = 1; piece <= len; piece++) {
			for (room = 4; room < 24; room++) {
				run(&o, cases[i].kind, cases[i].in, len,
				    (struct cut){piece, room});
				assert_string_equal(o.out, cases[i].out);
				assert_int_equal(o.len, strlen(cases[i].out));
			}
		}
	}
	run(&o, DOT_STUFF, "", 0, (struct cut){1, BUF});
	assert_string_equal(o.out, ".\r\n");
}

/* A small generator of our own, so that a failure can be repeated. */
static unsigned int
next_random(unsigned int *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

/* No CR but before LF, no LF but behind CR. */
static bool
is_clean(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '\r' && (i + 1 == len || s[i + 1] != '\n'))
			return false;
		if (s[i] == '\n' && (i == 0 || s[i - 1] != '\r'))
			return false;
	}
	return true;
}

/*
 * What is stuffed ends only at its end and unstuffs to the same, for random
 * text of the octets that matter.
 */
static void
goes_there_and_back(void **state)
{
	static const char letters[] = "a..\r\n\r\nb";
	static struct outcome clean, wire, back, again;
	unsigned int seed = 7;
	char in[64];
	size_t i, len, round;

	(void)state;
	for (round = 0; round < 20000; round++) {
		len = next_random(&seed) % sizeof(in);
		for (i = 0; i < len; i++)
			in[i] = letters[next_random(&seed) % 8];
		run(&clean, DOT_CHUNK, in, len,
		    (struct cut){1 + round % 9, BUF});
		assert_true(is_clean(clean.out, clean.len));
		run(&wire, DOT_STUFF, clean.out, clean.len,
		    (struct cut){1 + round % 7, 4 + round % 5});
		assert_int_equal(wire.flags, 0);
		run(&back, DOT_DATA, wire.out, wire.len,
		    (struct cut){1 + round % 5, BUF});
		assert_int_equal(back.status, DOT_END);
		assert_int_equal(back.used, wire.len);
		/* The line end that content of SMTP must have. */
		if (clean.len > 0 && clean.out[clean.len - 1] != '\n') {
			memcpy(clean.out + clean.len, "\r\n", 3);
			clean.len += 2;
		}
		assert_int_equal(back.len, clean.len);
		assert_memory_equal(back.out, clean.out, clean.len);
		/* Hostile text made safe by stuffing alone: one message. */
		run(&wire, DOT_STUFF, in, len, (struct cut){3, BUF});
		run(&again, DOT_DATA, wire.out, wire.len, (struct cut){4, BUF});
		assert_int_equal(again.status, DOT_END);
		assert_int_equal(again.used, wire.len);
		assert_memory_equal(again.out, clean.out, clean.len);
	}
}

/*
 * 998 octets is the limit of RFC 5322 section 2.1.1; the count stops at its own
 * and does not begin again.
 */
static void
measures_lines(void **state)
{
	static char in[4 * 1024 * 1024];
	static char out[DOT_ROOM(sizeof(in))];
	static const struct {
		size_t len;
		unsigned int flags;
	} cases[] = {{512, 0}, {998, 0}, {999, DOT_LONG}, {1024, DOT_LONG},
	    {1025, DOT_LONG}, {65536, DOT_LONG}, {4000000, DOT_LONG}};
	struct dot d;
	struct dot_io io;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(in, 'x', cases[i].len);
		memcpy(in + cases[i].len, "\r\n.\r\n", 5);
		io = (struct dot_io){in, cases[i].len + 5, out, sizeof(out)};
		dot_init(&d, DOT_DATA);
		assert_int_equal(dot_run(&d, &io), DOT_END);
		assert_int_equal(d.flags, cases[i].flags);
		assert_int_equal(sizeof(out) - io.out_len, cases[i].len + 2);
		assert_int_equal(d.column, 0);
	}
	/* What would take four gigabytes to reach. */
	dot_init(&d, DOT_CHUNK);
	d.column = UINT32_MAX - 2;
	io = (struct dot_io){"xxxx", 4, out, sizeof(out)};
	assert_int_equal(dot_run(&d, &io), DOT_MORE);
	assert_true(d.column == UINT32_MAX);
}

/* The next command is in the same packet: pipelining. */
static void
reads_nothing_after_the_end(void **state)
{
	struct dot d;
	struct dot_io io;
	char out[32];

	(void)state;
	dot_init(&d, DOT_DATA);
	io = (struct dot_io){"x\r\n.\r\nQUIT\r\n", 12, out, sizeof(out)};
	assert_int_equal(dot_run(&d, &io), DOT_END);
	assert_int_equal(io.in_len, 6);
	assert_int_equal(dot_run(&d, &io), DOT_END);
	assert_int_equal(io.in_len, 6);
	assert_memory_equal(io.in, "QUIT", 4);
	io.out_len = 7;
	dot_init(&d, DOT_STUFF);
	assert_int_equal(dot_finish(&d, &io), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_the_end),
	    cmocka_unit_test(nul_ends_nothing),
	    cmocka_unit_test(frames_chunks),
	    cmocka_unit_test(goes_there_and_back),
	    cmocka_unit_test(measures_lines),
	    cmocka_unit_test(reads_nothing_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
