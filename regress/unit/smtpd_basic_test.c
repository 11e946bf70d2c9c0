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
 * The dialogue of smtpd: commands in every state, the reply to each, its text
 * from its option, what queued is told.  Lines 9, 10, 12, 16, 19 to 27 and
 * 37 to 42 of the list of hostile input.
 */
#include "smtpd_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LINES_MAX 24

/* A fresh session behind EHLO; each line and how its reply begins; a NULL
 * line: one more reply to the line before.  "" closes. */
static const struct dialogue {
	const char *name;
	const char *options[6];
	struct {
		const char *line, *reply;
	} step[LINES_MAX];
} dialogues[] = {
    {"helo", {NULL},
	{{"HELO x", "250 mx.local.test\r\n"}, {"HELO", "501 5.5.4 "},
	    {"EHLO", "501 5.5.4 "}, {"EHLO [192.0.2.1]", "250-mx"},
	    {"MAIL FROM:<a@b.test> SIZE=1", "250 2.1.0 "}, {"HELO x", "250 mx"},
	    {"RCPT TO:<user@local.test>", "503 5.5.1 "},
	    {"MAIL FROM:<a@b.test> SIZE=1", "555 5.5.4 "}}},
    {"sequence", {NULL},
	{{"RCPT TO:<user@local.test>", "503 5.5.1 Invalid sequence\r\n"},
	    {"DATA", "503 5.5.1 "}, {"MAIL FROM:<a@b.test>", "250 2.1.0 "},
	    {"MAIL FROM:<a@b.test>", "503 5.5.1 "}, {"DATA", "503 5.5.1 "},
	    {"RCPT TO:<nobody@local.test>", "550 5.1.1 No such user\r\n"},
	    {"DATA", "503 5.5.1 "},
	    {"RCPT TO:<user@local.test>", "250 2.1.5 Rcpt allowed\r\n"},
	    {"EHLO again", "250-mx"},
	    {"RCPT TO:<user@local.test>", "503 5.5.1 "},
	    {"MAIL FROM:<a@b.test>", "250 2.1.0 Sender allowed\r\n"},
	    {"RSET", "250 2.0.0 Ok\r\n"},
	    {"RCPT TO:<user@local.test>", "503 5.5.1 "},
	    {"QUIT", "221 2.0.0 Ok\r\n"}}},
    {"others", {NULL},
	{{"NOOP", "250 2.0.0 Ok\r\n"}, {"NOOP with words", "250 2.0.0 "},
	    {"VRFY user", "252 2.5.2 "}, {"EXPN list", "502 5.5.1 "},
	    {"HELP", "214-2.0.0 "}, {"HELP MAIL", "214-2.0.0 "},
	    {"LHLO x", "500 5.5.1 Invalid command\r\n"},
	    {"ETRN x", "500 5.5.1 "}, {"STARTTLS", "500 5.5.1 "},
	    {"AUTH PLAIN AGEAYg==", "500 5.5.1 "}, {"", "500 5.5."}}},
    {"bad octets", {NULL},
	{{"NO\rOP", "500 5.5."}, {"MAIL FROM:<a\rb@c.test>", "50"},
	    {"\x80\xff", "500 5.5."}, {"NOOP\xff", "50"},
	    {"MAIL FROM:<a@b.test>", "250 "}}},
    {"sender", {NULL},
	{{"MAIL FROM:<>", "250 2.1.0 "}, {"RSET", "250 "},
	    {"MAIL FROM:a@b.test", "250 2.1.0 "}, {"RSET", "250 "},
	    {"MAIL FROM: <a@b.test>", "250 2.1.0 "}, {"RSET", "250 "},
	    {"MAIL FROM:<a@>", "501 5.1.8 "},
	    {"MAIL FROM:<a@b..test>", "501 5.1.8 "},
	    {"MAIL FROM:<a b@b.test>", "501 5.1.7 "},
	    {"MAIL FROM:<-oX@b.test>", "501 5.1.7 "},
	    {"MAIL FROM:<bare>", "501 5.1.7 "},
	    {"MAIL FROM:<p\xc3\xa4@b.test>", "501 5.6.7 "},
	    {"MAIL FROM:<p\xc3\xa4@b.test> SMTPUTF8", "250 2.1.0 "},
	    {"RSET", "250 "}, {"MAIL FROM:<@x,@y:a@b.test>", "250 "}}},
    {"parameters", {NULL},
	{{"MAIL FROM:<a@b.test> FOO=1", "555 5.5.4 "},
	    {"MAIL FROM:<a@b.test> SIZE=-1", "501 5.5.4 "},
	    {"MAIL FROM:<a@b.test> SIZE=99999999999999999999",
		"552 5.3.4 Message too big\r\n"},
	    {"MAIL FROM:<a@b.test> SIZE=9223372036854775808", "552 5.3.4 "},
	    {"MAIL FROM:<a@b.test> SIZE=1 SIZE=1", "501 5.5.4 "},
	    {"MAIL FROM:<a@b.test> AUTH=<>", "555 5.5.4 "},
	    {"MAIL FROM:<a@b.test> BODY=9BIT", "501 5.5.4 "},
	    {"MAIL FROM:<a@b.test> RET=SOME", "501 5.5.4 "},
	    {"MAIL FROM:<a@b.test> ENVID=a+0", "501 5.5.4 "},
	    {"MAIL FROM:<a@b.test> BODY=8BITMIME SIZE=10485760", "250 "},
	    {"RCPT TO:<user@local.test> NOTIFY=NEVER,DELAY", "501 5.5.4 "},
	    {"RCPT TO:<user@local.test> ORCPT=user@local.test", "501 5.5.4 "},
	    {"RCPT TO:<user@local.test> SIZE=1", "555 5.5.4 "}}},
    {"recipient", {NULL},
	{{"MAIL FROM:<>", "250 "}, {"RCPT TO:<>", "501 5.1.3 "},
	    {"RCPT TO:<user>", "501 5.1.3 "},
	    {"RCPT TO:<-x@local.test>", "501 5.1.3 "},
	    {"RCPT TO:<postmaster>", "250 2.1.5 "},
	    {"RCPT TO:<PostMaster>", "250 2.1.5 "},
	    {"RCPT TO:<full@local.test>",
		"552 5.2.2 The mailbox is over quota\r\n"},
	    {"RCPT TO:<temp@local.test>", "451 4.3.0 Mailbox unavailable\r\n"},
	    {"RCPT TO:<loop@local.test>", "451 4.4.6 Mailbox unav"},
	    {"RCPT TO:<x@remote.test>", "550 5.7.1 Relay denied\r\n"},
	    {"RCPT TO:<x@[127.0.0.1]>", "550 5.7.1 "},
	    {"RCPT TO:<u%remote.test@other.test>", "550 5.7.1 "},
	    {"RCPT TO:<\"quo ted\"@local.test>", "250 "},
	    {"RCPT TO:<|sh@local.test>", "250 "},
	    {"RCPT TO:<list@local.test>", "250 2.1.5 "}}},
    {"bdat wants recipients", {NULL},
	{{"BDAT 6\r\nQUIT", "503 5.5.1 "}, {"MAIL FROM:<a@b.test>", "250 "},
	    {"BDAT 6 LAST\r\nQUIT", "503 5.5.1 "},
	    {"BDAT 0 LAST", "503 5.5.1 "},
	    {"RCPT TO:<user@local.test>", "250 "},
	    {"BDAT 6\r\nA: b", "250 2.0.0 Ok\r\n"}, {"DATA", "503 5.5.1 "},
	    {"MAIL FROM:<>", "503 5.5.1 "},
	    {"RCPT TO:<user@local.test>", "503 5.5.1 "}, {"NOOP", "250 "},
	    {"BDAT 0", "250 2.0.0 "}, {"RSET", "250 "},
	    {"BDAT 4\r\nab", "503 5.5.1 "},
	    {"BDAT 009\r\nabcdefg", "503 5.5.1 "}}},
    {"bdat of no number", {NULL},
	{{"BDAT -1", "501 5.5.4 "}, {NULL, "421 4.5.4 mx.local.test "},
	    {"NOOP", ""}}},
    {"binarymime wants bdat", {NULL},
	{{"MAIL FROM:<a@b.test> BODY=BINARYMIME", "250 "},
	    {"RCPT TO:<user@local.test>", "250 "}, {"DATA", "503 5.5.1 "},
	    {"BDAT 5 LAST\r\na\nb", "250 2.0.0 "}}},
    {"http", {NULL},
	{{"GET / HTTP/1.1", "421 4.7.0 mx.local.test "}, {"Host: x", ""}}},
    {"texts",
	{"Msg_ok \"250 Fine\"", "Msg_goodbye \"221 2.9.9 Bye\"",
	    "Msg_invalid_cmd \"502 What\"", "Msg_sequence_error \"503 Not so\"",
	    "Msg_no_mailbox \"450 Who\"", NULL},
	{{"NOOP", "250 2.0.0 Fine\r\n"}, {"XYZ", "502 5.5.1 What\r\n"},
	    {"DATA", "503 5.5.1 Not so\r\n"}, {"MAIL FROM:<>", "250 "},
	    {"RCPT TO:<nobody@local.test>", "450 4.1.1 Who\r\n"},
	    {"QUIT", "221 2.9.9 Bye\r\n"}}},
    {"more texts",
	{"Msg_allowed_sender \"250 S\"", "Msg_allowed_rcpt \"251 R\"",
	    "Msg_relay_denied \"554 D\"", "Msg_full_mailbox \"452 F\"",
	    "Msg_mailbox_unavaibble \"450 U\"", NULL},
	{{"MAIL FROM:<>", "250 2.1.0 S\r\n"},
	    {"RCPT TO:<user@local.test>", "251 2.1.5 R\r\n"},
	    {"RCPT TO:<x@remote.test>", "554 5.7.1 D\r\n"},
	    {"RCPT TO:<full@local.test>", "452 4.2.2 F\r\n"},
	    {"RCPT TO:<temp@local.test>", "450 4.3.0 U\r\n"}}},
    {"a refusal that is temporary stays so",
	{"Msg_mailbox_unavaibble \"550 U\"", NULL},
	{{"MAIL FROM:<>", "250 "},
	    {"RCPT TO:<temp@local.test>", "451 4.3.0 U\r\n"}}},
    {"421 in a text closes", {"Msg_relay_denied \"421 go away\"", NULL},
	{{"MAIL FROM:<>", "250 "}, {"RCPT TO:<x@remote.test>", "421 4.7.1 go"},
	    {"NOOP", ""}}},
    {"parameter text", {"Msg_invalid_param \"504 P\"", NULL},
	{{"MAIL FROM:<a@>", "504 5.1.8 P "}, {"EHLO", "504 5.5.4 P"}}},
};

