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
 * The lists of PRIV_EXEC, and where files of rules lie by their text.
 */
#include "../../selor/exec_args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "../../selor/open_place.h"
#include "../../selor/selor.h"

struct selor_env env;

static void
split(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
		int result;
		size_t count;
	} cases[] = {{"", 0, 0, 0}, {"a", 1, -1, 0}, {"a\0b", 3, -1, 1},
	    {"a\0", 2, 0, 1}, {"\0", 1, 0, 1}, {"\0\0", 2, 0, 2},
	    {"a\0b c\0\0", 7, 0, 3}};
	static uint8_t many[EXEC_TEXT_MAX + 1];
	static struct exec_list l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    exec_list_split(
			&l, (const uint8_t *)cases[i].octets, cases[i].len),
		    cases[i].result);
		if (cases[i].result == -1)
			continue;
		assert_int_equal(l.count, cases[i].count);
		assert_null(l.text[l.count]);
	}
	assert_int_equal(exec_list_split(&l, many, EXEC_ARGS_MAX), 0);
	assert_int_equal(exec_list_split(&l, many, EXEC_ARGS_MAX + 1), -1);
	memset(many, 'a', sizeof(many) - 1);
	many[EXEC_TEXT_MAX - 1] = '\0';
	assert_int_equal(exec_list_split(&l, many, EXEC_TEXT_MAX), 0);
	assert_int_equal(strlen(l.text[0]), EXEC_TEXT_MAX - 1);
	assert_int_equal(exec_list_split(&l, many, EXEC_TEXT_MAX + 1), -1);
}

static void
variables(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {{"SELOR_IP=192.0.2.1", 0}, {"SELOR_A1_B=", 0},
	    {"SELOR_A=LD_PRELOAD=x", 0}, {"SELOR_=x", -1}, {"SELOR_A", -1},
	    {"SELOR", -1}, {"", -1}, {"=", -1}, {"PATH=/tmp", -1},
	    {"LD_PRELOAD=x", -1}, {"selor_a=b", -1}, {"SELOR_a=b", -1},
	    {"XSELOR_A=b", -1}, {"SELOR_A B=c", -1}, {"BASH_ENV=/x", -1}};
	static struct exec_list l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    exec_list_split(&l, (const uint8_t *)cases[i].text,
			strlen(cases[i].text) + 1),
		    0);
		if (exec_list_check_vars(&l) != cases[i].result)
			fail_msg(
			    "\"%s\": not %d", cases[i].text, cases[i].result);
	}
}

