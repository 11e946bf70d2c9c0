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
 * The other names of selorctl; see faces.h.
 */
#include "faces.h"

#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "commands.h"
#include "report.h"
#include "settings.h"
#include "submit_line.h"
#include "words.h"

/* Octets copied at a time between smtpd and our own input and output. */
#define CHUNK 16384

/* Column where recipients stand. */
#define INDENT 41

struct mailq {
	/*
	 * Two connections, because a call is in flight on the first while a
	 * line of its list is printed.
	 */
	struct client *client; /* of its own, for details */
	char more[64];
	unsigned long long bytes;
	size_t count;
};

/* All of it is text from outside; report_cell takes the controls out. */
static void
print_rcpt(const char *answer, const char *rcpt)
{
	if (*answer != '\0') {
		report_cell("", INDENT - 2);
		report_cell("(", 0);
		report_cell(answer, 0);
		report_cell(")", 0);
		report_row_end();
	}
	report_cell("", INDENT);
	report_cell(rcpt, 0);
	report_row_end();
}

/*
 * Those that are done, or failed for good, wait for nothing.  The first lines
 * tell of the message itself and are passed over.
 */
static void
on_rcpt(const char *line, void *arg)
{
	static struct words w;
	const char *state;

	(void)arg;
	if (words_parse(&w, line) == -1 || w.count == 0 ||
	    strcmp(w.word[0].key, "recipient") != 0)
		return;
	state = words_get(&w, "state");
	if (strcmp(state, "pending") == 0 || strcmp(state, "deferred") == 0 ||
	    strcmp(state, "active") == 0)
		print_rcpt(words_get(&w, "answer"), words_get(&w, "recipient"));
}

/*
 * '*' is being delivered, '!' is held, as Postfix marks them.  The form is that
 * of other mail systems, since programs parse it.  A message with one open
 * recipient has it in the line; for more the other connection is asked, and
 * where that fails the one known is better than none.
 */
static void
on_queued(const char *line, void *arg)
{
	static struct words w;
	struct mailq *q = arg;
	const char *state, *id, *sender;
	char text[80];
	struct tm *tm;
	time_t t;

	if (words_parse(&w, line) == -1)
		return;
	if (*words_get(&w, "more") != '\0') {
		strlcpy(q->more, words_get(&w, "more"), sizeof(q->more));
		return;
	}
	if (q->count++ == 0)
		printf("----Queue ID---------- --Size-- ---Arrival Time---- "
		       "-Sender/Recipient------\n");
	id = words_get(&w, "id");
	state = words_get(&w, "state");
	sender = words_get(&w, "sender");
	q->bytes += strtoull(words_get(&w, "size"), NULL, 10);
	t = (time_t)strtoll(words_get(&w, "arrival"), NULL, 10);
	snprintf(text, sizeof(text), "%.60s%s", id,
	    strcmp(state, "active") == 0   ? "*" :
		strcmp(state, "held") == 0 ? "!" :
					     "");
	report_cell(text, 22);
	report_cell(words_get(&w, "size"), -8);
	if ((tm = localtime(&t)) == NULL ||
	    strftime(text, sizeof(text), "%a %b %d %H:%M:%S", tm) == 0)
		strlcpy(text, "?", sizeof(text));
	report_cell(text, 19);
	report_cell(*sender == '\0' ? "MAILER-DAEMON" : sender, 0);
	report_row_end();
	snprintf(text, sizeof(text), "id=%.60s", id);
	if (strtol(words_get(&w, "open"), NULL, 10) == 1 || q->client == NULL ||
	    client_list(q->client, CTL_MESSAGE, text, on_rcpt, q) == -1)
		print_rcpt(words_get(&w, "answer"), words_get(&w, "recipient"));
}

/*
 * Two connections: while a line of the one list is printed the other asks for
 * its recipients.  Page by page: queued lists a bounded number in one call.
 * Mail that comes or goes meanwhile may be missed or shown although it is gone,
 * never twice.
 */
