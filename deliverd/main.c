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
 * deliverd: moves mail out.  Tasks come from queued; local ones go to agents
 * and programs that the parent starts, LMTP and remote ones over connections
 * of its own.  See deliverd(8).
 *
 * In the cage it may (common/process.def: stdio recvfd sendfd filerw inet)
 * connect to TCP peers and use descriptors that were passed; it opens no
 * file and starts nothing.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents.h"
#include "agents_pace.h"
#include "control.h"
#include "local.h"
#include "log.h"
#include "pool.h"
#include "proc.h"
#include "program.h"
#include "rcpt_event.h"
#include "resolve.h"
#include "route.h"
#include "rule_enums.h"
#include "scram.h"
#include "task.h"
#include "task_rules.h"

/* How long a stop waits for sessions and agents. */
#define STOP_SECONDS 8

static struct {
	struct event *tick;
	bool stopping;
	int stop_ticks;
} env;

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	agents_tick();
	program_tick();
	pool_tick();
	rcpt_event_tick();
	/* What is still in work is done again by the next start. */
	if (env.stopping && ++env.stop_ticks >= STOP_SECONDS)
		proc_exit();
}

/* What rules do to a message, where nothing of it can be changed any more. */
static void
rule_on_effect(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)fd;
	log_warnx("Event.dl_rcpt: %s has no effect",
	    m->rule_effect.effect < EFFECT_COUNT ?
		rule_effect_names[m->rule_effect.effect] :
		"an effect");
}

static int
before_cage(void)
{
	return route_init() == -1 ? -1 : scram_init();
}

static int
start(struct event_base *base)
{
	static const struct timeval second = {1, 0};

	rcpt_event_init();
	if (task_init() == -1 || local_init() == -1 || agents_init() == -1 ||
	    agents_pace_init(base) == -1 || program_init() == -1 ||
	    pool_init() == -1 || resolve_init() == -1)
		return -1;
	env.tick = event_new(base, -1, EV_PERSIST, on_tick, NULL);
	if (env.tick == NULL)
		return -1;
	return event_add(env.tick, &second);
}

static void
conf_apply(const struct options *o)
{
	local_configure(o);
	agents_pace_configure(o);
	route_configure(o);
}

static void
peer_up(struct peer *p)
{
	if (peer_who(p) == PROC_QUEUED)
		task_queued_up();
}

static void
peer_gone(struct peer *p)
{
	if (peer_who(p) == PROC_RULED)
		rcpt_event_ruled_gone();
	if (peer_who(p) != PROC_QUEUED)
		return;
	resolve_forget();
	task_queued_gone();
}

static void
stop(void)
{
	env.stopping = true;
	agents_pace_stop();
	pool_stop();
}

static void
turn_end(void)
{
	agents_pace_turn_end();
	if (!env.stopping)
		task_turn_end();
	else if (task_count() == 0)
		proc_exit();
}

static peer_handler *const handlers[MSG_MAX] = {
    [MSG_DLV_TASK] = task_on_task,
    [MSG_DLV_RCPT] = task_on_rcpt,
    [MSG_DLV_DATA] = task_on_data,
    [MSG_DLV_GO] = task_on_go,
    [MSG_DLV_CANCEL] = task_on_cancel,
    [MSG_DLV_OPTION] = task_on_option,
    [MSG_DLV_HEADER] = task_on_header,
    [MSG_DLV_ROUTE] = task_on_route,
    [MSG_CTL_ACT] = control_on_act,
    [MSG_CTL_LIST] = control_on_list,
    [MSG_DLV_RESOLVE] = resolve_on_call,
    [MSG_LOOK_HOST] = dest_on_host,
    [MSG_LOOK_TARGET] = resolve_on_target,
    [MSG_RULE_EFFECT] = rule_on_effect,
    [MSG_PRIV_EXIT] = program_on_exit,
};

int
main(int argc, char **argv)
{
	static const struct proc_daemon d = {
	    .id = PROC_DELIVERD,
	    .handlers = handlers,
	    .before_cage = before_cage,
	    .start = start,
	    .conf_apply = conf_apply,
	    .peer_up = peer_up,
	    .peer_gone = peer_gone,
	    .stop = stop,
	    .turn_end = turn_end,
	};

	proc_main(&d, argc, argv);
}
