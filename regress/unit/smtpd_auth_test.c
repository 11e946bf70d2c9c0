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
 * AUTH between a lookupd and a ruled of the test's: the order of questions,
 * what each of them is told, and what is left of a login that failed.
 */
#include "smtpd_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"
#include "rule_enums.h"
#include "smtpd_fake_rules.h"

#define MODULE "Module \"file /nowhere\""
/* NUL user NUL secret; wrong; temp NUL secret; user NUL secret as other. */
#define RIGHT "AHVzZXIAc2VjcmV0"
#define WRONG "AHVzZXIAd3Jvbmc="
#define TEMP "AHRlbXAAc2VjcmV0"
#define OTHER "b3RoZXIAdXNlcgBzZWNyZXQ="

static const char *const plain[] = {MODULE, "Incorrect_pass_delay 0", NULL};
static const char *const ruled[] = {MODULE, "Incorrect_pass_delay 0",
    "Event.auth \"Stop!\"", "Event.rcpt \"Stop!\"", NULL};

static int
start(const char *const *options)
{
	assert_int_equal(fake_reload(options), 0);
	return fake_client(FAKE_MX);
}

static void
test_offer(void **state)
{
	int c;

	(void)state;
	c = fake_connect(FAKE_MX);
	(void)fake_reply(c);
	assert_null(strstr(fake_cmd(c, "EHLO x.test"), "AUTH"));
	assert_int_equal(fake_reload(plain), 0);
	assert_non_null(
	    strstr(fake_cmd(c, "EHLO x.test"), "\r\n250-AUTH PLAIN LOGIN\r\n"));
	assert_null(strstr(fake_cmd(c, "HELO x.test"), "AUTH"));
	fake_expect(c, "AUTH PLAIN " RIGHT, "503 5.5.1 ");
	assert_int_equal(fake.auth_asked, 0);
}

static void
test_replies(void **state)
{
	static const struct {
		const char *line, *reply;
	} dialogue[] = {{"AUTH PLAIN " WRONG, "535 5.7.8 Auth fail\r\n"},
	    {"AUTH PLAIN " TEMP, "454 4.7.0 "},
	    {"AUTH PLAIN " OTHER, "535 5.7.8 "}, {"AUTH PLAIN", "334 \r\n"},
	    {"*", "501 5.7.0 "}, {"AUTH PLAIN", "334 \r\n"},
	    {"x", "501 5.5.2 "}, {"AUTH PLAIN =", "501 5.5.2 "},
	    {"AUTH DIGEST-MD5", "504 5.5.4 "},
	    {"AUTH LOGIN", "334 VXNlcm5hbWU6\r\n"},
	    {"dXNlcg==", "334 UGFzc3dvcmQ6\r\n"},
	    {"c2VjcmV0", "235 2.7.0 Auth successful\r\n"},
	    {"AUTH PLAIN " RIGHT, "503 5.5.1 "},
	    {"MAIL FROM:<a@b.test> AUTH=<>", "250 "}, {"RSET", "250 "}};
	int c = start(plain);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(dialogue) / sizeof(dialogue[0]); i++)
		fake_expect(c, dialogue[i].line, dialogue[i].reply);
	/* An identity that is another's is nothing to ask about. */
	assert_int_equal(fake.auth_asked, 3);
	fake_mail(c, "A: b\r\n\r\n");
	assert_string_equal(fake_last()->login, "user@local.test");
	assert_non_null(strstr(fake_last()->content, " with ESMTPA\r\n"));
	assert_null(strstr(fake_last()->content, "authenticated"));
}

/* What the client sends while lookupd thinks waits; nobody else does. */
static void
test_wait(void **state)
{
	int c = start(plain), other = fake_client(FAKE_MX);

	(void)state;
	fake.auth.is_on = true;
	fake_send(c, "AUTH PLAIN " RIGHT "\r\nNOOP\r\n");
	fake_wait_held(&fake.auth, 1);
	fake_wait_session("wait=auth");
	fake_expect(other, "NOOP", "250 ");
	assert_true(fake_is_silent(c, 20));
	fake_release(&fake.auth);
	assert_memory_equal(fake_reply(c), "235 ", 4);
	assert_memory_equal(fake_reply(c), "250 ", 4);
}

/* lookupd dies, or the client goes: neither ends anything else. */
static void
test_gone(void **state)
{
	int c = start(plain);

	(void)state;
	fake.auth.is_on = true;
	fake_send(c, "AUTH PLAIN " RIGHT "\r\n");
	fake_wait_held(&fake.auth, 1);
	fake_reset(c, FAKE_MX);
	fake_release(&fake.auth);
	c = fake_client(FAKE_MX);
	fake.auth.is_on = true;
	fake_send(c, "AUTH PLAIN " RIGHT "\r\n");
	fake_wait_held(&fake.auth, 1);
	fake_lose_lookupd();
	assert_memory_equal(fake_reply(c), "454 4.7.0 ", 10);
	fake_expect(c, "AUTH PLAIN " RIGHT, "454 4.7.0 ");
}

