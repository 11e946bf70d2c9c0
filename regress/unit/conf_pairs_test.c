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
 * Every regress/conf/NAME.in is read as a selor.conf; what is said and what
 * is set must be NAME.ok.  What was read without an error must read the
 * same when it is printed.  UPDATE=1 in the environment writes the .ok.
 */

#include "../../selor/conf.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Relative paths of rules begin in this directory. */
#define PLACE "/etc/selor/selor.conf"

/* The options that are set, as they would stand in selor.conf. */
static void
print_options(const struct options *opts, FILE *out)
{
	char text[OPTION_PRINT_MAX];
	size_t i, n;

	for (i = 0; i < OPT_COUNT; i++) {
		if (!option_is_set(opts, i))
			continue;
		for (n = 0; n < option_count(opts, i); n++) {
			if (option_print(opts, i, n, text, sizeof(text)) == -1)
				fail_msg("%s: no print", option_row(i)->name);
			fprintf(out, "%s %s\n", option_row(i)->name, text);
		}
	}
}

/* In the order in which they were found, as the administrator sees them. */
static void
print_notes(const struct conf_report *report, FILE *out)
{
	char line[1024];
	size_t i;

	for (i = 0; i < report->count; i++) {
		conf_report_print(&report->notes[i], line, sizeof(line));
		fprintf(out, "%s\n", line);
	}
	if (conf_report_rest(report, line, sizeof(line)) == 0)
		fprintf(out, "%s\n", line);
}

static int
read_conf(const char *buf, size_t len, struct options *opts,
    struct conf_report *report)
{
	conf_report_init(report);
	conf_parse(PLACE, buf, len, opts, report);
	return conf_finish(opts, report);
}

/* Reads a configuration; the whole answer as text, to be freed. */
static char *
answer(const char *buf, size_t len)
{
	struct options *opts = options_new(), *again = options_new();
	struct conf_report report, other;
	char *text, *one, *two;
	size_t size;
	FILE *out;
	int r;

	r = read_conf(buf, len, opts, &report);
	out = open_memstream(&text, &size);
	print_notes(&report, out);
	fprintf(out, r == 0 ? "--\n" : "-- refused\n");
	if (r == 0) {
		print_options(opts, out);
		fclose(out);
		one = strstr(text, "--\n") + 3;
		assert_int_equal(read_conf(one, strlen(one), again, &other), 0);
		out = open_memstream(&two, &size);
		print_options(again, out);
		fclose(out);
		assert_string_equal(one, two);
		free(two);
		conf_report_clear(&other);
	} else
		fclose(out);
	conf_report_clear(&report);
	options_free(opts);
	options_free(again);
	return text;
}

static char *
slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *buf = malloc(CONF_FILE_MAX + 1);

	assert_non_null(buf);
	*len = 0;
	if (f != NULL) {
		*len = fread(buf, 1, CONF_FILE_MAX, f);
		fclose(f);
	}
	buf[*len] = '\0';
	return buf;
}

/* One per file, so that a failure has its name. */
static void
test_pair(void **state)
{
	char *in = *state, *ok = strdup(in), *conf, *want, *got;
	size_t len, wantlen;
	FILE *f;

	conf = slurp(in, &len);
	got = answer(conf, len);
	memcpy(ok + strlen(ok) - 2, "ok", 2);
	if (getenv("UPDATE") != NULL) {
		f = fopen(ok, "w");
		assert_non_null(f);
		fputs(got, f);
		fclose(f);
	}
	want = slurp(ok, &wantlen);
	assert_string_equal(got, want);
	free(conf);
	free(got);
	free(want);
	free(ok);
}

int
main(void)
{
	struct CMUnitTest *tests;
	glob_t found;
	size_t i;
	int r;

	memset(&found, 0, sizeof(found));
	if (glob("regress/conf/*.in", 0, NULL, &found) != 0) {
		fprintf(stderr, "no regress/conf/*.in here\n");
		return 1;
	}
	tests = calloc(found.gl_pathc, sizeof(*tests));
	if (tests == NULL)
		return 1;
	for (i = 0; i < found.gl_pathc; i++) {
		tests[i].name = found.gl_pathv[i];
		tests[i].test_func = test_pair;
		tests[i].initial_state = found.gl_pathv[i];
	}
	r = _cmocka_run_group_tests(
	    "conf pairs", tests, found.gl_pathc, NULL, NULL);
	free(tests);
	globfree(&found);
	return r;
}
