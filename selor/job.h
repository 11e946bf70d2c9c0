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
 * Programs that the parent runs for others: a delivery agent of Dlocal, the
 * taking in of what waits offline.  Each in a process group of its own, so
 * that ending it ends what it started.
 */
#ifndef SELOR_JOB_H
#define SELOR_JOB_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#define JOBS_MAX 1024

/*
 * For programs that a daemon chose: what they get instead, and may use.  No
 * new rights by set-user-id programs or file capabilities.
 */
struct job_limits {
	const char *program; /* executed; argv[0] may be another name */
	char *const *vars; /* of the environment, beside the usual ones */
	const gid_t *groups; /* all of them, in place of the user's own */
	int group_count;
	unsigned int seconds; /* until its group is killed */
};

struct job_args {
	const char *user; /* for the environment and groups */
	uid_t uid;
	gid_t gid;
	const char *home;
	char *const *argv;
	int in; /* standard input; stays the caller's; -1: none */
	int *out; /* where its output is read, or NULL: none */
	const struct job_limits *limits; /* NULL: the user's own */
};

/* Runs when a job has ended, with its wait status. */
typedef void job_done(uint32_t job, int status, void *arg);

/* A number for a job or agent that nothing else has now. */
uint32_t job_number(void);
/* Starts it; 0, or -1 with errno. */
int job_start(uint32_t number, const struct job_args *, job_done *, void *);
/* Signals a job's group, if it was started with that "arg": nobody ends what
 * another asked for by guessing its number. */
void job_kill(uint32_t job, const void *arg, int sig);
/* Who asked with that "arg" has gone: its jobs are to end, soon. */
void job_orphan(const void *arg);
/* Ends orphans and others whose time is over; to be called every few
 * seconds. */
void job_sweep(void);
/* A process has ended and is not yet waited for: if it was a job, what it
 * left behind in its group ends too. */
void job_end_group(pid_t);
/* A process has ended and was waited for.  Whether it was a job. */
bool job_ended(pid_t, int status);
/* Ends all. */
void job_kill_all(void);

#endif
