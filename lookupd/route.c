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
 * Asks for a domain's MX and the addresses of each host, all at once, and
 * answers with what came.  Hosts that fail for now leave the others usable;
 * only when nothing is left is the whole a temporary failure.
 */
#include "route.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "dns.h"
#include "domain.h"
#include "enums.h"
#include "lookupd.h"
#include "proc.h"
#include "question.h"

/* The tag of a question: the host and the family; or the MX itself. */
#define ROUTE_TAG_MX UINT32_MAX

struct route_state {
	struct question q;
	bool secure, temp;
	bool implicit; /* no MX: the domain is its own host */
	bool aliases; /* Mx_alias_ip, of the message that asks */
	uint32_t open;
	size_t hosts;
	struct route_host *host;
	char domain[DOMAIN_MAX + 1];
};

/*
 * route_state is a question's memory: freed with it, also when the asker goes.
 */
static void
route_clear(struct question *q)
{
	struct route_state *x = (struct route_state *)q;
	size_t i;
	int f;

	for (i = 0; i < x->hosts; i++)
		for (f = 0; f < ROUTE_FAMILIES; f++)
			free(x->host[i].ip[f]);
	free(x->host);
}

/*
 * partial: some host could not be told of, so the list is not the whole truth.
 */
static void
route_status(struct route_state *x, enum look_status status, uint32_t count)
{
	union msg m = {.look_route_answ = {.status = (uint8_t)status,
			   .secure = x->secure,
			   .partial = x->temp,
			   .count = count}};

	question_end(&x->q, &m);
}

/* All that was asked is answered. */
static void
route_end(struct route_state *x)
{
	struct route_step step[ROUTE_ADDRESSES_MAX];
	size_t i, n;
	union msg m;

	n = route_order(x->host, x->hosts, step, ROUTE_ADDRESSES_MAX);
	for (i = 0; i < n; i++) {
		memset(&m, 0, sizeof(m));
		m.look_host.preference = step[i].host->preference;
		m.look_host.host = step[i].host->name;
		m.look_host.address.family =
		    step[i].family == ROUTE_IP6 ? AF_INET6 : AF_INET;
		memcpy(m.look_host.address.ip, step[i].ip,
		    step[i].family == ROUTE_IP6 ? 16 : 4);
		if (question_item(&x->q, MSG_LOOK_HOST, &m) == -1) {
			route_status(x, LOOK_TEMP, (uint32_t)i);
			return;
		}
	}
	route_status(x,
	    n > 0       ? LOOK_OK :
		x->temp ? LOOK_TEMP :
			  LOOK_NO,
	    (uint32_t)n);
}

/* Keeps the addresses of one answer.  False: no memory, which is no reason
 * to call a host unknown. */
static bool
route_keep(
    struct route_host *h, enum route_family f, const struct dns_answer *a)
{
	size_t i;

	if (a->count == 0 || h->ip[f] != NULL)
		return true;
	h->ip[f] = calloc(ROUTE_PER_HOST_MAX, sizeof(*h->ip[f]));
	if (h->ip[f] == NULL)
		return false;
	for (i = 0; i < a->count && h->count[f] < ROUTE_PER_HOST_MAX; i++)
		if (!route_is_refused(f, a->record[i].ip))
			memcpy(h->ip[f][h->count[f]++], a->record[i].ip,
			    sizeof(a->record[i].ip));
	return true;
}

/* One answer for one host and family; the last one ends the question. */
static void
route_address(uint64_t ref, uint32_t tag, const struct dns_answer *a)
{
	struct route_state *x = question_get(ref);
	uint32_t host = tag / ROUTE_FAMILIES;

	if (x == NULL || host >= x->hosts)
		return;
	x->temp |= a->status == DNS_TEMP;
	x->secure &= a->secure;
	/* RFC 2181 section 10.3: an MX names no alias.  Where there is no MX
	 * the domain itself may be one (A55). */
	if (!a->alias || x->implicit || x->aliases)
		x->temp |= !route_keep(&x->host[host], tag % ROUTE_FAMILIES, a);
	if (--x->open == 0)
		route_end(x);
}

/* Asks for the addresses of all hosts. */
static void
route_ask_hosts(struct route_state *x)
{
	static const enum dns_type types[ROUTE_FAMILIES] = {
	    [ROUTE_IP6] = DNS_AAAA, [ROUTE_IP4] = DNS_A};
	uint32_t i, f;

	for (i = 0; i < x->hosts; i++)
		for (f = 0; f < ROUTE_FAMILIES; f++) {
			if (x->host[i].literal)
				continue;
			if (dns_ask(x->host[i].name, types[f], route_address,
				x->q.self, i * ROUTE_FAMILIES + f) == 0)
				x->open++;
			else
				x->temp = true;
		}
	if (x->open == 0)
		route_end(x);
}

/* An address in place of a name, as "[192.0.2.1]" or, if Mx_alias_ip lets
 * it, "192.0.2.1" in an MX. */
