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
 * Where log lines go, and the six verbs; see log.h.  Lines gather in one
 * buffer a file and are written once a turn, so that a busy daemon does not
 * pay a system call a line.
 */
#include "log.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log_line.h"

/* A file's gathered lines; full means written at once. */
#define LOG_BUFFER 65536

/* One file of the log: lines gathered and not yet written. */
struct log_out {
	int fd;
	size_t len;
	char *buf;
};

static struct {
	const char *name;
	/* to_stderr: warnings go there too, while a person is watching */
	bool debug, to_stderr, json;
	int syslog;
	char zone[8];
	struct log_out out[LOG_FILES];
} state = {"selor", false, true, false, -1, "",
    {{-1, 0, NULL}, {-1, 0, NULL}, {-1, 0, NULL}, {-1, 0, NULL}}};

void
log_init(const char *name, bool debug, bool to_stderr)
{
	state.name = name;
	state.debug = debug;
	state.to_stderr = to_stderr;
}

/*
 * The lines gathered so far belong to the file that was open when they were
 * written.  Without memory for a buffer that log stays off; the daemon works
 * on.
 */
void
log_set_fd(enum log_file file, int fd)
{
	struct log_out *o = &state.out[file];

	log_flush();
	if (o->fd != -1)
		close(o->fd);
	o->fd = fd;
	if (fd != -1 && o->buf == NULL)
		o->buf = malloc(LOG_BUFFER);
	o->len = 0;
}

bool
log_is_on(enum log_file file)
{
	return state.out[file].fd != -1 || state.syslog != -1;
}

void
log_set_json(bool json)
{
	state.json = json;
}

bool
log_is_json(void)
{
	return state.json;
}

const char *
log_name(void)
{
	return state.name;
}

const char *
log_zone(void)
{
	return state.zone;
}

void
log_set_syslog(int fd)
{
	if (state.syslog != -1)
		close(state.syslog);
	state.syslog = fd;
}

void
log_set_zone(const char *zone)
{
	strlcpy(state.zone, zone, sizeof(state.zone));
}

/*
 * Writes all of it; a log that takes no more loses the rest.  A log on a full
 * disk must not stop mail: what can not be written is given up, without a line,
 * as there is nowhere to write one.
 */
static void
log_write(int fd, const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, p, len)) == -1) {
			if (errno == EINTR)
				continue;
			return;
		}
		p += n;
		len -= (size_t)n;
	}
}

/* Whoever ends without the loop calls this himself: fatal, proc_exit. */
void
log_flush(void)
{
	struct log_out *o;

	for (o = state.out; o < state.out + LOG_FILES; o++) {
		if (o->len == 0)
			continue;
		if (o->fd != -1)
			log_write(o->fd, o->buf, o->len);
		o->len = 0;
	}
}

/*
 * Priorities of syslog(3), facility mail.  Never waits: a syslog that does not
 * read loses lines, not mail.  2 is the facility "mail", 4 a warning and 6
 * information (RFC 5424 section 6.2.1).
 */
static void
log_to_syslog(enum log_file file, const char *line, size_t len)
{
	char packet[LOG_LINE_MAX + 64];
	int n, priority = file == LOG_WARNING ? 4 : 6;

	n = snprintf(packet, sizeof(packet), "<%d>selor[%ld]: %.*s",
	    2 << 3 | priority, (long)getpid(), (int)len, line);
	if (n > 0)
		(void)send(state.syslog, packet,
		    (size_t)n < sizeof(packet) ? (size_t)n : sizeof(packet),
		    MSG_DONTWAIT | MSG_NOSIGNAL);
}

/*
 * A line is never longer than the buffer (LOG_LINE_MAX), so after a flush it
 * always fits; and lines of several daemons that share a file do not mix, since
 * whole lines are appended in one call.
 */
void
log_put(enum log_file file, const char *line, size_t len)
{
	struct log_out *o = &state.out[file];

	if (state.syslog != -1)
		log_to_syslog(file, line, len);
	if (o->fd == -1 || o->buf == NULL)
		return;
	if (len + 1 > LOG_BUFFER - o->len)
		log_flush();
	memcpy(o->buf + o->len, line, len);
	o->buf[o->len + len] = '\n';
	o->len += len + 1;
}

/*
 * One line of a verb: to the warning log and, where asked, to stderr.  The text
 * may quote what came from outside: it becomes a value like any other, so that
 * it can not pass for a line of its own.
 */
static void
log_verb(const char *level, int error, const char *fmt, va_list ap)
{
	char text[1024];
	struct log_line line;
	int n;

	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n < 0)
		return;
	if (error != 0 && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n, ": %s",
		    strerror(error));
	log_line_begin(&line, LOG_WARNING, level);
	log_str(&line, "text", text);
	log_line_close(&line);
	log_put(LOG_WARNING, line.text, line.len);
	if (state.to_stderr || state.out[LOG_WARNING].fd == -1) {
		line.text[line.len++] = '\n';
		log_write(STDERR_FILENO, line.text, line.len);
	}
}

void
fatal(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	log_verb("fatal", error, fmt, ap);
	va_end(ap);
	log_flush();
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_verb("fatal", 0, fmt, ap);
	va_end(ap);
	log_flush();
	exit(1);
}

void
log_warn(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	log_verb("warning", error, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_verb("warning", 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_verb("info", 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!state.debug)
		return;
	va_start(ap, fmt);
	log_verb("debug", 0, fmt, ap);
	va_end(ap);
}
