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
 * Rules into a tree: words, addresses, lines and limits, values.  What each
 * form of parameter takes is in regress/conf/rules.
 */
#include "../../ruled/parse.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../ruled/param.h"
#include "msg.h"

struct told {
	char text[16384];
	uint32_t errors, warnings;
};

static void
told(void *arg, const struct parse_problem *problem)
{
	struct told *t = arg;
	size_t len = strlen(t->text);

	if (problem->severity == PARSE_ERROR)
		t->errors++;
	else
		t->warnings++;
	snprintf(t->text + len, sizeof(t->text) - len, "%u:%u: %s\n",
	    problem->line, problem->column, problem->text);
}

static struct rules *
parse(const char *text, size_t len, bool is_inline, struct told *t)
{
	struct parse_how how = {
	    .name = "test", .is_inline = is_inline, .told = told, .arg = t};
	struct rules *rules;

	memset(t, 0, sizeof(*t));
	rules = parse_rules(text, len, &how);
	assert_non_null(rules);
	return rules;
}

static void
test_every_word(void **state)
{
	const struct word_row *row;
	enum word word;
	unsigned int i;

	(void)state;
	for (i = 0; i < WORD_COUNT; i++) {
		row = word_row(i);
		assert_int_equal(
		    words_find(row->name, strlen(row->name), row->mark, &word),
		    WORD_FOUND);
		assert_int_equal(word, i);
		if (words_find(row->name, strlen(row->name), '\0', &word) !=
		    (row->mark == '?' ? WORD_ODD : WORD_UNKNOWN))
			fail_msg("%s without a mark", row->name);
	}
	for (i = VAR_NONE + 1; i < VAR_COUNT; i++)
		assert_int_equal(words_variable(variable_row(i)->letter), i);
	assert_int_equal(words_variable('q'), VAR_NONE);
	assert_int_equal(words_variable('\xff'), VAR_NONE);
	assert_int_equal(words_variable('\0'), VAR_NONE);
}

static const struct {
	const char *pattern, *address;
	bool matches;
} addresses[] = {
    {"10.0.0.1", "10.0.0.1", true},
    {"10.0.0.1", "10.0.0.10", false},
    {"10.0.0.1", "::ffff:10.0.0.1", true},
    {"10.0.0.1", "::1", false},
    {"192.168.4", "192.168.4.9", true},
    {"192.168.4", "192.168.40.9", false},
    {"200.200.", "200.200.1.1", true},
    {"200.200.", "200.201.1.1", false},
    {"10.", "10.255.0.1", true},
    {"10.0.0.7/24", "10.0.0.200", true},
    {"10.0.0.0/25", "10.0.0.128", false},
    {"10.0.0.128/25", "10.0.0.128", true},
    {"10.0.0.0/31", "10.0.0.1", true},
    {"10.0.0.0/31", "10.0.0.2", false},
    {"10.0.0.0/255.255.255.0", "10.0.0.9", true},
    {"10.0.0.0/255.255.255.0", "10.0.1.9", false},
    {"0.0.0.0/0", "203.0.113.9", true},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"2001:db8::/33", "2001:db8:7fff::1", true},
    {"2001:db8::/33", "2001:db8:8000::1", false},
    {"::1", "::1", true},
    {"::/0", "2001:db8::1", true},
    {"::/0", "10.0.0.1", false},
    {"::ffff:10.0.0.0/104", "10.9.9.9", true},
    {"::ffff:10.0.0.0/104", "11.9.9.9", false},
    {"::ffff:0:0/96", "203.0.113.9", true},
};

static void
test_addresses(void **state)
{
	struct ip_pattern p;
	struct msg_addr a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		memset(&a, 0, sizeof(a));
		a.family = strchr(addresses[i].address, ':') != NULL ?
		    AF_INET6 :
		    AF_INET;
		assert_int_equal(
		    inet_pton(a.family, addresses[i].address, a.ip), 1);
		assert_int_equal(
		    ip_pattern_parse(addresses[i].pattern, &p, NULL, 0), 0);
		if (ip_pattern_matches(&p, &a) != addresses[i].matches)
			fail_msg("%s and %s: want %d", addresses[i].pattern,
			    addresses[i].address, addresses[i].matches);
	}
	memset(&a, 0, sizeof(a));
	assert_false(ip_pattern_matches(&p, &a));
}

static void
test_lines(void **state)
{
	static const char text[] = "\xef\xbb\xbf"
				   "Deny!\r\n\n# x\nStop!\0\nFrom?\nExit!";
	struct told t;
	struct rules *rules = parse(text, sizeof(text) - 1, false, &t);

	(void)state;
	assert_string_equal(t.text,
	    "4:6: the line holds a NUL byte\n"
	    "5:1: \"From?\" needs a parameter in quotes\n");
	assert_int_equal(rules->count, 2);
	assert_int_equal(rules->lines[0].number, 1);
	assert_int_equal(rules->lines[1].number, 6);
	assert_int_equal(rules->lines[1].items[0].word, WORD_EXIT);
	rules_release(rules_hold(rules));
	assert_string_equal(rules->name, "test");
	rules_release(rules);
	rules = parse("", 0, false, &t);
	assert_int_equal(rules->count + t.errors, 0);
	rules_release(rules);
	rules_release(NULL);
}

