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
 * Destinations and their routes; see dest.h.  Where it goes is lookupd's to
 * say, but for addresses, an LMTP server and a host that Mx_dest! names by its
 * address.
 */
#include "dest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "pool.h"
#include "proc.h"
#include "slot.h"

/* Connections to a destination that nothing is known of. */
#define DEST_START 5
/* Destinations remembered. */
#define DEST_MAX 4096
/* How long a route is good, seconds; lookupd caches by TTL. */
#define DEST_ROUTE_TIME 60

RB_HEAD(dest_tree, dest);

static struct {
	struct slots slots;
	struct dest_tree tree;
} env = {.tree = RB_INITIALIZER(&env.tree)};

static int
dest_compare(const struct dest *a, const struct dest *b)
{
	int r = strcmp(a->name, b->name);

	return r != 0 ? r : way_compare(a->way, b->way);
}

RB_PROTOTYPE(dest_tree, dest, node, dest_compare)
RB_GENERATE(dest_tree, dest, node, dest_compare)

void
dest_init(void)
{
	slots_init(&env.slots, DEST_MAX);
}

struct dest *
dest_next(uint32_t *pos)
{
	return slot_next(&env.slots, pos);
}

unsigned int
dest_count(void)
{
	return env.slots.used;
}

void
dest_free(struct dest *d)
{
	RB_REMOVE(dest_tree, &env.tree, d);
	slot_remove(&env.slots, d->ref);
	route_unref(d->route);
	route_unref(d->coming);
	way_unref(d->way);
	free(d->name);
	free(d);
}

bool
dest_is_free(const struct dest *d)
{
	return TAILQ_EMPTY(&d->waiting) && LIST_EMPTY(&d->clients) &&
	    !d->asking && !d->pumping;
}

unsigned int
dest_most(void)
{
	return (unsigned int)option_num(proc_options(), OPT_DEST_MAX_CNX);
}

struct dest *
dest_get(const char *name, struct way *way, bool lmtp)
{
	union {
		const char *from;
		char *to;
	} cast = {name};
	struct dest *d, key = {.name = cast.to, .way = way};

	if ((d = RB_FIND(dest_tree, &env.tree, &key)) != NULL)
		return d;
	if ((d = calloc(1, sizeof(*d))) == NULL ||
	    (d->name = strdup(name)) == NULL ||
	    (d->ref = slot_add(&env.slots, d)) == 0) {
		if (d != NULL)
			free(d->name);
		free(d);
		return NULL;
	}
	d->way = way_ref(way);
	d->lmtp = lmtp;
	d->window = dest_most() < DEST_START ? dest_most() : DEST_START;
	d->used = d->down_until = d->route_until = monotime_now();
	TAILQ_INIT(&d->waiting);
	LIST_INIT(&d->clients);
	RB_INSERT(dest_tree, &env.tree, d);
	return d;
}

struct task *
dest_take(struct dest *d)
{
	struct task *t = TAILQ_FIRST(&d->waiting);

	TAILQ_REMOVE(&d->waiting, t, entry);
	d->waiting_count--;
	t->dest = NULL;
	return t;
}

void
dest_fail_waiting(struct dest *d, const struct result *r)
{
	while (!TAILQ_EMPTY(&d->waiting))
		task_result_client(dest_take(d), r);
}

/* A rule named its host: no MX is asked for. */
static bool
dest_is_chosen(const struct dest *d)
{
	return d->way != NULL && d->way->host != NULL;
}

/* Mx_port is where MX hosts listen. */
static uint16_t
dest_port(const struct dest *d)
{
	if (dest_is_chosen(d))
		return d->way->port;
	return (uint16_t)option_num(proc_options(), OPT_MX_PORT);
}

/* One address of the answer to come; it counts when all are here. */
void
dest_on_host(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct dest *d = slot_get(&env.slots, ref);

	(void)p;
	(void)fd;
	if (d != NULL && d->coming != NULL)
		route_add(d->coming, m->look_host.host, m->look_host.preference,
		    &m->look_host.address, dest_port(d));
}

/*
 * No way there.  Where a rule named the host that is the administrator's slip,
 * for which no mail goes back.
 */
