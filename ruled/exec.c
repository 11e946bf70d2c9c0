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
 * Exec!: a program that the parent runs, its output and its end.  Programs
 * over Exec_max_procs wait for their turn.  One whose session has gone is
 * ended, and counts until it is.  A32: the status is -1 whenever the program
 * did not come to its own end.
 */
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <sys/wait.h>

#include <event2/event.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enums.h"
#include "log.h"
#include "proc.h"

#include "exec_command.h"
#include "pending.h"
#include "ruled.h"

/* Octets of output after which a program is ended; those that %E keeps are
 * POLICY_OUTPUT_MAX. */
#define EXEC_OUTPUT_MAX (1024 * 1024)
/* Seconds between TERM and KILL, and from there to giving up. */
#define EXEC_KILL_SECONDS 5
#define EXEC_READS 16 /* of a turn */

enum exec_state {
	EXEC_QUEUED,
	EXEC_ASKED, /* the parent, to start it */
	EXEC_RUNS,
	EXEC_TERMED,
	EXEC_KILLED,
	EXEC_ENDED /* its session may see what came of it */
};

struct exec {
	struct pending pending; /* policy 0: the session has gone */
	TAILQ_ENTRY(exec) entry; /* queued, or at work */
	enum exec_state state;
	struct exec_command *command; /* while it is queued */
	uint32_t job;
	int fd;
	struct event *readable, *timer;
	int32_t status;
	const char *why; /* it has no status; NULL: it has */
	size_t octets, kept;
	char output[POLICY_OUTPUT_MAX];
};
TAILQ_HEAD(execs, exec);

static struct {
	struct execs queued, working;
	uint32_t count; /* of those at work */
} env = {
    TAILQ_HEAD_INITIALIZER(env.queued), TAILQ_HEAD_INITIALIZER(env.working), 0};

static void exec_start_next(void);

/* The run's own op must not point to it any more. */
static void
exec_free(struct exec *x)
{
	if (x->readable != NULL)
		event_free(x->readable);
	if (x->timer != NULL)
		event_free(x->timer);
	if (x->fd != -1)
		close(x->fd);
	free(x->command);
	pending_free(&x->pending);
}

/* One timer for three uses, as a program is in one state at a time. */
static void
exec_later(struct exec *x, int64_t seconds)
{
	struct timeval tv = {.tv_sec = (time_t)seconds};

	if (x->timer != NULL)
		evtimer_add(x->timer, &tv);
}

/* It has come to its end, of whatever kind. */
static void
exec_finish(struct exec *x, int32_t status, const char *why)
{
	TAILQ_REMOVE(&env.working, x, entry);
	env.count--;
	x->state = EXEC_ENDED;
	if (x->why == NULL)
		x->why = why;
	x->status = x->why == NULL ? status : -1;
	if (x->readable != NULL)
		event_del(x->readable);
	if (x->timer != NULL)
		event_del(x->timer);
	if (x->pending.policy == 0)
		exec_free(x);
	else
		pending_resume(&x->pending);
	exec_start_next();
}

/* By the parent, which started it: this process may signal nothing. It is the
 * whole group that is meant, so children go with it. */
static void
exec_kill(struct exec *x, bool hard)
{
	union msg m = {.priv_kill = {.job = x->job, .hard = hard}};

	x->state = hard ? EXEC_KILLED : EXEC_TERMED;
	(void)peer_tell(proc_parent(), MSG_PRIV_KILL, &m, -1);
	exec_later(x, EXEC_KILL_SECONDS);
}

/* The reason is kept as the first one: what follows from it is not told
 * instead. */
static void
exec_end_early(struct exec *x, const char *why)
{
	if (x->state != EXEC_RUNS)
		return;
	x->why = why;
	exec_kill(x, false);
}

/* Each state has its time, so in the end it is given up: a program that can not
 * be killed must not hold a session for ever. */
static void
exec_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct exec *x = arg;

	(void)fd;
	(void)what;
	if (x->state == EXEC_RUNS)
		exec_end_early(x, "it took too long");
	else if (x->state == EXEC_TERMED)
		exec_kill(x, true);
	else
		exec_finish(x, -1, "it could not be ended");
}

/* false: its end, or nothing there now. */
static bool
exec_read(struct exec *x)
{
	char buf[4096];
	size_t take;
	ssize_t n = read(x->fd, buf, sizeof(buf));

	if (n <= 0) {
		if ((n == 0 || (errno != EAGAIN && errno != EINTR)) &&
		    x->readable != NULL)
			event_del(x->readable);
		return false;
	}
	take = sizeof(x->output) - 1 - x->kept;
	if (take > (size_t)n)
		take = (size_t)n;
	memcpy(x->output + x->kept, buf, take);
	x->kept += take;
	x->octets += (size_t)n;
	if (x->octets > EXEC_OUTPUT_MAX)
		exec_end_early(x, "it says too much");
	return true;
}

/* Some reads and then others have their turn: a program that writes without end
 * costs no more than that. */
static void
exec_on_output(evutil_socket_t fd, short what, void *arg)
{
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < EXEC_READS && exec_read(arg); i++)
		;
}

/* From its descriptor on.  What can not be watched is ended: it could say
 * and take as much as it likes. */
static void
exec_watch(struct exec *x, int fd)
{
	int one = 1;

	x->fd = fd;
	x->readable =
	    event_new(ruled.base, fd, EV_READ | EV_PERSIST, exec_on_output, x);
	x->timer = evtimer_new(ruled.base, exec_on_timer, x);
	exec_later(x, option_num(ruled.options, OPT_EXEC_TIMEOUT));
	if (x->readable == NULL || x->timer == NULL ||
	    ioctl(fd, FIONBIO, &one) == -1 ||
	    event_add(x->readable, NULL) == -1)
		exec_end_early(x, "its output can not be read");
}

