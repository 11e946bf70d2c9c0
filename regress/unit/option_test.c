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
 * The table of options and the values it accepts.
 */

#include "option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A slip in a test's own table fails with the name. */
static enum option_id
find(const char *name)
{
	enum option_id id;

	if (option_find(name, OPTION_IN_CONF, &id) == -1)
		fail_msg("no option %s", name);
	return id;
}

/* The manual has 114; a lost row would go unnoticed otherwise. */
static void
test_rows(void **state)
{
	const struct option_row *row;
	size_t i, own = 0;

	(void)state;
	for (i = 0; i < OPT_COUNT; i++) {
		row = option_row(i);
		if (row->flags & OPTION_OWN)
			own++;
		assert_true(row->to != 0);
		assert_true(strlen(row->line) > 0);
		assert_int_equal(find(row->name), i);
	}
	assert_int_equal(OPT_COUNT - own, 114);
}

/* Each default passes its own check, but for lists, which have none. */
static void
test_defaults(void **state)
{
	struct options *opts = options_new();
	char error[OPTION_ERROR_MAX] = "";
	size_t i;

	(void)state;
	for (i = 0; i < OPT_COUNT; i++) {
		assert_false(option_is_set(opts, i));
		assert_string_equal(option_text(opts, i), option_row(i)->dflt);
		if (option_row(i)->flags & OPTION_LIST) {
			assert_int_equal(option_count(opts, i), 0);
			assert_null(option_nth(opts, i, 0));
			continue;
		}
		assert_int_equal(option_count(opts, i), 1);
		if (option_set(opts, i, option_row(i)->dflt, error) == -1)
			fail_msg("%s: %s", option_row(i)->name, error);
	}
	assert_int_equal(option_num(opts, OPT_PORT), 25);
	assert_int_equal(option_num(opts, OPT_MAX_MAIL_SIZE), 10485760);
	assert_int_equal(option_num(opts, OPT_FROM_LEVEL_CHECK), 1);
	options_free(opts);
}

static const struct {
	const char *name, *text, *error;
} values[] = {
    {"Port", "1", NULL},
    {"Port", "65535", NULL},
    {"Port", "0", "must be a number from 1 to 65535 (port)"},
    {"Port", "65536", "must be a number from 1 to 65535 (port)"},
    {"Port", "", "must be a number from 1 to 65535 (port)"},
    {"Port", "-", "must be a number from 1 to 65535 (port)"},
    {"Port", "+25", "must be a number from 1 to 65535 (port)"},
    {"Port", " 25", "must be a number from 1 to 65535 (port)"},
    {"Port", "25 ", "must be a number from 1 to 65535 (port)"},
    {"Port", "0x19", "must be a number from 1 to 65535 (port)"},
    {"Port", "18446744073709551641", "must be a number from 1 to 65535 (port)"},
    {"From_level_check", "-1", NULL},
    {"From_level_check", "-2", "must be a number from -1 to 2 (level)"},
    {"Log_lvl", "1", "must be 0"},
    {"Cp_errors", "2", "must be 0 or 1"},
    {"Cp_errors", "yes", "must be 0 or 1"},
    {"Bare_newline", "reject", NULL},
    {"Bare_newline", "rej", "must be \"normalize\" or \"reject\""},
    {"Bare_newline", "", "must be \"normalize\" or \"reject\""},
    {"Bare_newline", "normalize|reject", "must be \"normalize\" or \"reject\""},
    {"Msg_welcome", "220 ", NULL},
    {"Msg_welcome", "220", NULL},
    {"Msg_welcome", "220-a", "must be a code 2xx and text"},
    {"Msg_welcome", "550 no", "must be a code 2xx and text"},
    {"Msg_welcome", "hello", "must be a code 2xx and text"},
    {"Msg_welcome", "2200 a", "must be a code 2xx and text"},
    {"Msg_welcome", "290 a", "must be a code 2xx and text"},
    {"Msg_send_body", "354 go", NULL},
    {"Msg_send_body", "334 go", "must be the code 354 and text"},
    {"Msg_refused", "451 later", NULL},
    {"Msg_refused", "250 yes", "must be a code 4xx or 5xx and text"},
    {"Msg_refused", "550 a\tb", "holds a control character (0x09)"},
    {"Msg_refused", "550 a\r\nRSET", "holds a control character (0x0d)"},
    {"Server_name", "a\nb", "holds a control character (0x0a)"},
    {"Server_name", "a\177b", "holds a control character (0x7f)"},
    {"Dlocal", "/bin/x \"a\" 'b'", "holds both kinds of quotes"},
    {"Event.data", "Ip? \"1\" Log! 'b'", NULL},
};

