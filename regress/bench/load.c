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
 * The sessions of a load, see load.h.  One thread, one epoll descriptor; a
 * session is a small state machine whose states are the replies that it
 * waits for.  The server under test is trusted to speak SMTP: what is not a
 * reply breaks the session and is counted.
 */
#include "load.h"

#include <sys/epoll.h>
#include <sys/uio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A server that breaks so many sessions is not measured but broken. */
#define FAILED_MAX 1000 /* broken sessions before giving up */
#define EVENTS 256

/* The reply that is waited for. */
enum state {
	WAIT_BANNER,
	WAIT_EHLO,
	WAIT_MAIL,
	WAIT_RCPT,
	WAIT_DATA,
	WAIT_FINAL,
	WAIT_QUIT,
	IDLE
};

struct session {
	int fd;
	enum state state;
	char in[LOAD_LINE_MAX];
	size_t in_len;
	char out[LOAD_LINE_MAX]; /* commands, or a message's head */
	size_t out_len;
	/*
	 * out and body are one stream: a reply is never waited for in between
	 */
	size_t sent; /* of out, then of the body */
	bool with_body;
	bool want_write;
	uint64_t number; /* of the message */
	/* when the final dot was written: from there a client waits */
	uint64_t final_us;
};

struct load {
	const struct load_plan *plan;
	struct load_result result;
	struct session *sessions;
	unsigned int open;
	int epoll;
	/*
	 * Counts also those that are refused later, so that a plan of N never
	 * sends more than N.
	 */
	uint64_t begun; /* messages */
	uint64_t start_us;
	bool over;
};

static void session_open(struct load *, struct session *);

