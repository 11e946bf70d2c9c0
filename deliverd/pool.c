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
 * Destinations; see pool.h.  The number of connections to one begins small,
 * grows with success up to Dest_max_cnx, and shrinks when hosts fail; one
 * that can not be reached is left alone for a while, longer each time, and
 * its tasks are deferred at once with what was the reason.
 */
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "log.h"
#include "proc.h"
#include "route.h"
#include "slot.h"

/* Tasks that may wait for each in work at a server that is near. */
#define POOL_DEPTH 4
/* Connections to a destination that nothing is known of. */
#define POOL_START 5
/* Destinations remembered, and for how long without work, seconds. */
#define POOL_MAX 4096
#define POOL_KEEP 300
/* How long a route is good, seconds; lookupd caches by TTL. */
#define POOL_ROUTE_TIME 60
/* The longest silence after failures, seconds. */
#define POOL_DOWN_MAX 60

struct dest {
	RB_ENTRY(dest) node;
	uint64_t ref;
	char *name; /* domain, or "lmtp:" and where */
	bool lmtp, pumping, asking;
	TAILQ_HEAD(, task) waiting;
	unsigned int waiting_count;
	LIST_HEAD(, client) clients;
	unsigned int client_count;
	unsigned int working; /* tasks that connections have */
	unsigned int verdicts; /* since the last tick */
	bool near; /* see pool_verdict */
	unsigned int window, successes, fails;
	struct route_list *route, *coming;
	struct monotime route_until, down_until, used;
	struct result why;
};

RB_HEAD(dest_tree, dest);

static struct {
	struct slots slots;
	struct dest_tree tree;
} env = {.tree = RB_INITIALIZER(&env.tree)};

static int
dest_compare(const struct dest *a, const struct dest *b)
{
	return strcmp(a->name, b->name);
}

RB_PROTOTYPE(dest_tree, dest, node, dest_compare)
RB_GENERATE(dest_tree, dest, node, dest_compare)

int
pool_init(void)
{
	slots_init(&env.slots, POOL_MAX);
	return client_init();
}

bool
pool_is_lmtp(const struct dest *d)
{
	return d->lmtp;
}

static bool
pool_is_past(struct monotime m)
{
	return monotime_diff_ms(monotime_now(), m) >= 0;
}

static void
dest_free(struct dest *d)
{
	RB_REMOVE(dest_tree, &env.tree, d);
	slot_remove(&env.slots, d->ref);
	route_unref(d->route);
	route_unref(d->coming);
	free(d->name);
	free(d);
}

/* Nothing refers to it: neither work nor an answer that is to come. */
static bool
dest_is_free(const struct dest *d)
{
	return TAILQ_EMPTY(&d->waiting) && LIST_EMPTY(&d->clients) &&
	    !d->asking && !d->pumping;
}

static unsigned int
dest_most(void)
{
	return (unsigned int)option_num(proc_options(), OPT_DEST_MAX_CNX);
}

static struct dest *
dest_get(const char *name, bool lmtp)
{
	union {
		const char *from;
		char *to;
	} cast = {name};
	struct dest *d, key = {.name = cast.to};

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
	d->lmtp = lmtp;
	d->window = dest_most() < POOL_START ? dest_most() : POOL_START;
	d->used = d->down_until = d->route_until = monotime_now();
	TAILQ_INIT(&d->waiting);
	LIST_INIT(&d->clients);
	RB_INSERT(dest_tree, &env.tree, d);
	return d;
}

/* Who takes it must give it to a connection, or results to it. */
static struct task *
dest_take(struct dest *d)
{
	struct task *t = TAILQ_FIRST(&d->waiting);

	TAILQ_REMOVE(&d->waiting, t, entry);
	d->waiting_count--;
	t->dest = NULL;
	return t;
}

