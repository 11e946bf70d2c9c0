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
 * What explain says of rules and what it makes of a query: the lines as they
 * go to the client, no password in them; facts in any order; wrong ones.
 */
#include "../../ruled/explain_facts.h"
#include "../../ruled/explain_line.h"
#include "../../ruled/parse.h"
#include "../../ruled/ruled.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct options *options;
static char said[65536];

static void
keep(struct out *o)
{
	if (o->failed)
		fail_msg("a line could not be made");
	strlcat(said, o->text, sizeof(said));
	strlcat(said, "\n", sizeof(said));
	out_clear(o);
}

static void
on_line(void *arg, const struct rules *rules, const struct rule_line *line)
{
	struct out o;

	(void)arg;
	out_init(&o, EXPLAIN_LINE_MAX);
	explain_line_rule(&o, 1, rules, line);
	keep(&o);
}

static void
on_item(void *arg, const struct run *run, const struct rule_item *item,
    enum step step, const char *values)
{
	struct out o;

	(void)arg;
	out_init(&o, EXPLAIN_LINE_MAX);
	explain_line_item(&o, run, item, step, values);
	keep(&o);
}

static void
on_effect(void *arg, enum rule_effect effect, const char *text)
{
	struct out o;

	(void)arg;
	out_init(&o, EXPLAIN_LINE_MAX);
	explain_line_effect(&o, effect, text);
	keep(&o);
}

static void
on_warn(void *arg, const char *place, const char *what)
{
	struct out o;

	(void)arg;
	out_init(&o, EXPLAIN_LINE_MAX);
	explain_line_text(&o, "warning", place, what);
	keep(&o);
}

static void
on_done(struct run *run)
{
	struct out o;

	out_init(&o, EXPLAIN_LINE_MAX);
	explain_line_verdict(&o, run);
	keep(&o);
}

/* Runs a query, dry, with these rules; what was said, or why it can not. */
static const char *
explain(const char *text, const char *rules)
{
	static struct explain_query q;
	struct run_watch watch = {.line = on_line,
	    .item = on_item,
	    .effect = on_effect,
	    .warn = on_warn,
	    .rules = rules,
	    .is_dry = true};
	struct policy *p = policy_new();

	said[0] = '\0';
	assert_non_null(p);
	if (explain_query(&q, text, said, sizeof(said)) == 0 &&
	    explain_facts(p, &q, said, sizeof(said)) == 0)
		assert_int_equal(run_start(p, q.event, 0, &watch, on_done), 0);
	policy_free(p);
	return said;
}

/* A part of what is said, or all of it. */
struct told {
	const char *query, *rules, *part;
};

