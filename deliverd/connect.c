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
 * Connecting: the hosts of a route in turn, each with Connect_timeout.  A
 * host counts as reached when it has greeted us and answered EHLO or HELO;
 * until then the next one is tried.
 */
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "proc.h"

#include "client.h"
#include "client_event.h"
#include "client_talk.h"

/* Seconds until what found no descriptor is tried again. */
#define CONNECT_PAUSE 10

/* Forgets one host's connection before the next is tried. */
static void
connect_drop(struct client *c)
{
	client_event_remove(c);
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	c->tries++;
	c->out_start = c->out_end = 0;
	c->unanswered = 0;
	c->fresh = false;
	c->caps = 0;
	c->max_size = 0;
	c->max_rcpts = c->max_mails = 0;
	c->mails = c->rcpts = 0;
	c->quick = false;
	reply_init(&c->reply);
}

/* Of this address; there may be others. */
static void
connect_failed(struct client *c, int error)
{
	struct result r;

	result_option(&r, OPT_MSG_CANNOT_CONNECT, 451, "4.4.1");
	snprintf(r.text + strlen(r.text), sizeof(r.text) - strlen(r.text),
	    ": %s: %s", c->peer, strerror(error));
	strlcpy(r.host, c->peer, sizeof(r.host));
	client_log(c, "connect", strerror(error));
	connect_next(c, &r);
}

/* Our own shortage says nothing of the host or the message. */
static void
connect_no_socket(struct client *c)
{
	struct dest *d = c->dest;
	struct task *t = c->task;

	log_warn("a socket for %s", c->peer);
	task_hold(t);
	client_close(c);
	task_give_back(t, CONNECT_PAUSE);
	task_release(t);
	pool_pump(d);
}

void
connect_established(struct client *c, int fd)
{
	static const int on = 1;

	c->fd = fd;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->state = CLIENT_BANNER;
	reply_init(&c->reply);
	client_set_deadline(c, option_num(proc_options(), OPT_TIMEOUT));
	if (client_event_add(c) == -1)
		fatalx("no memory for a connection");
	client_log(c, "connect", "");
}

/*
 * Octets without an acknowledgement.  A server may take long to answer, its
 * kernel does not; no answer (a local socket): there is no such thing.
 */
bool
connect_is_cut_off(const struct client *c)
{
	struct tcp_info i = {0};
	socklen_t len = sizeof(i);

	return getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &i, &len) == 0 &&
	    i.tcpi_unacked > 0;
}

void
connect_start(struct client *c)
{
	const struct route_host *h = route_nth(c->route, c->host, c->chance);
	int fd;

	c->state = CLIENT_CONNECT;
	strlcpy(c->peer, h->name, sizeof(c->peer));
	strlcat(c->peer, h->name[0] == '\0' ? "[" : " [", sizeof(c->peer));
	strlcat(c->peer, h->ip, sizeof(c->peer));
	strlcat(c->peer, "]", sizeof(c->peer));
	client_set_deadline(c, option_num(proc_options(), OPT_CONNECT_TIMEOUT));
	fd = socket(
	    h->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1 &&
	    (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		errno == ENOMEM)) {
		connect_no_socket(c);
		return;
	}
	if (fd == -1) {
		connect_failed(c, errno);
		return;
	}
	c->fd = fd;
	if (connect(fd, (const struct sockaddr *)&h->ss, h->len) == 0 ||
	    errno == EINPROGRESS) {
		/* Writable tells of success and of failure. */
		if (client_event_connect(c) == -1)
			fatalx("no memory for a connection");
		return;
	}
	connect_failed(c, errno);
}

/* Writable after connect(2) means decided, not connected. */
void
connect_on_ready(struct client *c)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	client_event_remove(c);
	if (error != 0)
		connect_failed(c, error);
	else
		connect_established(c, c->fd);
}

/* The last host decides what the sender reads, but not that it is final. */
void
connect_next(struct client *c, const struct result *r)
{
	struct dest *d = c->dest;
	struct task *t = c->task;
	struct result last = *r;

	connect_drop(c);
	if (last.result != DLV_PERMFAIL)
		c->soft = true;
	if (!c->route->local_socket && ++c->host < c->route->count) {
		connect_start(c);
		return;
	}
	/* Only when each host refused for good is it so for the message. */
	if (c->soft && last.result == DLV_PERMFAIL)
		last.result = DLV_TEMPFAIL;
	task_hold(t);
	if (!c->reached)
		pool_unreachable(d, &last);
	client_close(c);
	task_result_client(t, &last);
	task_release(t);
	pool_pump(d);
}
