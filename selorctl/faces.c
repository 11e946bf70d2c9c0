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
#include <sysexits.h>
#include <unistd.h>

#include "settings.h"
#include "submit_line.h"

#define CHUNK 16384

int
faces_mailq(const char *conf)
{
	(void)conf;
	warnx("the queue can not be asked");
	return EX_UNAVAILABLE;
}

int
faces_newaliases(const char *conf)
{
	(void)conf;
	printf("Changes in aliases take effect at once; there is nothing to "
	       "rebuild.\n");
	return 0;
}

int
faces_flush(const char *conf, const char *what)
{
	(void)conf;
	(void)what;
	warnx("the queue can not be asked");
	return EX_UNAVAILABLE;
}

/* Copies what is there.  1: more may come; 0: end; -1: an error. */
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

/* Both ways until smtpd closes; the end of our input is passed on. */
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
