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
 * Content through smtpd: framing, line ends, chunks, sizes.  Lines 1 to 8,
 * 11 to 15, 17, 18, 28 and 43 to 51 of the list of hostile input.
 */
#include "smtpd_fake.h"

#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const reject[] = {"Bare_newline \"reject\"", NULL};

/* What stands behind our own field. */
static const char *
body_of(const struct fake_message *m)
{
	const char *p = strstr(m->content, "\r\nA: b");

	assert_non_null(p);
	return p + 2;
}

/* Octets after 354 (a header is put before, and a true end behind them) and
 * what is kept of them; in reject mode those with a bare end are refused. */
static const struct framing {
	const char *name, *in;
	size_t len;
	const char *out;
	bool is_bare;
} framings[] = {
#define F(name, in, out, bare)                      \
	{                                           \
		name, in, sizeof(in) - 1, out, bare \
	}
    F("empty", "", "", false),
    F("LF.LF", "x\n.\ny\r\n", "x\r\n.\r\ny\r\n", true),
    F("LF.CRLF", "x\n.\r\ny\r\n", "x\r\n.\r\ny\r\n", true),
    F("CRLF.LF", "x\r\n.\ny\r\n", "x\r\n.\r\ny\r\n", true),
    F("CR.CR", "x\r.\ry\r\n", "x . y\r\n", true),
    F("CRLF.CR", "x\r\n.\ry\r\n", "x\r\n. y\r\n", true),
    F("CRLF.CRCRLF", "x\r\n.\r\r\ny\r\n", "x\r\n.\r\ny\r\n", true),
    F("LF.CR LF", "x\n.\r\ny\r\n", "x\r\n.\r\ny\r\n", true),
    F("CRLF.NUL CRLF", "x\r\n.\0\r\ny\r\n", NULL, false),
    F("bare CR", "a\rb\r\n", "a b\r\n", true),
    F("bare LF", "a\nb\r\n", "a\r\nb\r\n", true),
    F("stuffed", "..\r\n..x\r\n.x\r\n", ".\r\n.x\r\nx\r\n", false),
    F("only dots", "...\r\n..\r\n", "..\r\n.\r\n", false),
    F("8 bit", "\x80\xff\r\n", "\x80\xff\r\n", false),
#undef F
};

static bool
last_is_aborted(void)
{
	return fake.count > 0 && fake.message[fake.count - 1].is_aborted;
}

/*
 * With the rest of the dialogue behind it: an end that is seen too early would
 * make commands of content, one that is missed would make content of commands.
 */
static void
check_framing(const struct framing *f, size_t split, bool is_reject)
{
	unsigned int before = fake.count;
	struct fake_message *m;
	char text[256];
	size_t len;
	int c = fake_client(FAKE_MX);

	memcpy(text, "A: b\r\n\r\n", 8);
	memcpy(text + 8, f->in, f->len);
	memcpy(text + 8 + f->len, ".\r\nNOOP\r\n", 9);
	len = 8 + f->len + 9;
	fake_expect(c, "MAIL FROM:<a@b.test>", "250 ");
	fake_expect(c, "RCPT TO:<user@local.test>", "250 ");
	fake_expect(c, "DATA", "354 ");
	if (split < len) {
		fake_send_bytes(c, text, split);
		fake_turn(1);
		fake_send_bytes(c, text + split, len - split);
	} else
		fake_send_bytes(c, text, len);
	if (is_reject && f->is_bare) {
		fake_expect(c, NULL, "554 5.6.0 Transaction error (bare");
		fake_expect(c, NULL, "250 2.0.0 Ok\r\n");
		fake_wait(last_is_aborted);
	} else {
		fake_expect(c, NULL, "250 2.0.0 4096_");
		/* The end was where it is, and nowhere before. */
		fake_expect(c, NULL, "250 2.0.0 Ok\r\n");
		m = fake_last();
		assert_int_equal(fake.count, before + 1);
		if (f->out != NULL)
			assert_string_equal(body_of(m) + 8, f->out);
		else
			assert_memory_equal(
			    m->content + m->len - 6, "\0\r\ny\r\n", 6);
	}
	close(c);
}

/* Every split of every framing, in both modes of Bare_newline. */
static void
test_framing(void **state)
{
	size_t i, split;
	int mode;

	(void)state;
	for (mode = 0; mode < 2; mode++) {
		assert_int_equal(fake_reload(mode == 1 ? reject : NULL), 0);
		for (i = 0; i < sizeof(framings) / sizeof(framings[0]); i++)
			for (split = 8; split <= 8 + framings[i].len + 4;
			     split++)
				check_framing(&framings[i], split, mode == 1);
	}
}

static const char transcript[] =
    "EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<user@local.test>\r\n"
    "DATA\r\nA: b\r\n\r\n..x\r\nyy\r\n.\r\n"
    "MAIL FROM:<>\r\nRCPT TO:<nobody@local.test>\r\nBDAT 3\r\nabc"
    "RCPT TO:<list@local.test>\r\nBDAT 8\r\nA: b\r\n\r\nBDAT 5\r\n.\r\n.\n"
    "BDAT 3 LAST\r\nend"
    "VRFY x\r\nQUIT\r\n";

