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
 * Every condition and action on a session: a line of rules, and what the
 * asker is told.  A condition that holds refuses: "deny |..." else "none |".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rules_fake.h"

struct line_case {
	enum rule_event event;
	const char *line;
	const char *told;
	const char *warns; /* part of a warning, or NULL: none */
};

#define YES "deny |/rules:1"
#define NO "none |"

static int
up(void **state)
{
	(void)state;
	fake_up();
	return 0;
}

static int
down(void **state)
{
	(void)state;
	fake_down();
	return 0;
}

/* The session that all lines below are run for. */
static struct policy *
begin(void)
{
	struct policy *p = fake_open("192.0.2.10");

	fake_fact(FACT_NAME, "Host.Example.org");
	fake_fact(FACT_HELO, "Helo.example.org.");
	fake_fact(FACT_LOGIN, "user");
	fake_fact(FACT_AUTH, "1");
	fake_fact(FACT_SENDER, "a.Sender@remote.example");
	fake_fact(FACT_SIZE, "1234");
	fake_fact(FACT_ID, "123_4");
	fake_fact(FACT_SPOOL, "/spool");
	fake_fact(FACT_RCPT, "one@other.example");
	fake_fact(FACT_ACCEPTED, "one@other.example");
	fake_fact(FACT_RCPT, "u@local.example");
	fake_fact(FACT_MARK, "Marked");
	return p;
}

static void
check(const struct line_case *c, size_t count)
{
	const char *told, *warned;
	size_t i;

	for (i = 0; i < count; i++) {
		begin();
		fake.lists = "Listed@remote.example";
		fake_warnings();
		told = fake_run_file(c[i].event, c[i].line);
		warned = fake_warnings();
		if (strcmp(told, c[i].told) != 0)
			fail_msg("%s\n  gave   \"%s\"\n  wanted \"%s\"\n%s",
			    c[i].line, told, c[i].told, warned);
		if (c[i].warns == NULL ? *warned != '\0' :
					 strstr(warned, c[i].warns) == NULL)
			fail_msg("%s\n  warned \"%s\"\n  wanted \"%s\"",
			    c[i].line, warned,
			    c[i].warns != NULL ? c[i].warns : "nothing");
	}
}
#define CHECK_ALL(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

static void
test_texts(void **state)
{
	static const struct line_case cases[] = {
	    {RULE_RCPT, "Cmp_str? \"%u:USER\" Deny!", YES, NULL},
	    {RULE_RCPT, "Cmp_str? \"%u:users\" Deny!", NO, NULL},
	    {RULE_RCPT, "!Cmp_str? \"%u:users\" Deny!", YES, NULL},
	    {RULE_RCPT, "Cmp_str? \"a:a:b\" Deny!", NO, NULL},
	    {RULE_RCPT, "Cmp_str? \":%P\" Deny!", YES, NULL},
	    {RULE_RCPT, "Delimiter! \"|\" Cmp_str? \"a:b|a:b\" Deny!", YES,
		NULL},
	    {RULE_RCPT, "Cmp_left? \"%r:U@\" Deny!", YES, NULL},
	    {RULE_RCPT, "Cmp_left? \"%r:@\" Deny!", NO, NULL},
	    {RULE_RCPT, "Cmp_left? \"%r:%P\" Deny!", NO, NULL},
	    {RULE_RCPT, "Cmp_right? \"%f:.Example\" Deny!", YES, NULL},
	    {RULE_RCPT, "Cmp_right? \"%f:.com\" Deny!", NO, NULL},
	    {RULE_RCPT, "Find_str? \"%f:SENDER@\" Deny!", YES, NULL},
	    {RULE_RCPT, "Find_str? \"%f:%P\" Deny!", NO, NULL}, /* A35 */
	    {RULE_RCPT, "!Find_str? \"%f:%P\" Deny!", YES, NULL},
	    {RULE_HELO, "Helo? \"helo.EXAMPLE.org\" Deny!", YES, NULL},
	    {RULE_HELO, "Helo? \"example.org\" Deny!", NO, NULL},
	    {RULE_RCPT, "Cmp_reverse? \"host.example.org.\" Deny!", YES, NULL},
	    {RULE_RCPT, "Cmp_reverse? \"example.org\" Deny!", NO, NULL},
	    {RULE_RCPT, "Find_in_reverse? \".example.\" Deny!", YES, NULL},
	    {RULE_RCPT, "Find_in_reverse? \"%P\" Deny!", NO, NULL},
	    {RULE_RCPT, "Tmark? \"Marked\" Deny!", YES, NULL},
	    {RULE_RCPT, "Tmark? \"marked\" Deny!", NO, NULL}, /* A2 */
	};

	(void)state;
	CHECK_ALL(cases);
}

