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
 * LOOK_ROUTE: the hosts that take mail for a domain, with their addresses,
 * in the order to try.  RFC 5321 section 5.1, RFC 7505.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns_answer.h"

/* Hosts looked at, and addresses handed on. */
#define ROUTE_HOSTS_MAX 100
#define ROUTE_ADDRESSES_MAX 100
/* Addresses kept of one host and family. */
#define ROUTE_PER_HOST_MAX 20

enum route_family {
	ROUTE_IP6,
	ROUTE_IP4,
	ROUTE_FAMILIES
};

struct route_host {
	uint16_t preference;
	uint32_t chance; /* random: the order among equals */
	bool literal; /* its name is its address */
	uint8_t count[ROUTE_FAMILIES];
	uint8_t (*ip[ROUTE_FAMILIES])[16]; /* count of them */
	char name[DNS_NAME_MAX + 1];
};

/* One address to try. */
struct route_step {
	const struct route_host *host;
	enum route_family family;
	const uint8_t *ip;
};

/* The MX set says that the domain takes no mail: one record, to ".". */
bool route_is_null_mx(const struct dns_answer *);

/* An address that no mail is ever sent to: unspecified, multicast,
 * broadcast. */
bool route_is_refused(enum route_family, const uint8_t *ip);

/*
 * Sorts hosts by preference, at random among equals (chance), and writes the
 * addresses in the order to try: of each host in turn, the families taking
 * turns.  Returns how many.
 */
size_t route_order(
    struct route_host *, size_t hosts, struct route_step *, size_t most);

#endif
