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
 * selorctl show queue, show message: what queued says of its messages, page
 * by page.  See commands.h.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "commands.h"
#include "filter.h"
#include "report.h"
#include "words.h"

struct listing {
	char more[64]; /* the id that the next page begins behind, or "" */
	size_t count, limit; /* lines shown, and to be shown; 0: all */
	bool in_rcpts; /* of a message */
};

static void
print_head(void)
{
	if (report_is_json())
		return;
	report_cell("ID", 24);
	report_cell("SIZE", -9);
	report_cell("AGE", -7);
	report_cell("STATE", 8);
	report_cell("TRIES", -5);
	report_cell("SENDER", 28);
	report_cell("RECIPIENT", 0);
	report_row_end();
}

/* One recipient stands for all; the answer is the last one that any got. */
static void
print_row(const struct words *w)
{
	const char *sender = words_get(w, "sender");
	long open = strtol(words_get(w, "open"), NULL, 10);
	char more[32];

	report_cell(words_get(w, "id"), 24);
	report_cell(words_get(w, "size"), -9);
	report_cell(report_age(words_get(w, "age")), -7);
	report_cell(words_get(w, "state"), 8);
	report_cell(words_get(w, "attempts"), -5);
	report_cell(*sender == '\0' ? "<>" : sender, 28);
	report_cell(words_get(w, "recipient"), 0);
	if (open > 1) {
		snprintf(more, sizeof(more), "and %ld more", open - 1);
		report_cell(more, 0);
	}
	report_row_end();
	if (*words_get(w, "answer") != '\0') {
		report_cell("", 24);
		report_cell(words_get(w, "answer"), 0);
		report_row_end();
	}
}

/* "more" is not a message but where the next page begins. */
static void
on_message(const char *line, void *arg)
{
	struct listing *l = arg;
	static struct words w;

	if (words_parse(&w, line) == -1)
		return;
	if (*words_get(&w, "more") != '\0') {
		strlcpy(l->more, words_get(&w, "more"), sizeof(l->more));
		return;
	}
	if (l->limit > 0 && l->count == l->limit)
		return;
	if (report_is_json()) {
		report_open(NULL, '{');
		report_words(&w);
		report_close('}');
	} else {
		if (l->count == 0)
			print_head();
		print_row(&w);
	}
	l->count++;
}

/*
 * An id that is not there is a failure; a filter that matches nothing is an
 * answer.
 */
int
show_queue(struct settings *s, char **argv)
{
	struct listing l = {.count = 0};
	char query[FILTER_MAX + 80];
	struct client *c;
	struct filter f;
	int r;

	if (filter_parse(&f, argv) == -1)
		return 1;
	if ((c = client_open(s, "queued", 0)) == NULL)
		return 1;
	if (report_is_json())
		report_open(NULL, '[');
	strlcpy(query, f.query, sizeof(query));
	l.limit = f.limit;
	/* A page ends also where queued has looked at enough messages: only a
	 * page without "more" says that no other matches. */
	do {
		l.more[0] = '\0';
		r = client_list(c, CTL_QUEUE, query, on_message, &l);
		snprintf(query, sizeof(query), "%s after=%s", f.query, l.more);
	} while (
	    r == 0 && l.more[0] != '\0' && (l.limit == 0 || l.count < l.limit));
	client_close(c);
	if (report_is_json()) {
		report_close(']');
		report_end();
	} else if (r == 0 && l.count == 0 && f.ids == 0)
		printf("%s\n",
		    *f.query == '\0' ? "the queue is empty" :
				       "no message matches");
	if (r == 0 && l.count == 0 && f.ids > 0) {
		warnx("%s is not in the queue", argv[0]);
		return 1;
	}
	return r == 0 ? 0 : 1;
}

/* What is past is due now. */
static const char *
due_time(const char *seconds)
{
	return strtoll(seconds, NULL, 10) <= (long long)time(NULL) ?
	    "now" :
	    report_time(seconds);
}

/*
 * Empty values are left out, but for the empty sender, which means something.
 */
static void
print_words(const struct words *w)
{
	const char *value;
	size_t i;

	for (i = 0; i < w->count; i++) {
		value = w->word[i].value;
		if (*value == '\0' && strcmp(w->word[i].key, "sender") != 0)
			continue;
		report_cell(w->word[i].key, 12);
		if (strcmp(w->word[i].key, "next") == 0)
			value = due_time(value);
		else if (strcmp(w->word[i].key, "arrival") == 0)
			value = report_time(value);
		else if (strcmp(w->word[i].key, "age") == 0)
			value = report_age(value);
		report_cell(*value == '\0' ? "<>" : value, 0);
		report_row_end();
	}
}

/* First the message in two lines, then a line for each recipient. */
static void
on_detail(const char *line, void *arg)
{
	struct listing *l = arg;
	static struct words w;

	if (words_parse(&w, line) == -1 || w.count == 0)
		return;
	if (strcmp(w.word[0].key, "recipient") == 0 && !l->in_rcpts) {
		l->in_rcpts = true;
		if (report_is_json())
			report_open("rcpts", '[');
	}
	l->count++;
	if (!report_is_json()) {
		if (l->in_rcpts)
			report_row_end();
		print_words(&w);
		return;
	}
	if (l->in_rcpts)
		report_open(NULL, '{');
	report_words(&w);
	if (l->in_rcpts)
		report_close('}');
}

/*
 * The filter's parser is used for the id alone: a message is asked for by
 * nothing else.
 */
int
show_message(struct settings *s, char **argv)
{
	struct listing l = {.count = 0};
	struct filter f;
	struct client *c;
	int r;

	if (argv[0] == NULL || argv[1] != NULL) {
		warnx("show message needs one id");
		return COMMAND_USAGE;
	}
	if (filter_parse(&f, argv) == -1)
		return 1;
	if (f.ids != 1) {
		warnx("\"%s\" is no message id", argv[0]);
		return 1;
	}
	if ((c = client_open(s, "queued", 0)) == NULL)
		return 1;
	if (report_is_json())
		report_open(NULL, '{');
	r = client_list(c, CTL_MESSAGE, f.query, on_detail, &l);
	if (report_is_json()) {
		if (l.in_rcpts)
			report_close(']');
		report_close('}');
		report_end();
	}
	client_close(c);
	return r == 0 ? 0 : 1;
}
