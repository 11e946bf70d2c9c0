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
 * Options that Def! changes: what gets in, in which form it goes on, limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "overlay.h"

struct set_case {
	const char *line;
	const char *wire; /* as overlay_line has it; NULL: refused */
	const char *error; /* part of the reason */
};

static void
test_set(void **state)
{
	static const struct set_case cases[] = {
	    {"Max_rcpts 1000", "Max_rcpts 1000", NULL},
	    {"Max_rcpts '1000'", "Max_rcpts 1000", NULL},
	    {" Max_rcpts\t\"1000\" ", "Max_rcpts 1000", NULL},
	    {"Server_name mx.example", "Server_name \"mx.example\"", NULL},
	    {"Modseq_auth 'ldap mysql'", "Modseq_auth \"ldap mysql\"", NULL},
	    {"Msg_refused '550 \"No\"'", "Msg_refused '550 \"No\"'", NULL},
	    {"Event.rcpt 'To? \"a@b\" Deny!'",
		"Event.rcpt \"To? \"a@b\" Deny!\"", NULL},
	    {"Auth_relay 0", "Auth_relay 0", NULL},
	    {"Qend_process '/r'", "Event.qend_process \"/r\"", NULL},
	    {"Event_dl_rcpt '/r'", "Event.dl_rcpt \"/r\"", NULL},
	    {"Summary_log '/l'", "Sumary_log \"/l\"", NULL},
	    {"Server_name ''", "Server_name \"\"", NULL},
	    {"", NULL, "name and a value"},
	    {"Max_rcpts", NULL, "no value"},
	    {"Max_rcpts x", NULL, "number"},
	    {"Max_rcpts 1 2", NULL, "quotes"},
	    {"Max_rcpts '1", NULL, "quote"},
	    {"Server_name '", NULL, "quote"},
	    {"Max_rcpt 1", NULL, "Max_rcpts"},
	    {"max_rcpts 1", NULL, "no option"},
	    {"Port 26", NULL, "can not be changed"},
	    {"Event.Limit '/r'", NULL, "no option"},
	    {"Limit_buffer 1", NULL, "no option"},
	    {"Msg_refused '250 Yes'", NULL, "must be"},
	    {"Server_name 'a\001b'", NULL, "control"},
	};
	char error[OPTION_ERROR_MAX];
	struct overlay *o = NULL;
	const char *line;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		error[0] = '\0';
		if (overlay_set(&o, cases[i].line, NULL, error) == -1) {
			if (cases[i].wire != NULL ||
			    strstr(error, cases[i].error) == NULL)
				fail_msg("%s: %s", cases[i].line, error);
			assert_null(o);
			continue;
		}
		line = overlay_line(o, 0);
		if (cases[i].wire == NULL || strcmp(line, cases[i].wire) != 0)
			fail_msg("%s gave %s", cases[i].line, line);
		overlay_free(o);
		o = NULL;
		/* What goes on is taken again, and stays the same. */
		assert_int_equal(
		    overlay_set(&o, cases[i].wire, NULL, error), 0);
		assert_string_equal(overlay_line(o, 0), cases[i].wire);
		overlay_free(o);
		o = NULL;
	}
}

static void
test_values(void **state)
{
	struct options *under = options_new();
	struct overlay *o = NULL;
	enum option_id id;

	(void)state;
	option_set(under, OPT_MAX_RCPTS, "5", NULL);
	assert_int_equal(overlay_num(NULL, under, OPT_MAX_RCPTS), 5);
	assert_false(overlay_has(NULL, OPT_MAX_RCPTS));
	assert_null(overlay_line(NULL, 0));
	assert_int_equal(overlay_id(NULL, 0), OPT_COUNT);
	assert_int_equal(overlay_set(&o, "Max_rcpts 7", &id, NULL), 0);
	assert_int_equal(id, OPT_MAX_RCPTS);
	assert_int_equal(overlay_set(&o, "Server_name a", &id, NULL), 0);
	assert_int_equal(overlay_set(&o, "Max_rcpts 8", NULL, NULL), 0);
	assert_int_equal(overlay_num(o, under, OPT_MAX_RCPTS), 8);
	assert_string_equal(overlay_text(o, under, OPT_SERVER_NAME), "a");
	assert_string_equal(overlay_line(o, 0), "Max_rcpts 8");
	assert_int_equal(overlay_id(o, 1), OPT_SERVER_NAME);
	assert_null(overlay_line(o, 2));
	/* A refused value changes nothing. */
	assert_int_equal(overlay_set(&o, "Max_rcpts x", NULL, NULL), -1);
	assert_int_equal(overlay_num(o, under, OPT_MAX_RCPTS), 8);
	overlay_free(o);
	options_free(under);
}

static void
test_limits(void **state)
{
	char line[OVERLAY_LINE_MAX + 64];
	struct overlay *o = NULL;
	unsigned int i, taken = 0;
	int n;

	(void)state;
	n = snprintf(line, sizeof(line), "Postmaster '");
	memset(line + n, 'a', OVERLAY_LINE_MAX - 13);
	strlcpy(line + OVERLAY_LINE_MAX - 1, "'", 2);
	assert_int_equal(overlay_set(&o, line, NULL, NULL), -1);
	/* All options with long values go over the whole's limit. */
	for (i = 0; i < OPT_COUNT; i++) {
		if (option_row(i)->type != OPTION_TEXT &&
		    option_row(i)->type != OPTION_EVENT)
			continue;
		n = snprintf(line, sizeof(line), "%s '", option_row(i)->name);
		memset(line + n, 'a', 8000);
		strlcpy(line + n + 8000, "'", 2);
		if (overlay_set(&o, line, NULL, NULL) == 0)
			taken++;
	}
	assert_int_equal(taken, OVERLAY_BYTES_MAX / 8000);
	overlay_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_set),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
