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
 * Command lines.  Lines 9, 10, 12, 16, 26, 31 to 33, 39 to 41, 43 of the list
 * of hostile input.
 */

#include "command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OK COMMAND_OK
#define VERB COMMAND_BAD_VERB
#define SYNTAX COMMAND_BAD_SYNTAX
#define PARAM COMMAND_BAD_PARAM
#define HUNDRED                                              \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/*
 * Parses a copy that ends where the line ends, so that a sanitizer sees any
 * octet read behind it.  The caller frees *copy.
 */
static enum command_status
parse(struct command *c, const char *line, size_t len, char **copy)
{
	assert_non_null(*copy = malloc(len + 1));
	memcpy(*copy + 1, line, len);
	return command_parse(c, *copy + 1, len, COMMAND_P_ALL);
}

static const struct {
	const char *line;
	enum command_verb verb;
	enum command_status status;
	const char *path;
} verb_cases[] = {
    {"HELO a", COMMAND_HELO, OK, "a"},
    {"ehlo  [1.2.3.4] ", COMMAND_EHLO, OK, "[1.2.3.4]"},
    {"LHLO\ta", COMMAND_LHLO, OK, "a"},
    {"EHLO", COMMAND_EHLO, SYNTAX, ""},
    {"EHLO a b", COMMAND_EHLO, SYNTAX, "a"},
    {"DATA", COMMAND_DATA, OK, ""},
    {" data ", COMMAND_DATA, OK, ""},
    {"DATA x", COMMAND_DATA, SYNTAX, ""},
    {"DATAx", COMMAND_UNKNOWN, VERB, ""},
    {"RSET", COMMAND_RSET, OK, ""},
    {"RSET x", COMMAND_RSET, SYNTAX, ""},
    {"NOOP", COMMAND_NOOP, OK, ""},
    {"NOOP any thing", COMMAND_NOOP, OK, ""},
    {"QUIT", COMMAND_QUIT, OK, ""},
    {"STARTTLS", COMMAND_STARTTLS, OK, ""},
    {"STARTTLS x", COMMAND_STARTTLS, SYNTAX, ""},
    {"VRFY", COMMAND_VRFY, SYNTAX, ""},
    {"VRFY Fred Foo", COMMAND_VRFY, OK, "Fred Foo"},
    {"EXPN list", COMMAND_EXPN, OK, "list"},
    {"HELP", COMMAND_HELP, OK, ""},
    {"", COMMAND_UNKNOWN, VERB, ""},
    {"   ", COMMAND_UNKNOWN, VERB, ""},
    {"ETRN x", COMMAND_UNKNOWN, VERB, ""},
    {"XCLIENT ADDR=1.2.3.4", COMMAND_UNKNOWN, VERB, ""},
    {"\xff\xfe", COMMAND_UNKNOWN, VERB, ""},
    {"GET / HTTP/1.1", COMMAND_FOREIGN, VERB, ""},
    {"CONNECT a:25 HTTP/1.0", COMMAND_FOREIGN, VERB, ""},
    {"post /x HTTP/1.1", COMMAND_FOREIGN, VERB, ""},
    {"GET", COMMAND_UNKNOWN, VERB, ""},
    {"\x16\x03\x01", COMMAND_FOREIGN, VERB, ""},
    {"SSH-2.0-OpenSSH", COMMAND_FOREIGN, VERB, ""},
    {"NOOP a\rb", COMMAND_NOOP, SYNTAX, ""},
    {"NOOP a\nb", COMMAND_NOOP, SYNTAX, ""},
    {"QUIT\r", COMMAND_UNKNOWN, VERB, ""},
    {"MAIL FROM:<a\rb@c>", COMMAND_MAIL, SYNTAX, ""},
};

/*
 * The first words of HTTP, TLS and SSH are told apart from slips: browsers can
 * be made to speak to a mail server, and are cut off.
 */
static void
tells_verbs(void **state)
{
	struct command c;
	char *copy;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(verb_cases) / sizeof(verb_cases[0]); i++) {
		parse(
		    &c, verb_cases[i].line, strlen(verb_cases[i].line), &copy);
		if (c.verb != verb_cases[i].verb ||
		    c.status != verb_cases[i].status)
			fail_msg("%s: verb %d status %d %s", verb_cases[i].line,
			    c.verb, c.status, c.reason);
		assert_int_equal(c.path.len, strlen(verb_cases[i].path));
		assert_memory_equal(c.path.p != NULL ? c.path.p : "",
		    verb_cases[i].path, c.path.len);
		assert_true((c.status == OK) == (c.reason == NULL));
		free(copy);
	}
	assert_int_equal(parse(&c, "NOOP a\0b", 8, &copy), SYNTAX);
	free(copy);
	assert_int_equal(parse(&c, "NO\0P", 4, &copy), VERB);
	free(copy);
}

