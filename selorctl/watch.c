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
 * selorctl log, trace: what happens now.  See commands.h.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "commands.h"
#include "report.h"

/* Without a text to look for, the last lines of a log. */
#define TAIL_LINES 40
/* Longest line of a log; the rest of a longer one is another. */
#define LINE_BYTES 8192
#define FOLLOW_NANOSECONDS 200000000L

struct watch {
	const char *path;
	const char *text; /* NULL: every line */
	FILE *file;
	bool follow;
};

/* A log is escaped already; a cut line or another program's may not be. */
static void
print_line(const char *line)
{
	report_cell(line, 0);
	report_row_end();
}

/* The next whole line without its end.  False: there is none now. */
static bool
next_line(struct watch *w, char *line, size_t size)
{
	long at = ftell(w->file);
	size_t len;

	if (fgets(line, (int)size, w->file) == NULL) {
		clearerr(w->file);
		return false;
	}
	len = strlen(line);
	if (len > 0 && line[len - 1] == '\n')
		line[len - 1] = '\0';
	else if (w->follow && len < size - 1) {
		/* Half a line: later. */
		(void)fseek(w->file, at, SEEK_SET);
		return false;
	}
	return true;
}

/*
 * Goes to where the last lines begin.  Backwards in pieces, so that a log of
 * gigabytes costs no more than its end.
 */
static void
seek_tail(struct watch *w)
{
	char buf[4096];
	long at;
	size_t n, lines = 0;

	if (fseek(w->file, 0, SEEK_END) == -1)
		return;
	at = ftell(w->file);
	while (at > 0) {
		n = at < (long)sizeof(buf) ? (size_t)at : sizeof(buf);
		at -= (long)n;
		if (fseek(w->file, at, SEEK_SET) == -1 ||
		    fread(buf, 1, n, w->file) != n)
			break;
		while (n > 0)
			if (buf[--n] == '\n' && lines++ == TAIL_LINES) {
				(void)fseek(
				    w->file, at + (long)n + 1, SEEK_SET);
				return;
			}
	}
	rewind(w->file);
}

static void
print_lines(struct watch *w)
{
	char line[LINE_BYTES];

	while (next_line(w, line, sizeof(line)))
		if (w->text == NULL || strstr(line, w->text) != NULL)
			print_line(line);
	fflush(stdout);
}

/*
 * The name may belong to another file now: a log that was rotated.  Cut in
 * place (copytruncate): from the start again.  Renamed: the rest of the old
 * file first.
 */
static void
reopen(struct watch *w)
{
	struct stat now, ours;
	FILE *file;

	if (stat(w->path, &now) == -1 || fstat(fileno(w->file), &ours) == -1)
		return;
	if (now.st_ino == ours.st_ino && now.st_dev == ours.st_dev) {
		if (ftell(w->file) > (long)now.st_size)
			rewind(w->file);
		return;
	}
	if ((file = fopen(w->path, "re")) == NULL)
		return;
	print_lines(w);
	fclose(w->file);
	w->file = file;
}

/*
 * Ends when nobody reads what we print (SIGPIPE is ignored). Looks five times a
 * second: inotify would have to follow renames as well.
 */
static int
watch_run(struct watch *w)
{
	struct timespec ts = {0, FOLLOW_NANOSECONDS};

	if ((w->file = fopen(w->path, "re")) == NULL) {
		warn("%s", w->path);
		return 1;
	}
	if (w->text == NULL)
		seek_tail(w);
	print_lines(w);
	while (w->follow && !ferror(stdout)) {
		(void)nanosleep(&ts, NULL);
		reopen(w);
		print_lines(w);
	}
	fclose(w->file);
	return 0;
}

static bool
find_log(const char *word, enum option_id *id)
{
	static const struct {
		const char *word;
		enum option_id id;
	} logs[] = {{"central", OPT_CENTRAL_LOG}, {"summary", OPT_SUMARY_LOG},
	    {"warning", OPT_WARNING_LOG}, {"refused", OPT_REFUSED_LOG}};
	size_t i;

	for (i = 0; i < 4; i++)
		if (strcmp(word, logs[i].word) == 0) {
			*id = logs[i].id;
			return true;
		}
	return false;
}

/* One text, looked for as it is: patterns are grep's. */
int
watch_log(struct settings *s, char **argv)
{
	enum option_id id = OPT_SUMARY_LOG;
	struct watch w = {.text = NULL};

	if (*argv != NULL && find_log(*argv, &id))
		argv++;
	for (; *argv != NULL; argv++) {
		if (strcmp(*argv, "-f") == 0)
			w.follow = true;
		else if (w.text == NULL && **argv != '-')
			w.text = *argv;
		else {
			warnx("log [central|summary|warning|refused] [-f] "
			      "[text]");
			return COMMAND_USAGE;
		}
	}
	w.path = option_text(s->options, id);
	if (*w.path == '\0') {
		warnx(
		    "%s is empty: that log is not kept", option_row(id)->name);
		return 1;
	}
	return watch_run(&w);
}

static void
on_trace(const char *line, void *arg)
{
	(void)arg;
	print_line(line);
	fflush(stdout);
}

int
watch_trace(struct settings *s, char **argv)
{
	struct client *c;

	if (argv[0] == NULL || argv[1] != NULL) {
		warnx("trace one daemon, as \"queued\" or \"smtpd.1\"");
		return COMMAND_USAGE;
	}
	if ((c = client_open(s, argv[0], 0)) == NULL)
		return 1;
	(void)client_trace(c, on_trace, NULL);
	client_close(c);
	return 1;
}
