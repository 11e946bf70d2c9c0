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
 * Children; see child.h.  A process that dies is started again alone, at once
 * the first time, then after a pause that doubles up to a minute and is
 * forgotten after a minute of health.  Its peers get fresh socketpairs when
 * it is up.
 */
#include "child.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf_send.h"
#include "enums.h"
#include "job.h"
#include "log.h"
#include "poison.h"
#include "priv.h"
#include "spawn.h"
#include "stop.h"
#include "watch.h"

#define CHILD_PAUSE_MIN_MS 100
#define CHILD_PAUSE_MAX_MS 60000
#define CHILD_HEALTHY_MS 60000

/* Instances at most: one daemon that asks for all leaves others theirs. */
static const unsigned int most_of[PROC_MAX] = {
#define PROC(id, name, user, root, promises, most) [PROC_##id] = (most),
#include "process.def"
#undef PROC
};

const char *
child_name(const struct child *c)
{
	static char text[40];

	if (c->instance > 0 || c->id == PROC_AGENT)
		snprintf(text, sizeof(text), "%s.%u", msg_proc_name(c->id),
		    c->instance);
	else
		strlcpy(text, msg_proc_name(c->id), sizeof(text));
	return text;
}

struct child *
child_by_pid(pid_t pid)
{
	struct child *c;

	TAILQ_FOREACH (c, &env.children, entry)
		if (c->pid == pid)
			return c;
	return NULL;
}

struct child *
child_find(enum proc_id id, uint32_t instance)
{
	struct child *c;

	TAILQ_FOREACH (c, &env.children, entry)
		if (c->id == id && c->instance == instance)
			return c;
	return NULL;
}

int
child_tell(struct child *c, enum msg_type type, const union msg *m, int fd)
{
	return c->peer == NULL ? -1 : peer_tell(c->peer, type, m, fd);
}

/*
 * Only what a daemon may ask for is counted against the list: a deliverd that
 * was taken over would else have us fork for ever.
 */
static struct child *
child_new(enum proc_id id, uint32_t instance, bool dynamic)
{
	struct child *c;
	unsigned int n = 0;

	TAILQ_FOREACH (c, &env.children, entry)
		n += c->id == id;
	if (dynamic && n >= most_of[id])
		return NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->id = id;
	c->instance = instance;
	c->dynamic = dynamic;
	c->pid = -1;
	c->other_end = -1;
	TAILQ_INSERT_TAIL(&env.children, c, entry);
	return c;
}

/* Only for what never started or is not started again: calls that wait for
 * this child find nothing by its pid any more. */
static void
child_free(struct child *c)
{
	TAILQ_REMOVE(&env.children, c, entry);
	peer_free(c->peer);
	spawn_unmap(c);
	if (c->other_end != -1)
		close(c->other_end);
	if (c->timer != NULL)
		event_free(c->timer);
	free(c);
}

/* A started process is greeted; its options follow. */
static int
child_run(struct child *c, const struct spawn_args *args)
{
	c->started = monotime_now();
	if (spawn_child(c, args) == -1) {
		log_warn("can not start %s", child_name(c));
		return -1;
	}
	c->state = CHILD_HELLO;
	c->waits = c->asked = false;
	c->reports = 0;
	conf_send_hello(c);
	return 0;
}

static void child_plan(struct child *);

/*
 * The pause of a restart is over.  In between the suite may have begun to end.
 * Runs with the options in force then, which need not be those it died with.
 */
static void
child_restart(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;
	struct spawn_args args;

	(void)fd;
	(void)what;
	if (env.stopping || c->state != CHILD_DOWN)
		return;
	spawn_args_of(&args, c->id);
	/* No memory or no process now is no reason never to try again. */
	if (child_run(c, &args) == -1)
		child_plan(c);
}

struct child *
child_add(enum proc_id id, uint32_t instance)
{
	struct spawn_args args;
	struct child *c;

	if ((c = child_new(id, instance, false)) == NULL)
		return NULL;
	spawn_args_of(&args, id);
	c->timer = evtimer_new(env.base, child_restart, c);
	if (c->timer == NULL || child_run(c, &args) == -1) {
		child_free(c);
		return NULL;
	}
	return c;
}

/*
 * The one who asked is noted by pid, not by name: its call is answered only if
 * the same process is still there when the new one is up (priv_answer_child).
 */
static struct child *
child_add_dynamic(enum proc_id id, uint32_t instance, uint64_t ref,
    const struct spawn_args *args)
{
	struct child *asker, *c;

	if ((c = child_new(id, instance, true)) == NULL)
		return NULL;
	asker = child_find(id == PROC_AGENT ? PROC_DELIVERD : PROC_LOOKUPD, 0);
	c->asker = asker != NULL ? asker->pid : -1;
	c->ref = ref;
	c->job = instance;
	if (child_run(c, args) == -1) {
		child_free(c);
		return NULL;
	}
	return c;
}

/* A back end has the table's directory as its root, and reads only. */
struct child *
child_add_worker(
    uint32_t instance, const char *program, const char *root, uint64_t ref)
{
	struct spawn_args args;

	spawn_args_of(&args, PROC_BACKEND);
	args.program = program;
	args.root = root;
	args.path[0] = root;
	args.path_mode[0] = 'r';
	args.path_count = 1;
	return child_add_dynamic(PROC_BACKEND, instance, ref, &args);
}

