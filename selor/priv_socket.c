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
 * PRIV_SOCKET: deliverd makes its sockets itself, but a mark needs a right
 * that no caged process has (SO_MARK, socket(7)).  What it gets is a TCP
 * socket that is neither connected nor listening, and never on a port that
 * it chose.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"

static int
bind_source(int fd, const struct msg_addr *a)
{
	struct sockaddr_in6 sin6;
	struct sockaddr_in sin;
	const int on = 1;

	/* The port is chosen at connect(2), by both ends' addresses. */
	(void)setsockopt(
	    fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (a->family == AF_INET) {
		memset(&sin, 0, sizeof(sin));
		sin.sin_family = AF_INET;
		memcpy(&sin.sin_addr, a->ip, sizeof(sin.sin_addr));
		return bind(fd, (struct sockaddr *)&sin, sizeof(sin));
	}
	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	sin6.sin6_scope_id = a->scope;
	memcpy(&sin6.sin6_addr, a->ip, sizeof(sin6.sin6_addr));
	return bind(fd, (struct sockaddr *)&sin6, sizeof(sin6));
}

static enum priv_status
socket_make(const struct msg_priv_socket *m, int *fd)
{
	if ((m->family != AF_INET && m->family != AF_INET6) ||
	    (m->source.family != 0 && m->source.family != m->family))
		return PRIV_REFUSED;
	*fd = socket(m->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd == -1) {
		log_warn("no socket for a delivery");
		return PRIV_TEMP;
	}
	/* deliverd tells which delivery this was. */
	if (m->mark != 0 &&
	    setsockopt(*fd, SOL_SOCKET, SO_MARK, &m->mark, sizeof(m->mark)) ==
		-1)
		return PRIV_REFUSED;
	if (m->source.family != 0 && bind_source(*fd, &m->source) == -1)
		return errno == EADDRNOTAVAIL ? PRIV_MISSING : PRIV_TEMP;
	return PRIV_OK;
}

void
priv_on_socket(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg a;
	int made = -1;

	(void)fd;
	a.priv_socket_answ.status =
	    (uint8_t)socket_make(&m->priv_socket, &made);
	if (a.priv_socket_answ.status != PRIV_OK && made != -1) {
		close(made);
		made = -1;
	}
	if (peer_answer(p, MSG_PRIV_SOCKET_ANSW, ref, &a, made) == -1 &&
	    made != -1)
		close(made);
}
