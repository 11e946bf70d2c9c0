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
 * Reading selor.conf from files, -o over the file, what the report keeps,
 * and the shipped sample.  What lines mean is tested by conf_pairs_test.
 */

#include "../../selor/conf.h"

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../selor/conf_check.h"
#include "../../selor/conf_listen.h"

struct fixture {
	struct options *opts;
	struct conf_report report;
	char dir[64];
	char path[128];
};

/*
 * A directory of its own, since relative paths of rules are resolved against
 * that of the file.
 */
static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_non_null(f->opts = options_new());
	strlcpy(f->dir, "/tmp/conf_test.XXXXXX", sizeof(f->dir));
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/selor.conf", f->dir);
	conf_report_init(&f->report);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	rmdir(f->dir);
	options_free(f->opts);
	conf_report_clear(&f->report);
	free(f);
	return 0;
}

static void
write_conf(const struct fixture *f, const char *text, size_t len)
{
	FILE *out = fopen(f->path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	fclose(out);
}

/* The first note, without the temporary directory. */
static const char *
first_note(const struct fixture *f)
{
	static char line[1024];

	if (f->report.count == 0)
		return "no note";
	conf_report_print(&f->report.notes[0], line, sizeof(line));
	if (strncmp(line, f->dir, strlen(f->dir)) == 0)
		return line + strlen(f->dir) + 1;
	return line;
}

/* A last line without its end is read too. */
static void
test_load(void **state)
{
	struct fixture *f = *state;
	char want[256];

	write_conf(f, "Port 587\nEvent.data \"rules\"", 27);
	assert_int_equal(conf_load(f->path, f->opts, &f->report), 0);
	assert_int_equal(option_num(f->opts, OPT_PORT), 587);
	snprintf(want, sizeof(want), "%s/rules", f->dir);
	assert_string_equal(option_text(f->opts, OPT_EVENT_DATA), want);
	assert_int_equal(f->report.count, 0);
}

/* No file is an error and never means "all defaults". */
static void
test_load_missing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(conf_load(f->path, f->opts, &f->report), -1);
	assert_string_equal(
	    first_note(f), "selor.conf: No such file or directory");
}

/*
 * Opening one succeeds; only reading would fail, with a text that helps nobody.
 */
static void
test_load_directory(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(conf_load(f->dir, f->opts, &f->report), -1);
	assert_int_equal(f->report.errors, 1);
	assert_string_equal(f->report.notes[0].text, "is not a regular file");
}

static void
test_load_fifo(void **state)
{
	struct fixture *f = *state;

	/* Must neither wait for a writer nor read. */
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(conf_load(f->path, f->opts, &f->report), -1);
	assert_string_equal(first_note(f), "selor.conf: is not a regular file");
}

/* From both sides of the limit. */
static void
test_load_large(void **state)
{
	struct fixture *f = *state;
	char *text = malloc(CONF_FILE_MAX + 1);
	size_t i;

	assert_non_null(text);
	for (i = 0; i < CONF_FILE_MAX + 1; i++)
		text[i] = i % 64 == 63 ? '\n' : '#';
	write_conf(f, text, CONF_FILE_MAX);
	assert_int_equal(conf_load(f->path, f->opts, &f->report), 0);
	write_conf(f, text, CONF_FILE_MAX + 1);
	assert_int_equal(conf_load(f->path, f->opts, &f->report), -1);
	assert_string_equal(
	    first_note(f), "selor.conf: larger than 1048576 bytes");
	free(text);
}

/* -o replaces lists as well, and gets the same normal forms as the file. */
static void
test_override(void **state)
{
	struct fixture *f = *state;
	char a[] = "Port 2525", b[] = "Listen '127.0.0.1:1'";
	char c[] = "Listen \"127.0.0.1:2\"";
	char d[] = "Report_from <x@example.test>";
	char *lines[] = {a, b, c, d};
	const char conf[] = "Port 587\nListen \"127.0.0.1:25\"\n"
			    "Sid \"a\"\n";

	assert_int_equal(
	    conf_parse("x.conf", conf, strlen(conf), f->opts, &f->report), 0);
	assert_int_equal(conf_override(lines, 4, f->opts, &f->report), 0);
	assert_int_equal(option_num(f->opts, OPT_PORT), 2525);
	assert_int_equal(option_count(f->opts, OPT_LISTEN), 2);
	assert_string_equal(option_nth(f->opts, OPT_LISTEN, 1), "127.0.0.1:2");
	assert_string_equal(option_text(f->opts, OPT_SID), "a");
	assert_string_equal(
	    option_text(f->opts, OPT_REPORT_FROM), "x@example.test");
	assert_int_equal(f->report.count, 0);
}

/* All that is wrong is told at once, and where: "-o" has no line numbers. */
static void
test_override_wrong(void **state)
{
	struct fixture *f = *state;
	char a[] = "Port 0", b[] = "Prot 1", c[] = "Port 1\nPort 2";
	char d[] = "Event.data \"rules\"", e[] = "Sid a", g[] = "Sid b";
	char *lines[] = {a, b, c, d, e, g};
	static const char *const want[] = {
	    "-o: Port must be a number from 1 to 65535 (port), not \"0\"",
	    "-o: unknown option \"Prot\"; did you mean Port?",
	    "-o: more than one line",
	    "-o: Event.data must be a rule or an absolute path here, "
	    "not \"\"rules\"\"",
	    "-o: warning: Sid is given again; the last holds",
	};
	char line[1024];
	size_t i;

	assert_int_equal(conf_override(lines, 6, f->opts, &f->report), -1);
	assert_int_equal(f->report.count, 5);
	for (i = 0; i < f->report.count; i++) {
		conf_report_print(&f->report.notes[i], line, sizeof(line));
		assert_string_equal(line, want[i]);
	}
}