/* For the log of the administrator; no client sees it. */
static const char *
why_not(uint8_t status)
{
	return status == PRIV_MISSING ? "there is no such program" :
	    status == PRIV_REFUSED    ? "it may not be run" :
					"it can not be run now";
}

/* It may have been left meanwhile: then it is ended as soon as it can be, which
 * is now. */
static void
exec_started(uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	struct exec *x = pending_get(ref);
	const struct msg_priv_exec_answ *a = &m->priv_exec_answ;

	if (x == NULL || result != PEER_ANSWER || a->status != PRIV_OK ||
	    fd == -1) {
		if (fd != -1)
			close(fd);
		if (x != NULL)
			exec_finish(x, -1,
			    result == PEER_ANSWER ? why_not(a->status) :
						    "it can not be run now");
		return;
	}
	x->job = a->job;
	x->state = EXEC_RUNS;
	exec_watch(x, fd);
	if (x->pending.policy == 0)
		exec_end_early(x, "its session has gone");
}

/* The command was made when the item began: what has changed since then does
 * not count. */
static void
exec_start(struct exec *x)
{
	union msg m = {
	    .priv_exec = {
		.arguments = (const uint8_t *)x->command->arguments.bytes,
		.arguments_len = (uint32_t)x->command->arguments.len,
		.environment = (const uint8_t *)x->command->environment.bytes,
		.environment_len = (uint32_t)x->command->environment.len}};
	int sent;

	TAILQ_REMOVE(&env.queued, x, entry);
	TAILQ_INSERT_TAIL(&env.working, x, entry);
	env.count++;
	x->state = EXEC_ASKED;
	sent = peer_call(proc_parent(), MSG_PRIV_EXEC, &m, -1,
	    PEER_THEN(exec_started, x->pending.self));
	free(x->command);
	x->command = NULL;
	if (sent == -1)
		exec_finish(x, -1, "it can not be run now");
}

/* In the order in which they asked. Exec_max_procs counts those that are being
 * ended too, as they still take memory. */
static void
exec_start_next(void)
{
	struct exec *x;

	while ((x = TAILQ_FIRST(&env.queued)) != NULL &&
	    env.count < (uint32_t)option_num(ruled.options, OPT_EXEC_MAX_PROCS))
		exec_start(x);
}

/* By the parent's number of the job: process ids are used again. */
void
exec_exited(struct peer *peer, uint64_t ref, const union msg *m, int fd)
{
	const int status = (int)m->priv_exit.status;
	struct exec *x;
	int i;

	(void)peer;
	(void)ref;
	(void)fd;
	TAILQ_FOREACH (x, &env.working, entry)
		if (x->state != EXEC_ASKED && x->job == m->priv_exit.job)
			break;
	if (x == NULL)
		return;
	/* What it wrote last; its children may hold the pipe open. */
	for (i = 0; i < EXEC_READS && exec_read(x); i++)
		;
	if (WIFEXITED(status))
		exec_finish(x, WEXITSTATUS(status), NULL);
	else
		exec_finish(x, -1, "it was killed");
}

/* The item is done, or its session has gone. */
static void
exec_leave(struct run_op *op)
{
	struct exec *x = op->data;

	x->pending.policy = 0;
	if (x->state == EXEC_QUEUED) {
		TAILQ_REMOVE(&env.queued, x, entry);
		exec_free(x);
	} else if (x->state == EXEC_ENDED)
		exec_free(x);
	else
		exec_end_early(x, "its session has gone");
}

/* Nothing is started where explain only looks; STEP_YES then, as if it had run.
 */
static enum step
exec_begin(struct run *run, const struct rule_item *item)
{
	struct exec_command *command = malloc(sizeof(*command));
	struct exec *x;
	enum step step;

	if (command == NULL)
		return STEP_FAILED;
	step = exec_command_make(run, &item->field[0], command);
	if (step == STEP_YES)
		run_show(run, "%.900s", command->arguments.bytes);
	if (step != STEP_YES || run_is_dry(run) || ruled.base == NULL ||
	    (x = pending_new(run, sizeof(*x))) == NULL) {
		free(command);
		return step;
	}
	x->command = command;
	x->fd = -1;
	TAILQ_INSERT_TAIL(&env.queued, x, entry);
	pending_hang(run, &x->pending, exec_leave);
	return STEP_YES;
}

/* Lines' ends behind the output do not count, and no NUL is in it. */
static enum step
exec_take(struct run *run, struct exec *x)
{
	struct policy *p = run->policy;
	size_t i;

	while (x->kept > 0 &&
	    (x->output[x->kept - 1] == '\n' || x->output[x->kept - 1] == '\r'))
		x->kept--;
	for (i = 0; i < x->kept; i++)
		if (x->output[i] == '\0')
			x->output[i] = ' ';
	x->output[x->kept] = '\0';
	if (x->why != NULL)
		log_warnx("%s: Exec!: %s", p->client_text, x->why);
	p->status = x->status;
	run_show(run, "status %d", p->status);
	return policy_set(&p->output, x->output) == -1 ? STEP_FAILED : STEP_YES;
}

/* Called again from its beginning when the program has ended, and at any other
 * answer of the run. */
enum step
word_exec(struct run *run, const struct rule_item *item)
{
	struct exec *x = run->op.data;
	enum step step;

	if (x == NULL) {
		if ((step = exec_begin(run, item)) == STEP_WAIT)
			return step;
		/* A32: what fails from here on has no status. */
		run->policy->status = -1;
		policy_set(&run->policy->output, "");
		if ((x = run->op.data) == NULL)
			return step;
		exec_start_next();
	}
	return x->state == EXEC_ENDED ? exec_take(run, x) : STEP_WAIT;
}
