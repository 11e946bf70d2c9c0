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
 * Jobs; see job.h.  A program gets standard input, one pipe as its output and
 * error, a clean environment, its user's ids, and no other descriptor.
 */
#include "job.h"

#include <sys/queue.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "monotime.h"
#include "selor.h"
#include "spawn.h"

#define JOB_ENV_TEXT 1100
/* From SIGTERM to SIGKILL for what nobody waits for any more. */
#define JOB_ORPHAN_MS 5000

struct job {
	TAILQ_ENTRY(job) entry;
	uint32_t number;
	pid_t pid;
	job_done *done;
	/* of done; also whose job it is, for job_kill and job_orphan */
	void *arg;
	bool orphan;
	struct monotime until; /* an orphan's */
};

static TAILQ_HEAD(, job) jobs = TAILQ_HEAD_INITIALIZER(jobs);
static unsigned int job_count;

/*
 * Never 0; it comes again after four thousand million jobs, when the old one is
 * long gone.
 */
uint32_t
job_number(void)
{
	static uint32_t last;

	if (++last == 0)
		last = 1;
	return last;
}

/*
 * In the child: everything as job.h says, then the program.  Behind the fork in
 * the parent's memory: only what touches this process, and _exit, so that no
 * buffer of the parent's is written twice.  75 is EX_TEMPFAIL.
 */
static void
job_exec(const struct job_args *a, int out)
{
	char home[JOB_ENV_TEXT], user[128], logname[128];
	char *vars[] = {(char[]){"PATH=/usr/local/bin:/usr/bin:/bin"},
	    (char[]){"SHELL=/bin/sh"}, home, user, logname, NULL};
	struct rlimit none = {0, 0};

	snprintf(home, sizeof(home), "HOME=%s", a->home);
	snprintf(user, sizeof(user), "USER=%s", a->user);
	snprintf(logname, sizeof(logname), "LOGNAME=%s", a->user);
	spawn_reset_signals();
	setsid();
	setrlimit(RLIMIT_CORE, &none);
	if (dup2(a->in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
	    dup2(out, STDERR_FILENO) == -1)
		_exit(75);
	closefrom(3);
	spawn_become(a->user, a->uid, a->gid);
	umask(077);
	if (chdir(a->home) == -1 && chdir("/") == -1)
		_exit(75);
	execve(a->argv[0], a->argv, vars);
	/* 127 as the shell has it: not found; else not now. */
	_exit(errno == ENOENT || errno == EACCES ? 127 : 75);
}

/*
 * The child closes all but its three descriptors itself, behind the fork: it
 * still holds the parent's logs and pairs until then, but runs no code of the
 * user's yet.
 */
int
job_start(uint32_t number, const struct job_args *a, job_done *done, void *arg)
{
	struct job *j;
	int out[2];

	if (job_count >= JOBS_MAX) {
		errno = EAGAIN;
		return -1;
	}
	if ((j = calloc(1, sizeof(*j))) == NULL)
		return -1;
	if (a->out != NULL ?
		pipe2(out, O_CLOEXEC) == -1 :
		(out[1] = open("/dev/null", O_WRONLY | O_CLOEXEC)) == -1) {
		free(j);
		return -1;
	}
	if ((j->pid = spawn_fork()) == 0)
		job_exec(a, out[1]);
	close(out[1]);
	if (j->pid == -1) {
		if (a->out != NULL)
			close(out[0]);
		free(j);
		return -1;
	}
	if (a->out != NULL) {
		fcntl(out[0], F_SETFL, O_NONBLOCK);
		*a->out = out[0];
	}
	j->number = number;
	j->done = done;
	j->arg = arg;
	TAILQ_INSERT_TAIL(&jobs, j, entry);
	job_count++;
	return 0;
}

/* The whole group (it called setsid), and only for the daemon whose job it
 * is: a number alone could be guessed. */
void
job_kill(uint32_t number, const void *arg, int sig)
{
	struct job *j;

	TAILQ_FOREACH (j, &jobs, entry)
		if (j->number == number && j->arg == arg) {
			kill(-j->pid, sig);
			return;
		}
}

/* Who asked for them has died: nobody would take their result or hold them to
 * their time. */
void
job_orphan(const void *arg)
{
	struct job *j;

	TAILQ_FOREACH (j, &jobs, entry)
		if (j->arg == arg && !j->orphan) {
			j->orphan = true;
			j->until =
			    monotime_add_ms(monotime_now(), JOB_ORPHAN_MS);
			kill(-j->pid, SIGTERM);
		}
}

/* Every few seconds: an orphan gets SIGTERM first and may clean up. */
void
job_sweep(void)
{
	struct monotime now = monotime_now();
	struct job *j;

	TAILQ_FOREACH (j, &jobs, entry)
		if (j->orphan && monotime_diff_ms(now, j->until) > 0)
			kill(-j->pid, SIGKILL);
}

void
job_end_group(pid_t pid)
{
	struct job *j;

	/* Before its number can be another's. */
	TAILQ_FOREACH (j, &jobs, entry)
		if (j->pid == pid)
			kill(-pid, SIGKILL);
}

/* False: no job of ours had that pid. */
bool
job_ended(pid_t pid, int status)
{
	struct job *j;

	TAILQ_FOREACH (j, &jobs, entry)
		if (j->pid == pid)
			break;
	if (j == NULL)
		return false;
	TAILQ_REMOVE(&jobs, j, entry);
	job_count--;
	j->done(j->number, status, j->arg);
	free(j);
	return true;
}

/*
 * At the end of the suite nobody is left to take a result; the message stays in
 * the queue and is tried again.
 */
void
job_kill_all(void)
{
	struct job *j;

	TAILQ_FOREACH (j, &jobs, entry)
		kill(-j->pid, SIGKILL);
}
