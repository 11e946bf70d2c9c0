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
#include <sys/prctl.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exec_args.h"
#include "monotime.h"
#include "selor.h"
#include "spawn.h"

#define JOB_ENV_TEXT 1100
/* The usual ones and those of Exec!. */
#define JOB_VARS_MAX (EXEC_VARS_MAX + 8)
/* From SIGTERM to SIGKILL for what nobody waits for any more. */
#define JOB_ORPHAN_MS 5000

struct job {
	TAILQ_ENTRY(job) entry;
	uint32_t number;
	pid_t pid;
	job_done *done;
	/* of done; also whose job it is, for job_kill and job_orphan */
	void *arg;
	bool orphan, is_timed;
	struct monotime until; /* of an orphan, or one that is timed */
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
 * In the child: what one program of Exec! may use.  Memory is that of a
 * scanner with its signatures; processes are counted for the user in all.
 */
static void
job_limit(const struct job_limits *l)
{
	const struct {
		int what;
		rlim_t most;
	} rows[] = {{RLIMIT_AS, 4ULL << 30}, {RLIMIT_FSIZE, 1ULL << 30},
	    {RLIMIT_NOFILE, 1024}, {RLIMIT_MEMLOCK, 1 << 20},
	    /* Of a few processors, as a scanner may have threads. */
	    {RLIMIT_CPU, (rlim_t)l->seconds * 4}, {RLIMIT_NPROC, 1024}};
	struct rlimit r;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* The caller's own processes count without root. */
		if (env.plain && rows[i].what == RLIMIT_NPROC)
			continue;
		if (getrlimit(rows[i].what, &r) == -1)
			_exit(75);
		if (r.rlim_max == RLIM_INFINITY || r.rlim_max > rows[i].most)
			r.rlim_max = rows[i].most;
		r.rlim_cur = r.rlim_max;
		if (setrlimit(rows[i].what, &r) == -1)
			_exit(75);
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		_exit(75);
}

/* In the child: ids, at once and for good, with these groups alone. */
static void
job_become(const struct job_args *a)
{
	const struct job_limits *l = a->limits;

	if (l == NULL) {
		spawn_become(a->user, a->uid, a->gid);
		return;
	}
	job_limit(l);
	if (env.plain)
		return;
	if (setgroups((size_t)l->group_count, l->groups) == -1 ||
	    setresgid(a->gid, a->gid, a->gid) == -1 ||
	    setresuid(a->uid, a->uid, a->uid) == -1 || a->uid == 0 ||
	    setuid(0) == 0)
		_exit(75);
}

/* In the child: a program of Exec!.  One that can not be executed ends as if
 * it had been killed, for its exit status would be taken for an answer. */
static void
job_exec_limited(const struct job_args *a, char **vars, size_t count)
{
	char *all[JOB_VARS_MAX + 1];
	char *const *more = a->limits->vars;

	memcpy(all, vars, count * sizeof(*vars));
	while (*more != NULL && count < JOB_VARS_MAX)
		all[count++] = *more++;
	all[count] = NULL;
	execve(a->limits->program, a->argv, all);
	dprintf(STDERR_FILENO, "%s: can not be executed: %s\n",
	    a->limits->program, strerror(errno));
	raise(SIGKILL);
	_exit(127);
}

/* In the child: standard input, output and error, and nothing else. */
static void
job_descriptors(int in, int out)
{
	if (in == -1 && (in = open("/dev/null", O_RDONLY)) == -1)
		_exit(75);
	if (dup2(in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
	    dup2(out, STDERR_FILENO) == -1)
		_exit(75);
	closefrom(3);
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
	job_descriptors(a->in, out);
	job_become(a);
	umask(077);
	if (chdir(a->home) == -1 && chdir("/") == -1)
		_exit(75);
	if (a->limits != NULL) {
		vars[0] = (char[]){"PATH=" EXEC_PATH};
		job_exec_limited(a, vars, sizeof(vars) / sizeof(vars[0]) - 1);
	}
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
	j->is_timed = a->limits != NULL;
	if (j->is_timed)
		j->until = monotime_add_ms(
		    monotime_now(), (int64_t)a->limits->seconds * 1000);
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
		if ((j->orphan || j->is_timed) &&
		    monotime_diff_ms(now, j->until) > 0)
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
