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
 * The pace of the agents' syncs; see agents_pace.h.  A delivery that waits
 * holds a place among the tasks that queued may have out.
 */
#include "agents_pace.h"

#include "agents.h"
#include "monotime.h"
#include "task.h"

/* Deliveries that are not made to wait longer: as many again may be in their
 * sync meanwhile, and half of the tasks are left for everything else. */
#define PACE_FULL (TASK_ROOM / 4)

static struct {
	struct event *timer;
	struct monotime round; /* when the last one began */
	int64_t ms; /* Delivery_sync_time; 0: agents sync as they like */
	unsigned int held; /* given to agents since */
} env;

/* Its only purpose is a turn of the loop: see agents_pace_turn_end. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

int
agents_pace_init(struct event_base *base)
{
	env.timer = event_new(base, -1, 0, on_timer, NULL);
	return env.timer == NULL ? -1 : 0;
}

/* What waits by the old value goes out; it is a round like any other. */
static void
pace_set(int64_t ms)
{
	if (env.held > 0)
		env.round = monotime_now();
	env.ms = ms;
	env.held = 0;
	agents_sync(ms > 0, true);
}

void
agents_pace_configure(const struct options *o)
{
	pace_set((int64_t)option_num(o, OPT_DELIVERY_SYNC_TIME));
}

void
agents_pace_stop(void)
{
	pace_set(0);
}

bool
agents_pace_holds(void)
{
	return env.ms > 0;
}

void
agents_pace_add(void)
{
	env.held++;
}

void
agents_pace_turn_end(void)
{
	struct timeval tv = {0, 0};
	struct monotime now;
	int64_t since;

	if (env.held == 0 || env.ms == 0)
		return;
	now = monotime_now();
	since = monotime_diff_ms(now, env.round);
	if (since >= env.ms || env.held >= PACE_FULL) {
		env.held = 0;
		env.round = now;
		agents_sync(true, false);
	} else if (!event_pending(env.timer, EV_TIMEOUT, NULL)) {
		tv.tv_sec = (env.ms - since) / 1000;
		tv.tv_usec = (env.ms - since) % 1000 * 1000;
		event_add(env.timer, &tv);
	}
}