static void
test_addresses(void **state)
{
	static const struct line_case cases[] = {
	    {RULE_FROM, "From? \"A.sender@Remote.Example\" Deny!", YES, NULL},
	    {RULE_FROM, "From? \"a.sender@remote.example.\" Deny!", YES, NULL},
	    {RULE_FROM, "From? \"sender@remote.example\" Deny!", NO, NULL},
	    {RULE_FROM, "From? \"\" Deny!", NO, NULL},
	    {RULE_FROM, "!From? \"\" Deny!", YES, NULL},
	    {RULE_FROM, "Find_in_from? \"@REMOTE\" Deny!", YES, NULL},
	    {RULE_FROM, "Find_in_from? \"\" Deny!", NO, NULL},
	    {RULE_RCPT, "To? \"U@local.example\" Deny!", YES, NULL},
	    {RULE_RCPT, "To? \"one@other.example\" Deny!", NO, NULL},
	    {RULE_RCPT, "Find_in_to? \"@local\" Deny!", YES, NULL},
	    /* A30, A31 */
	    {RULE_DATA, "To? \"one@other.example\" Deny!", YES, NULL},
	    {RULE_RCPT, "Seek_to? \"ONE@other.example\" Deny!", YES, NULL},
	    {RULE_RCPT, "Seek_to? \"u@local.example\" Deny!", NO, NULL},
	    {RULE_RCPT, "Seek_in_to? \"other\" Deny!", YES, NULL},
	    {RULE_RCPT, "Seek_in_to? \"%P\" Deny!", NO, NULL},
	    /* A word without a meaning here is false. */
	    {RULE_HELO, "From? \"a.sender@remote.example\" Deny!", NO, NULL},
	    {RULE_RCPT, "Internal_rcpt? Deny!", YES, NULL},
	    {RULE_RCPT, "Internal_from? Deny!", NO, NULL},
	    {RULE_RCPT, "To_type? \"1\" Deny!", YES, NULL},
	    {RULE_RCPT, "To_type? \"2\" Deny!", NO, NULL},
	    {RULE_RCPT, "From_type? \"0\" Deny!", YES, NULL},
	    {RULE_RCPT, "To_over_quota? Deny!", NO, NULL},
	    {RULE_RCPT, "Tchange! \"full@local.example\" To_over_quota? Deny!",
		"rcpt full@local.example\n" YES, NULL},
	    {RULE_RCPT,
		"Tchange! \"alias@local.example\" To_type? \"2\" "
		"Deny!",
		"rcpt alias@local.example\n" YES, NULL},
	    {RULE_RCPT,
		"Tchange! \"fails@local.example\" !Internal_rcpt? "
		"Deny!",
		"rcpt fails@local.example\n" NO, "nobody knows"},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void
test_client_and_numbers(void **state)
{
	static const struct line_case cases[] = {
	    {RULE_CONNECTION, "Ip? \"192.0.2.10\" Deny!", YES, NULL},
	    {RULE_CONNECTION, "Ip? \"192.0.2.\" Deny!", YES, NULL},
	    {RULE_CONNECTION, "Ip? \"192.0.2.1\" Deny!", NO, NULL},
	    {RULE_CONNECTION, "Ip? \"192.0.2.0/28\" Deny!", YES, NULL},
	    {RULE_CONNECTION, "Ip? \"%i\" Deny!", YES, NULL},
	    {RULE_CONNECTION, "!Ip? \"%h\" Deny!", NO, "Helo.example.org."},
	    {RULE_RCPT, "Itest? \"%n=2\" Deny!", YES, NULL}, /* A31 */
	    {RULE_DATA, "Itest? \"%n=1\" Deny!", YES, NULL},
	    {RULE_RCPT, "Itest? \" %z > 1000 \" Deny!", YES, NULL},
	    {RULE_RCPT, "Itest? \"%z<1000\" Deny!", NO, NULL},
	    {RULE_RCPT, "!Itest? \"%f>1\" Deny!", NO, "is not a number"},
	    {RULE_RCPT,
		"Itest? \"%H=0\" Itest? \"%R=0\" Itest? \"%y=0\" "
		"Itest? \"%t=-1\" Deny!",
		YES, NULL}, /* A32 */
	    {RULE_RCPT, "Exec_resp? \"0\" Deny!", NO, NULL},
	    {RULE_RCPT, "Exec_resp? \"-1\" Deny!", NO, NULL},
	    {RULE_RCPT, "Exec! \"x %r\" Exec_resp? \"0\" Deny!",
		"exec x u@local.example\n" YES, NULL},
	    {RULE_RCPT, "Rbl_resp? \"0\" Deny!", YES, NULL},
	    {RULE_RCPT,
		"Rbl_test! \"a.example\" Rbl_resp? \"2\" "
		"Reply! \"550 %T\" Deny!",
		"deny 550 listed|/rules:1", NULL},
	    {RULE_RCPT, "Spf_test! Spf_resp? \"4\" Deny!", YES, NULL}, /* A37 */
	    {RULE_RCPT, "Rev_fail? Deny!", NO, NULL},
	    {RULE_RCPT, "Auth? Deny!", YES, NULL},
	    {RULE_RCPT,
		"Add_hits! \"3\" Add_hits! \"-5\" Itest? \"%H=-2\" "
		"Deny!",
		YES, NULL},
	    {RULE_RCPT, "Resolve! Cmp_reverse? \"resolved.example\" Deny!", YES,
		NULL},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void
test_lists(void **state)
{
	static const struct line_case cases[] = {
	    {RULE_RCPT, "Find_strfile? \"is Listed@remote.example:/l\" Deny!",
		YES, NULL},
	    {RULE_RCPT, "Find_strfile? \"%P:/l\" Deny!", NO, NULL},
	    {RULE_RCPT, "Find_filestr? \"/l:Listed\" Deny!", YES, NULL},
	    {RULE_RCPT, "Find_filestr? \"/l:%P\" Deny!", NO, NULL},
	    {RULE_RCPT, "Find_fileline? \"/l:Listed@remote.example\" Deny!",
		YES, NULL},
	    {RULE_RCPT, "Find_fileline? \"/l:Listed\" Deny!", NO, NULL},
	    /* A13(a): a path is not led elsewhere by a value. */
	    {RULE_RCPT, "!Find_filestr? \"/l/%L:zz\" Deny!", YES, NULL},
	    {RULE_RCPT, "!Find_filestr? \"/l/%r:zz\" Deny!", YES, NULL},
	};

	(void)state;
	CHECK_ALL(cases);
	begin();
	fake.lists = NULL;
	assert_string_equal(
	    fake_run_file(RULE_RCPT, "!Find_filestr? \"/l:x\" Deny!"), NO);
	assert_non_null(strstr(fake_warnings(), "can not be read"));
}

static void
test_message_actions(void **state)
{
	static const struct line_case cases[] = {
	    {RULE_RCPT, "Cp! \"B@Example.ORG\" Cp! \"c@example.org\"",
		"cp B@example.org\ncp c@example.org\n" NO, NULL},
	    {RULE_RCPT, "Cp! \"no %h\" Deny!", NO, "is not an address"},
	    {RULE_RCPT, "Cp! \"%P\" Deny!", NO, "is not an address"},
	    {RULE_RCPT, "Cp! \"-%r\"", NO, "is not an address"},
	    /* A29: for this recipient alone. */
	    {RULE_RCPT, "Fchange! \"n@example.org\" Log! \"/x:%f\"",
		"rcpt_sender n@example.org\nlog n@example.org\n" NO, NULL},
	    {RULE_DATA,
		"Hadd! \"Reply-to: %f\" Fchange! \"n@example.org\" "
		"Log! \"/x:%f %m %o\"",
		"hadd Reply-to: a.Sender@remote.example\n"
		"sender n@example.org\nlog n@example.org n example.org\n" NO,
		NULL},
	    {RULE_FROM, "Fchange! \"\" From? \"\" Deny!", "sender \n" YES,
		NULL},
	    {RULE_RCPT,
		"Tchange! \"n@local.example\" To? \"n@local.example\" "
		"Deny!",
		"rcpt n@local.example\n" YES, NULL},
	    {RULE_FROM, "Tchange! \"n@local.example\"", NO,
		"has no meaning in event from"},
	    {RULE_FROM, "Hadd! \"X-Test: a\"", "hadd X-Test: a\n" NO, NULL},
	    {RULE_FROM, "Hadd! \"X %h: a\"", NO, "is not a header field"},
	    {RULE_FROM, "Hadd! \"%P: a\"", NO, "is not a header field"},
	    {RULE_FROM, "Qlimit!", "qlimit \n" NO, NULL},
	    {RULE_QSTART, "Qlimit!", NO, "has no meaning"},
	    {RULE_RCPT, "Relay! Relay_denied!", "relay 1\nrelay 0\n" NO, NULL},
	    {RULE_DATA, "Relay!", NO, "has no meaning"},
	    {RULE_FROM, "Mark! \"New\" Tmark? \"New\" Deny!", "mark New\n" YES,
		NULL},
	    {RULE_RCPT, "Mx_dest! \"mx.example.org\"",
		"mx_dest mx.example.org 25\n" NO, NULL},
	    {RULE_RCPT, "Mx_dest! \"[192.0.2.1] 587\"",
		"mx_dest 192.0.2.1 587\n" NO, NULL},
	    {RULE_RCPT, "Mx_dest! \"::1  2525\"", "mx_dest ::1 2525\n" NO,
		NULL},
	    {RULE_RCPT, "Mx_dest! \"%P\"", NO, "is not a host"},
	    {RULE_RCPT, "Mx_dest! \"%P 25\"", NO, "is not a host"},
	    {RULE_RCPT, "Mx_dest! \"%r\"", NO, "is not a host"},
	    {RULE_RCPT, "Mx_auth! \"user:pa:ss\"", "mx_auth user / pa:ss\n" NO,
		NULL},
	    {RULE_RCPT, "Mx_auth! \"%P:pass\"", NO, "the user is empty"},
	    {RULE_RCPT, "Mx_source! \"192.0.2.7\"", "mx_source 192.0.2.7\n" NO,
		NULL},
	    {RULE_RCPT, "Mx_source! \"%h\"", NO, "is not an address"},
	    {RULE_RCPT, "So_mark! \"4294967295\"", "so_mark 4294967295\n" NO,
		NULL},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void
test_def(void **state)
{
	static const struct line_case cases[] = {
	    {RULE_FROM, "Def! \"Max_rcpts 1000\"", "option Max_rcpts 1000\n" NO,
		NULL},
	    {RULE_FROM, "Def! \"Server_name 'mx.example.org'\"",
		"option Server_name \"mx.example.org\"\n" NO, NULL},
	    {RULE_FROM, "Def! \"Event.rcpt 'To? %\"a@b.example%\" Deny!'\"",
		"option Event.rcpt \"To? \"a@b.example\" Deny!\"\n" NO, NULL},
	    {RULE_FROM, "Def! \"Queue_path '/elsewhere'\"", NO,
		"spool can not be changed"},
	    /* No value becomes a rule, a name, a path. */
	    {RULE_FROM, "Def! \"Event.rcpt '/r/%u'\"",
		"option Event.rcpt \"/r/user\"\n" NO, NULL},
	};
	struct policy *p;

	(void)state;
	CHECK_ALL(cases);
	p = begin();
	fake_fact(FACT_HELO, "x' Relay! '");
	assert_string_equal(
	    fake_run_file(RULE_FROM, "Def! \"Event.rcpt 'Helo? %\"%h%\"'\""),
	    NO);
	assert_non_null(strstr(fake_warnings(), "does not fit"));
	assert_false(overlay_has(p->options, OPT_EVENT_RCPT));
	fake_fact(FACT_HELO, "../../etc");
	assert_string_equal(
	    fake_run_file(RULE_FROM, "Def! \"Event.rcpt '/r/%h'\""), NO);
	/* It holds for this connection's next event. */
	fake_run_file(RULE_FROM, "Def! \"Event.rcpt 'Deny!'\"");
	assert_string_equal(
	    fake_run(RULE_RCPT, "Accept!"), "deny |Event.rcpt:1");
}

static void
test_data_reply(void **state)
{
	static const struct line_case cases[] = {
	    {RULE_FROM, "Data_reply! \"500 Refused %f\"",
		"data_reply 500 Refused a.Sender@remote.example\n" NO, NULL},
	    {RULE_FROM, "Data_reply! \"Not now\"",
		"data_reply 550 Not now\n" NO, NULL},
	    {RULE_FROM, "Data_reply! \"250 Fine\"", "data_reply 550 Fine\n" NO,
		NULL},
	    {RULE_DATA, "Data_reply! \"500 x\"", NO, "has no meaning"},
	};

	(void)state;
	CHECK_ALL(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_texts, up, down),
	    cmocka_unit_test_setup_teardown(test_addresses, up, down),
	    cmocka_unit_test_setup_teardown(test_client_and_numbers, up, down),
	    cmocka_unit_test_setup_teardown(test_lists, up, down),
	    cmocka_unit_test_setup_teardown(test_message_actions, up, down),
	    cmocka_unit_test_setup_teardown(test_def, up, down),
	    cmocka_unit_test_setup_teardown(test_data_reply, up, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