struct load *
load_new(const struct load_plan *plan)
{
	struct load *l;
	unsigned int i;

	if ((l = calloc(1, sizeof(*l))) == NULL ||
	    (l->sessions = calloc(plan->sessions, sizeof(*l->sessions))) ==
		NULL)
		err(1, "load");
	l->plan = plan;
	for (i = 0; i < plan->sessions; i++)
		l->sessions[i].fd = -1;
	if ((l->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err(1, "epoll");
	return l;
}

void
load_free(struct load *l)
{
	unsigned int i;

	for (i = 0; i < l->plan->sessions; i++) {
		if (l->sessions[i].fd != -1)
			close(l->sessions[i].fd);
	}
	close(l->epoll);
	sample_clear(&l->result.final);
	free(l->sessions);
	free(l);
}

struct load_result *
load_result(struct load *l)
{
	return &l->result;
}

/*
 * May another message begin?  Once over it stays over, even if a message was
 * refused meanwhile.
 */
static bool
load_goes_on(struct load *l)
{
	const struct load_plan *p = l->plan;

	if (p->messages != 0 && l->begun >= p->messages)
		l->over = true;
	if (p->run_us != 0 && sample_now() - l->start_us >= p->run_us)
		l->over = true;
	return !l->over;
}

/* EPOLLOUT only while something waits: it would wake us all the time. */
static void
session_watch(struct load *l, struct session *s, int op, bool write)
{
	struct epoll_event ev;

	memset(&ev, 0, sizeof(ev));
	ev.events = EPOLLIN | (write ? EPOLLOUT : 0);
	ev.data.ptr = s;
	if (epoll_ctl(l->epoll, op, s->fd, &ev) == -1)
		err(1, "epoll_ctl");
	s->want_write = write;
}

static void
session_close(struct load *l, struct session *s)
{
	close(s->fd);
	s->fd = -1;
	l->open--;
}

/* The session broke; another takes its place while the load goes on. */
static void
session_fail(struct load *l, struct session *s, const char *why)
{
	l->result.failed++;
	/* Without an error it was a reply, which is noted already. */
	if (errno != 0)
		snprintf(l->result.worst, sizeof(l->result.worst), "%s: %s",
		    why, strerror(errno));
	session_close(l, s);
	if (l->result.failed >= FAILED_MAX)
		l->over = true;
	else if (!l->plan->idle && load_goes_on(l))
		session_open(l, s);
}

/* The error of a refused connection comes with the first event, not here. */
static void
session_open(struct load *l, struct session *s)
{
	int on = 1;

	memset(s, 0, sizeof(*s));
	s->state = WAIT_BANNER;
	s->fd = socket(l->plan->to.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd == -1)
		err(1, "socket");
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	l->open++;
	if (connect(s->fd, (const struct sockaddr *)&l->plan->to,
		l->plan->to_len) == -1 &&
	    errno != EINPROGRESS)
		err(1, "connect");
	session_watch(l, s, EPOLL_CTL_ADD, false);
}

/* Write what is left of the commands or the message.  -1: it broke. */
static int
session_write(struct load *l, struct session *s)
{
	const struct load_plan *p = l->plan;
	size_t total = s->out_len + (s->with_body ? p->body_len : 0);
	struct iovec iov[2];
	size_t skip;
	ssize_t n;

	while (s->sent < total) {
		skip = s->sent > s->out_len ? s->sent - s->out_len : 0;
		iov[0].iov_base = s->out + (s->sent - skip);
		iov[0].iov_len = s->out_len - (s->sent - skip);
		memcpy(&iov[1].iov_base, &p->body, sizeof(p->body));
		iov[1].iov_base = (char *)iov[1].iov_base + skip;
		iov[1].iov_len = s->with_body ? p->body_len - skip : 0;
		n = writev(s->fd, iov, 2);
		if (n == -1 && errno == EAGAIN) {
			if (!s->want_write)
				session_watch(l, s, EPOLL_CTL_MOD, true);
			return 0;
		}
		if (n == -1)
			return -1;
		s->sent += (size_t)n;
	}
	if (s->want_write)
		session_watch(l, s, EPOLL_CTL_MOD, false);
	if (s->with_body)
		s->final_us = sample_now();
	s->with_body = false;
	s->out_len = s->sent = 0;
	return 0;
}

/* The envelope's commands from MAIL on, as many as may go together. */
static int
session_envelope(struct load *l, struct session *s, enum state from)
{
	const struct load_plan *p = l->plan;
	size_t n = 0;

	if (from == WAIT_MAIL) {
		/* Counted from here, so that no more begin than were asked. */
		s->number = l->begun++;
		n += (size_t)snprintf(
		    s->out, sizeof(s->out), "MAIL FROM:<%s>\r\n", p->sender);
	}
	if (from == WAIT_RCPT || p->pipelining)
		n += (size_t)snprintf(s->out + n, sizeof(s->out) - n,
		    "RCPT TO:<%s%llu@%s>\r\n", p->prefix,
		    (unsigned long long)(s->number % p->users), p->domain);
	if (from == WAIT_DATA || p->pipelining)
		n += (size_t)snprintf(
		    s->out + n, sizeof(s->out) - n, "DATA\r\n");
	if (n >= sizeof(s->out))
		errx(1, "addresses too long");
	s->out_len = n;
	s->state = from;
	return session_write(l, s);
}

/* Nothing else may be waiting to be written: s->out is used over. */
static int
session_command(
    struct load *l, struct session *s, const char *text, enum state wait)
{
	s->out_len = (size_t)snprintf(s->out, sizeof(s->out), "%s", text);
	s->state = wait;
	return session_write(l, s);
}

/*
 * The number makes each message's text its own, so that a mailbox can be
 * checked for what is missing or twice.
 */
static int
session_content(struct load *l, struct session *s)
{
	static uint64_t serial;

	s->out_len = (size_t)snprintf(s->out, sizeof(s->out),
	    "From: <%s>\r\nSubject: load\r\n"
	    "Message-ID: <%llx.%ld@load.test>\r\nX-Regress-Id: %llu\r\n",
	    l->plan->sender, (unsigned long long)sample_now(), (long)getpid(),
	    (unsigned long long)serial);
	serial++;
	s->with_body = true;
	s->state = WAIT_FINAL;
	return session_write(l, s);
}

/* A message is over: the next one, or the end of the session. */
static int
session_next(struct load *l, struct session *s)
{
	if (l->plan->one_each || !load_goes_on(l))
		return session_command(l, s, "QUIT\r\n", WAIT_QUIT);
	return session_envelope(l, s, WAIT_MAIL);
}

/* Idle sessions end their work here, and keep their connection. */
static int
session_greeted(struct load *l, struct session *s)
{
	if (l->plan->idle) {
		l->result.greeted++;
		s->state = IDLE;
		return 0;
	}
	if (!load_goes_on(l))
		return session_command(l, s, "QUIT\r\n", WAIT_QUIT);
	return session_envelope(l, s, WAIT_MAIL);
}

/*
 * Latency counts from the final dot to its reply: what the client waits for is
 * the server's promise.
 */
static void
session_final(struct load *l, struct session *s)
{
	uint64_t now = sample_now();

	l->result.accepted++;
	l->result.last_us = now;
	sample_add(&l->result.final, now - s->final_us);
}

/* The last line of a reply has come.  -1: the session is to be closed. */
static int
session_reply(struct load *l, struct session *s, const char *line)
{
	char want = s->state == WAIT_DATA ? '3' : '2';
	bool pipelining = l->plan->pipelining;

	if (line[0] != want) {
		l->result.refused++;
		snprintf(l->result.worst, sizeof(l->result.worst), "%s", line);
		/* After the final dot the session is in step again. */
		if (s->state == WAIT_FINAL)
			return session_next(l, s);
		errno = 0;
		return -1;
	}
	switch (s->state) {
	case WAIT_BANNER:
		return session_command(l, s, "EHLO load.test\r\n", WAIT_EHLO);
	case WAIT_EHLO:
		return session_greeted(l, s);
	case WAIT_MAIL:
		if (!pipelining)
			return session_envelope(l, s, WAIT_RCPT);
		s->state = WAIT_RCPT;
		return 0;
	case WAIT_RCPT:
		if (!pipelining)
			return session_envelope(l, s, WAIT_DATA);
		s->state = WAIT_DATA;
		return 0;
	case WAIT_DATA:
		return session_content(l, s);
	case WAIT_FINAL:
		session_final(l, s);
		return session_next(l, s);
	case WAIT_QUIT:
	case IDLE:
		break;
	}
	return 0;
}

/* Split the input into lines; a reply's last one has a blank after its code. */
static int
session_lines(struct load *l, struct session *s)
{
	char *start = s->in, *end;
	size_t left;

	s->in[s->in_len] = '\0';
	while ((end = memchr(start, '\n',
		    s->in_len - (size_t)(start - s->in))) != NULL) {
		*end = '\0';
		if (end - start >= 4 && start[3] != '-' &&
		    session_reply(l, s, start) == -1)
			return -1;
		start = end + 1;
	}
	left = s->in_len - (size_t)(start - s->in);
	memmove(s->in, start, left);
	s->in_len = left;
	return left == sizeof(s->in) - 1 ? -1 : 0;
}

/*
 * errno is cleared before the read, so that session_fail can tell a reply that
 * was refused from a connection that broke.
 */
static void
session_event(struct load *l, struct session *s, uint32_t events)
{
	ssize_t n;

	if (events & EPOLLOUT && session_write(l, s) == -1) {
		session_fail(l, s, "write");
		return;
	}
	if ((events & ~(uint32_t)EPOLLOUT) == 0)
		return;
	errno = 0;
	n = read(s->fd, s->in + s->in_len, sizeof(s->in) - 1 - s->in_len);
	if (n == -1 && errno == EAGAIN)
		return;
	if (n == 0 && s->state == WAIT_QUIT) {
		session_close(l, s);
		if (load_goes_on(l))
			session_open(l, s);
		return;
	}
	if (n <= 0) {
		session_fail(l, s, n == 0 ? "closed" : "read");
		return;
	}
	s->in_len += (size_t)n;
	if (session_lines(l, s) == -1)
		session_fail(l, s, "reply");
}

/*
 * A minute without an event means that the server hangs: better no figure than
 * one with the wait in it.
 */
int
load_run(struct load *l)
{
	struct epoll_event ev[EVENTS];
	unsigned int i;
	int n;

	l->start_us = l->result.first_us = sample_now();
	for (i = 0; i < l->plan->sessions; i++)
		session_open(l, &l->sessions[i]);
	while (l->open > 0 && l->result.failed < FAILED_MAX) {
		if (l->plan->idle && l->result.greeted == l->open)
			break;
		if ((n = epoll_wait(l->epoll, ev, EVENTS, 60000)) == -1 &&
		    errno != EINTR)
			err(1, "epoll_wait");
		if (n == 0)
			errx(1, "nothing came for a minute");
		for (; n > 0; n--)
			session_event(l, ev[n - 1].data.ptr, ev[n - 1].events);
	}
	return l->result.failed < FAILED_MAX ? 0 : -1;
}