/* The first piece of that size, the others of "step". */
static void
check_split(size_t split, size_t step)
{
	unsigned int before = fake.count;
	int c = fake_connect(FAKE_MX);
	size_t i, n;

	fake_expect(c, NULL, "220 ");
	for (i = 0; i < sizeof(transcript) - 1; i += n) {
		n = i == 0 && split > 0 ? split : step;
		if (n > sizeof(transcript) - 1 - i)
			n = sizeof(transcript) - 1 - i;
		fake_send_bytes(c, transcript + i, n);
		fake_turn(0);
	}
	fake_expect(c, NULL, "250-mx");
	fake_expect(c, NULL, "250 2.1.0 ");
	fake_expect(c, NULL, "250 2.1.5 ");
	fake_expect(c, NULL, "354 ");
	fake_expect(c, NULL, "250 2.0.0 ");
	fake_expect(c, NULL, "250 2.1.0 ");
	fake_expect(c, NULL, "550 5.1.1 ");
	fake_expect(c, NULL, "503 5.5.1 ");
	fake_expect(c, NULL, "250 2.1.5 ");
	fake_expect(c, NULL, "250 2.0.0 Ok");
	fake_expect(c, NULL, "250 2.0.0 Ok");
	fake_expect(c, NULL, "250 2.0.0 4096_");
	fake_expect(c, NULL, "252 ");
	fake_expect(c, NULL, "221 ");
	assert_true(fake_is_closed(c));
	assert_int_equal(fake.count, before + 2);
	assert_string_equal(
	    body_of(&fake.message[before]), "A: b\r\n\r\n.x\r\nyy\r\n");
	assert_string_equal(
	    body_of(&fake.message[before + 1]), "A: b\r\n\r\n.\r\n.\r\nend");
	close(c);
}

/* The outcome is the same wherever segments end. */
static void
test_every_split(void **state)
{
	size_t i;

	(void)state;
	for (i = 1; i < sizeof(transcript) - 1; i++)
		check_split(i, sizeof(transcript));
	check_split(0, 1);
	check_split(0, 7);
}

/* A message of exactly len octets; the caller frees it. */
static char *
make_lines(size_t len)
{
	char *p = malloc(len + 1);
	size_t i;

	assert_non_null(p);
	for (i = 0; i < len; i++)
		p[i] = i % 72 == 70 ? '\r' :
		    i % 72 == 71    ? '\n' :
				      (char)('a' + i / 72 % 26);
	memcpy(p, "A: b\r\n\r\n", 8);
	memcpy(p + len - 2, "\r\n", 3);
	return p;
}

/* Up to the limit content goes inside messages, beyond it through a file. */
static void
test_sizes(void **state)
{
	static const size_t sizes[] = {60000, 65000, 65200, 65300, 65350, 65400,
	    65536, 65600, 70000, 200000, 3000000};
	struct fake_message *m;
	char *text;
	size_t i;
	int c = fake_client(FAKE_MX);

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		text = make_lines(sizes[i]);
		assert_memory_equal(fake_mail(c, text), "250 2.0.0 ", 10);
		m = fake_last();
		assert_string_equal(body_of(m), text);
		assert_int_equal(m->header_size + sizes[i] - 8, m->len);
		free(text);
	}
	close(c);
}

/* A line of 10 MiB is content like any other. */
static void
test_long_line(void **state)
{
	static const char *const options[] = {"Max_mail_size 20000000", NULL};
	size_t len = 10 * 1024 * 1024;
	char *text = malloc(len + 16);
	int c;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	c = fake_client(FAKE_MX);
	memset(text, 'x', len);
	memcpy(text, "A: b\r\n\r\n", 8);
	memcpy(text + len, "\r\n", 3);
	assert_memory_equal(fake_mail(c, text), "250 2.0.0 ", 10);
	assert_string_equal(body_of(fake_last()), text);
	free(text);
	close(c);
}

/* To where content may come. */
static void
begin(int c, const char *parameters)
{
	char line[128];

	snprintf(line, sizeof(line), "MAIL FROM:<a@b.test>%s", parameters);
	fake_expect(c, line, "250 2.1.0 ");
	fake_expect(c, "RCPT TO:<user@local.test>", "250 2.1.5 ");
}