static int
route_literal(struct route_host *h, const char *s, size_t len)
{
	struct sockaddr_storage ss;
	enum route_family f;
	const void *ip;

	if (domain_literal_address(s, len, &ss) == -1)
		return -1;
	f = ss.ss_family == AF_INET6 ? ROUTE_IP6 : ROUTE_IP4;
	ip = f == ROUTE_IP6 ?
	    (const void *)&((const struct sockaddr_in6 *)&ss)->sin6_addr :
	    (const void *)&((const struct sockaddr_in *)&ss)->sin_addr;
	if ((h->ip[f] = calloc(1, sizeof(*h->ip[f]))) == NULL)
		return -1;
	memcpy(h->ip[f][0], ip, f == ROUTE_IP6 ? 16 : 4);
	if (!route_is_refused(f, h->ip[f][0]))
		h->count[f] = 1;
	return 0;
}

/* One MX record into a host.  False: mail is not sent there. */
static bool
route_mx(struct route_state *x, const struct dns_record *r)
{
	struct route_host *h = &x->host[x->hosts];
	char literal[DNS_NAME_MAX + 3], name[DOMAIN_MAX + 1];
	size_t len = strlen(r->name);

	if (len <= 1 || strcmp(r->name, "localhost") == 0 ||
	    domain_is_within(r->name, "localhost"))
		return false;
	memset(h, 0, sizeof(*h));
	h->preference = r->preference;
	h->chance = arc4random();
	memcpy(h->name, r->name, len + 1);
	if (strspn(r->name, "0123456789.") == len) {
		if (!x->aliases)
			return false;
		literal[0] = '[';
		memcpy(literal + 1, r->name, len);
		memcpy(literal + len + 1, "]", 2);
		if (route_literal(h, literal, len + 2) == -1)
			return false;
		h->literal = true;
		return true;
	}
	return domain_parse(name, r->name, len, 0) == 0;
}

/* Its own host: a domain without any MX, or a host that a rule names. */
static void
route_to_itself(struct route_state *x)
{
	x->implicit = true;
	strlcpy(x->host[0].name, x->domain, sizeof(x->host[0].name));
	x->hosts = 1;
	route_ask_hosts(x);
}

static void
route_told(uint64_t ref, uint32_t tag, const struct dns_answer *a)
{
	struct route_state *x = question_get(ref);
	size_t i;

	if (x == NULL || tag != ROUTE_TAG_MX)
		return;
	x->secure = a->secure;
	if (a->status == DNS_TEMP || a->status == DNS_NXDOMAIN ||
	    route_is_null_mx(a)) {
		route_status(x,
		    a->status == DNS_TEMP         ? LOOK_TEMP :
			a->status == DNS_NXDOMAIN ? LOOK_NO :
						    LOOK_NULLMX,
		    0);
		return;
	}
	x->host = calloc(a->count > 0 ? a->count : 1, sizeof(*x->host));
	if (x->host == NULL) {
		route_status(x, LOOK_TEMP, 0);
		return;
	}
	for (i = 0; i < a->count && x->hosts < ROUTE_HOSTS_MAX; i++)
		x->hosts += route_mx(x, &a->record[i]);
	if (a->count == 0)
		route_to_itself(x);
	else
		route_ask_hosts(x);
}

/* The domain is an address itself, or a host: no MX is asked for. */
static void
route_without_mx(struct route_state *x)
{
	if ((x->host = calloc(1, sizeof(*x->host))) == NULL) {
		route_status(x, LOOK_TEMP, 0);
		return;
	}
	x->secure = !domain_is_literal(x->domain);
	if (x->secure) {
		route_to_itself(x);
		return;
	}
	x->hosts = 1;
	strlcpy(x->host->name, x->domain, sizeof(x->host->name));
	(void)route_literal(x->host, x->domain, strlen(x->domain));
	route_end(x);
}

void
route_asked(struct peer *p, uint64_t ref, const union msg *in, int fd)
{
	union msg m = {.look_route_answ = {.status = LOOK_NO}};
	const char *text = in->look_route.domain;
	char domain[DOMAIN_MAX + 1];
	struct route_state *x;

	(void)fd;
	if (domain_parse(domain, text, strlen(text),
		DOMAIN_UTF8 | DOMAIN_LITERAL) == -1) {
		question_answer(p, MSG_LOOK_ROUTE_ANSW, ref, &m);
		return;
	}
	m.look_route_answ.status = LOOK_TEMP;
	x = question_new(sizeof(*x), p, ref, MSG_LOOK_ROUTE_ANSW);
	if (x == NULL) {
		question_answer(p, MSG_LOOK_ROUTE_ANSW, ref, &m);
		return;
	}
	x->q.clear = route_clear;
	memcpy(x->domain, domain, sizeof(domain));
	x->aliases = (in->look_route.how & LOOK_ROUTE_ALIAS) != 0;
	if (domain_is_literal(domain) || in->look_route.how & LOOK_ROUTE_HOST)
		route_without_mx(x);
	else if (dns_ask(domain, DNS_MX, route_told, x->q.self, ROUTE_TAG_MX) ==
	    -1)
		question_end(&x->q, &m);
}
