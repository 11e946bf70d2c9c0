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
 * selorctl rules explain: asks ruled and shows what it tells.  See commands.h
 * and selor.rules(5).
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "commands.h"
#include "facts.h"
#include "report.h"

struct shown {
	bool in_steps; /* JSON: their array is open */
	bool has_verdict, has_error;
	unsigned long depth; /* of the file whose line is shown */
};

static void
print_indent(const struct shown *s, unsigned int more)
{
	unsigned long i;

	for (i = 1; i < s->depth; i++)
		fputs("    ", stdout);
	for (; more > 0; more--)
		fputs("    ", stdout);
}

/* Does the line end here, and was it not the item's purpose? */
static bool
ends_line(const struct words *w)
{
	const char *result = words_get(w, "result");

	return strcmp(result, "false") == 0 || strcmp(result, "failed") == 0;
}

static void
print_item(const struct words *w, const struct shown *s)
{
	const char *values = words_get(w, "values");
	const char *note = words_get(w, "note");

	print_indent(s, 1);
	report_cell(words_get(w, "item"), 36);
	if (*values != '\0') {
		report_cell("[", 0);
		report_cell(values, 0);
		report_cell("]", 0);
	}
	report_cell(words_get(w, "result"), 0);
	if (*note != '\0') {
		report_cell("--", 0);
		report_cell(note, 0);
	}
	if (ends_line(w))
		report_cell("-- the line ends", 0);
	report_row_end();
}

