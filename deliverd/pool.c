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
#include "dest.h"
#include "log.h"
#include "proc.h"

/* Tasks that may wait for each in work at a server that is near. */
#define POOL_DEPTH 4
/* How long a destination is remembered without work, seconds. */
#define POOL_KEEP 300
/* The longest silence after failures, seconds. */
#define POOL_DOWN_MAX 60

int
pool_init(void)
{
	dest_init();
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
	struct dest *d = dest_get(name, t->way, lmtp);
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
	char name[512];
	uint32_t i;

	for (i = 0; i < t->rcpt_count; i++)
		t->rcpts[i].state = RCPT_CLIENT;
	if (t->way == NULL || t->way->host == NULL) {
		pool_submit_to(t, t->destination, false);
		return;
	}
	/* Whatever the domain: they share connections. */
	snprintf(name, sizeof(name), "%s %u", t->way->host, t->way->port);
	pool_submit_to(t, name, false);
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

	while ((d = dest_next(&pos)) != NULL) {
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

	while ((d = dest_next(&pos)) != NULL)
		while (!TAILQ_EMPTY(&d->waiting))
			task_give_back(dest_take(d), 0);
}

unsigned int
pool_count(void)
{
	return dest_count();
}

bool
pool_next(uint32_t *pos, struct pool_info *i)
{
	struct dest *d = dest_next(pos);
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