static void
dest_lost(struct dest *d, struct result *r)
{
	if (dest_is_chosen(d) && r->result == DLV_PERMFAIL) {
		log_warnx("Mx_dest! \"%s\": %s", d->name, r->text);
		r->result = DLV_TEMPFAIL;
		r->code = 451;
		r->enhanced[0] = '4';
	}
	dest_fail_waiting(d, r);
}

/* Connections keep the route they began with by a reference. */
static void
dest_set_route(struct dest *d, struct route_list *r)
{
	route_unref(d->route);
	d->route = r;
	d->route_until =
	    monotime_add_ms(monotime_now(), DEST_ROUTE_TIME * 1000);
}

/*
 * Nobody is left whom we may send to.  Where addresses of some hosts could
 * not be told, those may be the better ones, and we only their stand-in.
 */
static void
dest_looped(const struct dest *d, struct result *r, bool partial)
{
	if (partial)
		route_result(r, way_options(d->way), LOOK_TEMP, d->name);
	else
		result_set(r, 554, "5.4.6",
		    "mail for this domain would loop back to this host");
}

/* Whoever waits gets either a connection or a result. */
static void
dest_on_route(uint64_t ref, enum peer_result how, const union msg *m, int fd)
{
	struct dest *d = slot_get(&env.slots, ref);
	const struct overlay *o;
	struct route_list *route;
	struct result r;

	(void)fd;
	if (d == NULL)
		return;
	d->asking = false;
	route = d->coming;
	d->coming = NULL;
	o = way_options(d->way);
	if (how != PEER_ANSWER)
		route_result(&r, o, LOOK_TEMP, d->name);
	else if (m->look_route_answ.status != LOOK_OK)
		route_result(&r, o, m->look_route_answ.status, d->name);
	else if (route->count == 0)
		/* Names without addresses that could be used. */
		result_option(&r, o, OPT_MSG_CANNOT_RESOLVE, 451, "4.4.4");
	else if (route_cut(route) == -1)
		dest_looped(d, &r, m->look_route_answ.partial != 0);
	else {
		dest_set_route(d, route);
		pool_pump(d);
		return;
	}
	route_unref(route);
	dest_lost(d, &r);
}

/* Adds the one host whose address is known without a look-up.  -1: none. */
static int
dest_address(const struct dest *d, struct route_list *route)
{
	if (d->lmtp)
		return route_lmtp(route, d->name + strlen("lmtp:"));
	if (dest_is_chosen(d))
		return route_address(route, d->way->host, dest_port(d));
	return route_literal(route, d->name, dest_port(d));
}

/* A route that needs no look-up.  False: one is needed. */
static bool
dest_direct(struct dest *d)
{
	struct route_list *route = route_new(dest_is_chosen(d));
	struct result r;

	if (route == NULL)
		fatalx("no memory for a route");
	if (dest_address(d, route) == -1) {
		route_unref(route);
		if (!d->lmtp && d->name[0] != '[')
			return false;
		result_set(&r, d->lmtp ? 451 : 550, d->lmtp ? "4.3.5" : "5.1.2",
		    "not an address to connect to");
		dest_lost(d, &r);
		return true;
	}
	if (!d->lmtp && route_cut(route) == -1) {
		route_unref(route);
		dest_looped(d, &r, false);
		dest_lost(d, &r);
		return true;
	}
	dest_set_route(d, route);
	return true;
}

/* The answer comes to dest_on_route. */
void
dest_ask(struct dest *d)
{
	struct peer *lookupd = proc_peer(PROC_LOOKUPD, 0);
	union msg m;

	if (d->asking || dest_direct(d))
		return;
	if ((d->coming = route_new(dest_is_chosen(d))) == NULL)
		fatalx("no memory for a route");
	m.look_route.domain = dest_is_chosen(d) ? d->way->host : d->name;
	m.look_route.how = dest_is_chosen(d) ? LOOK_ROUTE_HOST : 0;
	if (way_num(d->way, OPT_MX_ALIAS_IP) != 0)
		m.look_route.how |= LOOK_ROUTE_ALIAS;
	d->asking = true;
	if (lookupd != NULL &&
	    peer_call(lookupd, MSG_LOOK_ROUTE, &m, -1,
		PEER_THEN(dest_on_route, d->ref)) == 0)
		return;
	dest_on_route(d->ref, PEER_GONE, NULL, -1);
}