/*
 * Where the path ends is decided here once, by its quotes; address.c judges
 * what it holds.  A blank behind the colon is taken, as many clients send it.
 */
static void
cuts_paths(void **state)
{
	static const struct {
		const char *line;
		enum command_status status;
		const char *path;
	} cases[] = {
	    {"MAIL FROM:<a@b>", OK, "<a@b>"},
	    {"mail from:<a@b>", OK, "<a@b>"},
	    {"MAIL FROM: <a@b> ", OK, "<a@b>"},
	    {"MAIL  FROM:a@b", OK, "a@b"},
	    {"MAIL FROM:a@b SIZE=1", OK, "a@b"},
	    {"MAIL FROM:<>", OK, "<>"},
	    {"MAIL FROM:<\"a> \\\" b\"@c> SIZE=1", OK, "<\"a> \\\" b\"@c>"},
	    {"MAIL FROM:\"a b\"@c", OK, "\"a b\"@c"},
	    {"MAIL FROM:<@a,@b:c@d>", OK, "<@a,@b:c@d>"},
	    {"MAIL FROM:<a b>", OK, "<a b>"},
	    {"MAIL FROM:<;sh>", OK, "<;sh>"},
	    {"RCPT TO:<a@b>", OK, "<a@b>"},
	    {"MAIL", SYNTAX, ""},
	    {"MAIL <a@b>", SYNTAX, ""},
	    {"MAIL FROM <a@b>", SYNTAX, ""},
	    {"MAIL FROM :<a@b>", SYNTAX, ""},
	    {"MAIL TO:<a@b>", SYNTAX, ""},
	    {"RCPT FROM:<a@b>", SYNTAX, ""},
	    {"MAIL FROM:", SYNTAX, ""},
	    {"MAIL FROM: ", SYNTAX, ""},
	    {"MAIL FROM:<a@b", SYNTAX, ""},
	    {"MAIL FROM:<\"a@b>", SYNTAX, ""},
	    {"MAIL FROM:<\"a\\\"@b>", SYNTAX, ""},
	    {"MAIL FROM:\"a\\", SYNTAX, ""},
	    {"MAIL FROM:<a@b>SIZE=1", SYNTAX, "<a@b>"},
	    {"MAIL FROM:<a@b>c", SYNTAX, "<a@b>"},
	};
	struct command c;
	char *copy;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		parse(&c, cases[i].line, strlen(cases[i].line), &copy);
		if (c.status != cases[i].status)
			fail_msg(
			    "%s: %d %s", cases[i].line, c.status, c.reason);
		assert_int_equal(c.path.len, strlen(cases[i].path));
		if (c.path.len > 0)
			assert_memory_equal(
			    c.path.p, cases[i].path, c.path.len);
		free(copy);
	}
}

static const struct {
	const char *params;
	enum command_status mail, rcpt;
} param_cases[] = {
    {"", OK, OK},
    {"SIZE=0", OK, PARAM},
    {"size=1 body=8bitmime", OK, PARAM},
    {"SIZE=99999999999999999999", OK, PARAM},
    {"SIZE=18446744073709551616", OK, PARAM},
    {"SIZE=100000000000000000000", SYNTAX, PARAM},
    {"SIZE=-1", SYNTAX, PARAM},
    {"SIZE=1x", SYNTAX, PARAM},
    {"SIZE=9999999999999999999x", SYNTAX, PARAM},
    {"SIZE=", SYNTAX, PARAM},
    {"SIZE", SYNTAX, PARAM},
    {"SIZE=1 SIZE=1", SYNTAX, PARAM},
    {"BODY=7BIT", OK, PARAM},
    {"BODY=BINARYMIME", OK, PARAM},
    {"BODY=9BIT", SYNTAX, PARAM},
    {"BODY", SYNTAX, PARAM},
    {"SMTPUTF8", OK, PARAM},
    {"SMTPUTF8=1", SYNTAX, PARAM},
    {"SMTPUTF8=", SYNTAX, PARAM},
    {"RET=FULL", OK, PARAM},
    {"RET=hdrs", OK, PARAM},
    {"RET=ALL", SYNTAX, PARAM},
    {"RET=FULL RET=FULL", SYNTAX, PARAM},
    {"ENVID=a+2Bb", OK, PARAM},
    {"ENVID=", SYNTAX, PARAM},
    {"ENVID=a+2", SYNTAX, PARAM},
    {"ENVID=a=b", SYNTAX, PARAM},
    {"ENVID=" HUNDRED, OK, PARAM},
    {"ENVID=" HUNDRED "x", SYNTAX, PARAM},
    {"AUTH=<>", OK, PARAM},
    {"AUTH=a+3Db@c", OK, PARAM},
    {"AUTH=a+0D+0ARCPT", SYNTAX, PARAM},
    {"AUTH=", SYNTAX, PARAM},
    {"NOTIFY=NEVER", PARAM, OK},
    {"NOTIFY=success,failure,DELAY", PARAM, OK},
    {"NOTIFY=NEVER,DELAY", PARAM, SYNTAX},
    {"NOTIFY=DELAY,DELAY", PARAM, SYNTAX},
    {"NOTIFY=DELAY,", PARAM, SYNTAX},
    {"NOTIFY=,", PARAM, SYNTAX},
    {"NOTIFY=", PARAM, SYNTAX},
    {"NOTIFY", PARAM, SYNTAX},
    {"NOTIFY=x", PARAM, SYNTAX},
    {"ORCPT=rfc822;a+2Bb@c", PARAM, OK},
    {"ORCPT=rfc822;a+b@c", PARAM, SYNTAX},
    {"ORCPT=", PARAM, SYNTAX},
    {"ORCPT", PARAM, SYNTAX},
    {"ORCPT=a@b", PARAM, SYNTAX},
    {"ORCPT=rfc822;a ORCPT=rfc822;a", PARAM, SYNTAX},
    {"X=1", PARAM, PARAM},
    {"=1", PARAM, PARAM},
    {"=", PARAM, PARAM},
    {"HOLDFOR=3", PARAM, PARAM},
};

