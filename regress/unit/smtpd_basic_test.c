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
 * The dialogue of smtpd: every command, state and reply of RFC 5321 and its
 * extensions, each text from its option.
 */
#include "smtpd_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int
start(void **state)
{
	(void)state;
	return fake_start(NULL);
}

static int
stop(void **state)
{
	(void)state;
	fake_stop();
	return 0;
}

static void
test_message(void **state)
{
	struct fake_message *m;
	const char *got;
	int c = fake_client(FAKE_MX);
	char *p;

	(void)state;
	got = fake_mail(c, "Subject: x\r\n\r\nhello\r\n..dot\r\n");
	m = fake_last();
	assert_memory_equal(got, "250 2.0.0 4294967_297", 10);
	assert_non_null(strstr(got, " Msg accepted\r\n"));
	assert_string_equal(m->sender, "a@client.test");
	assert_string_equal(m->rcpt[0].rcpt, "user@local.test");
	assert_string_equal(m->helo, "client.test");
	assert_int_equal(m->rcpt_count, 1);
	assert_memory_equal(m->content, "Received: from client.test", 26);
	p = strstr(m->content, "Subject: x\r\n");
	assert_non_null(p);
	assert_string_equal(p, "Subject: x\r\n\r\nhello\r\n.dot\r\n");
	assert_int_equal(m->header_size, p - m->content + 14);
	fake_expect(c, "QUIT", "221 2.0.0 Ok\r\n");
	assert_true(fake_is_closed(c));
	assert_int_equal(fake.closed, 1);
	close(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_message, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
