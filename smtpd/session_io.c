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
 * A session's bytes in and out; see session_io.h.  Reading goes to one
 * buffer of the process; what could not be used at once (half a line, or
 * commands that wait for the one before) is kept in a piece of its size.
 */
#include "session_io.h"

#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "content.h"
#include "proxy.h"
#include "session_log.h"
#include "session_time.h"
#include "smtp.h"
#include "smtp_auth.h"
#include "smtpd.h"

/* First size of the buffer of replies, and its end. */
#define OUT_FIRST 256
#define OUT_MAX 131072
/* Octets that a client may still send after our last reply. */
#define LINGER_MAX (1024u * 1024)

static uint32_t
out_waiting(const struct session *s)
{
	return s->out_len - s->out_at;
}

/* Whether its input may be looked at. */
static bool
may_eat(const struct session *s)
{
	return s->wait == WAIT_NONE && s->state != SMTP_CLOSE && !s->is_dead &&
	    out_waiting(s) < OUT_HIGH;
}

/* 0: the header is not whole yet. What stands behind it is the client's own and
 * is looked at in its turn. */
static size_t
eat_proxy(struct session *s, const char *p, size_t len)
{
	struct proxy x;

	switch (proxy_parse(&x, p, len)) {
	case PROXY_MORE:
		return 0;
	case PROXY_BAD:
		session_drop(s, "bad PROXY header");
		return len;
	case PROXY_DONE:
		break;
	}
	s->is_proxied = true;
	if (!x.is_local)
		s->client = x.client;
	session_greet(s, len > x.len);
	return x.len;
}

/* The rest of a line that is too long. */
static size_t
eat_rest(struct session *s, const char *nl, const char *p, size_t len)
{
	size_t n = nl == NULL ? len : (size_t)(nl - p) + 1;

	s->swallowed += (uint32_t)n;
	if (nl != NULL || s->swallowed > SWALLOW_LINE_MAX) {
		s->is_swallowing = false;
		s->swallowed = 0;
		smtp_bad_line(s, "line too long", nl == NULL);
	}
	return n;
}

/* RFC 5321 section 4.5.3.1.4: lines have a bound, beyond which they are read
 * and not kept. Only LF is looked for, and a bare one is a line end or a fault
 * by Bare_newline: never both, so nothing can be smuggled between two commands.
 */
static size_t
eat_line(struct session *s, char *p, size_t len)
{
	const char *nl = memchr(p, '\n', len);
	bool is_secret = smtp_auth_is_secret(s, p, len), cr;
	size_t n, most = is_secret ? COMMAND_AUTH_MAX : COMMAND_LINE_MAX;

	if (nl == NULL && len <= most + 1 && !s->is_swallowing)
		return 0;
	if (s->is_swallowing || nl == NULL || (size_t)(nl - p) > most + 1) {
		s->is_swallowing = true;
		n = eat_rest(s, nl, p, len);
		explicit_bzero(p, n);
		return n;
	}
	n = (size_t)(nl - p);
	cr = n > 0 && p[n - 1] == '\r';
	session_time_active(s);
	if (!cr && env.settings.bare_reject)
		smtp_bad_line(s, "line ends in a bare LF", false);
	else
		smtp_line(s, p, cr ? n - 1 : n);
	if (is_secret)
		explicit_bzero(p, n);
	return n + 1;
}

/* Uses input until it is used up, or the session waits or ends. */
static size_t
eat(struct session *s, char *p, size_t len)
{
	size_t used = 0, n = 1;

	while (used < len && n > 0 && may_eat(s)) {
		if (s->state == SMTP_DATA || s->state == SMTP_CHUNK)
			n = content_feed(s, p + used, len - used);
		else if (s->state == SMTP_PROXY)
			n = eat_proxy(s, p + used, len - used);
		else
			n = eat_line(s, p + used, len - used);
		used += n;
	}
	session_log_line(NULL, 0);
	if (s->wait != WAIT_NONE && used < len)
		smtp_ahead(s, p + used, len - used);
	return used;
}

/* Keeps what is left for later. */
static void
keep(struct session *s, const char *p, size_t len)
{
	if (len == 0 || s->is_dead || s->state == SMTP_CLOSE)
		return;
	if ((s->in = malloc(len)) == NULL) {
		session_drop(s, "no memory");
		return;
	}
	memcpy(s->in, p, len);
	s->in_len = (uint32_t)len;
}

/* The piece is as large as what it held: an idle session has no buffer. */
static void
forget(struct session *s)
{
	/* It may hold half of a password. */
	freezero(s->in, s->in_at + s->in_len);
	s->in = NULL;
	s->in_at = s->in_len = 0;
}

/* Of what was kept, so much was used.  While a session waits the rest stays
 * where it is, or each command of a group would move all those behind it. */
