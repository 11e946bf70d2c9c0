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
 * Lines to and from the submission socket; see submit_line.h.
 */
#include "submit_line.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A command with two addresses' room; RFC 5321 with all its extensions. */
#define LINE_MAX_BYTES 2048

/*
 * Times out in both directions: a smtpd that hangs must not hold a program that
 * only wanted to send mail.
 */
int
submit_line_open(struct submit_line *s, const char *path, bool verbose)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct timeval tv = {SUBMIT_SECONDS, 0};
	int saved;

	s->fd = -1;
	s->at = s->len = 0;
	s->verbose = verbose;
	reply_init(&s->reply);
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	(void)setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	(void)setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (connect(s->fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return 0;
	saved = errno;
	submit_line_close(s);
	errno = saved;
	return -1;
}

void
submit_line_close(struct submit_line *s)
{
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

/* MSG_NOSIGNAL: who runs us may not expect SIGPIPE. */
int
submit_line_write(struct submit_line *s, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if (s->fd == -1)
			return -1;
		n = send(s->fd, text, len, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			submit_line_close(s);
			return -1;
		}
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/*
 * More octets; 0, or -1 and closed.  Called only when all that was read before
 * is used up.
 */
static int
fill(struct submit_line *s)
{
	ssize_t n;

	do {
		if (s->fd == -1)
			return -1;
		n = read(s->fd, s->in, sizeof(s->in));
	} while (n == -1 && errno == EINTR);
	if (n <= 0) {
		submit_line_close(s);
		return -1;
	}
	s->at = 0;
	s->len = (size_t)n;
	return 0;
}

/* A reply that is none ends the connection: nothing after it could be
 * trusted. */
int
submit_line_reply(struct submit_line *s)
{
	char line[REPLY_TEXT_MAX + 64];
	enum reply_status status = REPLY_MORE;
	size_t used;

	reply_init(&s->reply);
	while (status == REPLY_MORE) {
		if (s->at == s->len && fill(s) == -1)
			return -1;
		status =
		    reply_feed(&s->reply, s->in + s->at, s->len - s->at, &used);
		s->at += used;
	}
	if (status == REPLY_BAD) {
		submit_line_close(s);
		return -1;
	}
	if (s->verbose) {
		reply_print(&s->reply, line, sizeof(line));
		printf("<<< %s\n", line);
		fflush(stdout);
	}
	return s->reply.code;
}

/* One that does not fit is never sent in part. */
int
submit_line_ask(struct submit_line *s, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 2, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line) - 2) {
		submit_line_close(s);
		return -1;
	}
	if (s->verbose) {
		printf(">>> %s\n", line);
		fflush(stdout);
	}
	memcpy(line + n, "\r\n", 2);
	if (submit_line_write(s, line, (size_t)n + 2) == -1)
		return -1;
	return submit_line_reply(s);
}
