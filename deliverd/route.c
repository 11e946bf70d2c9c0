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
 * Routes; see route.h.  lookupd has resolved and ordered the hosts; what is
 * decided here is which of them are we.
 */
#include "route.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "netaddr.h"

#include "domain.h"

/* Addresses of this machine that are remembered. */
#define ROUTE_OWN_MAX 256

struct own_listener {
	struct netaddr address;
	bool any;
};

static struct {
	struct netaddr own[ROUTE_OWN_MAX];
	size_t own_count;
	struct own_listener listeners[OPTION_LIST_MAX];
	size_t listener_count;
	char name[256];
	bool accept_names; /* Mx_alias_ip */
} env;

int
route_init(void)
{
	struct ifaddrs *all, *i;
	struct netaddr *a;

	if (getifaddrs(&all) == -1)
		return 0;
	for (i = all; i != NULL && env.own_count < ROUTE_OWN_MAX;
	     i = i->ifa_next) {
		if (i->ifa_addr == NULL)
			continue;
		a = &env.own[env.own_count];
		if (i->ifa_addr->sa_family == AF_INET)
			a->len = sizeof(struct sockaddr_in);
		else if (i->ifa_addr->sa_family == AF_INET6)
			a->len = sizeof(struct sockaddr_in6);
		else
			continue;
		memcpy(&a->ss, i->ifa_addr, a->len);
		env.own_count++;
	}
	freeifaddrs(all);
	return 0;
}

void
route_configure(const struct options *o)
{
	char text[NETADDR_TEXT_MAX];
	struct own_listener *l;
	const char *s;
	size_t i;

	env.listener_count = 0;
	strlcpy(env.name, option_text(o, OPT_SERVER_NAME), sizeof(env.name));
	for (i = 0; (s = option_nth(o, OPT_LISTEN, i)) != NULL; i++) {
		l = &env.listeners[env.listener_count];
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(s, " \t"), s);
		if (env.listener_count < OPTION_LIST_MAX &&
		    netaddr_parse_hostport(text, &l->address, &l->any) == 0)
			env.listener_count++;
	}
	if (env.listener_count > 0)
		return;
	l = &env.listeners[env.listener_count++];
	memset(l, 0, sizeof(*l));
	l->any = true;
	l->address.ss.ss_family = AF_INET6;
	netaddr_set_port(&l->address, (uint16_t)option_num(o, OPT_PORT));
}

struct route_list *
route_new(bool chosen)
{
	struct route_list *r = calloc(1, sizeof(*r));

	if (r != NULL) {
		r->refs = 1;
		r->chosen = chosen;
	}
	return r;
}

struct route_list *
route_ref(struct route_list *r)
{
	r->refs++;
	return r;
}

void
route_unref(struct route_list *r)
{
	if (r == NULL || --r->refs > 0)
		return;
	free(r->hosts);
	free(r);
}

/* -1: not an address to connect to. */
static int
route_sockaddr(struct route_host *h, const struct msg_addr *a, uint16_t port)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&h->ss;
	struct sockaddr_in *sin = (struct sockaddr_in *)&h->ss;
	static const uint8_t mapped[12] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	struct msg_addr v4 = {0};

	memset(&h->ss, 0, sizeof(h->ss));
	if (a->family == AF_INET) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(port);
		memcpy(&sin->sin_addr, a->ip, 4);
		h->len = sizeof(*sin);
		/* "This host" is where we are ourselves. */
		if (sin->sin_addr.s_addr == INADDR_ANY)
			return -1;
		inet_ntop(AF_INET, a->ip, h->ip, sizeof(h->ip));
		return 0;
	}
	if (a->family != AF_INET6)
		return -1;
	/* The kernel would connect over IPv4: so it is looked at as that, or
	 * "::ffff:127.0.0.1" were not seen to be ourselves. */
	if (memcmp(a->ip, mapped, sizeof(mapped)) == 0) {
		v4.family = AF_INET;
		memcpy(v4.ip, a->ip + sizeof(mapped), 4);
		return route_sockaddr(h, &v4, port);
	}
	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons(port);
	sin6->sin6_scope_id = a->scope;
	memcpy(&sin6->sin6_addr, a->ip, 16);
	h->len = sizeof(*sin6);
	if (IN6_IS_ADDR_UNSPECIFIED(&sin6->sin6_addr))
		return -1;
	inet_ntop(AF_INET6, a->ip, h->ip, sizeof(h->ip));
	return 0;
}

void
route_add(struct route_list *r, const char *name, uint16_t preference,
    const struct msg_addr *a, uint16_t port)
{
	struct route_host *h;

	if (r->count >= ROUTE_HOSTS_MAX)
		return;
	h = reallocarray(r->hosts, r->count + 1, sizeof(*h));
	if (h == NULL)
		return;
	r->hosts = h;
	h += r->count;
	if (route_sockaddr(h, a, port) == -1)
		return;
	strlcpy(h->name, name, sizeof(h->name));
	h->preference = preference;
	r->count++;
}

/* Ports are compared elsewhere. */
static bool
route_same_address(
    const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		    ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
		   &((const struct sockaddr_in6 *)b)->sin6_addr, 16) == 0;
}