struct child *
child_add_agent(
    const char *user, uid_t uid, gid_t gid, uint32_t job, uint64_t ref)
{
	struct spawn_args args;

	spawn_args_of(&args, PROC_AGENT);
	args.as_user = user;
	args.uid = uid;
	args.gid = gid;
	return child_add_dynamic(PROC_AGENT, job, ref, &args);
}

/*
 * A fresh socketpair between two children, an end to each.  Both ends are on
 * their way before either daemon can write: neither sees the other as gone.  An
 * end that could not be sent is closed, and the other side's next write tells
 * it.
 */
static void
child_join(struct child *a, struct child *b)
{
	union msg m;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1) {
		log_warn("socketpair");
		return;
	}
	m.conf_peer.process = (uint8_t)b->id;
	m.conf_peer.instance = b->instance;
	if (child_tell(a, MSG_CONF_PEER, &m, sv[0]) == -1)
		close(sv[0]);
	m.conf_peer.process = (uint8_t)a->id;
	m.conf_peer.instance = a->instance;
	if (child_tell(b, MSG_CONF_PEER, &m, sv[1]) == -1)
		close(sv[1]);
}

/*
 * A worker or agent: one end to it, the other to who asked.  The asker gets its
 * end with the answer to its call, so it can not meet an agent that it did not
 * ask for.
 */
static void
child_hand_over(struct child *c)
{
	enum proc_id who = c->id == PROC_AGENT ? PROC_DELIVERD : PROC_LOOKUPD;
	union msg m;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1) {
		child_kill(c, "no socketpair for it");
		return;
	}
	m.conf_peer.process = (uint8_t)who;
	m.conf_peer.instance = 0;
	if (child_tell(c, MSG_CONF_PEER, &m, sv[0]) == -1)
		close(sv[0]);
	priv_answer_child(c, PRIV_OK, sv[1]);
}

/*
 * Poison is told before any peer is: what the child then gets from others may
 * be the very message that killed it.
 */
void
child_is_up(struct child *c)
{
	struct child *o;

	c->state = CHILD_UP;
	poison_send_all(c);
	if (c->dynamic) {
		child_hand_over(c);
		return;
	}
	TAILQ_FOREACH (o, &env.children, entry)
		if (o != c && o->state == CHILD_UP && !o->dynamic &&
		    msg_is_pair(c->id, o->id))
			child_join(c, o);
}

/* SIGKILL: what broke a rule is not asked to clean up.  The rest follows when
 * it is waited for. */
void
child_kill(struct child *c, const char *why)
{
	log_warnx("%s is ended: %s", child_name(c), why);
	if (c->pid > 0)
		kill(c->pid, SIGKILL);
}

/* Why it ended, in words; false: nothing that needs saying. */
static bool
child_why(int status, char *why, size_t size)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		snprintf(why, size,
		    "killed for a system call that its cage forbids");
	else if (WIFSIGNALED(status))
		snprintf(why, size, "killed by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0)
		snprintf(
		    why, size, "ended with status %d", WEXITSTATUS(status));
	else
		return false;
	return true;
}

/*
 * Milliseconds until the next start.  A crash after long health is an accident
 * and costs no pause; one that repeats within the first minute costs twice the
 * last.
 */
static int64_t
child_pause(struct child *c)
{
	int64_t ms = CHILD_PAUSE_MIN_MS;
	unsigned int i;

	if (monotime_diff_ms(monotime_now(), c->started) > CHILD_HEALTHY_MS)
		c->failures = 0;
	if (c->failures++ == 0)
		return 0;
	for (i = 2; i < c->failures && ms < CHILD_PAUSE_MAX_MS; i++)
		ms *= 2;
	return ms < CHILD_PAUSE_MAX_MS ? ms : CHILD_PAUSE_MAX_MS;
}

/* The next start, after the pause that is due. */
static void
child_plan(struct child *c)
{
	struct timeval tv;
	int64_t ms = child_pause(c);

	if (ms > 0)
		log_info(
		    "%s starts again in %lld ms", child_name(c), (long long)ms);
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	evtimer_add(c->timer, &tv);
}

/*
 * It was waited for, so its pid may soon be another's: it is forgotten first,
 * and what it had running is ended.  Then those who wait for it are told.
 */
void
child_ended(struct child *c, int status)
{
	enum child_state was = c->state;
	char why[120];

	job_orphan((void *)(intptr_t)c->pid);
	if (c->id == PROC_RULED)
		watch_forget();
	c->pid = -1;
	c->state = CHILD_DOWN;
	c->waits = false;
	if (child_why(status, why, sizeof(why)) && !env.stopping)
		log_warnx("%s %s", child_name(c), why);
	poison_count(c, status);
	peer_free(c->peer);
	c->peer = NULL;
	spawn_unmap(c);
	conf_send_lost(c, was);
	if (c->dynamic) {
		if (was != CHILD_UP && was != CHILD_STOPPING)
			priv_answer_child(c, PRIV_TEMP, -1);
		child_free(c);
		stop_check();
		return;
	}
	if (env.stopping) {
		stop_check();
		return;
	}
	child_plan(c);
}
