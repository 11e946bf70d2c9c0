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
 * rules_bench.c: how many lines of rules a second one core evaluates, by
 * kind of line, none of which matches, as in most files.  Parsing and the
 * pair's messages are not in it, an event's beginning and end are.
 *
 *	rules_bench [lines of the file [seconds for each]]
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../ruled/ruled.h"
#include "../../ruled/run.h"
#include "../unit/rules_fake.h"

static const struct {
	const char *name, *line; /* '#' becomes a number */
} kinds[] = {
    {"Ip? address", "Ip? \"203.0.113.#\" Deny!\n"},
    {"Ip? network", "Ip? \"10.#.0.0/16\" Deny!\n"},
    {"From?", "From? \"sender#@elsewhere.example.net\" Deny!\n"},
    {"Find_in_from?", "Find_in_from? \"@domain#.example.com\" Deny!\n"},
    {"Find_in_from? short", "Find_in_from? \"xq#\" Deny!\n"},
    {"To?", "To? \"user#@example.org\" Deny!\n"},
    {"Helo?", "Helo? \"host#.example.net\" Deny!\n"},
    {"Cmp_str? of a variable", "Cmp_str? \"%f:user#@example.org\" Deny!\n"},
    {"Cmp_str? of two", "Cmp_str? \"%f:%u\" Tmark? \"m#\" Deny!\n"},
    {"Find_str? of pieces", "Find_str? \"<%f> <%h>:spam#\" Deny!\n"},
    {"Itest?", "Itest? \"%H>#0\" Deny!\n"},
    {"Auth? and more", "!Auth? Ip? \"10.#.\" From? \"x@y.z\" Deny!\n"},
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static char *
make_file(const char *line, unsigned int lines)
{
	size_t size = (size_t)lines * 128 + 1, len = 0;
	char *text = malloc(size);
	int before = (int)strcspn(line, "#");
	unsigned int i;

	if (text == NULL)
		err(1, NULL);
	text[0] = '\0';
	for (i = 0; i < lines; i++)
		len += (size_t)snprintf(text + len, size - len, "%.*s%u%s",
		    before, line, i % 250, line + before + 1);
	return text;
}

static void
ended(struct run *run)
{
	if (run->verdict != VERDICT_NONE)
		errx(1, "a line matched");
}

/* The same file at event after event. */
static void
measure(const char *name, const char *text, unsigned int lines, double seconds)
{
	struct policy *p = policy_find(fake_peer(), FAKE_SESSION);
	struct fake_file files[] = {{"/r", text, false}, {NULL, NULL, false}};
	double start, took;
	unsigned long runs = 0;

	fake.files = files;
	fake.keeps_file = true;
	option_set(fake.options, OPT_EVENT_RCPT, "/r", NULL);
	for (start = now(); (took = now() - start) < seconds; runs++)
		if (run_start(p, RULE_RCPT, 1, NULL, ended) == -1)
			errx(1, "run_start");
	fake_forget_file();
	printf("%-24s %11.0f lines/s %7.1f ns a line\n", name,
	    (double)runs * lines / took, took * 1e9 / (double)runs / lines);
}

int
main(int argc, char **argv)
{
	unsigned int lines = argc > 1 ? (unsigned int)atoi(argv[1]) : 200;
	double seconds = argc > 2 ? atof(argv[2]) : 1;
	size_t i;
	char *text;

	fake_up();
	fake_open("192.0.2.10");
	fake_fact(FACT_HELO, "mail.sender-of-mail.example");
	fake_fact(FACT_NAME, "mail.sender-of-mail.example");
	fake_fact(FACT_LOGIN, "somebody@sender.example");
	fake_fact(FACT_SENDER, "some.body@sender-of-mail.example");
	fake_fact(FACT_RCPT, "recipient@local.example");
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		text = make_file(kinds[i].line, lines);
		measure(kinds[i].name, text, lines, seconds);
		free(text);
	}
	fake_down();
	return 0;
}
