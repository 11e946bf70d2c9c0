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
 * Lists of networks: Proxy_from and Relay_from of selor.conf(5).
 */
#include "netset.h"

#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netaddr.h"

void
netset_clear(struct netset *n)
{
	free(n->net);
	n->net = NULL;
	n->count = 0;
}

/* -1: no network, too many, or no memory; the set is as before. */
static int
netset_add(struct netset *n, const char *word)
{
	struct netaddr_net *net;

	if (n->count >= NETSET_MAX)
		return -1;
	net = reallocarray(n->net, n->count + 1, sizeof(*net));
	if (net == NULL)
		return -1;
	n->net = net;
	if (netaddr_parse_net(word, &net[n->count]) == -1)
		return -1;
	n->count++;
	return 0;
}

/* All or nothing: a list with a word that was left out would let in, or shut
 * out, whom nobody meant. */
int
netset_parse(struct netset *n, const char *text, char *why, size_t whysize)
{
	char word[NETADDR_TEXT_MAX];
	size_t len;

	n->net = NULL;
	n->count = 0;
	for (text += strspn(text, " \t,"); *text != '\0';
	     text += strspn(text, " \t,")) {
		len = strcspn(text, " \t,");
		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		if (len >= sizeof(word) || netset_add(n, word) == -1) {
			snprintf(why, whysize, "no network: %s", word);
			netset_clear(n);
			return -1;
		}
		text += len;
	}
	return 0;
}

/* By value: the family is compared first, so no IPv4 client is ever in a
 * network of IPv6. */
bool
netset_has(const struct netset *n, const struct msg_addr *a)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6};
	const struct sockaddr *sa;
	size_t i;

	if (a->family == AF_INET) {
		memcpy(&sin.sin_addr, a->ip, sizeof(sin.sin_addr));
		sa = (const struct sockaddr *)&sin;
	} else if (a->family == AF_INET6) {
		memcpy(&sin6.sin6_addr, a->ip, sizeof(sin6.sin6_addr));
		sa = (const struct sockaddr *)&sin6;
	} else
		return false;
	for (i = 0; i < n->count; i++)
		if (netaddr_in_net(sa, &n->net[i]))
			return true;
	return false;
}
