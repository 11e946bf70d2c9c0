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
 * What the options of selor.conf(5) make of a session: levels, limits, texts
 * of failures, who may relay, time.
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

/* Sets options; the next client has them. */
static int
client_with(const char *a, const char *b, enum fake_port port)
{
	const char *options[] = {a, b, NULL};

	assert_int_equal(fake_reload(options), 0);
	return fake_client(port);
}

/*
 * A domain that can not be looked up now is a temporary failure, whatever text
 * the administrator chose; nobody loses mail for a DNS that is down.
 */
static void
test_from_level(void **state)
{
	int c = client_with("From_level_check 1", NULL, FAKE_MX);

	(void)state;
	fake_expect(c, "MAIL FROM:<a@no.test>",
	    "553 5.1.8 Invalid domain: no.test\r\n");
	fake_expect(c, "MAIL FROM:<a@temp.test>", "451 4.4.3 ");
	fake_expect(c, "MAIL FROM:<a@nullmx.test>", "553 5.7.27 Invalid");
	fake_expect(c, "MAIL FROM:<a@b.test>", "250 2.1.0 ");
	assert_int_equal(fake.domain_level, 1);
	assert_int_equal(fake.domain_asked, 4);
	/* What names no domain needs no look. */
	fake_expect(c, "RSET", "250 ");
	fake_expect(c, "MAIL FROM:<>", "250 2.1.0 ");
	fake_expect(c, "RSET", "250 ");
	fake_expect(c, "MAIL FROM:<a@[192.0.2.1]>", "250 2.1.0 ");
	assert_int_equal(fake.domain_asked, 4);
	close(c);
	c = client_with("From_level_check 2", NULL, FAKE_MX);
	fake_expect(c, "MAIL FROM:<a@b.test>", "250 ");
	assert_int_equal(fake.domain_level, 2);
	close(c);
	c = client_with("From_level_check -1", NULL, FAKE_MX);
	fake_expect(c, "MAIL FROM:<a@no.test>", "250 ");
	close(c);
	/* A temporary failure stays one, whatever text is configured. */
	c = client_with(
	    "From_level_check 1", "Msg_internal_error \"550 I\"", FAKE_MX);
	fake_expect(c, "MAIL FROM:<a@temp.test>", "451 4.4.3 I");
	fake_lose_lookupd();
	fake_turn(5);
	fake_expect(c, "MAIL FROM:<a@b.test>", "451 4.4.3 I");
	close(c);
}

/*
 * With -1 even unknown users are taken, as the manual has it; queued then
 * returns the mail.
 */
static void
test_rcpt_level(void **state)
{
	struct fake_message *m;
	int c = client_with(
	    "Rcpt_level_check 1", "Relay_from \"127.0.0.0/8\"", FAKE_MX);

	(void)state;
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(
	    c, "RCPT TO:<a@no.test>", "553 5.1.2 Invalid domain: no.test\r\n");
	fake_expect(c, "RCPT TO:<a@temp.test>", "451 4.4.3 Internal error");
	fake_expect(c, "RCPT TO:<a@nullmx.test>", "553 5.1.10 ");
	fake_expect(c, "RCPT TO:<a@b.test>", "250 2.1.5 ");
	fake_expect(c, "RCPT TO:<a@[192.0.2.1]>", "250 2.1.5 ");
	assert_int_equal(fake.domain_asked, 4);
	close(c);
	c = client_with("Rcpt_level_check -1", NULL, FAKE_MX);
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(c, "RCPT TO:<nobody@local.test>", "250 2.1.5 ");
	fake_expect(c, "RCPT TO:<full@local.test>", "250 2.1.5 ");
	fake_expect(c, "DATA", "354 ");
	fake_expect(c, ".", "250 ");
	m = fake_last();
	assert_int_equal(m->rcpt_count, 2);
	assert_string_equal(m->rcpt[0].rcpt, "nobody@local.test");
	assert_int_equal(m->rcpt[0].kind, ADDRESS_UNKNOWN);
	close(c);
}

/*
 * Df_domain completes what has no domain; with Proto_level_check the brackets
 * of RFC 5321 are wanted.
 */