/* A server of its own for each, since its options are. */
static void
run_dialogue(const struct dialogue *d)
{
	int c, i;

	assert_int_equal(fake_start(d->options), 0);
	c = fake_client(FAKE_MX);
	for (i = 0; i < LINES_MAX && d->step[i].reply != NULL; i++) {
		if (*d->step[i].reply != '\0')
			fake_expect(c, d->step[i].line, d->step[i].reply);
		else {
			fake_send(c, d->step[i].line);
			fake_send(c, "\r\n");
			assert_true(fake_is_closed(c));
		}
	}
	close(c);
	fake_stop();
}

static void
test_dialogues(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(dialogues) / sizeof(dialogues[0]); i++) {
		print_message("  %s\n", dialogues[i].name);
		run_dialogue(&dialogues[i]);
	}
}

/*
 * The whole reply: what is offered is a promise, and what is missing would not
 * be used.
 */
static void
test_ehlo(void **state)
{
	int c = fake_connect(FAKE_MX);

	(void)state;
	fake_expect(c, NULL, "220 mx.local.test ESMTP\r\n");
	fake_expect(c, "MAIL FROM:<>", "503 5.5.1 ");
	fake_expect(c, "EHLO x",
	    "250-mx.local.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
	    "250-BINARYMIME\r\n250-CHUNKING\r\n250-SMTPUTF8\r\n250-DSN\r\n"
	    "250-ENHANCEDSTATUSCODES\r\n250-SIZE 10485760\r\n"
	    "250-LIMITS MAILMAX=100 RCPTMAX=100\r\n250 HELP\r\n");
	close(c);
}

