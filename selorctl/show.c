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
 * selorctl show stats, sessions, options: what each daemon tells of itself.
 * See commands.h.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "daemons.h"
#include "report.h"
#include "words.h"

struct show {
	const char *name; /* of the daemon that is asked */
	bool rows; /* JSON: its array of rows is open */
	unsigned char seen[OPT_COUNT]; /* some daemon told it */
	bool failed;
};

/* A line of figures; one that begins with a name is a row of a table. */
static void
on_stats(const char *line, void *arg)
{
	struct show *show = arg;
	static struct words w;
	bool row;
	size_t i;

	if (words_parse(&w, line) == -1 || w.count == 0)
		return;
	row = w.count > 1 && (!w.word[0].is_number || !w.word[1].is_number);
	if (report_is_json()) {
		/* Behind a row there are only rows: an object has no place for
		 * bare members inside its array. */
		row = row || show->rows;
		if (row && !show->rows)
			report_open("rows", '[');
		show->rows = show->rows || row;
		if (row)
			report_open(NULL, '{');
		report_words(&w);
		if (row)
			report_close('}');
		return;
	}
	for (i = 0; i < w.count; i++) {
		if (!row || i == 0)
			report_cell(show->name, 10);
		report_cell(w.word[i].key, row ? 0 : 24);
		report_cell(w.word[i].value, row ? 0 : -14);
		if (!row)
			report_row_end();
	}
	if (row)
		report_row_end();
}

/* A failure is noted, and the other daemons are still asked. */
static void
stats_of(struct client *c, const char *name, void *arg)
{
	struct show *show = arg;

	show->name = name;
	show->rows = false;
	if (report_is_json())
		report_open(name, '{');
	if (client_list(c, CTL_STATS, "", on_stats, show) == -1)
		show->failed = true;
	if (report_is_json()) {
		if (show->rows)
			report_close(']');
		report_close('}');
	}
}

/* Fails if no daemon answered, or one of them refused. */
int
show_stats(struct settings *s, char **argv)
{
	struct show show = {.failed = false};
	int n;

	if (argv[0] != NULL && argv[1] != NULL) {
		warnx("show stats takes one daemon");
		return COMMAND_USAGE;
	}
	if (report_is_json())
		report_open(NULL, '{');
	n = daemons_each(s, argv[0], stats_of, &show);
	if (report_is_json()) {
		report_close('}');
		report_end();
	}
	return n > 0 && !show.failed ? 0 : 1;
}

/* Columns by name, so that a daemon may tell more than this knows. */
static void
on_session(const char *line, void *arg)
{
	struct show *show = arg;
	static struct words w;
	size_t i;

	if (words_parse(&w, line) == -1)
		return;
	if (report_is_json()) {
		report_open(NULL, '{');
		report_text("daemon", show->name);
		report_words(&w);
		report_close('}');
		return;
	}
	report_cell(show->name, 10);
	for (i = 0; i < w.count; i++) {
		if (strcmp(w.word[i].key, "session") == 0)
			report_cell(w.word[i].value, 12);
		else if (strcmp(w.word[i].key, "ip") == 0 ||
		    strcmp(w.word[i].key, "host") == 0 ||
		    strcmp(w.word[i].key, "destination") == 0)
			report_cell(w.word[i].value, 24);
		else if (strcmp(w.word[i].key, "state") == 0)
			report_cell(w.word[i].value, 8);
		else if (*w.word[i].value != '\0') {
			report_cell(w.word[i].key, 0);
			report_cell(w.word[i].value, 5);
		}
	}
	report_row_end();
}

static void
sessions_of(struct client *c, const char *name, void *arg)
{
	struct show *show = arg;

	show->name = name;
	/* queued and lookupd have none. */
	(void)client_list(c, CTL_SESSIONS, "", on_session, show);
}

int
show_sessions(struct settings *s, char **argv)
{
	struct show show = {.failed = false};
	int n;

	if (argv[0] != NULL) {
		warnx("show sessions takes no argument");
		return COMMAND_USAGE;
	}
	if (report_is_json())
		report_open(NULL, '[');
	n = daemons_each(s, NULL, sessions_of, &show);
	if (report_is_json()) {
		report_close(']');
		report_end();
	}
	return n > 0 ? 0 : 1;
}

/* The same columns wherever it came from. */
static void
print_option(const char *source, const struct word *w)
{
	if (!report_is_json()) {
		report_cell(w->key, 22);
		report_cell(source, 9);
		report_cell(*w->value == '\0' ? "\"\"" : w->value, 0);
		report_row_end();
		return;
	}
	report_open(NULL, '{');
	report_text("option", w->key);
	if (w->is_number)
		report_number("value", w->value);
	else
		report_text("value", w->value);
	report_text("source", source);
	report_close('}');
}

/*
 * Each option once, from the first daemon that has it: all have the same value
 * but in the instant of a reload.
 */
static void
on_option(const char *line, void *arg)
{
	struct show *show = arg;
	static struct words w;
	enum option_id id;

	if (words_parse_option(&w, line) == -1 ||
	    option_find(w.word[0].key, OPTION_IN_CONF, &id) == -1)
		return;
	/* 1: told by an earlier daemon; 2: by this one, which may repeat. */
	if (show->seen[id] == 1)
		return;
	show->seen[id] = 2;
	print_option(show->name, &w.word[0]);
}

/* Behind one daemon its options count as told by an earlier one. */
static void
options_of(struct client *c, const char *name, void *arg)
{
	struct show *show = arg;
	size_t i;

	show->name = name;
	(void)client_list(c, CTL_OPTIONS, "", on_option, show);
	for (i = 0; i < OPT_COUNT; i++)
		show->seen[i] = show->seen[i] != 0;
}

/* What no daemon told, as it stands in the file. */
static void
options_of_file(const struct settings *s, const struct show *show)
{
	static char line[OPTION_PRINT_MAX + 64], value[OPTION_PRINT_MAX];
	const char *source = s->read ? "file" : "default";
	static struct words w;
	size_t n;
	int id;

	for (id = 0; id < OPT_COUNT; id++) {
		if (show->seen[id])
			continue;
		for (n = 0; n < option_count(s->options, id); n++) {
			if (option_show(
				s->options, id, n, value, sizeof(value)) == -1)
				continue;
			snprintf(line, sizeof(line), "%s=%s",
			    option_row(id)->name, value);
			if (words_parse_option(&w, line) == 0)
				print_option(source, &w.word[0]);
		}
	}
}

/* A question about one daemon shows what it has, and not the file. */
int
show_options(struct settings *s, char **argv)
{
	struct show show = {.failed = false};

	if (argv[0] != NULL && argv[1] != NULL) {
		warnx("show options takes one daemon");
		return COMMAND_USAGE;
	}
	if (report_is_json())
		report_open(NULL, '[');
	if (argv[0] != NULL)
		show.failed = daemons_each(s, argv[0], options_of, &show) == 0;
	else {
		(void)daemons_each(s, NULL, options_of, &show);
		options_of_file(s, &show);
	}
	if (report_is_json()) {
		report_close(']');
		report_end();
	}
	return show.failed ? 1 : 0;
}