static void
test_addresses(void **state)
{
	struct fake_message *m;
	int c = client_with(
	    "Df_domain \"local.test\"", "Proto_level_check 1", FAKE_MX);

	(void)state;
	fake_expect(c, "MAIL FROM:a@b.test", "501 5.1.7 ");
	fake_expect(c, "MAIL FROM:<bare>", "250 2.1.0 ");
	fake_expect(c, "RCPT TO:user@local.test", "501 5.1.3 ");
	fake_expect(c, "RCPT TO:<user>", "250 2.1.5 ");
	fake_expect(c, "RCPT TO:<postmaster>", "250 2.1.5 ");
	fake_expect(c, "DATA", "354 ");
	fake_expect(c, ".", "250 ");
	m = fake_last();
	assert_string_equal(m->sender, "bare@local.test");
	assert_string_equal(m->rcpt[0].rcpt, "user@local.test");
	assert_string_equal(m->rcpt[1].rcpt, "postmaster@local.test");
	close(c);
}

/*
 * 452 and not 550: the client sends the rest in another transaction (RFC 5321
 * section 4.5.3.1.10). Refused ones do not count.
 */
static void
test_max_rcpts(void **state)
{
	int c = client_with("Max_rcpts 2", NULL, FAKE_MX);

	(void)state;
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(c, "RCPT TO:<user1@local.test>", "250 ");
	fake_expect(c, "RCPT TO:<nobody@local.test>", "550 ");
	fake_expect(c, "RCPT TO:<user2@local.test>", "250 ");
	fake_expect(c, "RCPT TO:<user3@local.test>",
	    "452 4.5.3 Too many recipients\r\n");
	fake_expect(c, "EHLO x", "250-");
	assert_non_null(strstr(fake_cmd(c, "EHLO x"), "RCPTMAX=2"));
	close(c);
}

/* Told in EHLO's LIMITS (RFC 9422) and then held; RSET takes no message. */
static void
test_max_messages(void **state)
{
	int c = client_with("Max_msgs_per_cnx 2", NULL, FAKE_MX);

	(void)state;
	assert_non_null(strstr(fake_cmd(c, "EHLO x"), "MAILMAX=2"));
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(c, "RSET", "250 ");
	assert_memory_equal(fake_mail(c, "A: b\r\n\r\n"), "250", 3);
	fake_expect(c, "MAIL FROM:<>", "421 4.7.0 mx.local.test too many m");
	assert_true(fake_is_closed(c));
	close(c);
}

/* The caller frees it. */
static char *
lines(size_t count, const char *line)
{
	size_t n = strlen(line), i;
	char *p = malloc(count * n + 1);

	assert_non_null(p);
	for (i = 0; i < count; i++)
		memcpy(p + i * n, line, n);
	p[count * n] = '\0';
	return p;
}

static void
test_sizes(void **state)
{
	char *big = lines(200, "0123456789\r\n");
	char *header = lines(100, "X: 12345\r\n");
	char *hops = lines(6, "Received: x\r\n");
	int c =
	    client_with("Max_mail_size 2000", "Max_header_size 900", FAKE_MX);

	(void)state;
	assert_non_null(strstr(fake_cmd(c, "EHLO x"), "SIZE 2000\r\n"));
	fake_expect(
	    c, "MAIL FROM:<> SIZE=2001", "552 5.3.4 Message too big\r\n");
	assert_memory_equal(fake_mail(c, "A: b\r\n\r\n"), "250", 3);
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(c, "RCPT TO:<user@local.test>", "250 ");
	fake_expect(c, "DATA", "354 ");
	fake_send(c, "A: b\r\n\r\n");
	fake_send(c, big);
	fake_send(c, ".\r\nNOOP\r\n");
	fake_expect(c, NULL, "552 5.3.4 Message too big\r\n");
	fake_expect(c, NULL, "250 2.0.0 Ok\r\n");
	assert_string_equal(
	    fake_mail(c, header), "554 5.3.4 Header too big\r\n");
	close(c);
	c = client_with("Max_received 5", NULL, FAKE_MX);
	assert_string_equal(fake_mail(c, hops),
	    "554 5.4.6 Transaction error (too many hops)\r\n");
	assert_memory_equal(fake_mail(c, hops + 13), "250", 3);
	close(c);
	free(big);
	free(header);
	free(hops);
}

