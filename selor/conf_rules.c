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
 * The rules of Event.* options, looked at before a start; see conf_rules.h.
 * It is administrators' text; nothing of it is run.
 */
#include "conf_rules.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../ruled/parse.h"

struct check {
	struct conf_rules *files;
	struct conf_report *report;
	enum option_id id; /* whose rules these are */
	const char *name; /* of the file, or NULL: the option itself */
};

static void
tell(void *arg, const struct parse_problem *problem)
{
	struct check *c = arg;
	struct conf_place place = {c->name, problem->line, problem->column};

	if (c->name != NULL)
		conf_report_add(c->report, CONF_WARNING, &place, "%s%s",
		    problem->severity == PARSE_ERROR ? "the line is skipped: " :
						       "",
		    problem->text);
	else
		conf_report_add(c->report,
		    problem->severity == PARSE_ERROR ? CONF_ERROR :
						       CONF_WARNING,
		    &c->report->origin[c->id], "%s, byte %u: %s",
		    option_row(c->id)->name, problem->column, problem->text);
}

/* All of a regular file, to be freed; NULL and the reason. */
static char *
read_file(const char *path, size_t *len, const char **why)
{
	struct stat st;
	char *text = NULL;
	ssize_t n = 0;
	int fd;

	*len = 0;
	/* What opens but is no file, as a FIFO, must not hold us up. */
	if ((fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1)
		*why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		*why = "not a regular file";
	else if (st.st_size > RULE_FILE_MAX)
		*why = "it is too large";
	else if ((text = malloc((size_t)st.st_size + 1)) == NULL)
		*why = "no memory";
	while (text != NULL && *len < (size_t)st.st_size &&
	    (n = read(fd, text + *len, (size_t)st.st_size - *len)) > 0)
		*len += (size_t)n;
	if (text != NULL && n == -1) {
		*why = strerror(errno);
		free(text);
		text = NULL;
	}
	if (fd != -1)
		close(fd);
	return text;
}

/* Puts a file on the list, once; a longer one is not looked at. */
static void
add_file(struct conf_rules *files, const char *path)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		if (strcmp(files->names[i], path) == 0)
			return;
	}
	if (files->count < CONF_RULES_FILES_MAX &&
	    (files->names[files->count] = strdup(path)) != NULL)
		files->count++;
}

/* The files that rules lead to, where the path is known and whole. */
static void
add_included(struct check *c, const struct rules *rules)
{
	const struct rule_item *item;
	const char *path;
	uint32_t i, n;

	for (i = 0; i < rules->count; i++) {
		for (n = 0; n < rules->lines[i].count; n++) {
			item = &rules->lines[i].items[n];
			if (word_row(item->word)->form != FORM_PATH)
				continue;
			path = item->field[0].constant;
			if (path != NULL && *path == '/')
				add_file(c->files, path);
		}
	}
}

static void
parse(struct check *c, const char *text, size_t len)
{
	struct parse_how how = {
	    .name = c->name == NULL ? option_row(c->id)->name : c->name,
	    .is_inline = c->name == NULL,
	    .told = tell,
	    .arg = c};
	struct rules *rules = parse_rules(text, len, &how);

	if (rules == NULL)
		return;
	add_included(c, rules);
	rules_release(rules);
}

/* An option's rules, or the file that it names. */
static void
check_option(struct check *c, const char *value)
{
	const char *why;
	char *text;
	size_t len;

	c->name = NULL;
	if (*value != '/') {
		parse(c, value, strlen(value));
		return;
	}
	if ((text = read_file(value, &len, &why)) == NULL)
		conf_report_add(c->report, CONF_ERROR,
		    &c->report->origin[c->id], "%s leads nowhere: %s: %s",
		    option_row(c->id)->name, value, why);
	else
		add_file(c->files, value);
	free(text);
}

int
conf_rules_check(struct conf_rules *files, const struct options *options,
    struct conf_report *report)
{
	struct check c = {.files = files, .report = report};
	size_t errors = report->errors, i;
	const char *value, *why;
	char *text;
	size_t len;

	files->count = 0;
	for (i = 0; i < OPT_COUNT; i++) {
		value = option_text(options, i);
		c.id = (enum option_id)i;
		if (option_row(c.id)->type == OPTION_EVENT && *value != '\0')
			check_option(&c, value);
	}
	/* The list grows by what these include. */
	for (i = 0; i < files->count; i++) {
		c.name = files->names[i];
		if ((text = read_file(c.name, &len, &why)) == NULL) {
			conf_report_add(report, CONF_WARNING,
			    &(struct conf_place){c.name, 0, 0},
			    "rules include it: %s", why);
			continue;
		}
		parse(&c, text, len);
		free(text);
	}
	return report->errors > errors ? -1 : 0;
}

void
conf_rules_clear(struct conf_rules *files)
{
	while (files->count > 0)
		free(files->names[--files->count]);
}
