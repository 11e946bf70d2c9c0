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
 * A clean end; see stop.h.
 */
#include "stop.h"

#include <event2/event.h>
#include <signal.h>

#include "child.h"
#include "log.h"

#define STOP_SECONDS 15

/*
 * In the order in which mail passes them: no stage is given work by one before
 * it, so what it has in hand it can finish.
 */
static const uint32_t stages[] = {P_SMTPD, P_DELIVERD, P_AGENT, P_QUEUED,
    P_KEYS | P_RULED | P_LOOKUPD | P_BACKEND | P_SYNC};

static unsigned int stage;
static struct event *timer;

static void
stop_tell(void)
{
	union msg m = {.conf_stop = {0}};
	struct timeval tv = {STOP_SECONDS, 0};
	struct child *c;

	TAILQ_FOREACH (c, &env.children, entry) {
		if (!(stages[stage] & 1u << c->id) || c->pid <= 0)
			continue;
		c->state = CHILD_STOPPING;
		child_tell(c, MSG_CONF_STOP, &m, -1);
	}
	evtimer_add(timer, &tv);
}

static bool
stop_is_done(void)
{
	struct child *c;

	TAILQ_FOREACH (c, &env.children, entry)
		if (stages[stage] & 1u << c->id && c->pid > 0)
			return false;
	return true;
}

void
stop_check(void)
{
	if (!env.stopping)
		return;
	while (stop_is_done()) {
		if (++stage == sizeof(stages) / sizeof(stages[0]))
			selor_end(0);
		stop_tell();
	}
}

/* A stage that takes too long is cut short: nothing durable is lost. */
static void
stop_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct child *c;

	(void)fd;
	(void)what;
	(void)arg;
	TAILQ_FOREACH (c, &env.children, entry)
		if (stages[stage] & 1u << c->id && c->pid > 0)
			child_kill(c, "it does not stop");
}

void
stop_start(void)
{
	if (env.stopping)
		return;
	env.stopping = true;
	log_info("stopping");
	if ((timer = evtimer_new(env.base, stop_on_timer, NULL)) == NULL)
		selor_end(1);
	stop_tell();
	stop_check();
}