/*
 * RFC 5321 section 4.2: the greeting begins with the host's name, which is put
 * in where the text lacks it.
 */
static void
test_welcome(void **state)
{
	static const struct {
		const char *option, *reply;
	} cases[] = {
	    {"Msg_welcome \"220 Hello\"", "220 mx.local.test Hello\r\n"},
	    {"Msg_welcome \"220 mx.local.test at work\"",
		"220 mx.local.test at work\r\n"},
	};
	const char *options[2] = {NULL, NULL};
	size_t i;
	int c;

	(void)state;
	for (i = 0; i < 2; i++) {
		options[0] = cases[i].option;
		assert_int_equal(fake_reload(options), 0);
		c = fake_connect(FAKE_MX);
		fake_expect(c, NULL, cases[i].reply);
		close(c);
	}
}

static bool
is_closed(void)
{
	return fake.closed == 1;
}

/*
 * The whole way: what the client gave, what queued got, where the header ends.
 */
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
	assert_memory_equal(got, "250 2.0.0 4096_0001", 19);
	assert_non_null(strstr(got, " Msg accepted\r\n"));
	assert_string_equal(m->sender, "a@client.test");
	assert_string_equal(m->rcpt[0].rcpt, "user@local.test");
	assert_string_equal(m->helo, "client.test");
	assert_int_equal(m->rcpt_count, 1);
	assert_memory_equal(m->content, "Received: from client.test", 26);
	assert_non_null(strstr(m->content, "[127.0.0.1]"));
	assert_non_null(strstr(m->content, "by mx.local.test with ESMTP"));
	assert_non_null(strstr(m->content, "for <user@local.test>"));
	p = strstr(m->content, "Subject: x\r\n");
	assert_non_null(p);
	assert_string_equal(p, "Subject: x\r\n\r\nhello\r\n.dot\r\n");
	assert_int_equal(m->header_size, p - m->content + 14);
	fake_expect(c, "QUIT", "221 2.0.0 Ok\r\n");
	assert_true(fake_is_closed(c));
	fake_wait(is_closed);
	close(c);
}