static void
test_spool_trouble(void **state)
{
	static const struct {
		uint8_t status;
		const char *reply;
		bool is_end;
	} cases[] = {
	    {QUEUE_FULL, "452 4.3.1 No disk space\r\n", false},
	    {QUEUE_FAILED, "451 4.3.0 Internal error\r\n", false},
	    {QUEUE_DENIED, "421 4.3.0 Temp error. Try again later\r\n", true},
	};
	char *big = lines(9000, "0123456789\r\n");
	size_t i, step;
	int c;

	(void)state;
	for (i = 0; i < 3; i++) {
		for (step = 0; step < 4; step++) {
			c = fake_client(FAKE_MX);
			fake_expect(c, "MAIL FROM:<>", "250 ");
			fake_expect(c, "RCPT TO:<user@local.test>", "250 ");
			fake.open_status = step < 2 ? cases[i].status : 0;
			fake.file_status = step == 2 ? cases[i].status : 0;
			fake.commit_status = step == 3 ? cases[i].status : 0;
			if (step == 0)
				fake_send(c, "BDAT 6 LAST\r\nA: b\r\n");
			else
				fake_send(c, "DATA\r\n");
			if (step > 1) {
				fake_expect(c, NULL, "354 ");
				fake_send(c, "A: b\r\n\r\n");
				fake_send(c, big);
				fake_send(c, ".\r\n");
			}
			fake_expect(c, NULL, cases[i].reply);
			if (cases[i].is_end)
				assert_true(fake_is_closed(c));
			else
				fake_expect(c, "MAIL FROM:<>", "250 ");
			close(c);
		}
	}
	fake.open_status = fake.file_status = fake.commit_status = 0;
	free(big);
}

/*
 * The address is enough on the port for servers; where users log in it gives
 * nothing.
 */
static void
test_relay(void **state)
{
	struct fake_message *m;
	int c = client_with("Relay_from \"192.0.2.0/24, 127.0.0.1\"",
	    "Module \"file /accounts\"", FAKE_MX);

	(void)state;
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(c, "RCPT TO:<a@remote.test>", "250 2.1.5 ");
	fake_expect(c, "DATA", "354 ");
	fake_expect(c, ".", "250 ");
	m = fake_last();
	assert_int_equal(m->rcpt[0].route, ROUTE_REMOTE);
	assert_string_equal(m->rcpt[0].rcpt, "a@remote.test");
	close(c);
	/* Where a login is wanted the address alone gives nothing. */
	c = fake_client(FAKE_SUBMISSION);
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(
	    c, "RCPT TO:<a@remote.test>", "550 5.7.1 Auth required\r\n");
	fake_expect(c, "RCPT TO:<user@local.test>", "250 ");
	close(c);
	/* Without a module nobody could log in. */
	c = client_with("Relay_from \"192.0.2.0/24\"", NULL, FAKE_MX);
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(c, "RCPT TO:<a@remote.test>", "550 5.7.1 Relay denied\r\n");
	close(c);
}

static void
test_local_socket(void **state)
{
	struct fake_message *m;
	int c = client_with("From_level_check 1", "Resolve_all 1", FAKE_LOCAL);

	(void)state;
	fake_expect(c, "MAIL FROM:<me@no.test>", "250 ");
	fake_expect(c, "RCPT TO:<a@remote.test>", "250 2.1.5 ");
	fake_expect(c, "DATA", "354 ");
	fake_expect(c, ".", "250 ");
	m = fake_last();
	assert_memory_equal(m->content, "Received: from client.test", 26);
	assert_null(strstr(m->content, "[127"));
	assert_int_equal(fake.ptr_asked, 0);
	assert_non_null(strstr(fake_list(CTL_SESSIONS), " ip=local "));
	close(c);
}

