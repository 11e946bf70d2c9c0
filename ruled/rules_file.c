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
 * Rules files, parsed once for each version.  What is wrong in one is told
 * once, as FILE:LINE:COLUMN: text; see selor.rules(5).
 */
#include <stdlib.h>

#include "log.h"

#include "ask.h"
#include "file_cache.h"
#include "parse.h"
#include "ruled.h"

/* What a line of rules takes in memory, for the cache's bound. */
#define COST_FACTOR 4

/* What is told of, while a file is parsed. */
struct telling {
	const char *path;
	bool has_errors;
};

/* The place in the form that editors jump to. */
static void
tell_problem(void *arg, const struct parse_problem *problem)
{
	struct telling *t = arg;

	if (problem->severity == PARSE_ERROR)
		t->has_errors = true;
	log_warnx("%s:%u:%u: %s: %s", t->path, problem->line, problem->column,
	    problem->severity == PARSE_ERROR ? "error" : "warning",
	    problem->text);
}

/* A file that neither root nor we own is read with fewer words (A13e): it may
 * be a user's. */
static void *
rules_load(const struct file_text *file, size_t *cost)
{
	struct telling telling = {file->path, false};
	struct parse_how how = {.name = file->path,
	    .is_restricted = !file->is_trusted,
	    .told = tell_problem,
	    .arg = &telling};
	struct rules *rules = parse_rules(file->text, file->len, &how);

	free(file->text);
	if (rules == NULL) {
		log_warnx("%s: too many lines, or no memory", file->path);
		return NULL;
	}
	rules->is_restricted = !file->is_trusted;
	rules->has_errors = telling.has_errors;
	*cost = file->len * COST_FACTOR + sizeof(*rules);
	return rules;
}

static void
rules_drop(void *rules)
{
	rules_release(rules);
}

static const struct file_kind rules_kind = {
    OPEN_RULES, RULE_FILE_MAX, rules_load, rules_drop};

/* The caller owns a reference of *rules where the result is ASK_GOT. */
enum asked
rules_file_get(struct run *run, const char *path, const char *home_of,
    struct rules **rules, bool *is_missing)
{
	const struct file_where where = {path, home_of, is_missing};
	void *object = NULL;
	enum asked asked = file_cache_get(run, &rules_kind, &where, &object);

	if (asked == ASK_GOT)
		*rules = rules_hold(object);
	else if (asked == ASK_FAILED && !*is_missing && run->depth > 0)
		run_warn(run, "%.200s can not be read", path);
	return asked;
}
