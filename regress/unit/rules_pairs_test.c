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
 * Every regress/conf/rules/NAME.in is parsed as a file of rules; a name that
 * begins with "inline" or "restricted" as those.  What comes of each line,
 * ok, warn or error, with the problems told and the tree printed, must be
 * NAME.ok.  UPDATE=1 in the environment writes the .ok.  What was printed
 * must parse to what prints the same.
 */
#include "../../ruled/parse.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../ruled/rule_print.h"

#define FILES_MAX 64

struct outcome {
	FILE *out;
	uint32_t problems, errors;
};

static char *
read_file(const char *path, size_t *len)
{
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	if (in == NULL)
		fail_msg("%s can not be read", path);
	n = getdelim(&text, &size, EOF, in);
	fclose(in);
	*len = n < 0 ? 0 : (size_t)n;
	return text;
}

static void
told(void *arg, const struct parse_problem *problem)
{
	struct outcome *o = arg;
	bool is_error = problem->severity == PARSE_ERROR;

	o->problems++;
	o->errors += is_error;
	fprintf(o->out, "\t%u: %s: %s\n", problem->column,
	    is_error ? "error" : "warning", problem->text);
}

static void
check_again(const char *printed)
{
	char again[RULE_PRINT_MAX];
	struct outcome o = {.out = stderr};
	struct parse_how how = {.name = "again", .told = told, .arg = &o};
	struct rules *rules = parse_rules(printed, strlen(printed), &how);

	assert_non_null(rules);
	assert_int_equal(o.errors, 0);
	assert_int_equal(rules->count, 1);
	assert_true(rule_print(&rules->lines[0], again, sizeof(again)) > 0);
	assert_string_equal(again, printed);
	rules_release(rules);
}

/* One line: its outcome, its problems, its tree. */
static void
parse_one(const char *name, const char *line, size_t len, FILE *all)
{
	char printed[RULE_PRINT_MAX], *problems;
	struct outcome o = {.problems = 0};
	struct parse_how how = {.name = name,
	    .told = told,
	    .arg = &o,
	    .is_inline = strncmp(name, "inline", 6) == 0,
	    .is_restricted = strncmp(name, "restricted", 10) == 0};
	struct rules *rules;
	size_t size;

	o.out = open_memstream(&problems, &size);
	assert_non_null(o.out);
	rules = parse_rules(line, len, &how);
	fclose(o.out);
	assert_non_null(rules);
	/* A line with an error is left out whole. */
	assert_true(o.errors == 0 || rules->count == 0);
	fprintf(all, "%s\n%s",
	    o.errors > 0       ? "error" :
		o.problems > 0 ? "warn" :
				 "ok",
	    problems);
	if (rules->count > 0) {
		assert_true(
		    rule_print(&rules->lines[0], printed, sizeof(printed)) > 0);
		fprintf(all, "\t%s\n", printed);
		check_again(printed);
	}
	free(problems);
	rules_release(rules);
}

static void
test_file(void **state)
{
	const char *path = *state, *name = strrchr(path, '/') + 1;
	char ok[256], *text, *want, *got, *p, *eol;
	size_t len, size, n = 0;
	FILE *all;

	text = read_file(path, &len);
	all = open_memstream(&got, &size);
	assert_non_null(all);
	for (p = text; p < text + len; p = eol + 1) {
		if ((eol = memchr(p, '\n', (size_t)(text + len - p))) == NULL)
			eol = text + len;
		fprintf(all, "%zu ", ++n);
		parse_one(name, p, (size_t)(eol - p), all);
	}
	fclose(all);
	snprintf(ok, sizeof(ok), "%.*s.ok", (int)strlen(path) - 3, path);
	if (getenv("UPDATE") != NULL) {
		all = fopen(ok, "w");
		assert_non_null(all);
		fputs(got, all);
		fclose(all);
	}
	want = read_file(ok, &len);
	assert_string_equal(got, want);
	free(want);
	free(got);
	free(text);
}

int
main(void)
{
	struct CMUnitTest tests[FILES_MAX] = {{0}};
	glob_t found;
	size_t i;
	int r;

	if (glob("regress/conf/rules/*.in", 0, NULL, &found) != 0 ||
	    found.gl_pathc > FILES_MAX) {
		fprintf(stderr, "no regress/conf/rules/*.in here\n");
		return 1;
	}
	for (i = 0; i < found.gl_pathc; i++)
		tests[i] = (struct CMUnitTest){.name = found.gl_pathv[i],
		    .test_func = test_file,
		    .initial_state = found.gl_pathv[i]};
	r = _cmocka_run_group_tests("rules", tests, found.gl_pathc, NULL, NULL);
	globfree(&found);
	return r;
}