static void
test_long(void **state)
{
	static char text[3 * RULE_LINE_MAX];
	struct rules *rules;
	struct told t;
	size_t over;

	(void)state;
	for (over = 0; over < 2; over++) {
		memset(text, 'x', sizeof(text));
		memcpy(text, "Mark! \"", 7);
		strlcpy(text + RULE_LINE_MAX - 1 + over, "\"\nStop!\n", 9);
		rules = parse(text, strlen(text), false, &t);
		assert_int_equal(rules->count, 2 - over);
		assert_string_equal(t.text,
		    over == 0 ? "" :
				"1:8193: the line is longer than 8192 bytes\n");
		if (over == 0)
			assert_int_equal(
			    rules->lines[0].items[0].field[0].constant_len,
			    RULE_LINE_MAX - 8);
		rules_release(rules);
	}
	/* As many pieces as a line can hold. */
	memcpy(text, "Mark! \"", 7);
	for (over = 7; over + 3 < RULE_LINE_MAX; over += 3)
		memcpy(text + over, "%ra", 3);
	text[over++] = '"';
	rules = parse(text, over, false, &t);
	assert_string_equal(t.text, "");
	assert_int_equal(
	    rules->lines[0].items[0].field[0].count, (over - 8) / 3 * 2);
	rules_release(rules);
	/* And as many items. */
	for (over = 0; over + 5 <= RULE_LINE_MAX; over += 5)
		memcpy(text + over, "Auth ", 5);
	rules = parse(text, over, false, &t);
	assert_int_equal(rules->lines[0].count, over / 5);
	rules_release(rules);
}

static void
test_many(void **state)
{
	static char text[400 * 6 + 1];
	struct rules *rules;
	struct told t;
	size_t i;

	(void)state;
	for (i = 0; i < 400; i++)
		memcpy(text + i * 6, i % 2 == 0 ? "Deni!\n" : "Stop!\n", 6);
	rules = parse(text, 2400, false, &t);
	assert_int_equal(t.errors, PARSE_PROBLEMS_MAX + 1);
	assert_non_null(strstr(
	    t.text, "\n201:1: there are more problems, which are not told\n"));
	assert_int_equal(rules->count, 200);
	rules_release(rules);
}

static void
test_values(void **state)
{
	static const char text[] =
	    "!Rbl_resp? \" 7 \" Add_hits! \"-3\" Itest? \"%H > 2\" "
	    "Exec_resp? \"%t\" Ip? \"10.\" Delimiter! \"|\" "
	    "Cmp_str? \"%f:%%|x%y\"";
	const struct rule_item *item;
	struct told t;
	struct rules *rules = parse(text, sizeof(text) - 1, false, &t);

	(void)state;
	assert_string_equal(t.text, "");
	item = rules->lines[0].items;
	assert_true(item[0].is_negated && item[0].is_fixed);
	assert_int_equal(item[0].number, 7);
	assert_int_equal(item[0].column, 1);
	assert_int_equal(item[1].number, -3);
	assert_int_equal(item[1].column, 18);
	assert_int_equal(item[2].op, '>');
	assert_null(item[2].field[0].constant);
	assert_int_equal(item[2].field[0].count, 1);
	assert_int_equal(item[2].field[0].pieces[0].variable, VAR_HITS);
	assert_string_equal(item[2].field[1].constant, "2");
	assert_false(item[3].is_fixed);
	assert_true(item[4].is_fixed);
	assert_int_equal(item[4].ip.bits, 8);
	assert_int_equal(item[6].fields, 2);
	assert_int_equal(item[6].field[0].count, 2);
	assert_string_equal(item[6].field[0].pieces[1].text, ":%");
	assert_int_equal(item[6].field[1].pieces[0].len, 1);
	assert_int_equal(item[6].field[1].pieces[1].variable, VAR_SPF);
	rules_release(rules);
}

static const struct {
	const char *value;
	bool is_inline;
} options[] = {
    {"Deny!", true},
    {"!Auth? Deny!", true},
    {"  Stop!", true},
    {"Spf_resp \"2\" Deny!", true},
    {"Auth Deny!", true},
    {"From %\"a@b.org%\" Deny!", true},
    {"/usr/local/selor/rules", false},
    {"rules", false},
    {"Rules", false},
    {"Rules of mine", false},
    {"", false},
    {"!", false},
};

static void
test_inline(void **state)
{
	struct rules *rules;
	struct told t;
	char error[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (parse_is_inline(options[i].value) != options[i].is_inline)
			fail_msg("\"%s\": want %d", options[i].value,
			    options[i].is_inline);
	}
	rules = parse("Deny!\nStop!", 11, true, &t);
	assert_int_equal(rules->count, 0);
	assert_string_equal(
	    t.text, "1:1: rules in an option are one line of text\n");
	rules_release(rules);
	assert_int_equal(parse_inline_check("Stop!", error, sizeof(error)), 0);
	assert_int_equal(
	    parse_inline_check("Auth? Stopp!", error, sizeof(error)), -1);
	assert_string_equal(error,
	    "column 7: there is no word \"Stopp!\"; the nearest is \"Stop!\"");
}

static void
test_params(void **state)
{
	char host[PARAM_HOST_MAX], value[OPTION_TEXT_MAX];
	const char *zones = " a.org \tb.org ";
	enum option_id id;
	uint16_t port;

	(void)state;
	assert_int_equal(
	    param_host_port(" [2001:db8::1]  587 ", host, &port, NULL), 0);
	assert_string_equal(host, "2001:db8::1");
	assert_int_equal(port, 587);
	assert_int_equal(param_host_port("a.org", host, &port, NULL), 0);
	assert_int_equal(port, 25);
	assert_int_equal(param_zone(&zones, host), 1);
	assert_string_equal(host, "a.org");
	assert_int_equal(param_zone(&zones, host), 1);
	assert_string_equal(host, "b.org");
	assert_int_equal(param_zone(&zones, host), 0);
	assert_int_equal(
	    param_def("Qend_process 'Deny! '", &id, value, NULL), 0);
	assert_int_equal(id, OPT_EVENT_QEND_PROCESS);
	assert_string_equal(value, "Deny! ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_word),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_inline),
	    cmocka_unit_test(test_params),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