/* One of the machine's own; all of 127.0.0.0/8 is. */
static bool
route_is_own(const struct route_host *h)
{
	size_t i;

	if (h->ss.ss_family == AF_INET &&
	    ntohl(((const struct sockaddr_in *)&h->ss)->sin_addr.s_addr) >>
		    24 ==
		127)
		return true;
	for (i = 0; i < env.own_count; i++)
		if (route_same_address(&h->ss, &env.own[i].ss))
			return true;
	return false;
}

/* The listener has all addresses of the machine. */
static bool
route_is_any(const struct netaddr *a)
{
	static const uint8_t zero[16];

	if (a->ss.ss_family == AF_INET)
		return ((const struct sockaddr_in *)&a->ss)->sin_addr.s_addr ==
		    INADDR_ANY;
	return memcmp(&((const struct sockaddr_in6 *)&a->ss)->sin6_addr, zero,
		   16) == 0;
}

/* We listen there, or it has our name: to connect would be to loop. */
static bool
route_is_us(const struct route_list *r, const struct route_host *h)
{
	const struct own_listener *l;
	size_t i;

	if (!r->chosen && h->name[0] != '\0' && domain_equal(h->name, env.name))
		return true;
	for (i = 0; i < env.listener_count; i++) {
		l = &env.listeners[i];
		if (netaddr_port(&l->address) !=
		    ntohs(((const struct sockaddr_in *)&h->ss)->sin_port))
			continue;
		if (l->any || route_is_any(&l->address)) {
			if (route_is_own(h))
				return true;
		} else if (route_same_address(&h->ss, &l->address.ss))
			return true;
	}
	return false;
}

int
route_cut(struct route_list *r)
{
	uint16_t ours = UINT16_MAX;
	bool found = false;
	size_t i, n = 0;

	for (i = 0; i < r->count; i++)
		if (route_is_us(r, &r->hosts[i])) {
			found = true;
			if (r->hosts[i].preference < ours)
				ours = r->hosts[i].preference;
		}
	if (!found)
		return 0;
	for (i = 0; i < r->count; i++)
		if (r->hosts[i].preference < ours)
			r->hosts[n++] = r->hosts[i];
	r->count = n;
	return n == 0 ? -1 : 0;
}

/* Does a host begin here, and not a further address of the one before? */
static bool
route_is_first(const struct route_list *r, size_t from, size_t i)
{
	return i == from || strcmp(r->hosts[i].name, r->hosts[i - 1].name) != 0;
}

const struct route_host *
route_nth(const struct route_list *r, size_t n, uint32_t chance)
{
	uint16_t preference = r->hosts[n].preference;
	size_t from = n, to, start, names = 0, skip;

	while (from > 0 && r->hosts[from - 1].preference == preference)
		from--;
	for (to = from; to < r->count && r->hosts[to].preference == preference;
	     to++)
		names += route_is_first(r, from, to);
	/* n is one of them, so there is at least one. */
	skip = names > 1 ? chance % names : 0;
	for (start = from; skip > 0; skip -= route_is_first(r, from, start))
		start++;
	return &r->hosts[from + (start - from + n - from) % (to - from)];
}

/* A host without a name, as literals are. */
static int
route_add_sockaddr(
    struct route_list *r, const struct sockaddr_storage *ss, uint16_t port)
{
	struct msg_addr a;
	size_t before = r->count;

	memset(&a, 0, sizeof(a));
	a.family = (uint8_t)ss->ss_family;
	if (ss->ss_family == AF_INET)
		memcpy(a.ip, &((const struct sockaddr_in *)ss)->sin_addr, 4);
	else
		memcpy(a.ip, &((const struct sockaddr_in6 *)ss)->sin6_addr, 16);
	route_add(r, "", 0, &a, port);
	return r->count > before ? 0 : -1;
}

int
route_literal(struct route_list *r, const char *destination, uint16_t port)
{
	struct sockaddr_storage ss;

	if (domain_literal_address(destination, strlen(destination), &ss) == -1)
		return -1;
	return route_add_sockaddr(r, &ss, port);
}

int
route_address(struct route_list *r, const char *text, uint16_t port)
{
	struct netaddr a;

	if (netaddr_parse(text, &a) == -1)
		return -1;
	return route_add_sockaddr(r, &a.ss, port);
}

int
route_lmtp(struct route_list *r, const char *where)
{
	struct netaddr a;

	if (strncmp(where, "unix:", 5) == 0) {
		r->local_socket = true;
		return 0;
	}
	if (netaddr_parse_hostport(where, &a, NULL) == -1)
		return -1;
	return route_add_sockaddr(r, &a.ss, netaddr_port(&a));
}

void
route_result(struct result *r, const struct overlay *o, uint8_t status,
    const char *domain)
{
	switch (status) {
	case LOOK_NO:
		result_option(r, o, OPT_MSG_CANNOT_RESOLVE, 550, "5.1.2");
		break;
	case LOOK_NULLMX:
		result_set(r, 556, "5.1.10", "");
		snprintf(r->text, sizeof(r->text),
		    "Domain %.200s accepts no mail", domain);
		break;
	default:
		result_option(r, o, OPT_MSG_CANNOT_RESOLVE, 451, "4.4.3");
	}
}