/*
 * Parameters reach queued as they were given, and the two recipients do not
 * learn of each other from the trace field.
 */
static void
test_envelope(void **state)
{
	struct fake_message *m;
	int c = fake_client(FAKE_MX);

	(void)state;
	fake_expect(c,
	    "MAIL FROM:<a@b.test> BODY=8BITMIME RET=HDRS ENVID=q+2B1 "
	    "SMTPUTF8 SIZE=777",
	    "250 ");
	fake_expect(c,
	    "RCPT TO:<user@local.test> NOTIFY=SUCCESS,DELAY "
	    "ORCPT=rfc822;u@o.test",
	    "250 ");
	fake_expect(c, "RCPT TO:<USER2@Local.TEST>", "250 ");
	fake_expect(c, "DATA", "354 Ok\r\n");
	fake_expect(c, ".", "250 2.0.0 ");
	m = fake_last();
	assert_int_equal(m->declared, 777);
	assert_int_equal(m->body, BODY_8BITMIME);
	assert_int_equal(m->ret, RET_HDRS);
	assert_int_equal(m->smtputf8, 1);
	assert_string_equal(m->envid, "q+2B1");
	assert_int_equal(m->rcpt_count, 2);
	assert_int_equal(m->rcpt[0].notify, NOTIFY_SUCCESS | NOTIFY_DELAY);
	assert_string_equal(m->rcpt[0].orcpt, "rfc822;u@o.test");
	assert_string_equal(m->rcpt[1].rcpt, "USER2@local.test");
	assert_int_equal(m->rcpt[1].notify, 0);
	/* With two of them the field names none. */
	assert_null(strstr(m->content, "for <"));
	assert_non_null(strstr(m->content, "with UTF8SMTP"));
	close(c);
}

/* Two recipients that lead to the same mailbox make one copy. */
static void
test_alias(void **state)
{
	struct fake_message *m;
	int c = fake_client(FAKE_MX);

	(void)state;
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake_expect(c, "RCPT TO:<user@local.test>", "250 ");
	fake_expect(c, "RCPT TO:<list@local.test>", "250 ");
	fake_expect(c, "RCPT TO:<list@local.test>", "250 ");
	fake_expect(c, "DATA", "354 ");
	fake_expect(c, ".", "250 2.0.0 ");
	m = fake_last();
	assert_int_equal(m->rcpt_count, 3);
	assert_string_equal(m->rcpt[1].rcpt, "user2@local.test");
	assert_string_equal(m->rcpt[1].original, "list@local.test");
	assert_int_equal(m->rcpt[2].route, ROUTE_REMOTE);
	assert_string_equal(m->sender, "");
	close(c);
}

/*
 * Commands that come together are answered each in its turn (RFC 2920), those
 * behind QUIT not at all.
 */
