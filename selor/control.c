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
 * Control sockets; see control.h.  A socket is of mode 0660 and the group of
 * the option Group: whoever may connect is an operator, and is told apart
 * from others once more by the kernel's word on the connection.
 */
#include "control.h"

#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "listen.h"
#include "log.h"
#include "offline.h"

#define CONTROL_MAX 80
#define CONTROL_PATH_MAX 160
#define CONTROL_GROUPS_MAX 64

/* What a client waits whom there is no descriptor for; seconds. */
#define CONTROL_PAUSE 1

/* A listening socket, and the daemon that its clients are passed to. */
static struct control {
	char path[CONTROL_PATH_MAX];
	int fd;
	enum proc_id id;
	uint32_t instance;
	struct event *ev;
	struct event *pause; /* while there are no descriptors */
} controls[CONTROL_MAX];
static unsigned int control_count;

/*
 * Whether that user may change things: root, ourselves, the group.  By the
 * system's groups now, not by those of the connection: who has left the group
 * has left it.  More groups than CONTROL_GROUPS_MAX count as none.
 */
static bool
control_may_change(uid_t uid, gid_t gid)
{
	gid_t groups[CONTROL_GROUPS_MAX];
	int i, n = CONTROL_GROUPS_MAX;
	struct passwd *pw;
	struct group *gr;

	if (uid == 0 || uid == geteuid())
		return true;
	gr = getgrnam(option_text(env.options, OPT_GROUP));
	if (gr == NULL || (pw = getpwuid(uid)) == NULL)
		return false;
	if (getgrouplist(pw->pw_name, gid, groups, &n) == -1)
		return false;
	for (i = 0; i < n; i++)
		if (groups[i] == gr->gr_gid)
			return true;
	return false;
}

static void
control_on_pause(evutil_socket_t fd, short what, void *arg)
{
	struct control *ctl = arg;

	(void)fd;
	(void)what;
	event_add(ctl->ev, NULL);
}

/*
 * A client that can not be accepted stays in the queue of the socket, which
 * so stays readable: the loop would spin.
 */
static void
control_wait(struct control *ctl)
{
	struct timeval tv = {CONTROL_PAUSE, 0};

	if (evtimer_add(ctl->pause, &tv) == 0)
		event_del(ctl->ev);
}

/*
 * The connection is passed on unread, with the kernel's word on who it is; the
 * daemon answers it.  One that is not up has nobody to answer: closed.
 */
static void
control_on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct control *ctl = arg;
	struct child *c = child_find(ctl->id, ctl->instance);
	struct sockaddr_storage from;
	socklen_t fromlen = sizeof(from);
	struct ucred who;
	socklen_t len = sizeof(who);
	union msg m;
	int conn;

	(void)what;
	conn = accept4(fd, (struct sockaddr *)&from, &fromlen,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (conn == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			control_wait(ctl);
		return;
	}
	if (c == NULL || c->state != CHILD_UP ||
	    getsockopt(conn, SOL_SOCKET, SO_PEERCRED, &who, &len) == -1) {
		close(conn);
		return;
	}
	m.conf_client.uid = who.uid;
	m.conf_client.pid = (uint32_t)who.pid;
	m.conf_client.may_change = control_may_change(who.uid, who.gid);
	if (child_tell(c, MSG_CONF_CLIENT, &m, conn) == -1)
		close(conn);
}

/* Made once: the names depend on nothing that a reload changes. */
static int
control_add(const struct child *c)
{
	struct control *ctl = &controls[control_count];

	if (control_count == CONTROL_MAX)
		return 0;
	snprintf(ctl->path, sizeof(ctl->path), "%s.%s",
	    option_text(env.options, OPT_CONTROL_SOCKET), child_name(c));
	ctl->id = c->id;
	ctl->instance = c->instance;
	ctl->fd =
	    listen_unix(ctl->path, 0660, option_text(env.options, OPT_GROUP));
	if (ctl->fd == -1)
		return -1;
	ctl->ev = event_new(
	    env.base, ctl->fd, EV_READ | EV_PERSIST, control_on_accept, ctl);
	ctl->pause = evtimer_new(env.base, control_on_pause, ctl);
	if (ctl->ev == NULL || ctl->pause == NULL ||
	    event_add(ctl->ev, NULL) == -1)
		return -1;
	control_count++;
	return 0;
}

int
control_open(void)
{
	struct child *c;

	TAILQ_FOREACH (c, &env.children, entry)
		if (c->id != PROC_SYNC && control_add(c) == -1)
			return -1;
	return 0;
}

void
control_clean(void)
{
	unsigned int i;

	for (i = 0; i < control_count; i++)
		unlink(controls[i].path);
}

void
control_started(void)
{
	size_t i, n = option_count(env.options, OPT_MODULE);

	listen_say();
	for (i = 0; i < n; i++)
		log_info("module %s", option_nth(env.options, OPT_MODULE, i));
	log_info("selor is up");
	log_flush();
	offline_start();
	selor_ready();
}
