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
 * The course of an event: files in files, verdicts and replies, limits,
 * waiting, what lives how long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reply.h"
#include "rules_fake.h"

struct run_case {
	enum rule_event event;
	const char *rules;
	const char *told;
	const char *warns; /* part of a warning, or NULL: none */
};

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

static struct policy *
begin(void)
{
	struct policy *p = fake_open("192.0.2.10");

	fake_fact(FACT_SENDER, "a@remote.example");
	fake_fact(FACT_RCPT, "u@local.example");
	return p;
}

static void
check(const struct run_case *c, size_t count)
{
	const char *told, *warned;
	size_t i;

	for (i = 0; i < count; i++) {
		begin();
		fake_warnings();
		told = fake_run_file(c[i].event, c[i].rules);
		warned = fake_warnings();
		if (strcmp(told, c[i].told) != 0)
			fail_msg("%s\n  gave   \"%s\"\n  wanted \"%s\"\n%s",
			    c[i].rules, told, c[i].told, warned);
		if (c[i].warns == NULL ? *warned != '\0' :
					 strstr(warned, c[i].warns) == NULL)
			fail_msg("%s\n  warned \"%s\"\n  wanted \"%s\"",
			    c[i].rules, warned,
			    c[i].warns != NULL ? c[i].warns : "nothing");
	}
}
#define CHECK_ALL(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