static int
mailq_run(struct settings *s)
{
	struct client *c = client_open(s, "queued", 0);
	struct mailq q = {.count = 0};
	char query[80] = "";
	int r = 0;

	if (c == NULL)
		return EX_UNAVAILABLE;
	q.client = client_open(s, "queued", 1);
	do {
		q.more[0] = '\0';
		r = client_list(c, CTL_QUEUE, query, on_queued, &q);
		snprintf(query, sizeof(query), "after=%s", q.more);
	} while (r == 0 && q.more[0] != '\0');
	client_close(q.client);
	client_close(c);
	if (r == -1)
		return EX_UNAVAILABLE;
	if (q.count == 0)
		printf("Mail queue is empty\n");
	else
		printf("-- %llu Kbytes in %zu Request%s.\n",
		    (q.bytes + 1023) / 1024, q.count, q.count == 1 ? "" : "s");
	return 0;
}

int
faces_mailq(const char *conf)
{
	struct settings s;
	int r;

	if (settings_read(&s, conf) == -1)
		return EX_CONFIG;
	report_init(false);
	r = mailq_run(&s);
	settings_clear(&s);
	return r;
}

/*
 * For those who know "sendmail -q": the same request as selorctl retry, and so
 * bound to the same rights.
 */
int
faces_flush(const char *conf, const char *what)
{
	char word[512] = "", *argv[] = {word, NULL};
	struct settings s;
	int r;

	/* -qI and an id, -qR and a domain; an interval means nothing here. */
	if (what != NULL && *what == 'I')
		strlcpy(word, what + 1, sizeof(word));
	else if (what != NULL && *what == 'R')
		snprintf(word, sizeof(word), "domain=%s", what + 1);
	if (settings_read(&s, conf) == -1)
		return EX_CONFIG;
	if (*word == '\0')
		argv[0] = NULL;
	r = act_retry(&s, argv);
	settings_clear(&s);
	return r == 0 ? 0 : EX_UNAVAILABLE;
}

/*
 * Copies what is there.  1: more may come; 0: end; -1: an error.  Writes all
 * that was read before it returns: nothing is held back here, and who does not
 * read makes us wait, which is what back-pressure is.
 */
static int
copy_some(int from, int to)
{
	char buf[CHUNK];
	ssize_t n, done, at;

	if ((n = read(from, buf, sizeof(buf))) == -1)
		return errno == EINTR ? 1 : -1;
	for (at = 0; at < n; at += done)
		if ((done = write(to, buf + at, (size_t)(n - at))) == -1) {
			if (errno != EINTR)
				return -1;
			done = 0;
		}
	return n > 0;
}

/*
 * Both ways until smtpd closes; the end of our input is passed on.  The end of
 * our input is not the end of the session: the last reply is still to come.
 */
static int
copy_both(int fd)
{
	struct pollfd p[2] = {{STDIN_FILENO, POLLIN, 0}, {fd, POLLIN, 0}};
	int r = 1;

	while (r == 1) {
		if (poll(p, 2, -1) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (p[0].revents != 0 && copy_some(STDIN_FILENO, fd) != 1) {
			(void)shutdown(fd, SHUT_WR);
			p[0].fd = -1;
		}
		if (p[1].revents != 0)
			r = copy_some(fd, STDOUT_FILENO);
	}
	return r;
}

/*
 * sendmail -bs.  Whoever runs it speaks SMTP to smtpd itself, with the rights
 * of the submission socket and nothing that this program adds.
 */
int
faces_session(const char *conf)
{
	char path[SETTINGS_PATH_MAX];
	struct submit_line line;
	struct settings s;
	int r;

	if (settings_read(&s, conf) == -1)
		return EX_CONFIG;
	r = settings_socket(&s, "submit", path);
	settings_clear(&s);
	if (r == -1 || submit_line_open(&line, path, false) == -1) {
		printf("421 4.3.2 The mail system is not available\r\n");
		return EX_TEMPFAIL;
	}
	r = copy_both(line.fd);
	submit_line_close(&line);
	return r == 0 ? 0 : EX_IOERR;
}
