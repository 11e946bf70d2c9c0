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
 * Listening sockets and what comes in on them; see accept.h.  The sockets
 * are the parent's and shared with other smtpd processes, so an accept that
 * finds nothing is no error.  When there is no room for a session nothing is
 * accepted until there is: clients wait in the kernel, and we do not spin.
 */
#include "accept.h"

#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "session.h"
#include "smtpd.h"

/* Connections taken in one turn before others get theirs. */
#define ACCEPTS_PER_TURN 64
/* Pause after the system had no descriptor or memory, ms. */
#define ACCEPT_PAUSE 500

static struct {
	struct listener listener[LISTENERS_MAX];
	struct event pause;
	bool is_paused; /* the system has no room */
	bool is_full; /* there are sessions enough */
	int64_t warned;
} all;

/* All at once: the reasons for not accepting are the process's and not a
 * listener's. Events of one that is switched off stay assigned. */
static void
listeners_switch(void)
{
	bool on = !all.is_paused && !all.is_full && !env.is_stopping;
	size_t i;

	for (i = 0; i < LISTENERS_MAX; i++) {
		if (all.listener[i].fd == -1)
			continue;
		if (on)
			event_add(&all.listener[i].ev, NULL);
		else
			event_del(&all.listener[i].ev);
	}
}

/* One try: if the system still has no room, the next accept pauses again. */
static void
pause_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	all.is_paused = false;
	listeners_switch();
}

/* fd -1 is a free place, and 0 would be one that is taken. */
void
accept_init(void)
{
	size_t i;

	for (i = 0; i < LISTENERS_MAX; i++)
		all.listener[i].fd = -1;
	event_assign(&all.pause, env.base, -1, 0, pause_over, NULL);
	all.warned = -60000;
}

/* EMFILE and ENOMEM come back at once for as long as a client waits in the
 * kernel: without a pause the loop would do nothing else. Said once a minute.
 */
static void
pause_accepting(const char *why)
{
	struct timeval tv = {0, ACCEPT_PAUSE * 1000};
	int64_t now = smtpd_now();

	if (now - all.warned >= 60000) {
		log_warnx("not accepting for a moment: %s", why);
		all.warned = now;
	}
	all.is_paused = true;
	listeners_switch();
	event_add(&all.pause, &tv);
}

/* Whether accept() should be tried again at once. What the client did (RFC 793
 * lets it go at any time) is no reason to stop for others. */
static bool
accept_failed(int error)
{
	switch (error) {
	case EAGAIN:
		return false;
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
		return true;
	default:
		pause_accepting(strerror(error));
		return false;
	}
}

/* A socket beyond the last place of sessions stays with the kernel, which tells
 * its client to wait; a reply would need the place that there is not. */
static void
on_listener(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;
	struct sockaddr_storage ss;
	socklen_t len;
	int i, new;

	(void)what;
	for (i = 0; i < ACCEPTS_PER_TURN; i++) {
		if (env.sessions.used >= env.session_max) {
			all.is_full = true;
			listeners_switch();
			return;
		}
		len = sizeof(ss);
		ss.ss_family = AF_UNSPEC;
		new = accept4(fd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (new == -1) {
			if (!accept_failed(errno))
				return;
		} else
			session_new(l, new, (struct sockaddr *)&ss);
	}
}

/* Called for each session that ends. */
void
accept_resume(void)
{
	/* With some slack, so that it is not switched for each session. */
	if (!all.is_full || env.sessions.used > env.session_max / 16 * 15)
		return;
	all.is_full = false;
	listeners_switch();
}

/* "127.0.0.1:25 submission proxy": the words behind the address. */
static void
listener_words(struct listener *l)
{
	char text[sizeof(l->text)], *p = text, *word;

	strlcpy(text, l->text, sizeof(text));
	(void)strsep(&p, " \t");
	while ((word = strsep(&p, " \t")) != NULL) {
		if (strcmp(word, "submission") == 0)
			l->is_submission = true;
		else if (strcmp(word, "proxy") == 0)
			l->is_proxy = true;
	}
}

/* Our copy alone: the parent and the other smtpd processes keep theirs, and
 * clients in its queue are theirs. */
static void
listener_close(struct listener *l)
{
	event_del(&l->ev);
	close(l->fd);
	l->fd = -1;
}

/* The place of a listener: its own of before, or a free one. */
static struct listener *
listener_place(bool is_local, uint32_t index)
{
	struct listener *l, *free_one = NULL;

	for (l = all.listener; l < all.listener + LISTENERS_MAX; l++) {
		if (l->fd == -1)
			free_one = free_one == NULL ? l : free_one;
		else if (l->is_local == is_local && l->index == index)
			return l;
	}
	return free_one;
}

/* Comes with the options and before they hold: is_new is looked at when they
 * do. fd is taken over in any case. */
void
accept_listener(enum conf_fd kind, uint32_t index, int fd, const char *text)
{
	bool is_local = kind == CONF_FD_LOCAL;
	struct listener *l;
	int on = 1;

	if ((!is_local && kind != CONF_FD_LISTENER) ||
	    (l = listener_place(is_local, index)) == NULL) {
		log_warnx("no use for listener %u %s", index, text);
		close(fd);
		return;
	}
	if (l->fd != -1)
		listener_close(l);
	memset(l, 0, sizeof(*l));
	l->fd = fd;
	l->index = index;
	l->is_local = is_local;
	l->is_new = true;
	strlcpy(l->text, text, sizeof(l->text));
	if (!is_local) {
		listener_words(l);
		/* Accepted sockets inherit it: our replies are whole. */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
	event_assign(
	    &l->ev, env.base, fd, EV_READ | EV_PERSIST, on_listener, l);
}

/* A generation names all of its listeners, so one that was not named again is
 * not wanted any more. Sessions that came by it go on. */
void
accept_apply(void)
{
	struct listener *l;

	for (l = all.listener; l < all.listener + LISTENERS_MAX; l++) {
		if (l->fd == -1)
			continue;
		if (!l->is_new)
			listener_close(l);
		l->is_new = false;
	}
	listeners_switch();
}

/* For good: clients that the kernel holds by then go to another process, or see
 * the port close. */
void
accept_stop(void)
{
	struct listener *l;

	for (l = all.listener; l < all.listener + LISTENERS_MAX; l++)
		if (l->fd != -1)
			listener_close(l);
	event_del(&all.pause);
}
