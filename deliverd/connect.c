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
#include "client_auth.h"
#include "client_event.h"
#include "client_talk.h"
#include "way.h"

/* Seconds until what found no descriptor is tried again. */
#define CONNECT_PAUSE 10
/* Seconds for the parent to make a socket; longer than PRIV_SOCKET waits. */
#define CONNECT_ASK 60

static void connect_ask(struct client *, uint32_t mark);

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
	c->logged_in = false;
	client_auth_end(c);
	reply_init(&c->reply);
}

/* Of this address; there may be others. */
static void
connect_failed_text(struct client *c, const char *text)
{
	struct result r;

	result_option(
	    &r, way_options(c->way), OPT_MSG_CANNOT_CONNECT, 451, "4.4.1");
	snprintf(r.text + strlen(r.text), sizeof(r.text) - strlen(r.text),
	    ": %s: %s", c->peer, text);
	strlcpy(r.host, c->peer, sizeof(r.host));
	client_log(c, "connect", text);
	connect_next(c, &r);
}

static void
connect_failed(struct client *c, int error)
{
	connect_failed_text(c, strerror(error));
}

/* Our own shortage says nothing of the host or the message. */
static void
connect_no_socket(struct client *c, const char *why)
{
	struct dest *d = c->dest;
	struct task *t = c->task;

	log_warnx("no socket for %s: %s", c->peer, why);
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
	client_set_timeout(c);
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

/* fd is a socket; it is not connected yet. */
static void
connect_to(struct client *c, int fd)
{
	const struct route_host *h = route_nth(c->route, c->host, c->chance);

	client_set_deadline(c, way_num(c->way, OPT_CONNECT_TIMEOUT));
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

/* As all mail goes that no rule has touched: without asking anybody. */
static void
connect_plain(struct client *c)
{
	const struct route_host *h = route_nth(c->route, c->host, c->chance);
	int fd;

	fd = socket(
	    h->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd != -1)
		connect_to(c, fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
	    errno == ENOMEM)
		connect_no_socket(c, strerror(errno));
	else
		connect_failed(c, errno);
}

/* Mail that a rule sends from an address goes from there or not at all: that
 * is what somebody pays for, or is known by. */
static void
connect_no_source(struct client *c)
{
	log_warnx("Mx_source!: can not be used for %s", c->peer);
	connect_failed_text(c, "the source address can not be used");
}

/* Another address of the host may do. */
static void
connect_other_family(struct client *c)
{
	const struct route_list *r = c->route;
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->hosts[i].ss.ss_family == c->way->source.family)
			break;
	if (i == r->count)
		connect_no_source(c);
	else
		connect_failed_text(
		    c, "the source address is of the other family");
}

/* A mark is advice for this machine's own routing. */
static void
connect_no_mark(struct client *c)
{
	log_warnx("So_mark!: %u is not permitted: %s is connected to without",
	    c->way->mark, c->peer);
	if (c->way->source.family != 0)
		connect_ask(c, 0);
	else
		connect_plain(c);
}

/* The connection may have gone meanwhile, and its slot be another's. */
static void
connect_on_socket(
    uint64_t ref, enum peer_result how, const union msg *m, int fd)
{
	struct client *c = client_get(ref);

	if (c == NULL || c->dead) {
		if (fd != -1)
			close(fd);
		return;
	}
	client_enter(c);
	if (how == PEER_ANSWER && fd != -1)
		connect_to(c, fd);
	else if (how == PEER_ANSWER &&
	    m->priv_socket_answ.status == PRIV_REFUSED && !c->unmarked)
		connect_no_mark(c);
	else if (how == PEER_ANSWER &&
	    m->priv_socket_answ.status == PRIV_MISSING)
		connect_no_source(c);
	else
		connect_no_socket(c, "none from the parent");
	client_leave(c);
}

/* The parent makes what this process has no right to make. */
static void
connect_ask(struct client *c, uint32_t mark)
{
	const struct route_host *h = route_nth(c->route, c->host, c->chance);
	union msg m;

	c->unmarked = mark == 0;
	memset(&m, 0, sizeof(m));
	m.priv_socket.family = (uint8_t)h->ss.ss_family;
	m.priv_socket.source = c->way->source;
	m.priv_socket.mark = mark;
	/* The call's own time limit comes first. */
	client_set_deadline(c, CONNECT_ASK);
	if (peer_call(proc_parent(), MSG_PRIV_SOCKET, &m, -1,
		PEER_THEN(connect_on_socket, c->ref)) == -1)
		fatalx("no way to the parent");
}

void
connect_start(struct client *c)
{
	const struct route_host *h = route_nth(c->route, c->host, c->chance);
	const struct way *w = c->way;

	c->state = CLIENT_CONNECT;
	strlcpy(c->peer, h->name, sizeof(c->peer));
	strlcat(c->peer, h->name[0] == '\0' ? "[" : " [", sizeof(c->peer));
	strlcat(c->peer, h->ip, sizeof(c->peer));
	strlcat(c->peer, "]", sizeof(c->peer));
	if (w == NULL || (w->source.family == 0 && w->mark == 0))
		connect_plain(c);
	else if (w->source.family != 0 && w->source.family != h->ss.ss_family)
		connect_other_family(c);
	else
		connect_ask(c, w->mark);
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

void
connect_last(struct client *c, const struct result *r)
{
	c->host = c->route->count;
	connect_next(c, r);
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
