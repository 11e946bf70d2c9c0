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
 * The order of hosts and addresses; no questions are asked here.
 */
#include "route.h"

#include <stdlib.h>
#include <string.h>

bool
route_is_null_mx(const struct dns_answer *a)
{
	return a->type == DNS_MX && a->status == DNS_OK && a->count == 1 &&
	    strcmp(a->record[0].name, ".") == 0;
}

bool
route_is_refused(enum route_family family, const uint8_t *ip)
{
	static const uint8_t zero[16];

	if (family == ROUTE_IP4)
		return ip[0] == 0 || ip[0] >= 224;
	return ip[0] == 0xff || memcmp(ip, zero, sizeof(zero)) == 0;
}

static int
route_compare(const void *a, const void *b)
{
	const struct route_host *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return x->chance < y->chance ? -1 : x->chance > y->chance;
}

/* The addresses of one host, IPv6 and IPv4 in turn. */
static size_t
route_host_steps(
    const struct route_host *h, struct route_step *out, size_t most)
{
	uint8_t at[ROUTE_FAMILIES] = {0, 0};
	size_t n = 0;
	int f;

	while (n < most &&
	    (at[ROUTE_IP6] < h->count[ROUTE_IP6] ||
		at[ROUTE_IP4] < h->count[ROUTE_IP4]))
		for (f = 0; f < ROUTE_FAMILIES && n < most; f++) {
			if (at[f] == h->count[f])
				continue;
			out[n].host = h;
			out[n].family = f;
			out[n].ip = h->ip[f][at[f]++];
			n++;
		}
	return n;
}

size_t
route_order(
    struct route_host *h, size_t hosts, struct route_step *out, size_t most)
{
	size_t i, n = 0;

	if (hosts > 0)
		qsort(h, hosts, sizeof(*h), route_compare);
	for (i = 0; i < hosts; i++)
		n += route_host_steps(&h[i], out + n, most - n);
	return n;
}
