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
 * RCPT commands that come in a group: lookupd is asked about them ahead, in
 * whatever order it answers, and nothing else of them is done ahead.
 */
#include "smtpd_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "monotime.h"

/* One packet's worth of commands. */
#define GROUP_MAX 4096

/* MAIL, so many RCPT of u0@local.test and on, what follows. */
static void
send_group(int c, unsigned int count, const char *rest)
{
	char text[GROUP_MAX];
	unsigned int i;
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "MAIL FROM:<>\r\n");
	for (i = 0; i < count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "RCPT TO:<u%u@local.test>\r\n", i);
	assert_in_range(n + strlen(rest), 0, sizeof(text) - 1);
	strlcpy(text + n, rest, sizeof(text) - n);
	fake_send(c, text);
}

/* All are asked at once, up to the limit, and the last is answered first. */
static void
test_order(void **state)
{
	struct fake_message *m;
	char want[32];
	unsigned int i;
	int c = fake_client(FAKE_MX);

	(void)state;
	fake.rcpt.is_on = true;
	send_group(c, 60, "DATA\r\n");
	fake_wait_held(&fake.rcpt, 33);
	assert_true(fake_is_silent(c, 20));
	fake_release(&fake.rcpt);
	fake_expect(c, NULL, "250 2.1.0 ");
	for (i = 0; i < 60; i++)
		fake_expect(c, NULL, "250 2.1.5 ");
	fake_expect(c, NULL, "354 ");
	fake_expect(c, "A: b\r\n.", "250 2.0.0 ");
	m = fake_last();
	assert_int_equal(m->rcpt_count, 60);
	for (i = 0; i < 60; i++) {
		snprintf(want, sizeof(want), "u%u@local.test", i);
		assert_string_equal(m->rcpt[i].rcpt, want);
		assert_string_equal(m->rcpt[i].original, want);
	}
	assert_int_equal(fake.rcpt_asked, 60);
	close(c);
}

/* Each is answered as it would be alone, with its own options. */
static void
test_mixed(void **state)
{
	static const char group[] =
	    "MAIL FROM:<>\r\n"
	    "RCPT TO:<user@local.test> NOTIFY=NEVER ORCPT=rfc822;o@o.test\r\n"
	    "RCPT TO:<nobody@local.test>\r\n"
	    "RCPT TO:<list@local.test> NOTIFY=DELAY\r\n"
	    "RCPT TO:<user2@local.test>\r\n"
	    "RCPT TO:<full@local.test>\r\n"
	    "RCPT TO:<x@elsewhere.test>\r\n"
	    "RCPT TO:<-x@local.test>\r\n"
	    "RCPT TO:<a b@local.test>\r\n"
	    "RCPT TO:<temp@local.test>\r\n"
	    "NOOP\r\n"
	    "RCPT TO:<last@local.test>\r\n"
	    "DATA\r\n";
	static const char *const replies[] = {"250 2.1.0 ", "250 2.1.5 ",
	    "550 5.1.1 ", "250 2.1.5 ", "250 2.1.5 ", "552 5.2.2 ",
	    "550 5.7.1 ", "501 5.1.3 ", "501 5.1.3 ", "451 4.3.0 ",
	    "250 2.0.0 ", "250 2.1.5 ", "354 "};
	struct fake_message *m;
	size_t i;
	int c = fake_client(FAKE_MX);

	(void)state;
	fake.rcpt.is_on = true;
	fake_send(c, group);
	/* As far as the first that would not be asked. */
	fake_wait_held(&fake.rcpt, 6);
	fake_release(&fake.rcpt);
	for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++)
		fake_expect(c, NULL, replies[i]);
	fake_expect(c, "A: b\r\n.", "250 2.0.0 ");
	m = fake_last();
	assert_int_equal(m->rcpt_count, 4);
	assert_string_equal(m->rcpt[0].rcpt, "user@local.test");
	assert_string_equal(m->rcpt[0].orcpt, "rfc822;o@o.test");
	assert_int_equal(m->rcpt[0].notify, NOTIFY_NEVER);
	assert_string_equal(m->rcpt[1].rcpt, "user2@local.test");
	assert_string_equal(m->rcpt[1].original, "list@local.test");
	assert_int_equal(m->rcpt[1].notify, NOTIFY_DELAY);
	assert_string_equal(m->rcpt[2].rcpt, "far@remote.test");
	assert_string_equal(m->rcpt[3].rcpt, "last@local.test");
	close(c);
}

/* What Max_rcpts refuses is not asked. */
static void
test_max_rcpts(void **state)
{
	static const char *const options[] = {"Max_rcpts 5", NULL};
	int c, i;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	c = fake_client(FAKE_MX);
	send_group(c, 8, "RSET\r\n");
	fake_expect(c, NULL, "250 2.1.0 ");
	for (i = 0; i < 5; i++)
		fake_expect(c, NULL, "250 2.1.5 ");
	for (i = 0; i < 3; i++)
		fake_expect(c, NULL, "452 4.5.3 ");
	fake_expect(c, NULL, "250 2.0.0 ");
	assert_int_equal(fake.rcpt_asked, 5);
	close(c);
}

