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
 * What an agent writes: line ends, trace fields, quoting in an mbox; the same
 * from memory and from a descriptor.
 */
#include "../../deliverd/agent.h"

#include <sys/mman.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "Return-Path: <s@y>\nDelivered-To: r@x\n"
#define FROM "From s@y Thu Jan  1 00:00:00 1970\n"

static char got[400000];

/*
 * Both ways content comes must give the same octets.  Good until the next call.
 */
static const char *
written(const char *in, size_t len, bool mbox, bool from_fd)
{
	struct agent_mail m = {.sender = "s@y", .recipient = "r@x", .fd = -1};
	int out = memfd_create("out", 0);
	uint64_t size;
	ssize_t n;

	m.data = (const uint8_t *)in;
	m.size = len;
	if (from_fd) {
		m.fd = memfd_create("in", 0);
		assert_int_equal((ssize_t)len, write(m.fd, in, len));
	}
	assert_int_equal(0, agent_content_write(out, &m, mbox, &size));
	n = pread(out, got, sizeof(got) - 1, 0);
	assert_int_equal((uint64_t)n, size);
	got[n] = '\0';
	close(out);
	if (from_fd)
		close(m.fd);
	return got;
}

static void
check(const char *in, const char *want, bool mbox)
{
	int fd;
	const char *s;

	for (fd = 0; fd < 2; fd++) {
		s = written(in, strlen(in), mbox, fd);
		if (strcmp(s, want) != 0)
			fail_msg(
			    "\"%s\" gave \"%s\", wanted \"%s\"", in, s, want);
	}
}

/*
 * Only CRLF is a line end of SMTP; a CR alone is content, also as the last
 * octet of all.
 */
static void
test_line_ends(void **state)
{
	(void)state;
	check("a\r\nb\r\n", HEAD "a\nb\n", false);
	check("a\rb\n\r\n", HEAD "a\rb\n\n", false);
	check("a\r", HEAD "a\r", false);
	check("a\r\r\n", HEAD "a\r\n", false);
	check("", HEAD, false);
}

/*
 * Every line that readers would take for the start of a message is quoted,
 * those quoted before once more, so that unquoting gives back what came.
 */
static void
test_mbox(void **state)
{
	(void)state;
	check("a\r\nFrom b\r\n", FROM HEAD "a\n>From b\n\n", true);
	check(">From b\r\n>>From c\r\n", FROM HEAD ">>From b\n>>>From c\n\n",
	    true);
	check("From", FROM HEAD "From\n\n", true);
	check("From\r\n Fro\r\n>", FROM HEAD "From\n Fro\n>\n\n", true);
	check("F\r\nFr\r\nFrom:\r\n", FROM HEAD "F\nFr\nFrom:\n\n", true);
	check("x From b\r\n", FROM HEAD "x From b\n\n", true);
	check("", FROM HEAD "\n", true);
}

/* A CRLF and a From_ line at each distance from the edge of a piece. */
static void
test_edges(void **state)
{
	static char in[140000], want[150000];
	size_t at, len;

	(void)state;
	for (at = 65536 - 12; at < 65536 + 4; at++) {
		memset(in, 'x', at);
		strlcpy(in + at, "\r\n>From y\r\nFrom\rz", sizeof(in) - at);
		len = strlen(in);
		snprintf(want, sizeof(want),
		    FROM HEAD "%.*s\n>>From y\n"
			      "From\rz\n\n",
		    (int)at, in);
		if (strcmp(written(in, len, true, true), want) != 0)
			fail_msg("differs with the edge at %zu", at);
	}
}

/*
 * Addresses are checked at the border; the agent holds its lines together even
 * if they were not, since it writes as the user.
 */
static void
test_hostile_addresses(void **state)
{
	struct agent_mail m = {.sender = "a\nb\r c",
	    .recipient = "r\n@x",
	    .fd = -1,
	    .data = (const uint8_t *)"",
	    .size = 0};
	int out = memfd_create("out", 0);
	uint64_t size;
	ssize_t n;

	(void)state;
	assert_int_equal(0, agent_content_write(out, &m, true, &size));
	n = pread(out, got, sizeof(got) - 1, 0);
	got[n] = '\0';
	assert_string_equal("From a_b__c Thu Jan  1 00:00:00 1970\n"
			    "Return-Path: <a?b? c>\nDelivered-To: r?@x\n\n",
	    got);
	close(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_line_ends),
	    cmocka_unit_test(test_mbox),
	    cmocka_unit_test(test_edges),
	    cmocka_unit_test(test_hostile_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