static void
test_load(void **state)
{
	int c = client_with("Lavg_negative 4", NULL, FAKE_MX);

	(void)state;
	fake_load(401);
	fake_expect(
	    c, "MAIL FROM:<>", "450 4.3.2 Load average, try again later\r\n");
	fake_load(400);
	fake_expect(c, "MAIL FROM:<>", "250 ");
	close(c);
	c = client_with("Lavg_negative 0", NULL, FAKE_MX);
	fake_load(100000);
	fake_expect(c, "MAIL FROM:<>", "250 ");
	close(c);
}

/* The pause is that session's alone; what it had said before goes out. */
static void
test_no_mailbox_delay(void **state)
{
	struct monotime begun;
	int c = client_with("No_mailbox_delay 1", NULL, FAKE_MX);
	int other = fake_client(FAKE_MX);
	int64_t ms;

	(void)state;
	begun = monotime_now();
	fake_send(c,
	    "MAIL FROM:<>\r\nRCPT TO:<nobody@local.test>\r\n"
	    "RCPT TO:<user@local.test>\r\n");
	fake_expect(c, NULL, "250 2.1.0 ");
	fake_expect(other, "NOOP", "250 ");
	assert_true(fake_is_silent(c, 500));
	fake_expect(c, NULL, "550 5.1.1 ");
	ms = monotime_diff_ms(monotime_now(), begun);
	assert_in_range(ms, 1000, 2500);
	fake_expect(c, NULL, "250 2.1.5 ");
	close(c);
	close(other);
}

static void
test_resolve(void **state)
{
	struct fake_message *m;
	int c;

	(void)state;
	fake.ptr_status = LOOK_OK;
	strlcpy(fake.ptr_host, "ptr.client.test", sizeof(fake.ptr_host));
	/* Not confirmed: known, but not believed. */
	c = client_with("Resolve_all 1", NULL, FAKE_MX);
	assert_memory_equal(fake_mail(c, "A: b\r\n\r\n"), "250", 3);
	m = fake_last();
	assert_string_equal(m->client_name, "");
	assert_null(strstr(m->content, "ptr.client.test"));
	close(c);
	fake.ptr_confirmed = 1;
	/* The answer is waited for where it is needed, not before. */
	fake.ptr.is_on = true;
	c = client_with("Resolve_all 1", NULL, FAKE_MX);
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(c, "RCPT TO:<user@local.test>", "250 ");
	fake_send(c, "DATA\r\n");
	assert_true(fake_is_silent(c, 50));
	fake_release(&fake.ptr);
	fake_expect(c, NULL, "354 ");
	fake_expect(c, ".", "250 ");
	m = fake_last();
	assert_string_equal(m->client_name, "ptr.client.test");
	assert_non_null(strstr(m->content, "ptr.client.test"));
	assert_int_equal(fake.ptr_asked, 2);
	close(c);
	c = client_with("Resolve_all 0", NULL, FAKE_MX);
	assert_int_equal(fake.ptr_asked, 2);
	close(c);
}

static void
test_timeout(void **state)
{
	struct monotime begun;
	int c = client_with("Timeout 1", NULL, FAKE_MX), i;

	(void)state;
	/* Octets that make no command keep nothing alive. */
	begun = monotime_now();
	for (i = 0; i < 4; i++) {
		fake_send(c, "N");
		fake_turn(200);
	}
	fake_expect(c, NULL, "421 4.4.2 mx.local.test timeout");
	assert_in_range(monotime_diff_ms(monotime_now(), begun), 900, 2500);
	assert_true(fake_is_closed(c));
	close(c);
	c = fake_client(FAKE_MX);
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(c, "RCPT TO:<user@local.test>", "250 ");
	fake_expect(c, "DATA", "354 ");
	fake_expect(c, NULL, "421 4.4.2 ");
	assert_non_null(strstr(fake_list(CTL_STATS), "timeouts=2\n"));
	close(c);
}

/* Slower than the least rate: closed, though never silent for long. */
static void
test_data_rate(void **state)
{
	struct monotime begun;
	int c = client_with("Min_data_rate 100", NULL, FAKE_MX);

	(void)state;
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(c, "RCPT TO:<user@local.test>", "250 ");
	fake_expect(c, "DATA", "354 ");
	begun = monotime_now();
	while (fake_is_silent(c, 400) &&
	    monotime_diff_ms(monotime_now(), begun) < 20000)
		fake_send(c, "slow\r\n");
	fake_expect(c, NULL, "421 4.4.2 mx.local.test message comes too slow");
	assert_in_range(monotime_diff_ms(monotime_now(), begun), 9000, 17000);
	assert_non_null(strstr(fake_list(CTL_STATS), "slow=1\n"));
	close(c);
}

