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
 * The values of Event.* options: inline rules through a small cache by text,
 * paths through that of files.  Def! may bring ever new texts, so the cache
 * forgets the one longest unused.
 */
#include "rules_value.h"

#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "log.h"

#include "ask.h"
#include "parse.h"
#include "ruled.h"

/* Texts kept; thirteen options, and what Def! makes of them. */
#define VALUES_MAX 64

struct value {
	TAILQ_ENTRY(value) link;
	enum option_id option;
	struct rules *rules;
	char text[];
};
TAILQ_HEAD(values, value);

static struct {
	struct values list; /* the one used last is first */
	unsigned int count;
} cache = {TAILQ_HEAD_INITIALIZER(cache.list), 0};

/* A run that is in them holds them by itself. */
static void
value_free(struct value *v)
{
	TAILQ_REMOVE(&cache.list, v, link);
	cache.count--;
	rules_release(v->rules);
	free(v);
}

void
rules_value_clear(void)
{
	struct value *v;

	while ((v = TAILQ_FIRST(&cache.list)) != NULL)
		value_free(v);
}

/* Line and column are within the option's value, which is one line. */
static void
tell_problem(void *arg, const struct parse_problem *problem)
{
	struct log_line l;

	if (!log_begin(&l, LOG_WARNING, "rules"))
		return;
	log_str(&l, "file", arg);
	log_num(&l, "line", problem->line);
	log_num(&l, "column", problem->column);
	log_str(&l, "what", problem->text);
	log_end(&l);
}

/* Problems were told when selor.conf was read; what Def! brings is told here.
 */
static struct value *
value_new(enum option_id option, const char *text)
{
	const size_t len = strlen(text);
	const char *name = option_row(option)->name;
	struct parse_how how = {.name = name,
	    .is_inline = true,
	    .told = tell_problem,
	    .arg = (void *)(uintptr_t)name};
	struct value *v;

	if ((v = malloc(sizeof(*v) + len + 1)) == NULL)
		return NULL;
	if ((v->rules = parse_rules(text, len, &how)) == NULL) {
		free(v);
		return NULL;
	}
	v->option = option;
	memcpy(v->text, text, len + 1);
	if (cache.count >= VALUES_MAX)
		value_free(TAILQ_LAST(&cache.list, values));
	TAILQ_INSERT_HEAD(&cache.list, v, link);
	cache.count++;
	return v;
}

/* By all of its text: it is what was parsed. */
static struct value *
value_find(enum option_id option, const char *text)
{
	struct value *v;

	TAILQ_FOREACH (v, &cache.list, link) {
		if (v->option != option || strcmp(v->text, text) != 0)
			continue;
		if (v != TAILQ_FIRST(&cache.list)) {
			TAILQ_REMOVE(&cache.list, v, link);
			TAILQ_INSERT_HEAD(&cache.list, v, link);
		}
		return v;
	}
	return NULL;
}

/* Rules, or a path to them: parse_is_inline decides for all of the suite. */
enum asked
rules_value_get(struct run *run, enum option_id option, const char *value,
    struct rules **rules, bool *is_missing)
{
	struct value *v;

	*is_missing = false;
	if (!parse_is_inline(value))
		return rules_file_get(run, value, NULL, rules, is_missing);
	if ((v = value_find(option, value)) == NULL &&
	    (v = value_new(option, value)) == NULL)
		return ASK_FAILED;
	*rules = rules_hold(v->rules);
	return ASK_GOT;
}
