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
 * smtpd between a ruled of the test's and the other processes: what each
 * verdict and each effect becomes, for the client and for queued.
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

#define CONTENT "Subject: x\r\n\r\nhello\r\n"

#define HAS_RULES(event) "Event." event " \"Stop!\""
static const char *const all[] = {"Limit_buf 10", "Limit_cnx 1",
    HAS_RULES("limit"), HAS_RULES("connection"), HAS_RULES("helo"),
    HAS_RULES("from"), HAS_RULES("rcpt"), HAS_RULES("lrcpt_refused"),
    HAS_RULES("data_cmd"), HAS_RULES("data"), NULL};

static void
expect_told(const char *want)
{
	fake_turn(5);
	assert_string_equal(fake.told, want);
	fake.told[0] = '\0';
}

static void
start_all(void)
{
	assert_int_equal(fake_reload(all), 0);
}

static void
expect_mail(int c, const char *reply)
{
	const char *got;

	fake_expect(c, "DATA", "354 ");
	fake_send(c, CONTENT ".\r\n");
	got = fake_reply(c);
	if (strncmp(got, reply, strlen(reply)) != 0)
		fail_msg("got \"%s\", want \"%s\"", got, reply);
}

/* A message, up to its recipient. */
static int
begin(void)
{
	int c = fake_client(FAKE_MX);

	fake_to_recipient(c);
	return c;
}

static void
test_limit(void **state)
{
	int c;

	(void)state;
	start_all();
	fake_rule(RULE_LIMIT, VERDICT_DENY, "", "");
	c = fake_connect(FAKE_MX);
	assert_string_equal(fake_reply(c), "");
	assert_non_null(
	    strstr(fake_log(LOG_REFUSED), "event=limit rule=file:7"));
	close(c);
	fake_rule(RULE_LIMIT, VERDICT_CLOSE, "554 go", "");
	c = fake_connect(FAKE_MX);
	assert_string_equal(fake_reply(c), "554 go\r\n");
	assert_true(fake_is_closed(c));
	close(c);
	fake_rule(RULE_LIMIT, VERDICT_ACCEPT, "", "");
	c = fake_client(FAKE_MX);
	close(c);
	fake_rule(RULE_LIMIT, VERDICT_TEMP, "", "");
	c = fake_connect(FAKE_MX);
	fake_expect(c, NULL, "421 4.3.0 ");
	close(c);
}

/* Rules that can not be run: for now, before acceptance. */
static void
test_temporary(void **state)
{
	int c;

	(void)state;
	start_all();
	c = fake_client(FAKE_MX);
	fake_rule(RULE_HELO, VERDICT_TEMP, "", "");
	fake_expect(c, "EHLO other", "451 4.3.0 Internal error\r\n");
	fake_rule(RULE_FROM, VERDICT_TEMP, "", "");
	fake_expect(c, "MAIL FROM:<>", "451 4.3.0 ");
	fake_rule(RULE_FROM, VERDICT_NONE, "", "");
	fake_rule(RULE_RCPT, VERDICT_TEMP, "", "");
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(c, "RCPT TO:<user@local.test>", "451 4.3.0 ");
	fake_rule(RULE_RCPT, VERDICT_NONE, "", "");
	fake_expect(c, "RCPT TO:<user@local.test>", "250 ");
	fake_rule(RULE_DATA_CMD, VERDICT_TEMP, "", "");
	fake_expect(c, "DATA", "451 4.3.0 ");
	fake_rule(RULE_DATA_CMD, VERDICT_NONE, "", "");
	fake_rule(RULE_DATA, VERDICT_TEMP, "", "");
	fake_to_recipient(c);
	expect_mail(c, "451 4.3.0 ");
	fake_turn(5);
	assert_true(fake.message[fake.count - 1].is_aborted);
	fake_rule(RULE_CONNECTION, VERDICT_TEMP, "", "");
	close(c);
	c = fake_connect(FAKE_MX);
	fake_expect(c, NULL, "421 4.3.0 ");
	close(c);
}

