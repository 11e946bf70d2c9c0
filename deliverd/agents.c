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
 * Which delivery agents run, for whom, and when one ends; see agents.h.  What
 * is said to each is agents_job.c.
 */
#include "agents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents_job.h"
#include "agents_pace.h"
#include "log.h"
#include "monotime.h"
#include "proc.h"
#include "slot.h"

/* Seconds without any answer, after which an agent gets no more work. */
#define AGENTS_STUCK 20
#define AGENTS_BUSY "the delivery agent does not answer"

/*
 * running: asked for or up; waiting: neither yet.  Together they are all in the
 * list.
 */
static struct {
	struct slots slots;
	TAILQ_HEAD(agent_list, agent) list;
	unsigned int running, waiting;
} env = {.list = TAILQ_HEAD_INITIALIZER(env.list)};

static void agents_start_waiting(void);
static void agent_on_gone(struct peer *, const char *);
static void agent_on_drained(struct peer *);

static const struct peer_hooks hooks = {
    .gone = agent_on_gone,
    .drained = agent_on_drained,
};

int
agents_init(void)
{
	slots_init(&env.slots, 4096);
	return 0;
}

struct agent *
agents_get(uint64_t ref)
{
	return slot_get(&env.slots, ref);
}

/* Its jobs must be elsewhere by now. */
static void
agent_free(struct agent *g)
{
	TAILQ_REMOVE(&env.list, g, entry);
	slot_remove(&env.slots, g->ref);
	if (g->state == AGENT_WAITING)
		env.waiting--;
	else
		env.running--;
	free(g->user);
	free(g);
}

/* Ends what waits for it, then the agent itself. */
static void
agent_fail(struct agent *g, const char *enhanced, const char *text)
{
	struct job_list jobs = TAILQ_HEAD_INITIALIZER(jobs);
	struct job *j;

	TAILQ_CONCAT(&jobs, &g->waiting, entry);
	agent_free(g);
	while ((j = TAILQ_FIRST(&jobs)) != NULL) {
		TAILQ_REMOVE(&jobs, j, entry);
		agents_job_fail(j, 451, enhanced, text);
	}
}

static void
agent_on_drained(struct peer *p)
{
	agents_job_pump(peer_data(p));
}

/*
 * The parent ends what broke the protocol; what simply died it has seen itself.
 */
static void
agent_on_gone(struct peer *p, const char *why)
{
	struct job_list jobs = TAILQ_HEAD_INITIALIZER(jobs);
	struct agent *g = peer_data(p);
	struct job *j;
	union msg m;

	if (why != NULL) {
		log_warnx("agent of %s: %s", g->user, why);
		m.conf_report.process = PROC_AGENT;
		m.conf_report.instance = g->job;
		m.conf_report.why = why;
		peer_tell(proc_parent(), MSG_CONF_REPORT, &m, -1);
	}
	g->peer = NULL;
	TAILQ_CONCAT(&jobs, &g->waiting, entry);
	agent_free(g);
	while ((j = TAILQ_FIRST(&jobs)) != NULL) {
		TAILQ_REMOVE(&jobs, j, entry);
		agents_job_again(j);
	}
}

/* Nobody else hears of it: the agent sees the end of its pair and ends. */
static void
agent_close(struct agent *g)
{
	if (g->peer != NULL)
		peer_free(g->peer);
	agent_free(g);
}

/* What does not arrive is as good as lost with the agent. */
static void
agent_sync(struct agent *g, bool hold)
{
	union msg m;

	g->holds = false;
	m.agent_sync.hold = hold;
	(void)peer_tell(g->peer, MSG_AGENT_SYNC, &m, -1);
}

/*
 * "all" also reaches those that hold nothing: the word whether to hold changes
 * for them too.
 */
void
agents_sync(bool hold, bool all)
{
	struct agent *g;

	TAILQ_FOREACH (g, &env.list, entry)
		if (g->state == AGENT_UP && (all || g->holds))
			agent_sync(g, hold);
}