/*
 * Each parameter once, in its own command, with a value of its form: what a
 * server guesses another may read differently.
 */
static void
judges_params(void **state)
{
	struct command c;
	char line[400], *copy;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof(param_cases) / sizeof(param_cases[0]); i++) {
		n = snprintf(line, sizeof(line), "MAIL FROM:<a@b> %s",
		    param_cases[i].params);
		if (parse(&c, line, (size_t)n, &copy) != param_cases[i].mail)
			fail_msg("%s: %d %s", line, c.status, c.reason);
		free(copy);
		n = snprintf(line, sizeof(line), "RCPT TO:<a@b> \t %s",
		    param_cases[i].params);
		if (parse(&c, line, (size_t)n, &copy) != param_cases[i].rcpt)
			fail_msg("%s: %d %s", line, c.status, c.reason);
		free(copy);
	}
}

/*
 * A size too large to count is kept as the largest: it has to be refused as too
 * big and not as wrong.
 */
static void
keeps_values(void **state)
{
	static const char mail[] = "MAIL FROM:<> SIZE=0123 BODY=BINARYMIME "
				   "SMTPUTF8 RET=HDRS ENVID=QQ AUTH=<>";
	static const char rcpt[] =
	    "RCPT TO:<a@b> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;c@d";
	static const char big[] = "MAIL FROM:<> SIZE=99999999999999999999";
	struct command c;

	(void)state;
	assert_int_equal(
	    command_parse(&c, mail, strlen(mail), COMMAND_P_ALL), OK);
	assert_true(c.mail.has_size);
	assert_int_equal(c.mail.size, 123);
	assert_int_equal(c.mail.body, COMMAND_BODY_BINARYMIME);
	assert_true(c.mail.smtputf8);
	assert_int_equal(c.mail.ret, COMMAND_RET_HDRS);
	assert_int_equal(c.mail.envid.len, 2);
	assert_memory_equal(c.mail.auth.p, "<>", 2);
	assert_int_equal(
	    command_parse(&c, rcpt, strlen(rcpt), COMMAND_P_ALL), OK);
	assert_int_equal(
	    c.rcpt.notify, COMMAND_NOTIFY_SUCCESS | COMMAND_NOTIFY_DELAY);
	assert_int_equal(c.rcpt.orcpt.len, 10);
	assert_memory_equal(c.rcpt.orcpt.p, "rfc822;c@d", 10);
	assert_int_equal(
	    command_parse(&c, big, strlen(big), COMMAND_P_ALL), OK);
	assert_true(c.mail.size == UINT64_MAX);
}

/*
 * RFC 5321 section 4.1.1.11: 555 for what EHLO did not say, even where it would
 * be understood.
 */