/* What queued is told, for all and for each. */
static void
test_effects(void **state)
{
	struct fake_message *x;
	int c;

	(void)state;
	start_all();
	fake_rule(RULE_CONNECTION, VERDICT_NONE, "",
	    "mark=m0\noption=Max_attempts 3\noption=Max_rcpts 5\n"
	    "hadd=X-Zero: 0\n");
	fake_rule(RULE_FROM, VERDICT_NONE, "",
	    "sender=new@b.test\nhadd=X-One: 1\n"
	    "option=Msg_cannot_connect \"no way\"\n");
	fake_rule(RULE_RCPT, VERDICT_NONE, "",
	    "relay=1\nmx_dest=h 26\n"
	    "mx_auth=me\nrcpt_sender=srs@b.test\n");
	c = fake_client(FAKE_MX);
	fake_expect(c, "MAIL FROM:<a@b.test>", "250 ");
	fake_expect(c, "RCPT TO:<x@far.test>", "250 ");
	fake_rule(RULE_RCPT, VERDICT_NONE, "", "");
	fake_expect(c, "RCPT TO:<y@far.test>", "550 5.7.1 Relay denied");
	fake_expect(c, "RCPT TO:<user@local.test>", "250 ");
	fake_rule(RULE_DATA_CMD, VERDICT_NONE, "",
	    "mx_source=127.0.0.9\ncp=list@local.test\ncp=x@far.test\n"
	    "cp=nobody@local.test\n");
	fake_rule(RULE_DATA, VERDICT_NONE, "250 taken",
	    "mark=m1\nmark=m0\nqlimit=\nhadd=X-Two: 2\nso_mark=5\n"
	    "option=Max_attempts 4\ncp=late@other.test\n"
	    "sender=last@b.test\n");
	expect_mail(c, "250 2.0.0 ");
	x = fake_last();
	assert_string_equal(x->rules,
	    "Max_attempts=3\nMsg_cannot_connect=no way\nmark=m0\n"
	    "0:mx_dest=h 26\n0:mx_auth=me secret\n0:sender=srs@b.test\n"
	    "2:copy=\n3:copy=\n4:copy=\nall:mx_source=127.0.0.9\n"
	    "mark=m1\nspool=1\nheader=X-Two: 2\n"
	    "all:mx_source=127.0.0.9\nall:so_mark=5\nMax_attempts=4\n"
	    "5:copy=\n");
	assert_string_equal(x->sender, "last@b.test");
	assert_int_equal(x->recipients, 6);
	assert_string_equal(x->rcpt[2].rcpt, "user2@local.test");
	assert_string_equal(x->rcpt[3].rcpt, "far@remote.test");
	assert_string_equal(x->rcpt[4].rcpt, "nobody@local.test");
	assert_string_equal(x->rcpt[5].rcpt, "late@other.test");
	assert_non_null(
	    strstr(x->content, "\r\nX-One: 1\r\nX-Zero: 0\r\nSubject: x\r\n"));
	close(c);
}

/* The address that is checked and delivered to; the client sees its own. */
static void
test_tchange(void **state)
{
	struct fake_message *x;
	int c;

	(void)state;
	start_all();
	c = fake_client(FAKE_MX);
	fake_rule(RULE_RCPT, VERDICT_NONE, "", "rcpt=user2@local.test\n");
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake.told[0] = '\0';
	fake_expect(c, "RCPT TO:<x@far.test>", "250 ");
	expect_told("rcpt=x@far.test\nevent=rcpt\n");
	fake_rule(RULE_RCPT, VERDICT_NONE, "", "rcpt=nobody@local.test\n");
	fake_expect(c, "RCPT TO:<user@local.test>", "550 5.1.1 ");
	expect_mail(c, "250 ");
	x = fake_last();
	assert_int_equal(x->rcpt_count, 1);
	assert_string_equal(x->rcpt[0].rcpt, "user2@local.test");
	assert_string_equal(x->rcpt[0].original, "x@far.test");
	close(c);
}

/* lookupd is asked while rules run; what they change is asked anew, and the
 * old answer, however late, is nobody's. */