static void
test_early(void **state)
{
	int c, i;

	(void)state;
	/* Several at once, so that one is accepted with its words there. */
	for (i = 0; i < 5; i++) {
		c = fake_connect(FAKE_MX);
		fake_send(c, "EHLO early\r\n");
		fake_expect(c, NULL, "220 ");
		fake_expect(c, NULL, "250-");
		close(c);
	}
	assert_null(strstr(fake_list(CTL_STATS), "early=0\n"));
}

static void
test_flood(void **state)
{
	static const char *const options[] = {
	    "Limit_buf 10", "Limit_cnx 3", "Limit_time 5", NULL};
	int c, i;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	for (i = 0; i < 5; i++) {
		c = fake_client(FAKE_MX);
		close(c);
	}
	/* Without rules they are let in, and counted. */
	assert_non_null(strstr(fake_list(CTL_STATS), "floods=3\n"));
}

static void
test_refused_options(void **state)
{
	static const struct {
		const char *option, *why;
	} cases[] = {
	    {"Listen \"127.0.0.1:465 smtps\"", "smtps needs TLS"},
	    {"Relay_from \"10.0.0.0/8 nonsense\"", "Relay_from: no network"},
	    {"Proxy_from \"1.2.3\"", "Proxy_from: no network"},
	    {"Df_domain \"a..b\"", "Df_domain"},
	};
	const char *options[2] = {NULL, NULL};
	size_t i;
	int c = fake_client(FAKE_MX);

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		options[0] = cases[i].option;
		assert_int_equal(fake_reload(options), -1);
		if (strstr(fake.why, cases[i].why) == NULL)
			fail_msg(
			    "got \"%s\", want \"%s\"", fake.why, cases[i].why);
	}
	/* What was in force still is. */
	fake_expect(c, "NOOP", "250 2.0.0 Ok");
	close(c);
}

static void
test_control(void **state)
{
	int c = fake_client(FAKE_MX), d;

	(void)state;
	assert_non_null(strstr(fake_list(CTL_SESSIONS), " ip=127.0.0.1 port="));
	assert_non_null(strstr(fake_list(CTL_SESSIONS), " state=ready "));
	assert_non_null(
	    strstr(fake_list(CTL_OPTIONS), "Server_name=\"mx.local.test\"\n"));
	assert_int_equal(fake_act(CTL_PAUSE, "in", false), CTL_DENIED);
	assert_int_equal(fake_act(CTL_PAUSE, "x", true), CTL_BAD_QUERY);
	assert_int_equal(fake_act(CTL_PAUSE, "in", true), CTL_OK);
	d = fake_connect(FAKE_MX);
	fake_expect(d, NULL, "421 4.3.2 mx.local.test no mail");
	assert_true(fake_is_closed(d));
	close(d);
	fake_expect(c, "MAIL FROM:<>", "421 4.3.2 ");
	close(c);
	assert_int_equal(fake_act(CTL_RESUME, "in", true), CTL_OK);
	close(fake_client(FAKE_MX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FAKE_TEST(test_from_level),
	    FAKE_TEST(test_rcpt_level),
	    FAKE_TEST(test_addresses),
	    FAKE_TEST(test_max_rcpts),
	    FAKE_TEST(test_max_messages),
	    FAKE_TEST(test_sizes),
	    FAKE_TEST(test_spool_trouble),
	    FAKE_TEST(test_relay),
	    FAKE_TEST(test_local_socket),
	    FAKE_TEST(test_load),
	    FAKE_TEST(test_no_mailbox_delay),
	    FAKE_TEST(test_resolve),
	    FAKE_TEST(test_timeout),
	    FAKE_TEST(test_data_rate),
	    FAKE_TEST(test_early),
	    FAKE_TEST(test_flood),
	    FAKE_TEST(test_refused_options),
	    FAKE_TEST(test_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