/* No_mailbox_delay holds up those behind it as ever. */
static void
test_delay(void **state)
{
	static const char *const options[] = {"No_mailbox_delay 1", NULL};
	static const char group[] = "MAIL FROM:<>\r\n"
				    "RCPT TO:<nobody@local.test>\r\n"
				    "RCPT TO:<nobody2@local.test>\r\n"
				    "RCPT TO:<user@local.test>\r\n";
	struct monotime start = monotime_now();
	int c;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	c = fake_client(FAKE_MX);
	fake_send(c, group);
	fake_expect(c, NULL, "250 2.1.0 ");
	fake_expect(c, NULL, "550 5.1.1 ");
	assert_true(monotime_diff_ms(monotime_now(), start) >= 1000);
	fake_expect(c, NULL, "550 5.1.1 ");
	assert_true(monotime_diff_ms(monotime_now(), start) >= 2000);
	fake_expect(c, NULL, "250 2.1.5 ");
	close(c);
}

/* A list of more targets than are kept ahead is asked again in its turn. */
static void
test_large_list(void **state)
{
	static const char group[] = "MAIL FROM:<>\r\n"
				    "RCPT TO:<user@local.test>\r\n"
				    "RCPT TO:<many@local.test>\r\n"
				    "RCPT TO:<user2@local.test>\r\n"
				    "DATA\r\n";
	int c = fake_client(FAKE_MX), i;

	(void)state;
	fake.rcpt.is_on = true;
	fake_send(c, group);
	fake_wait_held(&fake.rcpt, 3);
	fake_release(&fake.rcpt);
	fake_expect(c, NULL, "250 2.1.0 ");
	for (i = 0; i < 3; i++)
		fake_expect(c, NULL, "250 2.1.5 ");
	fake_expect(c, NULL, "354 ");
	fake_expect(c, "A: b\r\n.", "250 2.0.0 ");
	assert_int_equal(fake_last()->rcpt_count, FAKE_MANY + 2);
	assert_int_equal(fake.rcpt_asked, 4);
	close(c);
}

/* The session, its transaction or lookupd is gone before the answers. */
static void
test_gone(void **state)
{
	int c = fake_client(FAKE_MX), d = fake_client(FAKE_MX), i;

	(void)state;
	fake.rcpt.is_on = true;
	send_group(c, 20, "QUIT\r\n");
	fake_wait_held(&fake.rcpt, 20);
	fake_reset(c, FAKE_MX);
	send_group(d, 20, "RSET\r\n");
	fake_wait_held(&fake.rcpt, 40);
	fake_release(&fake.rcpt);
	for (i = 0; i < 22; i++)
		fake_expect(d, NULL, "250 ");
	fake_wait_stats("sessions=1\n");
	/* The first fails, and those behind it have nobody to ask. */
	fake.rcpt.is_on = true;
	send_group(d, 20, "RSET\r\n");
	fake_wait_held(&fake.rcpt, 20);
	fake_lose_lookupd();
	fake_expect(d, NULL, "250 2.1.0 ");
	for (i = 0; i < 20; i++)
		fake_expect(d, NULL, "451 4.3.0 ");
	fake_expect(d, NULL, "250 2.0.0 ");
	close(d);
}

/* The options change between question and turn: they hold for what comes. */
static void
test_reload(void **state)
{
	static const char *const bare[] = {"Df_domain \"local.test\"", NULL};
	static const char *const other[] = {"Df_domain \"else.test\"", NULL};
	int c;

	(void)state;
	assert_int_equal(fake_reload(bare), 0);
	c = fake_client(FAKE_MX);
	fake.rcpt.is_on = true;
	fake_send(c,
	    "MAIL FROM:<>\r\nRCPT TO:<user>\r\nRCPT TO:<user2>\r\n"
	    "RCPT TO:<user3@local.test>\r\n");
	fake_wait_held(&fake.rcpt, 3);
	assert_int_equal(fake_reload(other), 0);
	fake_release(&fake.rcpt);
	fake_expect(c, NULL, "250 2.1.0 ");
	fake_expect(c, NULL, "250 2.1.5 ");
	fake_expect(c, NULL, "550 5.7.1 ");
	fake_expect(c, NULL, "250 2.1.5 ");
	close(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FAKE_TEST(test_order),
	    FAKE_TEST(test_mixed),
	    FAKE_TEST(test_max_rcpts),
	    FAKE_TEST(test_delay),
	    FAKE_TEST(test_large_list),
	    FAKE_TEST(test_gone),
	    FAKE_TEST(test_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