static void
test_meanwhile(void **state)
{
	struct fake_message *x;
	int c;

	(void)state;
	start_all();
	c = fake_client(FAKE_MX);
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake.event.is_on = fake.rcpt.is_on = true;
	fake_rule(RULE_RCPT, VERDICT_NONE, "", "rcpt=user2@local.test\n");
	fake_send(c, "RCPT TO:<user@local.test>\r\n");
	fake_wait_held(&fake.event, 1);
	fake_wait_held(&fake.rcpt, 1);
	fake_release(&fake.event);
	fake_wait_held(&fake.rcpt, 2);
	assert_true(fake_is_silent(c, 20));
	fake_release(&fake.rcpt);
	fake_expect(c, NULL, "250 2.1.5 ");
	/* Options that lookupd reads, and one that it does not. */
	fake_rule(RULE_RCPT, VERDICT_NONE, "", "option=Max_rcpts 50\n");
	fake_expect(c, "RCPT TO:<a@local.test>", "250 2.1.5 ");
	assert_int_equal(fake.rcpt_asked, 3);
	fake_rule(
	    RULE_RCPT, VERDICT_NONE, "", "option=Server_name \"x.test\"\n");
	fake_expect(c, "RCPT TO:<b@local.test>", "250 2.1.5 ");
	assert_int_equal(fake.rcpt_asked, 5);
	/* Refused before the answer is there: nobody waits for it. */
	fake.rcpt.is_on = true;
	fake_rule(RULE_RCPT, VERDICT_DENY, "", "");
	fake_expect(c, "RCPT TO:<d@local.test>", "550 5.7.1 ");
	fake_wait_held(&fake.rcpt, 1);
	fake_release(&fake.rcpt);
	/* Asked ahead of their turn, behind MAIL and behind the first. */
	fake_expect(c, "RSET", "250 ");
	fake_rule(RULE_RCPT, VERDICT_NONE, "", "");
	fake.event.is_on = true;
	fake_send(c,
	    "MAIL FROM:<>\r\nRCPT TO:<e@local.test>\r\n"
	    "RCPT TO:<f@local.test>\r\n");
	fake_wait_held(&fake.event, 1);
	fake_turn(20);
	assert_int_equal(fake.rcpt_asked, 8);
	fake_release(&fake.event);
	fake_expect(c, NULL, "250 2.1.0 ");
	fake_expect(c, NULL, "250 2.1.5 ");
	fake_expect(c, NULL, "250 2.1.5 ");
	expect_mail(c, "250 ");
	assert_int_equal(fake.rcpt_asked, 8);
	x = fake_last();
	assert_int_equal(x->rcpt_count, 2);
	assert_string_equal(x->rcpt[1].rcpt, "f@local.test");
	close(c);
}

/* The nearest word counts; Relay_denied! beats Relay_from. */
static void
test_relay(void **state)
{
	static const char *const options[] = {"Relay_from \"127.0.0.1\"",
	    HAS_RULES("connection"), HAS_RULES("from"), HAS_RULES("rcpt"),
	    NULL};
	static const struct {
		const char *connection, *from, *rcpt;
		bool yes;
	} rows[] = {
	    {"", "", "", true},
	    {"relay=0\n", "", "", false},
	    {"relay=0\n", "relay=1\n", "", true},
	    {"relay=0\n", "relay=1\n", "relay=0\n", false},
	    {"relay=1\n", "relay=0\n", "", false},
	    {"relay=1\n", "relay=0\n", "relay=1\n", true},
	};
	size_t i;
	int c;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_rule(
		    RULE_CONNECTION, VERDICT_NONE, "", rows[i].connection);
		fake_rule(RULE_FROM, VERDICT_NONE, "", rows[i].from);
		fake_rule(RULE_RCPT, VERDICT_NONE, "", rows[i].rcpt);
		c = fake_client(FAKE_MX);
		fake_expect(c, "MAIL FROM:<>", "250 ");
		fake_expect(c, "RCPT TO:<x@far.test>",
		    rows[i].yes ? "250 " : "550 5.7.1 Relay denied");
		/* The next has nothing of that recipient's. */
		fake_rule(RULE_RCPT, VERDICT_NONE, "", "");
		fake_expect(c, "RCPT TO:<y@far.test>",
		    strcmp(*rows[i].from != '\0'        ? rows[i].from :
			    *rows[i].connection != '\0' ? rows[i].connection :
							  "relay=1\n",
			"relay=1\n") == 0 ?
			"250 " :
			"550 5.7.1 Relay denied");
		close(c);
	}
}

/* Accept! passes over the checks of domains and nothing else. */
static void
test_accept(void **state)
{
	static const char *const options[] = {"From_level_check 1",
	    "Rcpt_level_check 1", "Relay_from \"127.0.0.1\"", HAS_RULES("from"),
	    HAS_RULES("rcpt"), NULL};
	int c;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	c = fake_client(FAKE_MX);
	fake_expect(c, "MAIL FROM:<a@no.test>", "553 ");
	fake_rule(RULE_FROM, VERDICT_ACCEPT, "", "");
	fake_expect(c, "MAIL FROM:<a@no.test>", "250 ");
	fake_expect(c, "RCPT TO:<a@no.test>", "553 ");
	fake_rule(RULE_RCPT, VERDICT_ACCEPT, "", "");
	fake_expect(c, "RCPT TO:<a@no.test>", "250 ");
	fake_expect(c, "RCPT TO:<nobody@local.test>", "550 5.1.1 ");
	/* The next is checked again. */
	fake_rule(RULE_RCPT, VERDICT_NONE, "", "");
	fake_expect(c, "RCPT TO:<b@no.test>", "553 ");
	close(c);
}