static void
test_relay(void **state)
{
	static const char *const no[] = {MODULE, "Auth_relay 0", NULL};
	int c = start(plain);

	(void)state;
	fake_expect(c, "MAIL FROM:<a@b.test>", "250 ");
	fake_expect(c, "RCPT TO:<x@far.test>", "550 5.7.1 Auth required\r\n");
	fake_expect(c, "RSET", "250 ");
	fake_expect(c, "AUTH PLAIN " RIGHT, "235 ");
	fake_expect(c, "MAIL FROM:<a@b.test>", "250 ");
	fake_expect(c, "RCPT TO:<x@far.test>", "250 ");
	assert_int_equal(fake_reload(no), 0);
	fake_expect(c, "RCPT TO:<y@far.test>", "550 5.7.1 Relay denied");
}

static void
test_tolerance(void **state)
{
	static const char *const two[] = {
	    MODULE, "Incorrect_pass_delay 0", "Auth_tolerance 2", NULL};
	int c = start(two);

	(void)state;
	fake_expect(c, "AUTH PLAIN " WRONG, "535 ");
	fake_expect(c, "AUTH PLAIN " TEMP, "454 ");
	fake_expect(c, "AUTH PLAIN " WRONG, "535 ");
	assert_true(fake_is_closed(c));
}

/* A43: rules know the login before lookupd is asked, and no failed one
 * after. */
static void
test_rules(void **state)
{
	int c = start(ruled);

	(void)state;
	fake_turn(5);
	fake.told[0] = '\0';
	fake_rule(RULE_AUTH, VERDICT_DENY, "", "");
	fake_expect(c, "AUTH PLAIN " RIGHT, "535 5.7.8 Auth fail\r\n");
	assert_int_equal(fake.auth_asked, 0);
	fake_rule(RULE_AUTH, VERDICT_DENY, "435 never", "");
	fake_expect(c, "AUTH PLAIN " RIGHT, "435 ");
	fake_rule(RULE_AUTH, VERDICT_ACCEPT, "", "");
	assert_int_equal(fake.auth_asked, 0);
	fake_expect(c, "AUTH PLAIN " RIGHT, "235 ");
	assert_int_equal(fake.auth_asked, 1);
}

static void
test_facts(void **state)
{
	int c = start(ruled);

	(void)state;
	fake_turn(5);
	fake.told[0] = '\0';
	fake_expect(c, "AUTH PLAIN " WRONG, "535 ");
	fake_turn(5);
	assert_string_equal(fake.told,
	    "open\nhelo=client.test\nlogin=user\nevent=auth\nlogin=\n");
	fake.told[0] = '\0';
	fake_expect(c, "AUTH PLAIN " RIGHT, "235 ");
	fake_turn(5);
	assert_string_equal(fake.told,
	    "login=user\nevent=auth\nlogin=user@local.test\nauth=1\n");
}

/* A policy that begins after the login hears of it; Modseq_auth of Def! goes
 * to lookupd. */
static void
test_late_policy(void **state)
{
	static const char *const rcpt[] = {
	    MODULE, "Event.rcpt \"Stop!\"", NULL};
	int c = start(rcpt);

	(void)state;
	fake_expect(c, "AUTH PLAIN " RIGHT, "235 ");
	fake_to_recipient(c);
	fake_turn(5);
	assert_non_null(strstr(fake.told,
	    "open\nhelo=client.test\nlogin=user@local.test\nauth=1\n"));
}

/* Nothing of a password in the log, also where the client goes on after a
 * refusal; and what is no password is logged again. */
static void
test_log(void **state)
{
	int c = start(plain);

	(void)state;
	fake_expect(c, "AUTH PLAIN " WRONG, "535 ");
	fake_expect(c, "AUTH CRAM-MD5", "504 ");
	fake_expect(c, RIGHT, "500 ");
	fake_expect(c, "AUTH LOGIN", "334 ");
	fake_expect(c, "dXNlcg==", "334 ");
	fake_expect(c, "d3Jvbmc=", "535 ");
	fake_expect(c, "NOOP seen", "250 ");
	fake_turn(20);
	assert_null(strstr(fake_log(LOG_CENTRAL), WRONG));
	assert_null(strstr(fake_log(LOG_CENTRAL), RIGHT));
	assert_null(strstr(fake_log(LOG_CENTRAL), "dXNlcg"));
	assert_null(strstr(fake_log(LOG_CENTRAL), "d3Jvbmc"));
	assert_non_null(
	    strstr(fake_log(LOG_CENTRAL), "line=\"AUTH PLAIN ***\""));
	assert_non_null(strstr(fake_log(LOG_CENTRAL), "line=\"NOOP seen\""));
	assert_non_null(strstr(fake_log(LOG_REFUSED), "event=auth"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FAKE_TEST(test_offer),
	    FAKE_TEST(test_replies),
	    FAKE_TEST(test_wait),
	    FAKE_TEST(test_gone),
	    FAKE_TEST(test_relay),
	    FAKE_TEST(test_tolerance),
	    FAKE_TEST(test_rules),
	    FAKE_TEST(test_facts),
	    FAKE_TEST(test_late_policy),
	    FAKE_TEST(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