/* Those in sessions go on: their connections may live. */
static void
dest_fail_waiting(struct dest *d, const struct result *r)
{
	while (!TAILQ_EMPTY(&d->waiting))
		task_result_client(dest_take(d), r);
}

void
pool_on_host(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct dest *d = slot_get(&env.slots, ref);

	(void)p;
	(void)fd;
	if (d != NULL && d->coming != NULL)
		route_add(d->coming, m->look_host.host, m->look_host.preference,
		    &m->look_host.address,
		    (uint16_t)option_num(proc_options(), OPT_MX_PORT));
}

/* Connections keep the route they began with by a reference. */
static void
dest_set_route(struct dest *d, struct route_list *r)
{
	route_unref(d->route);
	d->route = r;
	d->route_until =
	    monotime_add_ms(monotime_now(), POOL_ROUTE_TIME * 1000);
}

/*
 * Nobody is left whom we may send to.  Where addresses of some hosts could
 * not be told, those may be the better ones, and we only their stand-in.
 */
static void
dest_looped(struct result *r, bool partial)
{
	if (partial)
		result_option(r, OPT_MSG_CANNOT_RESOLVE, 451, "4.4.3");
	else
		result_set(r, 554, "5.4.6",
		    "mail for this domain would loop back to this host");
}

static void
pool_on_route(uint64_t ref, enum peer_result how, const union msg *m, int fd)
{
	struct dest *d = slot_get(&env.slots, ref);
	struct route_list *route;
	struct result r;

	(void)fd;
	if (d == NULL)
		return;
	d->asking = false;
	route = d->coming;
	d->coming = NULL;
	if (how != PEER_ANSWER)
		route_result(&r, LOOK_TEMP, d->name);
	else if (m->look_route_answ.status != LOOK_OK)
		route_result(&r, m->look_route_answ.status, d->name);
	else if (route->count == 0)
		/* Names without addresses that could be used. */
		result_option(&r, OPT_MSG_CANNOT_RESOLVE, 451, "4.4.4");
	else if (route_cut(route) == -1)
		dest_looped(&r, m->look_route_answ.partial != 0);
	else {
		dest_set_route(d, route);
		pool_pump(d);
		return;
	}
	route_unref(route);
	dest_fail_waiting(d, &r);
}

/* A route that needs no look-up; -1: there must be one. */
static int
dest_direct(struct dest *d)
{
	struct route_list *route = route_new();
	struct result r;
	int ok;

	if (route == NULL)
		fatalx("no memory for a route");
	if (d->lmtp)
		ok = route_lmtp(route, d->name + strlen("lmtp:"));
	else
		ok = route_literal(route, d->name,
		    (uint16_t)option_num(proc_options(), OPT_MX_PORT));
	if (ok == 0 && !d->lmtp && route_cut(route) == -1) {
		dest_looped(&r, false);
		dest_fail_waiting(d, &r);
		ok = -2;
	}
	if (ok == 0) {
		dest_set_route(d, route);
		return 0;
	}
	route_unref(route);
	return ok == -2 ? 0 : -1;
}

/* Asks where it goes; the answer comes to pool_on_route. */
static void
dest_ask(struct dest *d)
{
	struct peer *lookupd = proc_peer(PROC_LOOKUPD, 0);
	struct result r;
	union msg m;

	if (d->asking)
		return;
	if (d->lmtp || d->name[0] == '[') {
		if (dest_direct(d) == 0)
			return;
		result_set(&r, d->lmtp ? 451 : 550, d->lmtp ? "4.3.5" : "5.1.2",
		    "not an address to connect to");
		dest_fail_waiting(d, &r);
		return;
	}
	if ((d->coming = route_new()) == NULL)
		fatalx("no memory for a route");
	m.look_route.domain = d->name;
	m.look_route.how = option_num(proc_options(), OPT_MX_ALIAS_IP) != 0 ?
	    LOOK_ROUTE_ALIAS :
	    0;
	d->asking = true;
	if (lookupd != NULL &&
	    peer_call(lookupd, MSG_LOOK_ROUTE, &m, -1,
		PEER_THEN(pool_on_route, d->ref)) == 0)
		return;
	pool_on_route(d->ref, PEER_GONE, NULL, -1);
}

