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
 * Our trace fields and dates; line 78 of the list of hostile input: names
 * from outside that try to end the field.
 */

#include "received.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "address.h"

/*
 * Timezone that does not parse counts as none: the field is written in any
 * case, in local time.
 */
static void
prints_dates(void **state)
{
	static const struct {
		time_t when;
		const char *zone, *text;
	} cases[] = {
	    {0, "+0000", "Thu, 01 Jan 1970 00:00:00 +0000"},
	    {0, "-0300", "Wed, 31 Dec 1969 21:00:00 -0300"},
	    {1777987230, "-0300", "Tue, 05 May 2026 10:20:30 -0300"},
	    {1777987230, "+0545", "Tue, 05 May 2026 19:05:30 +0545"},
	    {1709164800, "+0000", "Thu, 29 Feb 2024 00:00:00 +0000"},
	    {1777987230, "", "Tue, 05 May 2026 15:20:30 +0200"},
	    {1777987230, NULL, "Tue, 05 May 2026 15:20:30 +0200"},
	    {1777987230, "0300", "Tue, 05 May 2026 15:20:30 +0200"},
	    {1777987230, "-03000", "Tue, 05 May 2026 15:20:30 +0200"},
	    {1777987230, "-2400", "Tue, 05 May 2026 15:20:30 +0200"},
	};
	char buf[RECEIVED_DATE_MAX];
	size_t i;

	(void)state;
	setenv("TZ", "ABC-2", 1);
	tzset();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(received_date(cases[i].when, cases[i].zone,
				     buf, sizeof(buf)),
		    31);
		assert_string_equal(buf, cases[i].text);
	}
	assert_int_equal(received_date(0, "+0000", buf, 31), -1);
}

/* RFC 5321 section 4.4, with the comments that people look for. */
static void
prints_the_field(void **state)
{
	struct address rcpt;
	struct received r = {.helo = "mail.example.org",
	    .ptr = "mx.example.org",
	    .ip = "192.0.2.1",
	    .server = "selor.example",
	    .id = "123_4",
	    .esmtp = true,
	    .when = 1777987230,
	    .zone = "+0000"};
	char buf[RECEIVED_MAX];
	int n;

	(void)state;
	n = received_print(buf, sizeof(buf), &r);
	assert_int_equal(n, strlen(buf));
	assert_string_equal(buf,
	    "Received: from mail.example.org (mx.example.org [192.0.2.1])\r\n"
	    "\tby selor.example with ESMTP\r\n\tid 123_4;\r\n"
	    "\tTue, 05 May 2026 13:20:30 +0000\r\n");
	assert_int_equal(
	    address_parse(&rcpt, "a@b.example", 11, 0), ADDRESS_OK);
	r.rcpt = &rcpt;
	r.ptr = NULL;
	r.ip = "2001:db8::1";
	r.tls = "TLSv1.3 cipher (X) \"\\\r\n";
	r.is_tls = r.is_auth = true;
	assert_true(received_print(buf, sizeof(buf), &r) > 0);
	assert_string_equal(buf,
	    "Received: from mail.example.org (unknown [IPv6:2001:db8::1])\r\n"
	    "\tby selor.example with ESMTPSA\r\n"
	    "\t(TLSv1.3 cipher ?X? ???"
	    "?)\r\n\tid 123_4\r\n"
	    "\tfor <a@b.example>;\r\n"
	    "\tTue, 05 May 2026 13:20:30 +0000\r\n");
	r = (struct received){.server = "s", .zone = "+0000"};
	assert_true(received_print(buf, sizeof(buf), &r) > 0);
	assert_string_equal(
	    buf, "Received: by s;\r\n\tThu, 01 Jan 1970 00:00:00 +0000\r\n");
	assert_int_equal(received_print(buf, 30, &r), -1);
	assert_int_equal(received_print(buf, 0, &r), -1);
}

static void
hides_names_in_utf8(void **state)
{
	struct address rcpt;
	struct received r = {.server = "s", .rcpt = &rcpt};
	char buf[RECEIVED_MAX];

	(void)state;
	address_parse(&rcpt, "\xc3\xbc@b", 4, ADDRESS_UTF8);
	assert_true(received_print(buf, sizeof(buf), &r) > 0);
	assert_null(strstr(buf, "for"));
	r.utf8 = true;
	assert_true(received_print(buf, sizeof(buf), &r) > 0);
	assert_non_null(strstr(buf, "for <\xc3\xbc@b>"));
}

/* Every line but the first begins with TAB, and none is too long. */
static void
stands_hostile_names(void **state)
{
	char evil[600], buf[RECEIVED_MAX], *line, *end;
	struct received r = {.helo = evil,
	    .ptr = evil,
	    .ip = evil,
	    .server = evil,
	    .id = evil,
	    .tls = evil};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(evil) - 1; i++)
		evil[i] = "\r\nBcc: x@y)(\"\\;\xff\x01"[i % 18];
	evil[i] = '\0';
	assert_true(received_print(buf, sizeof(buf), &r) > 0);
	for (line = buf; *line != '\0'; line = end + 2) {
		assert_non_null(end = strstr(line, "\r\n"));
		assert_true(end - line <= 998);
		assert_true(line == buf || *line == '\t');
	}
	assert_ptr_equal(strchr(buf, ';'), strrchr(buf, ';'));
	assert_null(strchr(buf, '"'));
	assert_null(memchr(buf, 0xff, strlen(buf)));
}

/*
 * The "with" of RFC 3848 and RFC 6531: which of them it was is told nowhere
 * else.
 */
static void
names_protocols(void **state)
{
	struct received r = {.esmtp = false};

	(void)state;
	assert_string_equal(received_protocol(&r), "SMTP");
	r.esmtp = true;
	assert_string_equal(received_protocol(&r), "ESMTP");
	r.is_auth = true;
	assert_string_equal(received_protocol(&r), "ESMTPA");
	r.utf8 = true;
	assert_string_equal(received_protocol(&r), "UTF8SMTPA");
	r.is_tls = true;
	assert_string_equal(received_protocol(&r), "UTF8SMTPSA");
	r.lmtp = true;
	assert_string_equal(received_protocol(&r), "UTF8LMTPSA");
	r.utf8 = r.is_auth = false;
	assert_string_equal(received_protocol(&r), "LMTPS");
}

static void
prints_return_path(void **state)
{
	struct address a;
	char buf[64];

	(void)state;
	address_parse(&a, "<>", 2, ADDRESS_NULL);
	assert_int_equal(received_return_path(buf, sizeof(buf), &a), 17);
	assert_string_equal(buf, "Return-Path: <>\r\n");
	address_parse(&a, "a@b", 3, 0);
	assert_int_equal(received_return_path(buf, sizeof(buf), &a), 20);
	assert_string_equal(buf, "Return-Path: <a@b>\r\n");
	assert_int_equal(received_return_path(buf, 20, &a), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(prints_dates),
	    cmocka_unit_test(prints_the_field),
	    cmocka_unit_test(hides_names_in_utf8),
	    cmocka_unit_test(stands_hostile_names),
	    cmocka_unit_test(names_protocols),
	    cmocka_unit_test(prints_return_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