static void
used_up(struct session *s, size_t used)
{
	char *old = s->in;
	size_t len;

	s->in_at += (uint32_t)used;
	s->in_len -= (uint32_t)used;
	if (s->in_len == 0 || s->is_dead || s->state == SMTP_CLOSE)
		forget(s);
	else if (s->wait == WAIT_NONE && s->in_at > 0) {
		used = s->in_at;
		len = s->in_len;
		s->in = NULL;
		s->in_at = s->in_len = 0;
		keep(s, old + used, len);
		freezero(old, used + len);
	}
}

/* The kernel's buffer fills, and TCP slows the client down: no queue of ours
 * grows. */
static void
stop_reading(struct session *s)
{
	event_del(&s->ev_read);
	s->is_unread = true;
}

/* After our last word: only the end is of interest. */
static void
linger(struct session *s)
{
	ssize_t n = read(s->fd, env.in, sizeof(env.in));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	s->swallowed += n > 0 ? (uint32_t)n : 0;
	if (n <= 0 || s->swallowed > LINGER_MAX)
		session_drop(s, "closed");
}

/* Octets read behind the first at of env.in; 0: none now, or it ended. */
static size_t
read_some(struct session *s, size_t at, size_t most)
{
	ssize_t n = read(s->fd, env.in + at, most - at);

	if (n > 0)
		return (size_t)n;
	if (n == 0)
		session_end(s, "closed by client");
	else if (errno != EAGAIN && errno != EINTR)
		session_drop(s, strerror(errno));
	return 0;
}

/* Content is read in larger pieces than commands, and only by those who may
 * send it. */
static void
read_input(struct session *s)
{
	size_t most = READ_COMMANDS, at = s->in_len, n;

	if (s->is_lingering) {
		linger(s);
		return;
	}
	if (!may_eat(s)) {
		stop_reading(s);
		return;
	}
	if (s->state == SMTP_DATA || s->state == SMTP_CHUNK)
		most = READ_CONTENT;
	if (at >= most) {
		session_drop(s, "input not used");
		return;
	}
	if ((n = read_some(s, at, most)) == 0)
		return;
	session_log_busy(s);
	if (at > 0)
		memcpy(env.in, s->in + s->in_at, at);
	forget(s);
	n += at;
	at = eat(s, env.in, n);
	keep(s, env.in + at, n - at);
	explicit_bzero(env.in + at, n - at);
}

/* Never frees: the session is marked, and the end of the turn does it. */
void
session_io_event(int fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd;
	if (s->is_dead)
		return;
	/* What can be written is, at the end of the turn. */
	if (what & EV_WRITE)
		session_mark(s);
	if (what & EV_READ)
		read_input(s);
}

/* Asked where it saves work; SO_ERROR is cleared by it, and the read that
 * follows says the same. */
bool
session_io_is_reset(const struct session *s)
{
	socklen_t len = sizeof(int);
	int error = 0;

	return getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 &&
	    error != 0;
}

/* Without the loop: what is there now. -1: the client has gone already. */
int
session_io_peek(struct session *s)
{
	ssize_t n = read(s->fd, env.in, READ_COMMANDS);

	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		return -1;
	if (n > 0) {
		keep(s, env.in, (size_t)n);
		session_mark(s);
	}
	return 0;
}

/* After a wait: what came in the meantime, first from what was kept. */
void
session_io_resume(struct session *s)
{
	if (!may_eat(s))
		return;
	if (s->in_len > 0)
		used_up(s, eat(s, s->in + s->in_at, s->in_len));
	if (s->is_unread && may_eat(s)) {
		event_add(&s->ev_read, NULL);
		s->is_unread = false;
	}
}

/* A client that sends commands and reads no reply is ended at OUT_MAX. -1: the
 * session is dead or dying. */
int
session_io_put(struct session *s, const char *p, size_t len)
{
	size_t size = s->out_size == 0 ? OUT_FIRST : s->out_size;
	char *out;

	if (s->is_dead)
		return -1;
	while (size < s->out_len + len)
		size *= 2;
	if (size > OUT_MAX) {
		session_drop(s, "replies not read");
		return -1;
	}
	if (size != s->out_size) {
		if ((out = realloc(s->out, size)) == NULL) {
			session_drop(s, "no memory");
			return -1;
		}
		s->out = out;
		s->out_size = (uint32_t)size;
	}
	memcpy(s->out + s->out_len, p, len);
	s->out_len += (uint32_t)len;
	session_mark(s);
	return 0;
}

/* False: the rest waits until the socket takes more. True: all is written, or
 * the session is dead. */
bool
session_io_flush(struct session *s)
{
	ssize_t n;

	while (out_waiting(s) > 0) {
		n = write(s->fd, s->out + s->out_at, out_waiting(s));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN) {
			event_add(&s->ev_write, NULL);
			return false;
		}
		if (n == -1) {
			session_drop(s, strerror(errno));
			return true;
		}
		s->out_at += (uint32_t)n;
		session_time_arm(s);
	}
	free(s->out);
	s->out = NULL;
	s->out_at = s->out_len = s->out_size = 0;
	return true;
}
