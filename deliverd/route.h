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
 * Where a destination's mail goes: the hosts in the order to try, after what
 * would lead back to ourselves has been cut off (RFC 5321 section 5.1, null
 * MX of RFC 7505).  A route is shared by the connections that use it.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "option.h"
#include "peer.h"
#include "result.h"

/* Addresses of one destination; more are not looked at. */
#define ROUTE_HOSTS_MAX 64

struct route_host {
	char name[256];
	char ip[64];
	uint16_t preference;
	socklen_t len;
	struct sockaddr_storage ss;
};

struct route_list {
	unsigned int refs;
	bool local_socket; /* LMTP over PRIV_LMTP: no hosts */
	/* A rule named the host, perhaps by our own name and another port:
	 * only address and port tell whether it is we. */
	bool chosen;
	size_t count;
	struct route_host *hosts;
};

/* Own addresses and ports: Listen, Port, Server_name. */
void route_configure(const struct options *);
/* The system's addresses, before the cage. */
int route_init(void);

/* An empty route with one reference; NULL: no memory. */
struct route_list *route_new(bool chosen);
struct route_list *route_ref(struct route_list *);
void route_unref(struct route_list *);
/* Adds a host; silently no more than ROUTE_HOSTS_MAX.  port: host order. */
void route_add(struct route_list *, const char *name, uint16_t preference,
    const struct msg_addr *, uint16_t port);
/*
 * Cuts the list at our own preference.  -1: we are the best, nothing is left
 * but a loop.
 */
int route_cut(struct route_list *);
/*
 * The host to try as number n, below count.  Each connection begins at one of
 * the hosts of equal preference by its own chance (RFC 5321 section 5.1); the
 * addresses of one host stay together.
 */
const struct route_host *
route_nth(const struct route_list *, size_t n, uint32_t chance);
/* "[192.0.2.1]" as a destination: one host.  -1: not a literal. */
int route_literal(struct route_list *, const char *destination, uint16_t port);
/* An address alone, as Mx_dest! may have it. */
int route_address(struct route_list *, const char *text, uint16_t port);
/*
 * "unix:/path", "address:port", as Local_delivery has it behind "lmtp:".
 * 0 or -1.
 */
int route_lmtp(struct route_list *, const char *where);
/* What a status of LOOK_ROUTE other than LOOK_OK means. */
void route_result(struct result *, const struct overlay *, uint8_t status,
    const char *domain);

#endif