static void
test_pipelining(void **state)
{
	int c = fake_client(FAKE_MX), i;

	(void)state;
	fake_send(c,
	    "MAIL FROM:<a@b.test>\r\nRCPT TO:<user@local.test>\r\n"
	    "RCPT TO:<nobody@local.test>\r\nDATA\r\n");
	fake_expect(c, NULL, "250 2.1.0 ");
	fake_expect(c, NULL, "250 2.1.5 ");
	fake_expect(c, NULL, "550 5.1.1 ");
	fake_expect(c, NULL, "354 ");
	fake_send(c,
	    "A: b\r\n\r\nc\r\n.\r\nMAIL FROM:<>\r\nRSET\r\nNOOP\r\n"
	    "QUIT\r\nNOOP\r\n");
	fake_expect(c, NULL, "250 2.0.0 ");
	fake_expect(c, NULL, "250 2.1.0 ");
	for (i = 0; i < 2; i++)
		fake_expect(c, NULL, "250 2.0.0 Ok");
	fake_expect(c, NULL, "221 ");
	assert_true(fake_is_closed(c));
	close(c);
}

/* As many commands at once as the socket takes. */
static void
test_flood_of_commands(void **state)
{
	static char many[900 * 6 + 1];
	int c = fake_client(FAKE_MX), i;

	(void)state;
	for (i = 0; i < 900; i++)
		memcpy(many + i * 6, "NOOP\r\n", 7);
	fake_send(c, many);
	for (i = 0; i < 900; i++)
		fake_expect(c, NULL, "250 2.0.0 Ok\r\n");
	fake_send(c, many);
	for (i = 0; i < 98; i++)
		fake_expect(c, NULL, "250 2.0.0 Ok\r\n");
	fake_expect(c, NULL, "250 2.0.0 Ok\r\n");
	fake_expect(c, NULL, "421 4.7.0 mx.local.test too many commands");
	assert_true(fake_is_closed(c));
	close(c);
}

/* Who sends nothing but nonsense is no mail server. */
static void
test_junk(void **state)
{
	int c = fake_client(FAKE_MX), i;

	(void)state;
	for (i = 0; i < 20; i++)
		fake_expect(c, "JUNK", "500 5.5.1 ");
	fake_expect(c, NULL, "421 4.7.0 mx.local.test too many errors");
	assert_true(fake_is_closed(c));
	close(c);
}

/* 512, 998 octets and more are read; the limit is that of all extensions. */
static void
test_long_lines(void **state)
{
	static const struct {
		size_t len;
		const char *reply;
	} cases[] = {{512, "250 2.0.0 "}, {998, "250 2.0.0 "},
	    {1001, "250 2.0.0 "}, {2048, "250 2.0.0 "},
	    {2049, "500 5.5.2 Invalid command line too long"},
	    {4096, "500 5.5.2 "}, {65536, "500 5.5.2 "}, {500000, "500 5.5.2 "},
	    {1100000, "500 5.5.2 "}};
	char *line = malloc(2000000);
	int c = fake_client(FAKE_MX);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(line, 'x', cases[i].len);
		memcpy(line, "NOOP ", 5);
		line[cases[i].len] = '\0';
		fake_expect(c, line, cases[i].reply);
		if (i < 8)
			fake_expect(c, "NOOP", "250 ");
	}
	/* One that does not end is not followed for ever. */
	fake_expect(c, NULL, "421 4.5.2 ");
	free(line);
	close(c);
}

/* Taken or refused by the option, never by where a packet ends. */
static void
test_bare_lf_command(void **state)
{
	static const char *const reject[] = {"Bare_newline \"reject\"", NULL};
	int c = fake_client(FAKE_MX);

	(void)state;
	fake_send(c, "NOOP\nNOOP\r\n");
	fake_expect(c, NULL, "250 ");
	fake_expect(c, NULL, "250 ");
	assert_int_equal(fake_reload(reject), 0);
	fake_send(c, "NOOP\n");
	fake_expect(c, NULL, "500 5.5.2 ");
	fake_send_bytes(c, "NOOP \0 x\r\n", 10);
	fake_expect(c, NULL, "50");
	close(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dialogues),
	    FAKE_TEST(test_ehlo),
	    FAKE_TEST(test_welcome),
	    FAKE_TEST(test_message),
	    FAKE_TEST(test_envelope),
	    FAKE_TEST(test_alias),
	    FAKE_TEST(test_pipelining),
	    FAKE_TEST(test_flood_of_commands),
	    FAKE_TEST(test_junk),
	    FAKE_TEST(test_long_lines),
	    FAKE_TEST(test_bare_lf_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