static void
test_data_reply(void **state)
{
	int c;

	(void)state;
	start_all();
	fake_rule(RULE_RCPT, VERDICT_NONE, "", "data_reply=552 not that\n");
	c = begin();
	fake_rule(RULE_RCPT, VERDICT_NONE, "", "");
	fake_expect(c, "DATA", "552 5.7.1 not that\r\n");
	/* MAIL has cleared it. */
	fake_to_recipient(c);
	expect_mail(c, "250 ");
	fake_rule(RULE_FROM, VERDICT_NONE, "", "data_reply=552 not that\n");
	fake_rule(RULE_DATA_CMD, VERDICT_DENY, "", "");
	fake_to_recipient(c);
	fake_expect(c, "BDAT 5 LAST\r\nabc", "552 5.7.1 not that\r\n");
	fake_rule(RULE_DATA_CMD, VERDICT_DENY, "553 but this", "");
	fake_to_recipient(c);
	fake_expect(c, "DATA", "553 5.7.1 but this\r\n");
	fake_expect(c, "NOOP", "250 ");
	close(c);
}

static void
test_data(void **state)
{
	int c;

	(void)state;
	start_all();
	c = begin();
	fake_rule(RULE_DATA, VERDICT_DENY, "", "");
	expect_mail(c, "550 5.7.1 Refused\r\n");
	fake_turn(5);
	assert_true(fake.message[0].is_aborted);
	fake_rule(RULE_DATA, VERDICT_NONE, "250 fine", "");
	fake_to_recipient(c);
	fake_expect(c, "DATA", "354 ");
	fake_send(c, CONTENT ".\r\n");
	assert_non_null(strstr(fake_reply(c), " fine\r\n"));
	fake_rule(RULE_DATA, VERDICT_CLOSE, "421 bye", "");
	fake_to_recipient(c);
	expect_mail(c, "421 4.7.1 bye\r\n");
	assert_true(fake_is_closed(c));
	close(c);
	fake_wait_stats("sessions=0\n");
	fake_turn(5);
	assert_true(fake.message[2].is_aborted);
	/* It can not be laid out. */
	fake_rule(RULE_DATA, VERDICT_NONE, "", "stage=\n");
	c = begin();
	fake_expect(c, "DATA", "354 ");
	fake.stage.is_on = true;
	fake_send(c, CONTENT ".\r\n");
	fake_wait_held(&fake.stage, 1);
	fake.file_status = QUEUE_FULL;
	fake_release(&fake.stage);
	fake_expect(c, NULL, "452 ");
	close(c);
}

static void
test_lrcpt_refused(void **state)
{
	static const char *const options[] = {
	    HAS_RULES("lrcpt_refused"), "No_mailbox_delay 1", NULL};
	int c;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	c = fake_client(FAKE_MX);
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_rule(RULE_LRCPT_REFUSED, VERDICT_NONE, "550 sorry", "");
	fake_send(c, "RCPT TO:<nobody@local.test>\r\n");
	assert_true(fake_is_silent(c, 500));
	fake_expect(c, NULL, "550 5.7.1 sorry\r\n");
	fake_rule(RULE_LRCPT_REFUSED, VERDICT_DENY, "", "");
	fake_expect(c, "RCPT TO:<x@far.test>", "550 5.7.1 Relay denied\r\n");
	fake_expect(c, "RCPT TO:<x@>", "501 5.1.2 ");
	fake_rule(RULE_LRCPT_REFUSED, VERDICT_TEMP, "", "");
	fake_expect(c, "RCPT TO:<x@far.test>", "550 5.7.1 Relay denied\r\n");
	fake_rule(RULE_LRCPT_REFUSED, VERDICT_CLOSE, "421 bye", "");
	fake_expect(c, "RCPT TO:<x@far.test>", "421 4.7.1 bye\r\n");
	assert_true(fake_is_closed(c));
	close(c);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    FAKE_TEST(test_limit),
	    FAKE_TEST(test_temporary),
	    FAKE_TEST(test_effects),
	    FAKE_TEST(test_tchange),
	    FAKE_TEST(test_meanwhile),
	    FAKE_TEST(test_relay),
	    FAKE_TEST(test_accept),
	    FAKE_TEST(test_data_reply),
	    FAKE_TEST(test_data),
	    FAKE_TEST(test_lrcpt_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