/*
 * Each message names what is allowed, in words that are part of the contract.
 */
static void
test_values(void **state)
{
	struct options *opts = options_new();
	char error[OPTION_ERROR_MAX];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		strlcpy(error, "accepted", sizeof(error));
		r = option_set(
		    opts, find(values[i].name), values[i].text, error);
		if (values[i].error == NULL && r == -1)
			fail_msg("%s \"%s\": %s", values[i].name,
			    values[i].text, error);
		if (values[i].error != NULL &&
		    (r == 0 || strcmp(error, values[i].error) != 0))
			fail_msg("%s \"%s\": want %s, got %s", values[i].name,
			    values[i].text, values[i].error, error);
	}
	/* What was refused changed nothing. */
	assert_int_equal(option_num(opts, OPT_PORT), 65535);
	assert_int_equal(option_word(opts, OPT_BARE_NEWLINE), 1);
	options_free(opts);
}

/*
 * A value of the greatest length is printed and sent whole; one octet more is
 * refused when it is set, not when it is sent.
 */
static void
test_long(void **state)
{
	struct options *opts = options_new();
	char text[OPTION_TEXT_MAX + 1], error[OPTION_ERROR_MAX];
	char print[OPTION_PRINT_MAX];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[OPTION_TEXT_MAX] = '\0';
	assert_int_equal(
	    option_set(opts, OPT_SUBJECT_ERROR_MSG, text, error), -1);
	assert_string_equal(error, "is longer than 8191 bytes");
	text[OPTION_TEXT_MAX - 1] = '\0';
	assert_int_equal(
	    option_set(opts, OPT_SUBJECT_ERROR_MSG, text, error), 0);
	assert_int_equal(
	    option_print(opts, OPT_SUBJECT_ERROR_MSG, 0, print, sizeof(print)),
	    OPTION_TEXT_MAX + 1);
	assert_int_equal(option_print(opts, OPT_SUBJECT_ERROR_MSG, 0, print,
			     sizeof(print) - 2),
	    -1);
	memcpy(text, "550 ", 4);
	text[OPTION_REPLY_MAX + 1] = '\0';
	assert_int_equal(option_set(opts, OPT_MSG_REFUSED, text, error), -1);
	text[OPTION_REPLY_MAX] = '\0';
	assert_int_equal(option_set(opts, OPT_MSG_REFUSED, text, error), 0);
	options_free(opts);
}

static const struct {
	const char *name, *text, *print;
} prints[] = {
    {"Port", "587", "587"},
    {"From_level_check", "-1", "-1"},
    {"Msg_welcome", "220 ", "\"220 \""},
    {"Sid", "", "\"\""},
    {"Subject_error_msg", "say \"no\"", "'say \"no\"'"},
    {"Subject_error_msg", "don't", "\"don't\""},
    {"Event.from", "From? \"a'b\" Deny!", "\"From? \"a'b\" Deny!\""},
    {"Log_format", "json", "\"json\""},
};

/* What print writes, set_wire reads back to the same text. */
static void
test_wire(void **state)
{
	struct options *one, *other;
	char print[OPTION_PRINT_MAX];
	enum option_id id;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(prints) / sizeof(prints[0]); i++) {
		one = options_new();
		other = options_new();
		id = find(prints[i].name);
		assert_int_equal(option_set(one, id, prints[i].text, NULL), 0);
		assert_int_equal(option_print(one, id, 0, print, sizeof(print)),
		    strlen(prints[i].print));
		assert_string_equal(print, prints[i].print);
		assert_int_equal(option_set_wire(other, id, print, NULL), 0);
		assert_string_equal(option_text(other, id), prints[i].text);
		options_free(one);
		options_free(other);
	}
}