/* RFC 3030: chunks may be of no octet, and line ends may lie across two. */
static void
test_chunks(void **state)
{
	int c = fake_client(FAKE_MX), i;

	(void)state;
	begin(c, "");
	fake_send(c, "BDAT 8\r\nA: b\r\n\r\nBDAT 0\r\n");
	fake_expect(c, NULL, "250 2.0.0 Ok");
	fake_expect(c, NULL, "250 2.0.0 Ok");
	for (i = 0; i < 500; i++)
		fake_send(c, "BDAT 1\r\nx");
	for (i = 0; i < 500; i++)
		fake_expect(c, NULL, "250 2.0.0 Ok\r\n");
	/* A CR and its LF in two chunks are one line end. */
	fake_send(c,
	    "BDAT 1\r\n\rBDAT 3\r\n\n.\rBDAT 1 LAST\r\n\n"
	    "MAIL FROM:<>\r\n");
	fake_expect(c, NULL, "250 2.0.0 Ok");
	fake_expect(c, NULL, "250 2.0.0 Ok");
	fake_expect(c, NULL, "250 2.0.0 4096_");
	fake_expect(c, NULL, "250 2.1.0 ");
	assert_string_equal(body_of(fake_last()) + 508, "\r\n.\r\n");
	close(c);
}

/* Not one octet is changed: there are no lines to make clean. */
static void
test_binary(void **state)
{
	static const char raw[] = "A: b\r\n\r\n\0\r\n\n\r\r.\r\n.\n";
	struct fake_message *m;
	int c = fake_client(FAKE_MX);

	(void)state;
	begin(c, " BODY=BINARYMIME");
	fake_send(c, "BDAT 20 LAST\r\n");
	fake_send_bytes(c, raw, 20);
	fake_expect(c, NULL, "250 2.0.0 4096_");
	m = fake_last();
	assert_int_equal(m->body, BODY_BINARYMIME);
	assert_memory_equal(body_of(m), raw, 20);
	close(c);
}

/*
 * What is too large is read over where that can be done soon, and else the
 * session ends: the octets that follow are never commands.
 */
static void
test_chunk_too_large(void **state)
{
	static const char *const options[] = {"Max_mail_size 1000", NULL};
	int c;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	c = fake_client(FAKE_MX);
	begin(c, "");
	fake_send(c, "BDAT 900\r\n");
	fake_send_bytes(c, make_lines(1000), 900);
	fake_expect(c, NULL, "250 ");
	fake_send(c, "BDAT 101 LAST\r\n");
	fake_send_bytes(c, make_lines(101), 101);
	fake_expect(c, NULL, "552 5.3.4 Message too big\r\n");
	fake_expect(c, "BDAT 3\r\nx", "503 5.5.1 ");
	begin(c, "");
	fake_expect(c, "BDAT 4294967296 LAST", "552 5.3.4 ");
	fake_expect(c, NULL, "421 4.7.0 ");
	assert_true(fake_is_closed(c));
	close(c);
	c = fake_client(FAKE_MX);
	begin(c, "");
	fake_expect(c, "BDAT 18446744073709551616", "50");
	fake_expect(c, NULL, "421 ");
	close(c);
}

static bool
last_is_committed(void)
{
	return fake.count > 0 && fake.message[fake.count - 1].is_committed;
}

/* A client that goes inside a message leaves none behind. */
static void
test_disconnect(void **state)
{
	static const char *const parts[] = {"DATA\r\nA: b\r\n\r\nhalf",
	    "DATA\r\nA: b\r\n\r\nhalf\r\n.", "DATA\r\nA: b\r\n\r\nx\r\n.\r",
	    "BDAT 10\r\nA: b", "BDAT 8\r\nA: b\r\n\r\n"};
	unsigned int want = 0;
	size_t i;
	int c;

	(void)state;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		c = fake_client(FAKE_MX);
		begin(c, "");
		fake_send(c, parts[i]);
		while (fake.count == want)
			fake_turn(1);
		want++;
		fake_turn(2);
		close(c);
		fake_wait(last_is_aborted);
		assert_false(last_is_committed());
	}
	/* After the dot it is ours, whether or not anybody waits. */
	c = fake_client(FAKE_MX);
	begin(c, "");
	fake_send(c, "DATA\r\nA: b\r\n\r\nx\r\n.\r\n");
	close(c);
	fake_wait(last_is_committed);
}

/* A client may close its half when it has said all. */
static void
test_half_close(void **state)
{
	int c = fake_client(FAKE_MX);

	(void)state;
	fake.commit.is_on = true;
	begin(c, "");
	fake_send(c, "DATA\r\nA: b\r\n\r\nx\r\n.\r\nQUIT\r\n");
	shutdown(c, SHUT_WR);
	fake_expect(c, NULL, "354 ");
	assert_true(fake_is_silent(c, 100));
	fake_release(&fake.commit);
	fake_expect(c, NULL, "250 2.0.0 4096_");
	fake_expect(c, NULL, "221 ");
	assert_true(fake_is_closed(c));
	close(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FAKE_TEST(test_framing),
	    FAKE_TEST(test_every_split),
	    FAKE_TEST(test_sizes),
	    FAKE_TEST(test_long_line),
	    FAKE_TEST(test_chunks),
	    FAKE_TEST(test_binary),
	    FAKE_TEST(test_chunk_too_large),
	    FAKE_TEST(test_disconnect),
	    FAKE_TEST(test_half_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
