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
 * Addresses and ports as an administrator writes them in selor.conf, and
 * networks to compare clients with.  Numbers only: no name is resolved.
 */

#ifndef NETADDR_H
#define NETADDR_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest text that a parser here takes, with its NUL. */
#define NETADDR_TEXT_MAX 128

struct netaddr {
	struct sockaddr_storage ss;
	socklen_t len;
};

struct netaddr_net {
	uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned int bits; /* of these 16 bytes, 0 to 128 */
};

/* "192.0.2.1", "2001:db8::1" or "[2001:db8::1]"; the port is 0. */
int netaddr_parse(const char *, struct netaddr *);
/* A decimal port, 1 to 65535. */
int netaddr_parse_port(const char *, uint16_t *);
/*
 * "192.0.2.1:25" or "[2001:db8::1]:25".  With "*:25" any is set and the
 * address is IPv6's unspecified one: all addresses of both families are
 * meant.  any may be NULL, then "*" is refused.
 */
int netaddr_parse_hostport(const char *, struct netaddr *, bool *);
/* "192.0.2.1@5353", "::1@53", or no port and the given one. */
int netaddr_parse_at(const char *, uint16_t, struct netaddr *);

void netaddr_set_port(struct netaddr *, uint16_t);
uint16_t netaddr_port(const struct netaddr *);

/* "192.0.2.0/24", "2001:db8::/32", or one address alone. */
int netaddr_parse_net(const char *, struct netaddr_net *);
/*
 * Is the address in the network?  ::ffff:192.0.2.1 and 192.0.2.1 are the
 * same address.  Other families than the two: no.
 */
bool netaddr_in_net(const struct sockaddr *, const struct netaddr_net *);

#endif /* NETADDR_H */
