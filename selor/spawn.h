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
 * Forks and executes: daemons with descriptor 3 and 4, and the programs of
 * jobs.  What a new process inherits is said here and nowhere else.
 */
#ifndef SELOR_SPAWN_H
#define SELOR_SPAWN_H

#include "selor.h"

#define SPAWN_PATHS_MAX 4

struct spawn_args {
	const char *program; /* below libexec */
	const char *user; /* -u, given when started as root */
	const char *root; /* -r */
	const char *path[SPAWN_PATHS_MAX]; /* -p */
	char path_mode[SPAWN_PATHS_MAX]; /* 'r' or 'w' */
	int path_count;
	/* agents: ids that it takes, instead of those of a user */
	const char *as_user;
	uid_t uid;
	gid_t gid;
};

/* What a daemon's row in process.def and the options say. */
void spawn_args_of(struct spawn_args *, enum proc_id);
/* Starts it: sets pid, peer, busy.  0 or -1. */
int spawn_child(struct child *, const struct spawn_args *);
/* Forgets the page of proc_busy. */
void spawn_unmap(struct child *);

/* Finds libexec and sbin beside our own program.  0 or -1. */
int spawn_find_programs(void);
/* Makes the directories that daemons need, with their owners.  0 or -1. */
int spawn_make_directories(void);
/* Removes the empty root again, at the end. */
void spawn_clean(void);

/* fork(2) with every signal blocked: the child must not run handlers that
 * speak for the parent.  spawn_reset_signals lets them in again. */
pid_t spawn_fork(void);
/* In a forked child: takes ids for good, or ends it. */
void spawn_become(const char *user, uid_t, gid_t);
/* In a forked child: default signals, none blocked. */
void spawn_reset_signals(void);

#endif