static void
refuses_what_is_not_offered(void **state)
{
	static const struct {
		const char *line;
		unsigned int bit;
	} cases[] = {
	    {"MAIL FROM:<> SIZE=1", COMMAND_P_SIZE},
	    {"MAIL FROM:<> BODY=8BITMIME", COMMAND_P_BODY},
	    {"MAIL FROM:<> SMTPUTF8", COMMAND_P_SMTPUTF8},
	    {"MAIL FROM:<> RET=FULL", COMMAND_P_DSN},
	    {"MAIL FROM:<> ENVID=a", COMMAND_P_DSN},
	    {"MAIL FROM:<> AUTH=<>", COMMAND_P_AUTH},
	    {"RCPT TO:<a> NOTIFY=NEVER", COMMAND_P_DSN},
	    {"RCPT TO:<a> ORCPT=rfc822;a", COMMAND_P_DSN},
	};
	static const char binary[] = "MAIL FROM:<> BODY=BINARYMIME";
	struct command c;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		len = strlen(cases[i].line);
		assert_int_equal(
		    command_parse(&c, cases[i].line, len, cases[i].bit), OK);
		assert_int_equal(command_parse(&c, cases[i].line, len,
				     COMMAND_P_ALL & ~cases[i].bit),
		    PARAM);
	}
	assert_int_equal(
	    command_parse(&c, binary, strlen(binary), COMMAND_P_BODY), SYNTAX);
}

/*
 * "lost": how many octets follow can not be known, so the session has to end;
 * to go on would read content as commands.
 */
static void
counts_chunks(void **state)
{
	static const struct {
		const char *line;
		enum command_status status;
		bool lost, last;
		uint64_t size;
	} cases[] = {
	    {"BDAT 0", OK, false, false, 0},
	    {"BDAT 0 LAST", OK, false, true, 0},
	    {"bdat 007  last ", OK, false, true, 7},
	    {"BDAT 4294967296", OK, false, false, 4294967296},
	    {"BDAT 18446744073709551615", OK, false, false, UINT64_MAX},
	    {"BDAT 0000000000000000000000000000001", OK, false, false, 1},
	    {"BDAT 18446744073709551616", SYNTAX, true, false, 0},
	    {"BDAT 99999999999999999999", SYNTAX, true, false, 0},
	    {"BDAT -1", SYNTAX, true, false, 0},
	    {"BDAT +1", SYNTAX, true, false, 0},
	    {"BDAT", SYNTAX, true, false, 0},
	    {"BDAT LAST", SYNTAX, true, false, 0},
	    {"BDAT 1x", SYNTAX, true, false, 0},
	    {"BDAT 5 FIRST", SYNTAX, false, false, 5},
	    {"BDAT 5 LAST LAST", SYNTAX, false, false, 5},
	    {"BDAT 5\v", SYNTAX, true, false, 0},
	};
	struct command c;
	char *copy;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		parse(&c, cases[i].line, strlen(cases[i].line), &copy);
		if (c.status != cases[i].status || c.lost != cases[i].lost ||
		    c.bdat.last != cases[i].last)
			fail_msg(
			    "%s: %d %s", cases[i].line, c.status, c.reason);
		if (!c.lost)
			assert_true(c.bdat.size == cases[i].size);
		free(copy);
	}
}

/*
 * An initial response of "=" is an empty one, which is not the same as none
 * (RFC 4954 section 4).
 */
static void
splits_auth(void **state)
{
	static const struct {
		const char *line;
		enum command_status status;
		const char *mech, *initial;
	} cases[] = {
	    {"AUTH PLAIN", OK, "PLAIN", NULL},
	    {"AUTH plain AGEAYg==", OK, "plain", "AGEAYg=="},
	    {"AUTH PLAIN =", OK, "PLAIN", "="},
	    {"AUTH SCRAM-SHA-256", OK, "SCRAM-SHA-256", NULL},
	    {"AUTH", SYNTAX, NULL, NULL},
	    {"AUTH A*B", SYNTAX, NULL, NULL},
	    {"AUTH =", SYNTAX, NULL, NULL},
	    {"AUTH ABCDEFGHIJKLMNOPQRSTU", SYNTAX, NULL, NULL},
	    {"AUTH PLAIN a b", SYNTAX, NULL, NULL},
	};
	struct command c;
	char *copy;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (parse(&c, cases[i].line, strlen(cases[i].line), &copy) !=
		    cases[i].status)
			fail_msg("%s: %d", cases[i].line, c.status);
		if (cases[i].mech != NULL)
			assert_true(span_is_word(c.auth.mech, cases[i].mech));
		if (cases[i].initial != NULL)
			assert_true(
			    span_is_word(c.auth.initial, cases[i].initial));
		else if (c.status == OK)
			assert_null(c.auth.initial.p);
		free(copy);
	}
	assert_string_equal(command_verb_name(COMMAND_STARTTLS), "STARTTLS");
	assert_string_equal(command_verb_name(COMMAND_HELO), "HELO");
	assert_string_equal(command_verb_name(COMMAND_FOREIGN), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_verbs),
	    cmocka_unit_test(cuts_paths),
	    cmocka_unit_test(judges_params),
	    cmocka_unit_test(keeps_values),
	    cmocka_unit_test(refuses_what_is_not_offered),
	    cmocka_unit_test(counts_chunks),
	    cmocka_unit_test(splits_auth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