/* What the client will see, where the rules do not say. */
static const char *
default_reply(const char *verdict)
{
	static const struct {
		const char *verdict, *text;
	} rows[] = {
	    {"none", "the server's own checks decide"},
	    {"accept", "the sender's or recipient's domain is not checked"},
	    {"deny", "that of Msg_refused, or 535 to AUTH"},
	    {"close", "none"},
	    {"temporary", "451 before the message is accepted"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(verdict, rows[i].verdict) == 0)
			return rows[i].text;
	return "";
}

static void
print_verdict(const struct words *w)
{
	const char *verdict = words_get(w, "verdict");
	const char *reply = words_get(w, "reply"), *rule = words_get(w, "rule");

	report_cell("verdict:", 9);
	report_cell(verdict, 0);
	if (*rule != '\0') {
		report_cell("by", 0);
		report_cell(rule, 0);
	}
	report_row_end();
	report_cell("reply:", 9);
	if (*reply != '\0')
		report_cell(reply, 0);
	else {
		report_cell("(", 0);
		report_cell(default_reply(verdict), 0);
		report_cell(")", 0);
	}
	report_row_end();
}

static void
print_people(const struct words *w, const char *at, struct shown *s)
{
	if (strcmp(at, "event") == 0) {
		report_cell(words_get(w, "option"), 0);
		report_cell(*words_get(w, "rules") != '\0' ?
			words_get(w, "rules") :
			"is not set: no rules run",
		    0);
		report_row_end();
	} else if (strcmp(at, "line") == 0) {
		s->depth = strtoul(words_get(w, "depth"), NULL, 10);
		print_indent(s, 0);
		printf("%s:%s: ", words_get(w, "file"), words_get(w, "line"));
		report_cell(words_get(w, "rule"), 0);
		report_row_end();
	} else if (strcmp(at, "item") == 0)
		print_item(w, s);
	else if (strcmp(at, "effect") == 0) {
		print_indent(s, 2);
		report_cell("effect:", 0);
		report_cell(words_get(w, "effect"), 0);
		report_cell(words_get(w, "text"), 0);
		report_row_end();
	} else if (strcmp(at, "warning") == 0) {
		print_indent(s, 1);
		report_cell("warning:", 0);
		report_cell(words_get(w, "text"), 0);
		report_row_end();
	} else
		print_verdict(w);
}

/* Only places in files are numbers: a text of digits stays a text. */
static void
print_members(const struct words *w, size_t from)
{
	const struct word *x;
	size_t i;

	for (i = from; i < w->count; i++) {
		x = &w->word[i];
		if (x->is_number &&
		    (strcmp(x->key, "line") == 0 ||
			strcmp(x->key, "depth") == 0 ||
			strcmp(x->key, "lines") == 0))
			report_number(x->key, x->value);
		else
			report_text(x->key, x->value);
	}
}

static void
print_json(const struct words *w, const char *at, struct shown *s)
{
	bool is_step = strcmp(at, "event") != 0 && strcmp(at, "verdict") != 0;

	if (is_step) {
		if (!s->in_steps)
			report_open("steps", '[');
		s->in_steps = true;
		report_open(NULL, '{');
		print_members(w, 0);
		report_close('}');
		return;
	}
	if (s->in_steps)
		report_close(']');
	s->in_steps = false;
	print_members(w, 1);
}

static void
on_line(const char *line, void *arg)
{
	struct shown *s = arg;
	static struct words w;
	const char *at;

	if (words_parse(&w, line) == -1 || w.count == 0)
		return;
	at = words_get(&w, "at");
	if (strcmp(at, "error") == 0) {
		warnx("%s", words_get(&w, "text"));
		s->has_error = true;
		return;
	}
	s->has_verdict |= strcmp(at, "verdict") == 0;
	if (report_is_json())
		print_json(&w, at, s);
	else
		print_people(&w, at, s);
}

/* A file by a name that is the same for ruled; rules as they are. */
static int
add_file(struct facts *f, const char *name)
{
	char *path = NULL;
	int r;

	if (*name != '/' && access(name, R_OK) == 0)
		path = realpath(name, NULL);
	r = facts_add(f, "file", path != NULL ? path : name);
	free(path);
	return r;
}

/* What was found out, so that the reader knows what is explained. */
static void
print_facts(const struct facts *f)
{
	size_t i;

	for (i = 0; i < f->count; i++) {
		if (f->fact[i].is_given ||
		    strcmp(f->fact[i].key, "event") == 0 ||
		    strcmp(f->fact[i].key, "file") == 0 ||
		    strcmp(f->fact[i].key, "real") == 0)
			continue;
		printf("%s=", f->fact[i].key);
		report_cell(f->fact[i].value, 0);
		report_row_end();
	}
	if (f->dropped > 0)
		printf("(%zu more recipients)\n", f->dropped);
}

/* Behind the options: the event and its facts. */
static int
gather(struct facts *f, struct settings *s, char **argv)
{
	char **p;
	const char *event = argv[0];

	if (event == NULL || strchr(event, '=') != NULL) {
		warnx("rules explain which event?");
		return COMMAND_USAGE;
	}
	if (strncasecmp(event, "Event.", 6) == 0)
		event += 6;
	(void)facts_add(f, "event", event);
	for (p = argv + 1; *p != NULL; p++)
		if (strncmp(*p, "message=", 8) != 0 &&
		    strncmp(*p, "session=", 8) != 0 &&
		    facts_add_word(f, *p) == -1)
			return COMMAND_USAGE;
	for (p = argv + 1; *p != NULL; p++) {
		if (strncmp(*p, "message=", 8) == 0 &&
		    facts_message(f, s, *p + 8) == -1)
			return 1;
		if (strncmp(*p, "session=", 8) == 0 &&
		    facts_session(f, s, *p + 8) == -1)
			return 1;
	}
	return 0;
}

static int
ask(const struct facts *f, struct settings *s)
{
	struct shown shown = {.has_error = false};
	char query[FACTS_QUERY_MAX];
	struct client *c;
	int r;

	if (facts_query(f, query) == -1 ||
	    (c = client_open(s, "ruled", 0)) == NULL)
		return 1;
	if (report_is_json())
		report_open(NULL, '{');
	else
		print_facts(f);
	r = client_list(c, CTL_EXPLAIN, query, on_line, &shown);
	if (report_is_json()) {
		if (shown.in_steps)
			report_close(']');
		report_close('}');
		report_end();
	}
	client_close(c);
	return r == 0 && shown.has_verdict && !shown.has_error ? 0 : 1;
}

int
rules_explain(struct settings *s, char **argv)
{
	static struct facts f;
	int r = 0;

	for (; *argv != NULL && **argv == '-'; argv++) {
		if (strcmp(*argv, "-r") == 0)
			r = facts_add(&f, "real", "1");
		else if (strcmp(*argv, "-f") == 0 && argv[1] != NULL)
			r = add_file(&f, *++argv);
		else {
			warnx("rules explain knows -r and -f file");
			r = -1;
		}
		if (r == -1)
			return COMMAND_USAGE;
	}
	if ((r = gather(&f, s, argv)) == 0)
		r = ask(&f, s);
	facts_clear(&f);
	return r;
}
