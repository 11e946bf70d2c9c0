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
 * A connection's input and output on the loop; see client_event.h.
 */
#include "client_event.h"

#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "client_talk.h"
#include "log.h"
#include "proc.h"

#define EVENT_READ 16384
/* Reads of one turn, so that one fast server does not hold the others. */
#define EVENT_READS 4

/* A connection that ends: harmless while it has no task. */
static void
event_gone(struct client *c, const char *why)
{
	if (c->state == CLIENT_QUIT || c->task == NULL)
		client_close(c);
	else
		client_lost_text(c, 451, "4.4.2", why);
}

/*
 * Feeds what was read; each whole reply is handled before the next.  What
 * comes behind a reply that made us go on to the next host is dropped: it is
 * not that host's word.
 */
static void
event_input(struct client *c, const char *p, size_t len)
{
	const uint32_t tries = c->tries;
	enum reply_status status;
	size_t used;

	while (len > 0 && !c->dead && c->tries == tries) {
		status = reply_feed(&c->reply, p, len, &used);
		p += used;
		len -= used;
		if (status == REPLY_MORE)
			continue;
		if (status == REPLY_BAD) {
			event_gone(c, "malformed reply");
			return;
		}
		client_on_reply(c);
		if (!c->dead && c->tries == tries)
			reply_init(&c->reply);
	}
}

static void
event_read(struct client *c)
{
	static char buf[EVENT_READ];
	const uint32_t tries = c->tries;
	ssize_t n;
	int i;

	for (i = 0; i < EVENT_READS && !c->dead && c->tries == tries; i++) {
		n = recv(c->fd, buf, sizeof(buf), 0);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n == -1)
			event_gone(c, strerror(errno));
		else if (n == 0)
			event_gone(c, "connection closed by the server");
		else
			event_input(c, buf, (size_t)n);
		if (n < (ssize_t)sizeof(buf))
			return;
	}
}

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	client_enter(c);
	event_read(c);
	client_leave(c);
}

static void
on_write(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	client_enter(c);
	c->writing = false;
	if (c->state == CLIENT_CONNECT)
		connect_on_ready(c);
	client_leave(c);
}

void
client_enter(struct client *c)
{
	c->in_loop = true;
	if (c->task != NULL)
		proc_busy(task_id_text(c->task));
}

/*
 * Output gathered by the handler goes in one write; a connection that was
 * closed meanwhile is freed here, where nobody uses it any more.
 */
void
client_leave(struct client *c)
{
	if (!c->dead && c->fd != -1 && c->state != CLIENT_CONNECT &&
	    client_flush(c) == -1)
		event_gone(c, "connection lost while writing");
	c->in_loop = false;
	proc_busy("");
	if (c->dead)
		client_close(c);
}

int
client_event_connect(struct client *c)
{
	c->ev_write = event_new(proc_base(), c->fd, EV_WRITE, on_write, c);
	c->writing = true;
	return c->ev_write == NULL ? -1 : event_add(c->ev_write, NULL);
}

int
client_event_add(struct client *c)
{
	c->ev_read =
	    event_new(proc_base(), c->fd, EV_READ | EV_PERSIST, on_read, c);
	c->ev_write = event_new(proc_base(), c->fd, EV_WRITE, on_write, c);
	if (c->ev_read == NULL || c->ev_write == NULL)
		return -1;
	return event_add(c->ev_read, NULL);
}

void
client_event_remove(struct client *c)
{
	if (c->ev_read != NULL)
		event_free(c->ev_read);
	if (c->ev_write != NULL)
		event_free(c->ev_write);
	c->ev_read = c->ev_write = NULL;
	c->writing = false;
}
