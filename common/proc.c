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
 * The life of a daemon; see proc.h.  The order of a start is fixed: arguments,
 * what only the file system has, root directory, ids, limits, cage, loop.
 *
 * Arguments come from the parent alone: -i instance, -u user, -U and -G ids
 * of a recipient, -r root directory, -p path left reachable, -d log more.
 * Descriptor 3 is the pair to the parent, descriptor 4 a page of shared
 * memory for proc_busy.
 */
#include "proc.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "proc_conf.h"
#include "sandbox.h"

#define PROC_CONF_FD 3
#define PROC_BUSY_FD 4
#define PROC_PATHS_MAX 8
/* Descriptors: a session each, and room for files. */
#define PROC_FILES 131072
#define PROC_DATA_MAX (8ULL * 1024 * 1024 * 1024)

struct proc_args {
	uint32_t instance;
	const char *user, *root;
	const char *paths[PROC_PATHS_MAX];
	int path_count;
	bool debug;
	/* An agent's: those of a recipient, who may have no name. */
	uid_t uid;
	gid_t gid;
};

static const struct {
	const char *promises;
	int root;
} rows[PROC_MAX] = {
#define ROOT_KEEP 0
#define ROOT_EMPTY 1
#define ROOT_SPOOL 2
#define ROOT_MODULE 3
#define PROC(id, name, user, root, promises, most) \
	[PROC_##id] = {promises, root},
#include "process.def"
#undef PROC
};

static struct {
	const struct proc_daemon *d;
	struct event_base *base;
	uint32_t instance;
	/* started without root: no ids to change, no root directory */
	bool plain;
	char *busy;
} env;

/* A number of an argument; what is none sets *error, which nothing clears. */
static uint32_t
proc_number(
    const char *text, long long least, long long most, const char **error)
{
	const char *why;
	long long n = strtonum(text, least, most, &why);

	if (why != NULL)
		*error = why;
	return (uint32_t)n;
}

static void
proc_parse(struct proc_args *a, int argc, char **argv)
{
	const char *error = NULL;
	int ch;

	memset(a, 0, sizeof(*a));
	while ((ch = getopt(argc, argv, "dG:i:p:r:u:U:")) != -1) {
		switch (ch) {
		case 'd':
			a->debug = true;
			break;
		case 'G':
			a->gid =
			    proc_number(optarg, 1, UINT32_MAX - 1LL, &error);
			break;
		case 'U':
			a->uid =
			    proc_number(optarg, 1, UINT32_MAX - 1LL, &error);
			break;
		case 'i':
			a->instance =
			    proc_number(optarg, 0, UINT16_MAX, &error);
			break;
		case 'p':
			if (a->path_count == PROC_PATHS_MAX)
				error = "too many paths";
			else
				a->paths[a->path_count++] = optarg;
			break;
		case 'r':
			a->root = optarg;
			break;
		case 'u':
			a->user = optarg;
			break;
		default:
			error = "unknown argument";
		}
	}
	if (error != NULL || argc != optind ||
	    fcntl(PROC_CONF_FD, F_GETFD) == -1) {
		fprintf(stderr, "%s: started by selor(8) only\n",
		    msg_proc_name(env.d->id));
		exit(1);
	}
}

/*
 * The page that survives a crash, for the parent to read.  Without it the
 * daemon works; only what it died of is not known.
 */
static void
proc_map_busy(void)
{
	struct stat st;

	if (fstat(PROC_BUSY_FD, &st) == -1 || st.st_size < PROC_BUSY_SIZE)
		return;
	env.busy = mmap(NULL, PROC_BUSY_SIZE, PROT_READ | PROT_WRITE,
	    MAP_SHARED, PROC_BUSY_FD, 0);
	if (env.busy == MAP_FAILED)
		env.busy = NULL;
	close(PROC_BUSY_FD);
}

static void
proc_limit(int what, rlim_t most)
{
	struct rlimit r;

	if (getrlimit(what, &r) == -1)
		return;
	/* Root may raise the hard limit; others take what there is. */
	if (r.rlim_max != RLIM_INFINITY && r.rlim_max < most) {
		struct rlimit up = {most, most};

		if (setrlimit(what, &up) == 0)
			return;
		most = r.rlim_max;
	}
	r.rlim_cur = r.rlim_max = most;
	(void)setrlimit(what, &r);
}

/*
 * Some are below what the parent has, so that one daemon out of bounds can not
 * take the machine with it.  No core: it would hold mail and secrets.
 * Sanitizers need more memory and threads of their own.
 */
static void
proc_limits(void)
{
	proc_limit(RLIMIT_NOFILE, PROC_FILES);
	proc_limit(RLIMIT_CORE, 0);
#ifndef SELOR_SAN
	proc_limit(RLIMIT_DATA, PROC_DATA_MAX);
	if (!env.plain && env.d->id != PROC_AGENT)
		proc_limit(RLIMIT_NPROC, 0);
#endif
}

/*
 * An agent's ids, which the parent has looked up and judged.  Its group is
 * the user's own and no other: it opens what a mailbox needs, and not what
 * that user can reach by being a member of something.
 */
static void
proc_become(const struct proc_args *a)
{
	if (a->uid == 0 || a->gid == 0 || a->user == NULL ||
	    setgroups(1, &a->gid) == -1 ||
	    setresgid(a->gid, a->gid, a->gid) == -1 ||
	    setresuid(a->uid, a->uid, a->uid) == -1 || setuid(0) == 0)
		fatal("can not become uid %u", (unsigned int)a->uid);
}

/* Root directory and ids.  Without a user: those of the caller. */
static void
proc_drop(const struct proc_args *a)
{
	struct passwd *pw = NULL;

	if (a->uid != 0 || a->gid != 0) {
		proc_limits();
		proc_become(a);
		return;
	}
	if (a->user != NULL && (pw = getpwnam(a->user)) == NULL)
		fatalx("no user %s: make install-users makes it", a->user);
	if (rows[env.d->id].root != ROOT_KEEP) {
		if (a->root != NULL && chdir(a->root) == -1)
			fatal("%s", a->root);
		if (pw != NULL && (chroot(".") == -1 || chdir("/") == -1))
			fatal("chroot %s", a->root);
	}
	proc_limits();
	if (pw == NULL)
		return;
	if (setgroups(1, &pw->pw_gid) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1 ||
	    setuid(0) == 0)
		fatal("can not become %s", a->user);
}

static void
proc_signals(void)
{
	/* The terminal's signals are the parent's to answer. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/*
 * The order is what matters: names while there are names, ids before the cage,
 * the first byte of anybody else behind it.
 */
void
proc_main(const struct proc_daemon *d, int argc, char **argv)
{
	struct proc_args args;

	env.d = d;
	proc_parse(&args, argc, argv);
	env.instance = args.instance;
	env.plain = args.user == NULL;
	log_init(msg_proc_name(d->id), args.debug, false);
	tzset();
	umask(077);
	proc_signals();
	proc_map_busy();
	if ((env.base = event_base_new()) == NULL)
		fatalx("no event loop");
	if (d->before_cage != NULL && d->before_cage() == -1)
		fatalx("can not start");
	if (sandbox_prepare(args.paths, args.path_count) == -1)
		fatal("can not prepare the cage");
	proc_drop(&args);
	if (sandbox_enter(rows[d->id].promises) == -1)
		fatal("can not enter the cage");
	if (d->start != NULL && d->start(env.base) == -1)
		fatalx("can not start");
	proc_conf_init(d, PROC_CONF_FD);
	for (;;) {
		if (event_base_loop(env.base, EVLOOP_ONCE) == -1)
			fatalx("event loop failed");
		if (d->turn_end != NULL)
			d->turn_end();
		peer_flush_all();
		log_flush();
	}
}

uint32_t
proc_instance(void)
{
	return env.instance;
}

struct event_base *
proc_base(void)
{
	return env.base;
}

bool
proc_is_plain(void)
{
	return env.plain;
}

void
proc_busy(const char *key)
{
	if (env.busy != NULL)
		strlcpy(env.busy, key, PROC_BUSY_SIZE);
}

/*
 * What is queued for others goes out as far as they take it: a stop should lose
 * no answer.
 */
void
proc_exit(void)
{
	proc_busy("");
	peer_flush_all();
	log_flush();
	exit(0);
}