/* A secret stays out of every message about it. */
static void
test_secret(void **state)
{
	struct fixture *f = *state;
	const char conf[] = "Srs_key \"hunter2\001\"\nSrs_key hunter2 x\n"
			    "Srs_key \"hunter2\nSrs_key hunter2\n"
			    "Server_name hunter2\n";
	size_t i;

	conf_parse("x.conf", conf, strlen(conf), f->opts, &f->report);
	conf_finish(f->opts, &f->report);
	assert_int_equal(f->report.errors, 3);
	assert_true(f->report.count > 3);
	for (i = 0; i < f->report.count; i++)
		assert_null(strstr(f->report.notes[i].text, "hunter2"));
}

/* A file of garbage fills neither memory nor the log, and still is counted. */
static void
test_report_bounds(void **state)
{
	struct fixture *f = *state;
	struct conf_place place = {"x", 1, 0};
	char line[64];
	size_t i;

	for (i = 0; i < 2 * CONF_ERRORS_MAX; i++)
		conf_report_add(&f->report, CONF_ERROR, &place, "e\n%zu", i);
	assert_int_equal(f->report.errors, 2 * CONF_ERRORS_MAX);
	assert_int_equal(f->report.count, CONF_ERRORS_MAX);
	assert_string_equal(f->report.notes[1].text, "e\\x0a1");
	assert_int_equal(conf_report_rest(&f->report, line, sizeof(line)), 0);
	assert_string_equal(line, "20 more errors and warnings");
	/* A warning still fits. */
	conf_report_add(&f->report, CONF_WARNING, &place, "%04000d", 1);
	assert_int_equal(f->report.count, CONF_ERRORS_MAX + 1);
	conf_report_print(
	    &f->report.notes[CONF_ERRORS_MAX], line, sizeof(line));
	assert_int_equal(strlen(line), sizeof(line) - 1);
}

/* Rules that are missing stop the start; a text that has a default does not. */
static void
test_files(void **state)
{
	struct fixture *f = *state;
	char conf[512];

	write_conf(f, "", 0);
	snprintf(conf, sizeof(conf),
	    "Event.data \"%s\"\n"
	    "Report_file \"%s\"\nEvent.from \"Deny!\"\n",
	    f->path, f->path);
	assert_int_equal(
	    conf_parse("x.conf", conf, strlen(conf), f->opts, &f->report), 0);
	conf_check_files(f->opts, &f->report);
	assert_int_equal(f->report.count, 0);
	unlink(f->path);
	conf_check_files(f->opts, &f->report);
	assert_int_equal(f->report.errors, 1);
	assert_int_equal(f->report.warnings, 1);
	assert_int_equal(f->report.notes[0].place.line, 1);
}

static const struct {
	const char *text;
	int result;
	bool any, proxy;
	enum conf_service service;
} listens[] = {
    {"127.0.0.1:25", 0, false, false, CONF_SMTP},
    {"*:465 smtps", 0, true, false, CONF_SMTPS},
    {"[::1]:587  submission  proxy", 0, false, true, CONF_SUBMISSION},
    {"[::1]:587 proxy submission", 0, false, true, CONF_SUBMISSION},
    {"[::1]:25 proxy", 0, false, true, CONF_SMTP},
    {"[::1]:25 proxy proxy", -1, false, false, CONF_SMTP},
    {"[::1]:25 smtps submission", -1, false, false, CONF_SMTP},
    {" [::1]:25", -1, false, false, CONF_SMTP},
    {"", -1, false, false, CONF_SMTP},
};

/* Words behind the address, each once and in any order. */
static void
test_listen(void **state)
{
	struct conf_listen got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(listens) / sizeof(listens[0]); i++) {
		if (conf_listen_parse(listens[i].text, &got) !=
		    listens[i].result)
			fail_msg("\"%s\": want %d", listens[i].text,
			    listens[i].result);
		if (listens[i].result == -1)
			continue;
		if (got.any != listens[i].any ||
		    got.proxy != listens[i].proxy ||
		    got.service != listens[i].service)
			fail_msg("\"%s\": any %d proxy %d service %d",
			    listens[i].text, got.any, got.proxy, got.service);
	}
}

/* Options without effect are listed from the table: none can be forgotten. */
static void
test_later(void **state)
{
	char *text;
	size_t i, size, lines = 0, flagged = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	conf_print_later(out);
	fclose(out);
	for (i = 0; i < OPT_COUNT; i++)
		flagged += (option_row(i)->flags & OPTION_LATER) != 0;
	for (i = 0; i < size; i++)
		lines += text[i] == '\n';
	assert_int_equal(lines, flagged);
	if (flagged > 0)
		assert_non_null(strstr(text, "not yet effective: "));
	free(text);
}

/* The sample says nothing but the truth: it parses, and sets no default. */
static void
test_sample(void **state)
{
	struct fixture *f = *state;
	char line[1024];

	conf_load("etc/selor.conf", f->opts, &f->report);
	conf_finish(f->opts, &f->report);
	if (f->report.count > 0) {
		conf_report_print(&f->report.notes[0], line, sizeof(line));
		fail_msg("%s", line);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_load),
	    CASE(test_load_missing),
	    CASE(test_load_directory),
	    CASE(test_load_fifo),
	    CASE(test_load_large),
	    CASE(test_override),
	    CASE(test_override_wrong),
	    CASE(test_secret),
	    CASE(test_report_bounds),
	    CASE(test_files),
	    CASE(test_listen),
	    CASE(test_later),
	    CASE(test_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