static void
lines(void **state)
{
	static const struct told cases[] = {
	    {"event=from from=a@b.org", "From? \"a@b.org\" Deny!",
		"at=line depth=1 file=Event.from line=1 rule=\"From? "
		"\\\"a@b.org\\\" Deny!\"\n"
		"at=item kind=condition item=\"From? \\\"a@b.org\\\"\" "
		"values=\"\\\"a@b.org\\\", \\\"a@b.org\\\"\" result=true\n"
		"at=item kind=action item=Deny! "
		"result=\"ends the event after this line\"\n"
		"at=verdict verdict=deny reply=\"\" rule=Event.from:1 "
		"lines=1\n"},
	    {"event=from from=a@b.org", "!From? \"A@B.org.\" Deny!",
		"result=false\nat=verdict verdict=none"},
	    {"event=helo", "To? \"a@b\" Deny!",
		"note=\"has no meaning in this event\" result=false"},
	    {"event=rcpt rcpt=a@b", "Mark! \"x y\" Tmark? \"x y\" Stop!",
		"at=effect effect=mark text=\"x y\""},
	    {"event=rcpt mark=x%20y", "Tmark? \"z\" Stop!",
		"values=\"marks (x y), \\\"z\\\"\""},
	    {"event=rcpt", "Itest? \"%h>1\" Stop!",
		"at=warning place=Event.rcpt:1 text="},
	    {"event=rcpt", "Reply! \"550 no\"",
		"at=warning place=Event.rcpt:1 text=\"Reply! with 4xx"},
	    /* What would be done is shown with its values, and not done. */
	    {"event=from from=a@b.org", "Exec! \"/bin/false %f\" Stop!",
		"values=\"not run: \\\"/bin/false a@b.org\\\"\" result=done"},
	    {"event=from", "Rbl_test! \"a.example b.example\" Stop!",
		"values=\"not run: \\\"a.example b.example\\\"\""},
	    {"event=from status=3", "Exec! \"/x\" Exec_resp? \"3\" Stop!",
		"values=\"3, 3\" result=true"},
	    {"event=from spf=4 from=a@b", "Spf_test! Spf_resp? \"4\" Stop!",
		"values=\"4, 4\" result=true"},
	    {"event=from lists=2", "Itest? \"%R>1\" Stop!",
		"values=\"2 > 1\" result=true"},
	    {"event=from name=", "Rev_fail? Stop!", "Rev_fail?"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strstr(explain(cases[i].query, cases[i].rules),
			cases[i].part) == NULL)
			fail_msg("%s: %s\nwanted %s\ngot\n%s", cases[i].query,
			    cases[i].rules, cases[i].part, said);
}

static void
secrets(void **state)
{
	static const char *const rules[] = {
	    "Mx_auth! \"user:hidden\"",
	    "Delimiter! \"|\" Mx_auth! \"user|hidden\"",
	    "Mx_auth! \"user:hidden%f\"",
	    "Def! \"Srs_key 'hidden'\"",
	    "Def! \" Srs_key hidden%f\"",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		explain("event=rcpt from=a@b rcpt=c@d", rules[i]);
		if (strstr(said, "hidden") != NULL ||
		    strstr(said, "***") == NULL)
			fail_msg("%s\n%s", rules[i], said);
	}
}

static void
facts(void **state)
{
	static const struct told cases[] = {
	    /* The sender begins the message, wherever it stands. */
	    {"event=rcpt rcpt=a@b size=7 id=x from=c@d",
		"Hadd! \"X: %r %z %d %f\"", "text=\"X: a@b 7 x c@d\""},
	    {"event=rcpt from=<> rcpt=<a@b>", "From? \"\" To? \"a@b\" Stop!",
		"ends the event"},
	    {"event=rcpt rcpt=a@b rcpt=c@d rcpt=e@f",
		"Seek_to? \"c@d\" !Seek_to? \"e@f\" To? \"e@f\" "
		"Hadd! \"X: %n\"",
		"text=\"X: 3\""},
	    {"event=data rcpt=a@b rcpt=c@d",
		"Seek_to? \"c@d\" To? \"c@d\" Hadd! \"X: %n\"",
		"text=\"X: 2\""},
	    {"event=helo auth=me", "Auth? Hadd! \"X: %u\"", "X: me"},
	    {"event=helo auth=1 login=me", "Auth? Hadd! \"X: %u\"", "X: me"},
	    {"event=helo auth=0 login=me", "Auth? Hadd! \"X: %u\"",
		"result=false"},
	    {"event=helo ip=::ffff:10.1.2.3", "Ip? \"10.\" Stop!",
		"result=true"},
	    {"event=helo ip=2001:db8::1 name=a.b", "Hadd! \"X: %i %e %s\"",
		"X: 2001:db8::1 a.b a.b"},
	    {"event=helo hits=-5 output=a%20b", "Hadd! \"X: %H %E\"",
		"X: -5 a b"},
	    {"event=helo option=Server_name%20x.org", "Close!",
		"421 x.org closing"},
	    {"event=helo helo=a%25b%0a", "Hadd! \"X: %h\"", "X: a%b"},
	    /* Wrong ones. */
	    {"event=nix", "Stop!", "there is no event \"nix\""},
	    {"ip=10.0.0.1", "Stop!", "there is no event \"\""},
	    {"event=helo foo=1", "Stop!", "there is no fact \"foo\""},
	    {"event=helo foo", "Stop!", "a fact is key=value"},
	    {"event=helo helo=%0", "Stop!", "a fact is key=value"},
	    {"event=helo helo=%00", "Stop!", "a fact is key=value"},
	    {"event=helo ip=10.0.0", "Stop!", "ip can not be \"10.0.0\""},
	    {"event=helo spf=7", "Stop!", "spf can not be \"7\""},
	    {"event=helo size=-1", "Stop!", "size can not be \"-1\""},
	    {"event=helo option=Port%2025", "Stop!", "option can not be"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strstr(explain(cases[i].query, cases[i].rules),
			cases[i].part) == NULL)
			fail_msg("%s: %s\nwanted %s\ngot\n%s", cases[i].query,
			    cases[i].rules, cases[i].part, said);
}

static void
long_rules(void **state)
{
	static char rules[RULE_LINE_MAX];
	size_t i;

	(void)state;
	strlcpy(rules, "Hadd! \"X: ", sizeof(rules));
	/* Each octet takes four when told, and the line still fits. */
	for (i = strlen(rules); i < sizeof(rules) - 100; i++)
		rules[i] = (char)0xff;
	rules[i++] = '"';
	rules[i] = '\0';
	explain("event=rcpt", rules);
	if (strstr(said, "...") == NULL)
		fail_msg("%s", said);
	assert_non_null(strstr(said, "at=verdict"));
}

static int
setup(void **state)
{
	(void)state;
	if ((options = options_new()) == NULL)
		return -1;
	ruled_init(NULL, options);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ruled_clear();
	options_free(options);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines),
	    cmocka_unit_test(secrets),
	    cmocka_unit_test(facts),
	    cmocka_unit_test(long_rules),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