/* The one opened last stands first, so that the oldest get idle and close. */
static struct client *
dest_idle_client(struct dest *d)
{
	struct client *c;

	LIST_FOREACH (c, &d->clients, entry)
		if (c->state == CLIENT_IDLE && c->task == NULL && !c->dead)
			return c;
	return NULL;
}

/* One more connection, for the first that waits.  -1: not now. */
static int
dest_open(struct dest *d)
{
	struct client *c;

	if (d->client_count >= d->window)
		return -1;
	if (d->route == NULL || pool_is_past(d->route_until)) {
		dest_ask(d);
		if (d->asking || TAILQ_EMPTY(&d->waiting))
			return -1;
	}
	c = client_new(d, d->route, TAILQ_FIRST(&d->waiting));
	if (c == NULL) {
		/* Another destination's idle one has the slot. */
		client_evict();
		c = client_new(d, d->route, TAILQ_FIRST(&d->waiting));
	}
	if (c == NULL)
		return -1;
	(void)dest_take(d);
	LIST_INSERT_HEAD(&d->clients, c, entry);
	d->client_count++;
	client_open(c);
	return 0;
}

/*
 * What waits goes out sooner and cheaper behind the content of a connection
 * at work than in a dialogue of its own; but only so much, and only while
 * verdicts come.
 */
static bool
dest_may_wait(const struct dest *d)
{
	return d->near && d->waiting_count <= POOL_DEPTH * d->working;
}

/*
 * May be called from anywhere, also from within itself: what ends in here comes
 * back, and the loop sees it.
 */
void
pool_pump(struct dest *d)
{
	struct client *c;

	if (d->pumping)
		return;
	d->pumping = true;
	while (!TAILQ_EMPTY(&d->waiting)) {
		d->used = monotime_now();
		if (!pool_is_past(d->down_until))
			dest_fail_waiting(d, &d->why);
		else if (dest_may_wait(d))
			break;
		else if ((c = dest_idle_client(d)) != NULL)
			client_begin(c, dest_take(d));
		else if (dest_open(d) == -1)
			break;
	}
	d->pumping = false;
}

/* Refused rather than forgotten where there are too many destinations. */
static void
pool_submit_to(struct task *t, const char *name, bool lmtp)
{
	struct dest *d = dest_get(name, lmtp);
	struct result r;

	if (d == NULL) {
		result_set(&r, 451, "4.3.2", "too many destinations at a time");
		task_result_client(t, &r);
		return;
	}
	t->dest = d;
	TAILQ_INSERT_TAIL(&d->waiting, t, entry);
	d->waiting_count++;
	pool_pump(d);
}

void
pool_submit(struct task *t)
{
	uint32_t i;

	for (i = 0; i < t->rcpt_count; i++)
		t->rcpts[i].state = RCPT_CLIENT;
	pool_submit_to(t, t->destination, false);
}

void
pool_submit_lmtp(struct task *t, const char *where)
{
	char name[512];

	snprintf(name, sizeof(name), "lmtp:%s", where);
	pool_submit_to(t, name, true);
}

void
pool_requeue(struct task *t)
{
	struct dest *d = t->client->dest;

	t->dest = d;
	TAILQ_INSERT_HEAD(&d->waiting, t, entry);
	d->waiting_count++;
}

/*
 * What came back from a broken connection is not bound to one that is at work
 * again: it gets one for itself, so that it can not be held up twice.
 */
struct task *
pool_take_next(struct dest *d)
{
	struct task *t = TAILQ_FIRST(&d->waiting);

	if (t == NULL || t->stale > 0 || !pool_is_past(d->down_until))
		return NULL;
	return dest_take(d);
}