static void
test_course(void **state)
{
	static const struct run_case cases[] = {
	    {RULE_FROM, "", "none |", NULL},
	    {RULE_FROM, "From? \"x@y.example\" Deny!\nMark! \"a\"\n",
		"mark a\nnone |", NULL},
	    /* What stands left of a false condition has happened. */
	    {RULE_FROM, "Mark! \"a\" From? \"\" Mark! \"b\"\nMark! \"c\"",
		"mark a\nmark c\nnone |", NULL},
	    {RULE_FROM, "Stop!\nDeny!", "none |", NULL},
	    {RULE_FROM, "Exit!\nDeny!", "none |", NULL},
	    /* A17 */
	    {RULE_FROM, "Deny! Mark! \"a\"\nMark! \"b\"",
		"mark a\ndeny |/rules:1", NULL},
	    {RULE_FROM, "Deny! From? \"\" Mark! \"a\"\nMark! \"b\"",
		"deny |/rules:1", NULL},
	    {RULE_FROM, "Accept!\nMark! \"a\"", "mark a\naccept |/rules:1",
		NULL},
	    {RULE_FROM, "Accept!\nDeny!", "deny |/rules:2", NULL},
	    {RULE_FROM, "Deny! Accept!", "deny |/rules:1", NULL},
	    {RULE_FROM, "Close! Deny!", "close 421 localhost closing|/rules:1",
		NULL},
	    {RULE_FROM, "Deny! Close!", "close 421 localhost closing|/rules:1",
		NULL},
	    {RULE_CONNECTION, "Accept!", "none |", "has no meaning"},
	    /* A19 */
	    {RULE_LIMIT, "Accept!\nDeny!", "accept |/rules:1", NULL},
	    {RULE_LIMIT, "Reply! \"550 x\"", "none |/rules:1", NULL},
	    {RULE_LIMIT, "Close!", "close |/rules:1", NULL},
	    {RULE_LIMIT, "Reply! \"too fast\" Close!",
		"close 421 too fast|/rules:1", NULL},
	    /* A23 */
	    {RULE_QSTART, "Deny!", "none |", "has no meaning"},
	    {RULE_ERROR_REPORT, "Deny!", "deny |/rules:1", NULL},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void
test_replies(void **state)
{
	static const struct run_case cases[] = {
	    /* A14: the last one, once. */
	    {RULE_RCPT, "Reply! \"550 a %r\"\nReply! \"551 b\"\nDeny!",
		"deny 551 b|/rules:3", NULL},
	    /* A15 */
	    {RULE_RCPT, "Reply! \"500 No\"", "deny 500 No|/rules:1",
		"Deny! is missing"},
	    {RULE_RCPT, "Accept! Reply! \"451 No\"", "deny 451 No|/rules:1",
		"Deny! is missing"},
	    {RULE_RCPT, "Reply! \"250 Yes\"", "none 250 Yes|/rules:1", NULL},
	    {RULE_LRCPT_REFUSED, "Reply! \"551 No\"", "none 551 No|/rules:1",
		NULL},
	    /* A16 */
	    {RULE_RCPT, "Reply! \"No\" Deny!", "deny 550 No|/rules:1", NULL},
	    {RULE_CONNECTION, "Reply! \"No\" Deny!", "deny 554 No|/rules:1",
		NULL},
	    {RULE_AUTH, "Reply! \"No\" Deny!", "deny 535 No|/rules:1", NULL},
	    {RULE_RCPT, "Reply! \"250 No\" Deny!", "deny 550 No|/rules:1",
		NULL},
	    {RULE_RCPT, "Reply! \"354 No\" Deny!", "deny 550 No|/rules:1",
		NULL},
	    {RULE_RCPT, "Reply! \"550-No\" Deny!", "deny 550 No|/rules:1",
		NULL},
	    {RULE_RCPT, "Reply! \"5501 No\" Deny!", "deny 550 5501 No|/rules:1",
		NULL},
	    {RULE_RCPT, "Reply! \"Welcome\"", "none 250 Welcome|/rules:1",
		NULL},
	    {RULE_CONNECTION, "Reply! \"Welcome\"", "none 220 Welcome|/rules:1",
		NULL},
	    {RULE_DATA_CMD, "Reply! \"250 Go\"", "none 354 Go|/rules:1", NULL},
	    {RULE_DATA, "Reply! \"354 Go\"", "none 250 Go|/rules:1", NULL},
	    {RULE_FROM, "Reply! \"250 x\" Close!", "close 421 x|/rules:1",
		NULL},
	    {RULE_RCPT, "Reply! \"\" Deny!", "deny |/rules:1", NULL},
	    {RULE_RCPT, "Reply! \"550 \xc3\xa9\" Deny!", "deny 550 ??|/rules:1",
		NULL},
	    {RULE_QSTART, "Reply! \"550 x\"", "none |", "has no meaning"},
	};

	(void)state;
	CHECK_ALL(cases);
	/* The code is that of the option as it now stands. */
	begin();
	assert_string_equal(
	    fake_run_file(RULE_RCPT,
		"Def! \"Msg_refused '553 Out'\" Reply! \"No\" Deny!"),
	    "option Msg_refused \"553 Out\"\ndeny 553 No|/rules:1");
	fake_fact(FACT_REPLY, "553 Bad");
	assert_string_equal(
	    fake_run_file(RULE_LRCPT_REFUSED, "Reply! \"250 so: %P\""),
	    "none 553 so: 553 Bad|/rules:1");
}

/* Values that a client chose make no second line of a reply. */
static void
test_hostile_reply(void **state)
{
	char helo[4000], out[REPLY_OUT_MAX], *line, *rest;
	struct reply_spec spec = {.code = 550};

	(void)state;
	begin();
	fake_fact(FACT_HELO, "a\r\n250 ok\t\x80");
	assert_string_equal(
	    fake_run_file(RULE_RCPT, "Reply! \"550 %h.\" Deny!"),
	    "deny 550 a  250 ok ?.|/rules:1");
	memset(helo, 'h', sizeof(helo) - 1);
	helo[sizeof(helo) - 1] = '\0';
	fake_fact(FACT_HELO, helo);
	fake_run_file(RULE_RCPT, "Reply! \"550 %h\" Deny!");
	*strchr(fake.told, '|') = '\0';
	assert_true(strlen(fake.told) < RUN_REPLY_MAX + 8);
	spec.text = fake.told + strlen("deny ");
	reply_compose(out, sizeof(out), &spec);
	for (rest = out; (line = strsep(&rest, "\n")) != NULL;) {
		assert_true(strlen(line) <= REPLY_FOLD + 1);
		assert_true(*line == '\0' || strncmp(line, "550", 3) == 0);
	}
}

/* Values are bounded in what they make together. */
static void
test_huge(void **state)
{
	char helo[8192];

	(void)state;
	begin();
	memset(helo, 'h', sizeof(helo) - 1);
	helo[sizeof(helo) - 1] = '\0';
	fake_fact(FACT_HELO, helo);
	assert_string_equal(
	    fake_run_file(RULE_RCPT, "Cmp_str? \"%h%h%h%h:%h%h%h%h\" Deny!"),
	    "deny |/rules:1");
	assert_string_equal(fake_warnings(), "");
	assert_string_equal(fake_run_file(RULE_RCPT,
				"!Cmp_str? \"%h%h%h%h%h%h%h%h%h:x\" Deny!"),
	    "none |");
	assert_non_null(strstr(fake_warnings(), "is longer than 65536"));
	/* A mark could not be saved, a header field is cut. */
	assert_string_equal(
	    fake_run_file(RULE_RCPT, "Mark! \"%h\" Deny!"), "none |");
	fake_run_file(RULE_RCPT, "Hadd! \"X: %h\"");
	assert_int_equal(strcspn(fake.told, "\n"), strlen("hadd ") + 998);
}

static const struct fake_file some_files[] = {
    {"/stop", "Mark! \"s\" Stop!\nMark! \"t\"", false},
    {"/exit", "Mark! \"e\" Exit!\nMark! \"f\"", false},
    {"/proc", "Proc_rules! \"/exit\"\nMark! \"p\"", false},
    {"/deny", "Mark! \"d\"\nFrom? \"\" Deny!\nMark! \"g\"", false},
    {"/deep", "Inc_rules! \"/deep\"", false},
    {"/loop", "Proc_rules! \"/loop\"", false},
    {"/theirs",
	"Relay! Accept! Def! \"Max_rcpts 5\" Cp! \"x@y.example\"\n"
	"Inc_rules! \"/stop\"\nReply! \"550 theirs\" Deny!",
	true},
    {"/to/local.example", "Mark! \"per domain\"", false},
    {NULL, NULL, false},
};

static void
test_files(void **state)
{
	static const struct {
		const char *rule, *told, *warns;
	} cases[] = {
	    {"Inc_rules! \"/stop\" Mark! \"z\"", "mark s\nnone |", NULL},
	    {"Inc_rules! \"/exit\" Mark! \"z\"", "mark e\nmark z\nnone |",
		NULL},
	    /* A9 */
	    {"Inc_rules! \"/proc\" Mark! \"z\"", "mark e\nmark z\nnone |",
		NULL},
	    {"Proc_rules! \"/exit\" Mark! \"z\"", "mark e\nnone |", NULL},
	    /* The line of a verdict goes on, through a whole file too. */
	    {"Deny! Inc_rules! \"/deny\" Mark! \"z\"",
		"mark d\nmark g\nmark z\ndeny |Event.rcpt:1", NULL},
	    {"Deny! Proc_rules! \"/deny\"",
		"mark d\nmark g\ndeny |Event.rcpt:1", NULL},
	    {"Inc_rules! \"/deep\" Deny!", "temporary |/deep:1", "too deep"},
	    {"Inc_rules! \"/loop\" Deny!", "temporary |/loop:1",
		"too many files"},
	    /* A7 */
	    {"Inc_rules! \"/none\" Mark! \"z\"", "mark z\nnone |",
		"there is no file"},
	    {"Inc_rules! \"/none/%c\" Mark! \"z\"", "mark z\nnone |", NULL},
	    {"Inc_rules! \"/to/%c\"", "mark per domain\nnone |", NULL},
	    {"Inc_rules! \"/to/%h\" Mark! \"z\"", "none |", "does not fit"},
	    {"Inc_rules! \"%F/rules\" Mark! \"z\"", "mark z\nnone |", NULL},
	    /* A13(e) */
	    {"Inc_rules! \"/theirs\"",
		"cp x@y.example\ndeny 550 theirs|/theirs:3", "is left out"},
	};
	const char *told, *warned;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin();
		fake_fact(FACT_HELO, "../x");
		fake.files = some_files;
		told = fake_run(RULE_RCPT, cases[i].rule);
		warned = fake_warnings();
		if (strcmp(told, cases[i].told) != 0)
			fail_msg("%s\n  gave   \"%s\"\n  wanted \"%s\"\n%s",
			    cases[i].rule, told, cases[i].told, warned);
		if (cases[i].warns != NULL)
			assert_non_null(strstr(warned, cases[i].warns));
		else
			assert_string_equal(warned, "");
	}
}

static void
test_missing_rules(void **state)
{
	(void)state;
	begin();
	assert_string_equal(
	    fake_run(RULE_RCPT, "/gone"), "temporary |Event.rcpt");
	assert_non_null(strstr(fake_warnings(), "no such file"));
	assert_string_equal(
	    fake_run(RULE_RCPT, "/gone"), "temporary |Event.rcpt");
	assert_string_equal(fake_warnings(), "");
	/* Others have their rules meanwhile: nothing new. */
	fake_run(RULE_RCPT, "Stop!");
	fake_run(RULE_RCPT, "/gone");
	assert_string_equal(fake_warnings(), "");
	assert_string_equal(fake_run(RULE_LIMIT, "/gone"), "none |");
	assert_string_equal(fake_run(RULE_QSTART, "/gone"), "none |");
}

static void
test_lines_limit(void **state)
{
	static const char line[] = "From? \"x@y.example\" Deny!\n";
	char *text = malloc((RUN_LINES_MAX + 2) * sizeof(line));
	size_t i, n = sizeof(line) - 1;

	(void)state;
	assert_non_null(text);
	for (i = 0; i <= RUN_LINES_MAX; i++)
		memcpy(text + i * n, line, n + 1);
	begin();
	text[RUN_LINES_MAX * n] = '\0';
	assert_string_equal(fake_run_file(RULE_RCPT, text), "none |");
	text[RUN_LINES_MAX * n] = line[0];
	assert_string_equal(
	    fake_run_file(RULE_RCPT, text), "temporary |/rules:20001");
	assert_non_null(strstr(fake_warnings(), "too many lines"));
	free(text);
}

static void
test_waiting(void **state)
{
	struct policy *p = begin();

	(void)state;
	fake.waits = 3;
	fake.status = 1;
	fake_run(RULE_RCPT,
	    "Mark! \"a\" Exec! \"x\" Internal_rcpt? Rbl_test! \"z\" "
	    "Itest? \"%R=2\" Reply! \"550 %t\" Deny!");
	assert_string_equal(fake.told, "mark a\n");
	assert_false(fake.is_done);
	fake_answer();
	assert_string_equal(fake.told, "mark a\nexec x\n");
	fake_answer();
	assert_false(fake.is_done);
	assert_ptr_not_equal(p->run, NULL);
	fake_answer();
	assert_string_equal(
	    fake.told, "mark a\nexec x\ndeny 550 1|Event.rcpt:1");
	assert_null(p->run);
	/* A late answer for a run that has ended is nobody's. */
	run_resume(p->ref);
	run_resume(0);
}

static void
test_abort(void **state)
{
	struct policy *p = begin();
	uint64_t ref = p->ref;

	(void)state;
	fake.waits = 1;
	fake_run(RULE_RCPT, "Fchange! \"x@y.example\" Exec! \"x\" Deny!");
	assert_non_null(p->run);
	policy_close(fake_peer(), FAKE_SESSION);
	assert_false(fake.is_done);
	assert_null(policy_get(ref));
	run_resume(ref);
	begin();
	fake.waits = 1;
	fake_run(RULE_RCPT, "Exec! \"x\" Deny!");
	policy_gone(fake_peer());
	assert_int_equal(policy_count(), 0);
}

/* A26 to A30 as far as they live here. */
static void
test_lives(void **state)
{
	struct policy *p = begin();

	(void)state;
	fake_run(RULE_RCPT,
	    "Add_hits! \"2\" Mark! \"m\" Spf_test! Rbl_test! \"z\" "
	    "Exec! \"x\" Def! \"Max_rcpts 9\" Fchange! \"x@y.example\"");
	/* A29: the next recipient has the message's sender again. */
	assert_string_equal(p->sender, "a@remote.example");
	assert_int_equal(p->spf, 4);
	fake_fact(FACT_ACCEPTED, "u@local.example");
	fake_fact(FACT_RESET, "");
	fake_fact(FACT_SENDER, "b@remote.example");
	assert_int_equal(p->spf, 0);
	assert_int_equal(p->hits, 2);
	assert_int_equal(p->lists, 2);
	assert_int_equal(p->status, 0);
	assert_true(policy_has_mark(p, "m"));
	assert_int_equal(
	    overlay_num(p->options, fake.options, OPT_MAX_RCPTS), 9);
	assert_int_equal(p->rcpt_count, 0);
	assert_null(p->rcpt);
	/* %P belongs to its event. */
	fake_fact(FACT_REPLY, "550 no");
	fake_run(RULE_LRCPT_REFUSED, "Log! \"/x:%P\"");
	assert_string_equal(fake.told, "log 550 no\nnone |");
	assert_null(p->answer);
}

static void
test_warned_once(void **state)
{
	struct policy *p = begin();
	const char *inline_rule = "Reply! \"550 x\" Cp! \"%h\"";

	(void)state;
	(void)p;
	fake_run(RULE_RCPT, inline_rule);
	assert_non_null(strstr(fake_warnings(), "is not an address"));
	fake_run(RULE_RCPT, inline_rule);
	assert_string_equal(fake_warnings(), "");
	assert_string_equal(fake.told, "deny 550 x|Event.rcpt:1");
}

static void
test_variables(void **state)
{
	struct policy *p = fake_open("::ffff:192.0.2.9");
	char want[256];

	(void)state;
	fake_fact(FACT_NAME, "n.example");
	fake_fact(FACT_HELO, "h%r\"");
	fake_fact(FACT_LOGIN, "l@local.example");
	fake_fact(FACT_SENDER, "\"s@x\"@local.example");
	fake_fact(FACT_ID, "1_2");
	fake_fact(FACT_SPOOL, "/q");
	fake_fact(FACT_SIZE, "77");
	fake_fact(FACT_RCPT, "r@local.example");
	fake_fact(FACT_REPLY, "550 p");
	policy_set(&p->output, "out");
	policy_set(&p->list_text, "lt");
	fake_run(RULE_RCPT,
	    "Log! \"/x:%r,%f,%u,%i,%e,%s,%h,%o,%c,%m,%p,%n,%y,%H,%t,%E,"
	    "%R,%T,%P,%d,%C,%F,%U,%z,%L,%\",%%\"");
	assert_string_equal(fake.told,
	    "log r@local.example,\"s@x\"@local.example,l@local.example,"
	    "192.0.2.9,n.example,n.example,h%r\",local.example,"
	    "local.example,\"s@x\",r,1,0,0,-1,out,0,lt,550 p,1_2,/home/u,"
	    "/home/u,/home/u,77,/q,\",%\nnone |");
	/* A33 */
	fake_run(RULE_DL_RCPT, "Log! \"/x:%T\"");
	assert_string_equal(fake.told, "log 550 p\nnone |");
	option_set(fake.options, OPT_TIMEZONE, "+0000", NULL);
	fake_run(RULE_RCPT, "Log! \"/x:%O %D\"");
	{
		time_t now = time(NULL);
		struct tm tm;

		gmtime_r(&now, &tm);
		snprintf(want, sizeof(want), "log %d %d\nnone |", tm.tm_hour,
		    tm.tm_wday);
	}
	assert_string_equal(fake.told, want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_course, up, down),
	    cmocka_unit_test_setup_teardown(test_replies, up, down),
	    cmocka_unit_test_setup_teardown(test_hostile_reply, up, down),
	    cmocka_unit_test_setup_teardown(test_huge, up, down),
	    cmocka_unit_test_setup_teardown(test_files, up, down),
	    cmocka_unit_test_setup_teardown(test_missing_rules, up, down),
	    cmocka_unit_test_setup_teardown(test_lines_limit, up, down),
	    cmocka_unit_test_setup_teardown(test_waiting, up, down),
	    cmocka_unit_test_setup_teardown(test_abort, up, down),
	    cmocka_unit_test_setup_teardown(test_lives, up, down),
	    cmocka_unit_test_setup_teardown(test_warned_once, up, down),
	    cmocka_unit_test_setup_teardown(test_variables, up, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
