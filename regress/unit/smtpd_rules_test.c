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
 * smtpd between a ruled of the test's and the other processes: what it tells
 * and when, and what happens at each point where a session waits for rules.
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

/* A message, up to its recipient. */
static int
begin(void)
{
	int c = fake_client(FAKE_MX);

	fake_to_recipient(c);
	return c;
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

/* Each fact once and in time; one event after the other. */
static void
test_facts(void **state)
{
	char want[1024];
	int c;

	(void)state;
	start_all();
	c = fake_client(FAKE_MX);
	expect_told("open\nevent=limit\nevent=connection\n"
		    "helo=client.test\nevent=helo\n");
	fake_expect(c, "MAIL FROM:<a@b.test> SIZE=5", "250 ");
	assert_int_equal(fake.count, 1);
	assert_string_equal(strstr(fake.told, "event"), "event=from\n");
	snprintf(want, sizeof(want), "sender=a@b.test\nsize=5\nid=");
	assert_memory_equal(fake.told, want, strlen(want));
	assert_null(strstr(fake.told, "spool="));
	fake.told[0] = '\0';
	fake_expect(c, "RCPT TO:<user@local.test>", "250 ");
	expect_told("rcpt=user@local.test\nevent=rcpt\n");
	fake_expect(c, "RCPT TO:<nobody@local.test>", "550 ");
	expect_told("accepted=user@local.test\n"
		    "rcpt=nobody@local.test\nevent=rcpt\n"
		    "reply=550 5.1.1 No such user\nevent=lrcpt_refused\n"
		    "rcpt=user@local.test\n");
	expect_mail(c, "250 2.0.0 ");
	snprintf(want, sizeof(want), "event=data_cmd\nsize=%zu\nevent=data\n",
	    fake_last()->len);
	expect_told(want);
	fake_expect(c, "QUIT", "221 ");
	close(c);
	fake_wait_stats("sessions=0\n");
	expect_told("close\n");
	assert_false(fake_last()->is_staged);
}

/* Files are made when rules want them, between two of their lines. */
static void
test_files(void **state)
{
	char want[256];
	int c;

	(void)state;
	start_all();
	c = begin();
	fake_turn(5);
	fake.told[0] = '\0';
	fake_rule(RULE_DATA, VERDICT_NONE, "", "stage=\nmark=seen\n");
	expect_mail(c, "250 2.0.0 ");
	snprintf(want, sizeof(want),
	    "accepted=user@local.test\n"
	    "event=data_cmd\nsize=%zu\nevent=data\n"
	    "spool=/var/spool/selor\n",
	    fake_last()->len);
	expect_told(want);
	assert_true(fake_last()->is_staged);
	assert_int_equal(fake_last()->fd, -1);
	assert_string_equal(fake_last()->rules, "mark=seen\n");
	/* queued goes while it makes them: the rules end, and no more. */
	fake_to_recipient(c);
	fake.stage.is_on = true;
	fake_expect(c, "DATA", "354 ");
	fake_send(c, CONTENT ".\r\n");
	fake_wait_held(&fake.stage, 1);
	fake_lose_queued();
	fake_expect(c, NULL, "451 4.3.0 ");
	fake_expect(c, "NOOP", "250 ");
	assert_non_null(strstr(fake.told, "event=data\nspool=\n"));
	close(c);
}

/* A policy that begins late hears of all that was before. */
static void
test_late_policy(void **state)
{
	static const char *const options[] = {HAS_RULES("data"), NULL};
	char want[256];
	int c;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	c = begin();
	fake_expect(c, "RCPT TO:<list@local.test>", "250 ");
	expect_told("");
	expect_mail(c, "250 ");
	assert_non_null(strstr(fake.told, "open\nhelo=client.test\nsender="));
	snprintf(want, sizeof(want),
	    "accepted=user@local.test\naccepted=list@local.test\n"
	    "rcpt=list@local.test\nsize=%zu\nevent=data\n",
	    fake_last()->len);
	assert_non_null(strstr(fake.told, want));
	close(c);
}

/* Nobody is asked for a local user's connection. */
static void
test_local(void **state)
{
	int c;

	(void)state;
	start_all();
	c = fake_client(FAKE_LOCAL);
	expect_told("");
	fake_expect(c, "MAIL FROM:<>", "250 ");
	assert_non_null(strstr(fake.told, "event=from\n"));
	close(c);
}

/* Where a session waits for rules. */
static const struct point {
	const char *event, *text;
	int at; /* how many events come before */
} points[] = {
    {"limit", "", 0},
    {"connection", "", 1},
    {"helo", "EHLO x\r\n", 2},
    {"from", "MAIL FROM:<>\r\n", 3},
    {"rcpt", "RCPT TO:<user@local.test>\r\n", 4},
    {"data_cmd", "DATA\r\n", 5},
    {"data", CONTENT ".\r\n", 6},
};
#define POINTS (sizeof(points) / sizeof(points[0]))

static void
release_one(void)
{
	fake_release(&fake.event);
	fake.event.is_on = true;
}

/* A client whose session waits for that event. */
static int
client_at(size_t point)
{
	size_t i;
	int c;

	fake.event.is_on = true;
	c = fake_connect(FAKE_MX);
	for (i = 0;; i++) {
		if (*points[i].text != '\0')
			fake_send(c, points[i].text);
		fake_wait_held(&fake.event, 1);
		if (i == point)
			return c;
		release_one();
		if (i >= 1)
			(void)fake_reply(c);
	}
}

static void
let_go(void)
{
	if (fake.event.count > 0)
		fake_release(&fake.event);
	fake.event.is_on = false;
}

static void
test_client_goes(void **state)
{
	size_t i;
	int c;

	(void)state;
	start_all();
	for (i = 0; i < POINTS; i++) {
		c = client_at(i);
		fake_send(c, "NOOP\r\n");
		fake_reset(c, FAKE_MX);
		let_go();
		fake_wait_stats("sessions=0\n");
	}
	for (i = 0; i < fake.count; i++)
		assert_true(
		    fake.message[i].is_aborted || fake.message[i].is_committed);
}

static void
test_ruled_goes(void **state)
{
	size_t i;
	int c;

	(void)state;
	start_all();
	for (i = 0; i < POINTS; i++) {
		c = client_at(i);
		fake_lose_ruled();
		fake_expect(c, NULL, "421 4.3.0 mx.local.test ");
		assert_true(fake_is_closed(c));
		close(c);
		fake.event.count = 0;
		fake_new_ruled();
		let_go();
	}
	fake_wait_stats("sessions=0\n");
	/* Between two steps; and in content, whose end is the next one. */
	c = begin();
	fake_lose_ruled();
	fake_new_ruled();
	fake_expect(c, "NOOP", "421 4.3.0 ");
	close(c);
	c = begin();
	fake_expect(c, "DATA", "354 ");
	fake_lose_ruled();
	fake_new_ruled();
	fake_send(c, CONTENT ".\r\n");
	fake_expect(c, NULL, "421 4.3.0 ");
	close(c);
	/* Who comes when there is none. */
	fake_lose_ruled();
	c = fake_connect(FAKE_MX);
	fake_expect(c, NULL, "421 4.3.0 ");
	close(c);
	fake_wait_stats("sessions=0\n");
	for (i = 0; i < fake.count; i++)
		assert_true(fake.message[i].is_aborted);
}

/* Options change while it waits: the answer counts, and what follows has no
 * rules any more. */
static void
test_reload(void **state)
{
	size_t i;
	int c;

	(void)state;
	for (i = 0; i < POINTS; i++) {
		start_all();
		c = client_at(i);
		assert_int_equal(fake_reload(NULL), 0);
		let_go();
		fake_expect(c, NULL, i < 2 ? "220 " : i == 5 ? "354 " : "250");
		if (i == 5) {
			fake_send(c, CONTENT ".\r\n");
			fake_expect(c, NULL, "250 ");
		}
		fake_expect(c, "NOOP", "250 ");
		close(c);
		fake_wait_stats("sessions=0\n");
	}
}

static void
test_stop(void **state)
{
	int c[POINTS];
	size_t i;

	(void)state;
	start_all();
	for (i = 0; i < POINTS; i++) {
		c[i] = client_at(i);
		fake.event.count = 0;
	}
	fake.event.is_on = false;
	assert_false(fake_end(1));
	for (i = 0; i < POINTS; i++) {
		fake_expect(c[i], NULL, "421 4.3.2 ");
		close(c[i]);
	}
	assert_true(fake_end(5000));
}

/* The name is known before rules are asked. */
static void
test_name(void **state)
{
	static const char *const options[] = {
	    "Resolve_all 1", HAS_RULES("connection"), NULL};
	int c;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	fake.ptr_status = LOOK_OK;
	strlcpy(fake.ptr_host, "ptr.test", sizeof(fake.ptr_host));
	fake.ptr.is_on = true;
	c = fake_connect(FAKE_MX);
	fake_wait_session("wait=name");
	expect_told("");
	fake_release(&fake.ptr);
	fake_expect(c, NULL, "220 ");
	expect_told("open\nname=ptr.test\nevent=connection\n");
	close(c);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    FAKE_TEST(test_facts),
	    FAKE_TEST(test_files),
	    FAKE_TEST(test_late_policy),
	    FAKE_TEST(test_local),
	    FAKE_TEST(test_client_goes),
	    FAKE_TEST(test_ruled_goes),
	    FAKE_TEST(test_reload),
	    FAKE_TEST(test_stop),
	    FAKE_TEST(test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