void
pool_withdraw(struct task *t)
{
	if (t->dest != NULL) {
		TAILQ_REMOVE(&t->dest->waiting, t, entry);
		t->dest->waiting_count--;
		t->dest = NULL;
	} else if (t->client != NULL)
		(void)client_abort(t->client, t);
}

void
pool_close_idle(struct dest *d)
{
	struct client *c;

	while ((c = dest_idle_client(d)) != NULL)
		client_close(c);
}

void
pool_begin_work(struct dest *d)
{
	d->working++;
}

void
pool_end_work(struct dest *d)
{
	d->working--;
}

void
pool_verdict(struct dest *d, bool near)
{
	d->verdicts++;
	d->near = near;
}

void
pool_remove(struct client *c)
{
	struct dest *d = c->dest;

	if (d == NULL)
		return;
	LIST_REMOVE(c, entry);
	d->client_count--;
	c->dest = NULL;
}

/* Whoever answers EHLO is up, whatever it says of the message. */
void
pool_reached(struct dest *d)
{
	d->fails = 0;
	d->down_until = monotime_now();
}

/*
 * Grows by one after as many messages as there are connections, so that a
 * window doubles no faster than its server proves able.
 */
void
pool_success(struct dest *d)
{
	if (++d->successes < d->window || d->window >= dest_most())
		return;
	d->window++;
	d->successes = 0;
}

/* Never below one: else nothing could prove that it recovered. */
void
pool_trouble(struct dest *d)
{
	if (d->window > 1)
		d->window--;
	d->successes = 0;
}

void
pool_unreachable(struct dest *d, const struct result *r)
{
	int64_t seconds = 1LL << (d->fails < 6 ? d->fails : 6);

	/* Connections that were opened together fail together: that is one
	 * failure, not a reason to stay away longer for each. */
	if (!pool_is_past(d->down_until))
		return;
	d->fails++;
	if (seconds > POOL_DOWN_MAX)
		seconds = POOL_DOWN_MAX;
	d->window = d->window > 1 ? d->window / 2 : 1;
	d->successes = 0;
	/* Others may have better luck with what is known then. */
	if (r->result == DLV_PERMFAIL)
		return;
	d->why = *r;
	d->down_until = monotime_add_ms(monotime_now(), seconds * 1000);
	d->route_until = monotime_now();
}

/*
 * Pumps all: what waited for a free slot or for the end of a pause has no other
 * event to go on.
 */
void
pool_tick(void)
{
	struct monotime now = monotime_now();
	struct dest *d;
	uint32_t pos = 0;

	while ((d = slot_next(&env.slots, &pos)) != NULL) {
		/* Nobody waits for a server that has fallen silent. */
		if (d->verdicts == 0)
			d->near = false;
		d->verdicts = 0;
		pool_pump(d);
		if (d->window > dest_most())
			d->window = dest_most();
		if (dest_is_free(d) &&
		    monotime_diff_ms(now, d->used) > POOL_KEEP * 1000)
			dest_free(d);
	}
	client_tick();
}

void
pool_stop(void)
{
	struct dest *d;
	uint32_t pos = 0;

	while ((d = slot_next(&env.slots, &pos)) != NULL)
		while (!TAILQ_EMPTY(&d->waiting))
			task_give_back(dest_take(d), 0);
}

unsigned int
pool_count(void)
{
	return env.slots.used;
}

bool
pool_next(uint32_t *pos, struct pool_info *i)
{
	struct dest *d = slot_next(&env.slots, pos);
	int64_t left;

	if (d == NULL)
		return false;
	left = monotime_diff_ms(d->down_until, monotime_now());
	i->name = d->name;
	i->waiting = d->waiting_count;
	i->connections = d->client_count;
	i->window = d->window;
	i->down = left > 0 ? left / 1000 + 1 : 0;
	i->why = left > 0 ? d->why.text : "";
	return true;
}
