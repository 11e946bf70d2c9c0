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
 * Addresses of the configuration from text.  Everything is bounded by
 * NETADDR_TEXT_MAX; inet_pton decides what an address is (RFC 4291, 2.2).
 */

#include "netaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

/* ::ffff:0:0/96 (RFC 4291 section 2.5.5.2) */
static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static int
parse_v4(const char *text, struct netaddr *addr)
{
	struct sockaddr_in sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	if (inet_pton(AF_INET, text, &sin.sin_addr) != 1)
		return -1;
	memcpy(&addr->ss, &sin, sizeof(sin));
	addr->len = sizeof(sin);
	return 0;
}

static int
parse_v6(const char *text, struct netaddr *addr)
{
	struct sockaddr_in6 sin6;

	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	if (inet_pton(AF_INET6, text, &sin6.sin6_addr) != 1)
		return -1;
	memcpy(&addr->ss, &sin6, sizeof(sin6));
	addr->len = sizeof(sin6);
	return 0;
}

/*
 * Brackets are for IPv6 alone.  Without them a colon tells the family, as no
 * IPv4 address has one.
 */
int
netaddr_parse(const char *text, struct netaddr *addr)
{
	char bare[NETADDR_TEXT_MAX];
	size_t len = strlen(text);

	memset(addr, 0, sizeof(*addr));
	if (len < 2 || len >= sizeof(bare))
		return -1;
	if (text[0] == '[' && text[len - 1] == ']') {
		memcpy(bare, text + 1, len - 2);
		bare[len - 2] = '\0';
		return parse_v6(bare, addr);
	}
	return strchr(text, ':') == NULL ? parse_v4(text, addr) :
					   parse_v6(text, addr);
}

/* strtonum alone would take blanks and signs. */
int
netaddr_parse_port(const char *text, uint16_t *port)
{
	const char *why;
	size_t len = strlen(text);

	if (len == 0 || strspn(text, "0123456789") != len)
		return -1;
	*port = strtonum(text, 1, 65535, &why);
	return why == NULL ? 0 : -1;
}

/*
 * By copies, since a sockaddr_storage may not be looked at through a pointer to
 * another type.
 */
void
netaddr_set_port(struct netaddr *addr, uint16_t port)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	if (addr->ss.ss_family == AF_INET) {
		memcpy(&sin, &addr->ss, sizeof(sin));
		sin.sin_port = htons(port);
		memcpy(&addr->ss, &sin, sizeof(sin));
	} else {
		memcpy(&sin6, &addr->ss, sizeof(sin6));
		sin6.sin6_port = htons(port);
		memcpy(&addr->ss, &sin6, sizeof(sin6));
	}
}

uint16_t
netaddr_port(const struct netaddr *addr)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	if (addr->ss.ss_family == AF_INET) {
		memcpy(&sin, &addr->ss, sizeof(sin));
		return ntohs(sin.sin_port);
	}
	memcpy(&sin6, &addr->ss, sizeof(sin6));
	return ntohs(sin6.sin6_port);
}

/*
 * Cuts a copy of text at its last separator.  At the last separator, because an
 * address may have colons of its own.  -1: too long, or no separator.
 */
static int
split(const char *text, char separator, char *head, char **tail)
{
	if (strlcpy(head, text, NETADDR_TEXT_MAX) >= NETADDR_TEXT_MAX ||
	    (*tail = strrchr(head, separator)) == NULL)
		return -1;
	*(*tail)++ = '\0';
	return 0;
}

int
netaddr_parse_hostport(const char *text, struct netaddr *addr, bool *any)
{
	char head[NETADDR_TEXT_MAX], *tail;
	const char *host = head;
	uint16_t port;
	bool star;

	if (split(text, ':', head, &tail) == -1 ||
	    netaddr_parse_port(tail, &port) == -1)
		return -1;
	star = strcmp(head, "*") == 0;
	if (star) {
		if (any == NULL)
			return -1;
		host = "[::]";
	} else if (host[0] != '[' && strchr(host, ':') != NULL) {
		/* "::1:25" is an address too: brackets must tell. */
		return -1;
	}
	if (netaddr_parse(host, addr) == -1)
		return -1;
	netaddr_set_port(addr, port);
	if (any != NULL)
		*any = star;
	return 0;
}

int
netaddr_parse_at(const char *text, uint16_t port, struct netaddr *addr)
{
	char head[NETADDR_TEXT_MAX], *tail;
	const char *host = text;

	if (strchr(text, '@') != NULL) {
		if (split(text, '@', head, &tail) == -1 ||
		    netaddr_parse_port(tail, &port) == -1)
			return -1;
		host = head;
	}
	if (netaddr_parse(host, addr) == -1)
		return -1;
	netaddr_set_port(addr, port);
	return 0;
}

/*
 * The 16 bytes of an address; IPv4 in its mapped form.  So an IPv4 client that
 * was accepted on an IPv6 socket is found in an IPv4 network of the
 * configuration.
 */
static int
to_bytes(const struct sockaddr *sa, uint8_t *bytes)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&sin, sa, sizeof(sin));
		memcpy(bytes, mapped, sizeof(mapped));
		memcpy(bytes + sizeof(mapped), &sin.sin_addr, 4);
		return 0;
	case AF_INET6:
		memcpy(&sin6, sa, sizeof(sin6));
		memcpy(bytes, &sin6.sin6_addr, 16);
		return 0;
	default:
		return -1;
	}
}

/* Bits behind the prefix may be set: netaddr_in_net does not look at them. */
int
netaddr_parse_net(const char *text, struct netaddr_net *net)
{
	char head[NETADDR_TEXT_MAX], *tail;
	struct netaddr addr;
	unsigned int most;
	const char *why;

	if (strlcpy(head, text, sizeof(head)) >= sizeof(head))
		return -1;
	if ((tail = strchr(head, '/')) != NULL)
		*tail++ = '\0';
	if (netaddr_parse(head, &addr) == -1)
		return -1;
	most = addr.ss.ss_family == AF_INET ? 32 : 128;
	net->bits = most;
	if (tail != NULL) {
		if (strspn(tail, "0123456789") != strlen(tail))
			return -1;
		net->bits = strtonum(tail, 0, most, &why);
		if (why != NULL)
			return -1;
	}
	net->bits += 128 - most;
	return to_bytes((const struct sockaddr *)&addr.ss, net->bytes);
}

/* false for a family that is no address: a local socket is in no network. */
bool
netaddr_in_net(const struct sockaddr *sa, const struct netaddr_net *net)
{
	uint8_t bytes[16], mask;
	unsigned int whole = net->bits / 8, rest = net->bits % 8;

	if (to_bytes(sa, bytes) == -1 || memcmp(bytes, net->bytes, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	mask = 0xff << (8 - rest);
	return ((bytes[whole] ^ net->bytes[whole]) & mask) == 0;
}
