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
 * Listening sockets; see listen.h.  A socket is known by its address and
 * port, so one that stays the same over a reload stays open and nobody who is
 * connecting is refused, even where its kind changes.
 */
#include "listen.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "conf_listen.h"
#include "enums.h"
#include "log.h"

#define LISTEN_MAX (OPTION_LIST_MAX + 1)
#define LISTEN_BACKLOG 1024
#define LISTEN_TEXT_MAX 257

struct listener {
	char text[LISTEN_TEXT_MAX];
	struct netaddr addr;
	bool any; /* the socket is of IPv4 too, where addr is [::] */
	int fd;
};

struct listen_set {
	struct listener l[LISTEN_MAX];
	unsigned int count;
};

static struct listen_set now, next;
static int local_fd = -1;

/* One socket for both families where all addresses are meant; else an IPv6
 * address is that alone, and 0.0.0.0 may be bound beside it. */
static int
listen_bind(const struct netaddr *addr, bool any)
{
	int fd, on = 1, off = 0;
	int family = addr->ss.ss_family;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, any ? &off : &on,
		    sizeof(int));
	if (bind(fd, (const struct sockaddr *)&addr->ss, addr->len) == -1 ||
	    listen(fd, LISTEN_BACKLOG) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* "*:port" where the system has no IPv6. */
static int
listen_bind_any4(uint16_t port)
{
	struct netaddr a;

	if (netaddr_parse("0.0.0.0", &a) == -1)
		return -1;
	netaddr_set_port(&a, port);
	return listen_bind(&a, true);
}

/* The socket for an address and port, whatever kind it is of, or NULL. */
static const struct listener *
listen_find(const struct listen_set *set, const struct netaddr *addr)
{
	unsigned int i;

	for (i = 0; i < set->count; i++)
		if (set->l[i].addr.len == addr->len &&
		    memcmp(&set->l[i].addr.ss, &addr->ss, addr->len) == 0)
			return &set->l[i];
	return NULL;
}

/*
 * Adds one socket to a set, taken from "have" if it is there.  -1 leaves the
 * set as it was, after a line in the log.
 */
static int
listen_add(
    struct listen_set *set, const struct listen_set *have, const char *text)
{
	struct conf_listen want;
	struct listener *l = &set->l[set->count];
	const struct listener *old = NULL;

	strlcpy(l->text, text, sizeof(l->text));
	if (conf_listen_parse(text, &want) == -1) {
		log_warnx("Listen \"%s\" is no address and port", text);
		return -1;
	}
	l->addr = want.addr;
	l->any = want.any;
	if (listen_find(set, &l->addr) != NULL) {
		log_warnx("can not listen on %s twice", text);
		return -1;
	}
	if (have != NULL)
		old = listen_find(have, &l->addr);
	/* IPV6_V6ONLY is fixed when a socket is bound, and while the old one
	 * is there no other can be bound beside it. */
	if (old != NULL && old->any != want.any) {
		log_warnx("%s: from [::] to * or back changes at a restart "
			  "only",
		    text);
		return -1;
	}
	if (old != NULL) {
		l->fd = old->fd;
		set->count++;
		return 0;
	}
	l->fd = listen_bind(&want.addr, want.any);
	if (l->fd == -1 && want.any && errno == EAFNOSUPPORT)
		l->fd = listen_bind_any4(netaddr_port(&want.addr));
	if (l->fd == -1) {
		log_warn("can not listen on %s", text);
		return -1;
	}
	set->count++;
	return 0;
}

/* All of a configuration: Listen, or Port where there is none. */
static int
listen_fill(struct listen_set *set, const struct listen_set *have,
    const struct options *opts)
{
	size_t i, n = option_count(opts, OPT_LISTEN);
	char port[32];

	set->count = 0;
	if (n == 0) {
		snprintf(port, sizeof(port), "*:%lld",
		    (long long)option_num(opts, OPT_PORT));
		if (listen_add(set, have, port) == -1)
			return -1;
	}
	for (i = 0; i < n; i++)
		if (listen_add(set, have, option_nth(opts, OPT_LISTEN, i)) ==
		    -1)
			return -1;
	return 0;
}

static bool
listen_has(const struct listen_set *set, int fd)
{
	unsigned int i;

	for (i = 0; i < set->count; i++)
		if (set->l[i].fd == fd)
			return true;
	return false;
}

/*
 * Closes what is in one set and not in the other.  The sockets that both sets
 * have are shared between them, not duplicated.
 */
static void
listen_close(struct listen_set *set, const struct listen_set *keep)
{
	unsigned int i;

	for (i = 0; i < set->count; i++)
		if (!listen_has(keep, set->l[i].fd))
			close(set->l[i].fd);
	set->count = 0;
}

/* The name depends on nothing that changes before a restart. */
static const char *
local_path(void)
{
	static char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 16];

	snprintf(path, sizeof(path), "%s.submit",
	    option_text(env.options, OPT_CONTROL_SOCKET));
	return path;
}

int
listen_open(void)
{
	if (listen_fill(&now, NULL, env.options) == -1)
		return -1;
	/* Every local user may hand mail in, as to sendmail(8). */
	local_fd = listen_unix(local_path(), 0666, NULL);
	return local_fd == -1 ? -1 : 0;
}

/* Ports are bound before any daemon is asked: one in use is a reason to keep
 * the old configuration. */
int
listen_offer(const struct options *opts)
{
	if (listen_fill(&next, &now, opts) == 0)
		return 0;
	listen_close(&next, &now);
	return -1;
}

void
listen_decide(bool in_force)
{
	if (!in_force) {
		listen_close(&next, &now);
		return;
	}
	listen_close(&now, &next);
	now = next;
	next.count = 0;
}

/* Duplicates: a daemon that closes one, or dies, leaves ours open. */
void
listen_send(struct child *c, uint32_t generation, bool offered)
{
	const struct listen_set *set = offered ? &next : &now;
	union msg m;
	unsigned int i;
	int fd;

	m.conf_fd.generation = generation;
	for (i = 0; i <= set->count; i++) {
		m.conf_fd.kind =
		    i < set->count ? CONF_FD_LISTENER : CONF_FD_LOCAL;
		m.conf_fd.index = i;
		m.conf_fd.text = i < set->count ? set->l[i].text : "submit";
		fd = dup(i < set->count ? set->l[i].fd : local_fd);
		if (fd != -1 && child_tell(c, MSG_CONF_FD, &m, fd) == -1)
			close(fd);
	}
}

void
listen_say(void)
{
	unsigned int i;

	for (i = 0; i < now.count; i++)
		log_info("listening on %s", now.l[i].text);
}

void
listen_clean(void)
{
	if (local_fd != -1)
		unlink(local_path());
}

/* The mode is set by umask, so that at no moment more may connect. */
int
listen_unix(const char *path, mode_t mode, const char *group)
{
	struct sockaddr_un sun;
	struct group *gr;
	struct stat st;
	mode_t old;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		log_warnx("%s is too long for a socket's path", path);
		return -1;
	}
	/* Pid_file's lock says that no suite is alive which owns it. */
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	old = umask(0777 & ~mode);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    listen(fd, LISTEN_BACKLOG) == -1) {
		log_warn("can not listen on %s", path);
		umask(old);
		close(fd);
		return -1;
	}
	umask(old);
	if (!env.plain && group != NULL && (gr = getgrnam(group)) != NULL &&
	    lchown(path, (uid_t)-1, gr->gr_gid) == -1)
		log_warn("%s", path);
	return fd;
}