/* The parent quotes always; what comes otherwise is from no parent of ours. */
static void
test_wire_refused(void **state)
{
	static const char *const bad[] = {
	    "", "x", "\"", "\"x", "x\"", "\"x'", "220 x"};
	struct options *opts = options_new();
	char error[OPTION_ERROR_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (option_set_wire(
			opts, OPT_SUBJECT_ERROR_MSG, bad[i], error) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_string_equal(error, "is not quoted");
	}
	assert_false(option_is_set(opts, OPT_SUBJECT_ERROR_MSG));
	options_free(opts);
}

/* Bounded, copied in order, and gone when unset. */
static void
test_list(void **state)
{
	struct options *opts = options_new(), *copy;
	char text[32], error[OPTION_ERROR_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < OPTION_LIST_MAX; i++) {
		snprintf(text, sizeof(text), "127.0.0.%zu:25", i);
		assert_int_equal(option_set(opts, OPT_LISTEN, text, error), 0);
	}
	assert_int_equal(option_set(opts, OPT_LISTEN, "x", error), -1);
	assert_string_equal(error, "is given more than 64 times");
	copy = options_copy(opts);
	options_free(opts);
	assert_int_equal(option_count(copy, OPT_LISTEN), OPTION_LIST_MAX);
	assert_string_equal(option_nth(copy, OPT_LISTEN, 0), "127.0.0.0:25");
	assert_string_equal(option_nth(copy, OPT_LISTEN, 63), "127.0.0.63:25");
	assert_null(option_nth(copy, OPT_LISTEN, 64));
	option_unset(copy, OPT_LISTEN);
	assert_int_equal(option_count(copy, OPT_LISTEN), 0);
	options_free(copy);
}

/* Shown as stars of one length, printed in full only for daemons. */
static void
test_secret(void **state)
{
	struct options *opts = options_new();
	char print[OPTION_PRINT_MAX];

	(void)state;
	option_show(opts, OPT_SRS_KEY, 0, print, sizeof(print));
	assert_string_equal(print, "\"\"");
	option_set(opts, OPT_SRS_KEY, "hunter2", NULL);
	option_show(opts, OPT_SRS_KEY, 0, print, sizeof(print));
	assert_string_equal(print, "\"********\"");
	option_print(opts, OPT_SRS_KEY, 0, print, sizeof(print));
	assert_string_equal(print, "\"hunter2\"");
	options_free(opts);
}

static const struct {
	const char *name;
	unsigned int scope;
	const char *is; /* NULL: no such name */
} names[] = {
    {"Summary_log", OPTION_IN_CONF, "Sumary_log"},
    {"Summary_log", OPTION_IN_DEF, "Sumary_log"},
    {"Event.Limit", OPTION_IN_CONF, "Event.limit"},
    {"Event.Data", OPTION_IN_CONF, NULL},
    {"Limit_buffer", OPTION_IN_CONF, "Limit_buf"},
    {"Incorret_pass_delay", OPTION_IN_CONF, "Incorrect_pass_delay"},
    {"Msg_auth_failed", OPTION_IN_CONF, "Msg_auth_falied"},
    {"Qend_process", OPTION_IN_CONF, NULL},
    {"Qend_process", OPTION_IN_DEF, "Event.qend_process"},
    {"Event_error_report", OPTION_IN_DEF, "Event.error_report"},
    {"port", OPTION_IN_CONF, NULL},
    {"", OPTION_IN_CONF, NULL},
};

/* Old names hold in the kinds of file that had them and nowhere else. */
static void
test_names(void **state)
{
	enum option_id id;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		r = option_find(names[i].name, names[i].scope, &id);
		if (names[i].is == NULL && r == 0)
			fail_msg("%s: found", names[i].name);
		if (names[i].is == NULL)
			continue;
		if (r == -1)
			fail_msg("%s: not found", names[i].name);
		assert_string_equal(option_row(id)->name, names[i].is);
	}
}

static const struct {
	const char *wrong, *right;
} nearest[] = {
    {"port", "Port"},
    {"Prot", "Port"},
    {"Servername", "Server_name"},
    {"Msg_wellcome", "Msg_welcome"},
    {"Event.conection", "Event.connection"},
    {"Max_mailsize", "Max_mail_size"},
    {"Time_out", "Timeout"},
    {"myhostname", NULL},
    {"smtpd_recipient_restrictions", NULL},
    {"", NULL},
    {"Xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL},
};

/* A guess only where the slip is small: a wrong hint costs more than none. */
static void
test_nearest(void **state)
{
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(nearest) / sizeof(nearest[0]); i++) {
		got = option_nearest(nearest[i].wrong);
		if (strcmp(got ? got : "none",
			nearest[i].right ? nearest[i].right : "none") != 0)
			fail_msg("%s: want %s, got %s", nearest[i].wrong,
			    nearest[i].right ? nearest[i].right : "none",
			    got ? got : "none");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_wire),
	    cmocka_unit_test(test_wire_refused),
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_secret),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