/* A user without an agent is for the administrator to mend: mail waits. */
static void
agent_on_started(uint64_t ref, enum peer_result how, const union msg *m, int fd)
{
	struct agent *g = slot_get(&env.slots, ref);
	char text[160];

	if (g == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (how != PEER_ANSWER || m->priv_agent_answ.status != PRIV_OK ||
	    fd == -1) {
		if (fd != -1)
			close(fd);
		snprintf(text, sizeof(text), "no delivery agent for user %s",
		    g->user);
		log_warnx("%s", text);
		agent_fail(g, "4.3.5", text);
		agents_start_waiting();
		return;
	}
	g->job = m->priv_agent_answ.job;
	g->peer = peer_new(proc_base(), fd, PROC_DELIVERD,
	    PEER_ID(PROC_AGENT, g->job), &hooks);
	if (g->peer == NULL)
		fatalx("no memory for an agent");
	peer_set_data(g->peer, g);
	g->state = AGENT_UP;
	g->idle_since = monotime_now();
	if (agents_pace_holds())
		agent_sync(g, true);
	agents_job_pump(g);
}

/*
 * Counts as running from the question on, so that a burst asks for no more than
 * AGENTS_MAX.
 */
static void
agent_start(struct agent *g)
{
	union msg m;

	m.priv_agent.user = g->user;
	g->state = AGENT_ASKED;
	env.waiting--;
	env.running++;
	if (peer_call(proc_parent(), MSG_PRIV_AGENT, &m, -1,
		PEER_THEN(agent_on_started, g->ref)) == -1)
		agent_fail(g, "4.3.5", "user name not usable");
}

static bool
agent_is_idle(const struct agent *g)
{
	return g->state == AGENT_UP && g->calls == 0 &&
	    TAILQ_EMPTY(&g->waiting);
}

/*
 * Makes sure that one more may run; an idle one ends for that.  Only one that
 * has nothing to do ends for another user: work is never cut off.
 */
static bool
agents_make_room(void)
{
	struct agent *g;

	if (env.running < AGENTS_MAX)
		return true;
	TAILQ_FOREACH_REVERSE(g, &env.list, agent_list, entry)
	if (agent_is_idle(g)) {
		agent_close(g);
		return true;
	}
	return false;
}

static struct agent *
agents_oldest_waiting(void)
{
	struct agent *g;

	TAILQ_FOREACH_REVERSE(g, &env.list, agent_list, entry)
	if (g->state == AGENT_WAITING)
		return g;
	return NULL;
}

/* Starts agents that had to wait for others to end, oldest first. */
static void
agents_start_waiting(void)
{
	static bool busy;
	struct agent *g;

	/* One that fails to start may bring the next delivery here. */
	if (busy)
		return;
	busy = true;
	while (env.waiting > 0 && agents_make_room() &&
	    (g = agents_oldest_waiting()) != NULL)
		agent_start(g);
	busy = false;
}

/* Those in use stand first: the last one idle is the first to be closed. */
static struct agent *
agents_find(const char *user)
{
	struct agent *g;

	TAILQ_FOREACH (g, &env.list, entry)
		if (strcmp(g->user, user) == 0)
			break;
	if (g != NULL) {
		TAILQ_REMOVE(&env.list, g, entry);
		TAILQ_INSERT_HEAD(&env.list, g, entry);
		return g;
	}
	if ((g = calloc(1, sizeof(*g))) == NULL ||
	    (g->user = strdup(user)) == NULL ||
	    (g->ref = slot_add(&env.slots, g)) == 0) {
		if (g != NULL)
			free(g->user);
		free(g);
		return NULL;
	}
	TAILQ_INIT(&g->waiting);
	TAILQ_INSERT_HEAD(&env.list, g, entry);
	env.waiting++;
	return g;
}

/* Owes answers and gives none: its user may have stopped it. */
static bool
agent_is_stuck(const struct agent *g)
{
	return g->state == AGENT_UP && g->calls > 0 &&
	    monotime_diff_ms(monotime_now(), g->heard) >= AGENTS_STUCK * 1000;
}

void
agents_deliver(struct job *j)
{
	struct agent *g;

	if ((g = agents_find(j->user)) == NULL) {
		agents_job_fail(j, 451, "4.3.0", "too many users at a time");
		return;
	}
	if (agent_is_stuck(g)) {
		agents_job_fail(j, 451, "4.2.0", AGENTS_BUSY);
		return;
	}
	TAILQ_INSERT_TAIL(&g->waiting, j, entry);
	if (g->state == AGENT_WAITING)
		agents_start_waiting();
	else
		agents_job_pump(g);
}

/*
 * Each delivery that waits holds a task, and queued has only TASK_ROOM of
 * them for everybody's mail: one user's agent that does not answer gets
 * nothing more, and is ended if it has the most of them.
 */
static void
agents_tick_stuck(void)
{
	struct job_list jobs = TAILQ_HEAD_INITIALIZER(jobs);
	struct agent *g;
	struct job *j;
	uint32_t pos = 0;

	while ((g = slot_next(&env.slots, &pos)) != NULL) {
		if (!agent_is_stuck(g))
			continue;
		TAILQ_CONCAT(&jobs, &g->waiting, entry);
		if (g->calls > TASK_ROOM / 2) {
			g->is_cut = true;
			peer_breach(g->peer, "deliveries take too long");
		}
	}
	while ((j = TAILQ_FIRST(&jobs)) != NULL) {
		TAILQ_REMOVE(&jobs, j, entry);
		agents_job_fail(j, 451, "4.2.0", AGENTS_BUSY);
	}
}

/* Once a second, so AGENTS_STUCK and AGENTS_IDLE are exact to a second. */
void
agents_tick(void)
{
	struct monotime now = monotime_now();
	struct agent *g, *next;

	agents_tick_stuck();
	agents_job_tick();
	TAILQ_FOREACH_SAFE (g, &env.list, entry, next)
		if (agent_is_idle(g) &&
		    monotime_diff_ms(now, g->idle_since) >= AGENTS_IDLE * 1000)
			agent_close(g);
	agents_start_waiting();
}

void
agents_count(unsigned int *agents, unsigned int *calls)
{
	struct agent *g;

	*agents = env.running;
	*calls = 0;
	TAILQ_FOREACH (g, &env.list, entry)
		*calls += g->calls;
}
