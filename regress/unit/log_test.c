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
 * Log lines: whatever a value holds, a line stays one line, text or JSON.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"

static char path[] = "/tmp/selor-log-test.XXXXXX";
static char got[70000];

/* What the log holds after a flush; it is then empty. */
static const char *
taken(void)
{
	ssize_t n;
	int fd;

	log_flush();
	fd = open(path, O_RDWR);
	n = read(fd, got, sizeof(got) - 1);
	got[n > 0 ? n : 0] = '\0';
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
	return got;
}

static int
set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	log_init("tester", true, false);
	log_set_zone("-0330");
	log_set_fd(LOG_SUMMARY, open(path, O_WRONLY | O_APPEND));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

/* Each kind of octet in a value; the reader has to get back what was logged. */
static void
text_line(void **state)
{
	struct log_line l;
	const char *at;

	(void)state;
	log_set_json(false);
	assert_false(log_begin(&l, LOG_CENTRAL, "x"));
	assert_true(log_begin(&l, LOG_SUMMARY, "delivered"));
	log_str(&l, "plain", "a@b.example");
	log_str(&l, "blank", "two words");
	log_str(&l, "bad", "a\r\nx\x1b[2J\"\\\xff=");
	log_str(&l, "empty", "");
	log_str(&l, "null", NULL);
	log_num(&l, "n", -5);
	log_hex(&l, "session", 0xabc);
	log_end(&l);
	at = taken();
	assert_non_null(strstr(at,
	    "-0330 tester delivered plain=a@b.example "
	    "blank=\"two words\" bad=\"a\\x0d\\x0ax\\x1b[2J\\\"\\\\\\xff=\" "
	    "empty=\"\" null=\"\" n=-5 session=000000000abc\n"));
	assert_int_equal(at[4], '-');
}

/* JSON has no other escapes for controls than \u00XX. */
static void
json_line(void **state)
{
	struct log_line l;
	const char *at;

	(void)state;
	log_set_json(true);
	log_begin(&l, LOG_SUMMARY, "delivered");
	log_str(&l, "bad", "a\n\"\\");
	log_num(&l, "n", 7);
	log_end(&l);
	log_set_json(false);
	at = taken();
	assert_int_equal(*at, '{');
	assert_non_null(strstr(at,
	    "\"process\":\"tester\",\"event\":"
	    "\"delivered\",\"bad\":\"a\\u000a\\\"\\\\\",\"n\":7}\n"));
}

/*
 * A value that is longer than a line is cut within its quotes, and the line
 * ends.
 */
static void
huge_value(void **state)
{
	static char big[3 * LOG_LINE_MAX];
	struct log_line l;
	const char *at;
	size_t len;
	int json;

	(void)state;
	for (json = 0; json < 2; json++) {
		memset(big, json ? '\n' : 'x', sizeof(big) - 1);
		log_set_json(json);
		log_begin(&l, LOG_SUMMARY, "e");
		log_str(&l, "big", big);
		log_str(&l, "after", "y");
		log_end(&l);
		at = taken();
		len = strlen(at);
		assert_true(len <= LOG_LINE_MAX + 1);
		assert_ptr_equal(strchr(at, '\n'), at + len - 1);
	}
	log_set_json(false);
}

static void
many_lines(void **state)
{
	struct log_line l;
	const char *at;
	int i, lines = 0;

	(void)state;
	/* More than the buffer: none is lost, none torn. */
	for (i = 0; i < 900; i++) {
		log_begin(&l, LOG_SUMMARY, "line");
		log_num(&l, "n", i);
		log_end(&l);
	}
	for (at = taken(); (at = strstr(at, " tester line n=")) != NULL; at++)
		lines++;
	assert_int_equal(lines, 900);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_line),
	    cmocka_unit_test(json_line),
	    cmocka_unit_test(huge_value),
	    cmocka_unit_test(many_lines),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