static void
programs(void **state)
{
	static const struct {
		const char *name;
		int result;
	} cases[] = {{"/bin/sh", 0}, {"sh", 0}, {"", ENOENT},
	    {"/nonexistent", ENOENT}, {"no-such-program", ENOENT},
	    {"/etc/passwd", EACCES}, {"/bin", EACCES}, {"/", EACCES},
	    {".", EACCES}, {"..", EACCES}, {"./sh", EACCES}, {"bin/sh", EACCES},
	    {"../bin/sh", EACCES}, {"/etc/passwd/x", ENOENT}};
	char path[EXEC_PROGRAM_MAX], longest[EXEC_PROGRAM_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (exec_find(cases[i].name, path) != cases[i].result)
			fail_msg(
			    "\"%s\": not %d", cases[i].name, cases[i].result);
	memset(longest, '/', sizeof(longest) - 1);
	longest[EXEC_PROGRAM_MAX] = '\0';
	assert_int_equal(exec_find(longest, path), EACCES);
	memset(longest, 'a', sizeof(longest) - 1);
	assert_int_equal(exec_find(longest, path), ENOENT);
}

static void
paths(void **state)
{
	static const struct {
		const char *path;
		bool is;
	} cases[] = {{"/a", true}, {"/a/b", true}, {"//a", true},
	    {"/a/..b", true}, {"/a/b..", true}, {"/a/...", true}, {"", false},
	    {"/", false}, {"a", false}, {"/a/", false}, {"/..", false},
	    {"/../a", false}, {"/a/../b", false}, {"/a/..", false},
	    {"../a", false}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (open_place_is_path(cases[i].path) != cases[i].is)
			fail_msg("\"%s\": not %d", cases[i].path, cases[i].is);
}

/* The manual's own examples, with the options as they come. */
static const struct {
	enum open_purpose purpose;
	const char *path;
	enum place_kind kind;
	const char *rest;
} place_cases[] = {{OPEN_RULES, "/var/mail/example.net/rules_domain_com",
		       PLACE_CONF, "example.net/rules_domain_com"},
    {OPEN_LIST, "/usr/local/selor/bloqued_hosts", PLACE_RULES, "bloqued_hosts"},
    {OPEN_LIST, "/usr/local/selor//x", PLACE_RULES, "x"},
    {OPEN_MESSAGE, "/usr/local/selor/message.eml", PLACE_RULES, "message.eml"},
    {OPEN_LIST, "/var/spool/selor/c1732262400123_0001", PLACE_SPOOL,
	"c1732262400123_0001"},
    {OPEN_LIST, "/var/spool/selor/qlimit/c1732262400123_0001_a", PLACE_SPOOL,
	"qlimit/c1732262400123_0001_a"},
    {OPEN_RULES, "/var/spool/selor/c1732262400123_0001", PLACE_NONE, NULL},
    {OPEN_LIST, "/var/spool/selor/l1732262400123_0001", PLACE_NONE, NULL},
    {OPEN_LIST, "/var/spool/selor/offline/x", PLACE_NONE, NULL},
    {OPEN_LOG, "/var/log/selor/auth_connections.log", PLACE_LOG,
	"auth_connections.log"},
    {OPEN_LOG, "/var/log/auth.log", PLACE_NONE, NULL},
    {OPEN_LOG, "/usr/local/selor/x.log", PLACE_NONE, NULL},
    {OPEN_LIST, "/var/log/selor/selor.log", PLACE_NONE, NULL},
    {OPEN_RULES, "/etc/selor/selor.conf", PLACE_CONF, "selor.conf"},
    {OPEN_RULES, "/srv/helo", PLACE_EVENT, "helo"},
    {OPEN_RULES, "/srv/helo2", PLACE_CONF, "helo2"},
    {OPEN_RULES, "/data/a/rules", PLACE_CONF, "a/rules"},
    {OPEN_RULES, "/top", PLACE_EVENT, "top"},
    {OPEN_RULES, "/other", PLACE_NONE, NULL},
    {OPEN_RULES, "/usr/local/selorx/a", PLACE_NONE, NULL},
    {OPEN_RULES, "/usr/local/selor", PLACE_NONE, NULL}};

static void
places(void **state)
{
	char why[OPTION_ERROR_MAX];
	struct place pl;
	size_t i;

	(void)state;
	env.options = options_new();
	env.conf_path = "/etc/selor/selor.conf";
	assert_int_equal(
	    option_set(env.options, OPT_EVENT_HELO, "/srv/helo", why), 0);
	assert_int_equal(
	    option_set(env.options, OPT_EVENT_RCPT, "/data/%c/rules", why), 0);
	assert_int_equal(
	    option_set(env.options, OPT_EVENT_FROM, "/top", why), 0);
	assert_int_equal(option_set(env.options, OPT_EVENT_DATA,
			     "Ip? \"192.0.2.1\" Deny!", why),
	    0);
	/* The system's own directory is no place for logs of rules. */
	assert_int_equal(
	    option_set(env.options, OPT_CENTRAL_LOG, "/var/log/selor.log", why),
	    0);
	for (i = 0; i < sizeof(place_cases) / sizeof(place_cases[0]); i++) {
		open_place(place_cases[i].purpose, place_cases[i].path, &pl);
		if (pl.kind != place_cases[i].kind ||
		    (pl.kind != PLACE_NONE &&
			strcmp(pl.rest, place_cases[i].rest) != 0))
			fail_msg("%s: %d", place_cases[i].path, pl.kind);
	}
	options_free(env.options);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(split),
	    cmocka_unit_test(variables),
	    cmocka_unit_test(programs),
	    cmocka_unit_test(paths),
	    cmocka_unit_test(places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
