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
 * Forks and executes daemons; see spawn.h.  A child gets standard error, the
 * pair to the parent as descriptor 3, a page of shared memory as 4, and
 * nothing else that was open.
 */
#include "spawn.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hooks.h"
#include "log.h"
#include "logfile.h"
#include "proc_conf.h"

#define SPAWN_ARGS_MAX 24
#define SPAWN_TEXT_MAX 1100

enum spawn_root {
	ROOT_KEEP,
	ROOT_EMPTY,
	ROOT_SPOOL,
	ROOT_MODULE
};

static const struct {
	const char *name, *user;
	enum spawn_root root;
} rows[PROC_MAX] = {
#define PROC(id, name, user, root, promises, most) \
	[PROC_##id] = {name, user, root},
#include "process.def"
#undef PROC
};

/* The directory that is every empty root. */
static const char *
empty_root(void)
{
	static char path[SPAWN_TEXT_MAX];

	snprintf(path, sizeof(path), "%s.empty",
	    option_text(env.options, OPT_CONTROL_SOCKET));
	return path;
}

void
spawn_args_of(struct spawn_args *a, enum proc_id id)
{
	memset(a, 0, sizeof(*a));
	a->program = rows[id].name;
	a->user = env.plain ? NULL : rows[id].user;
	if (rows[id].root == ROOT_EMPTY && !env.plain)
		a->root = empty_root();
	if (rows[id].root == ROOT_SPOOL) {
		a->root = option_text(env.options, OPT_QUEUE_PATH);
		a->path[0] = a->root;
		a->path[1] = option_text(env.options, OPT_CP_ERRORS_PATH);
		a->path_mode[0] = a->path_mode[1] = 'w';
		a->path_count = 2;
	}
}

/* A program starts with what a login shell would give it: libevent and the
 * parent have changed both handlers and mask. */
void
spawn_reset_signals(void)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig < 32; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* All signals wait, so that no handler of the parent's runs in the child,
 * where it would act on the parent's own list of children. */
pid_t
spawn_fork(void)
{
	sigset_t all, old;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	if ((pid = fork()) != 0)
		sigprocmask(SIG_SETMASK, &old, NULL);
	return pid;
}

/*
 * For programs of users: all ids at once and for good, with every group the
 * user has.  That root can not be had back is tried, not assumed.
 */
void
spawn_become(const char *user, uid_t uid, gid_t gid)
{
	if (env.plain)
		return;
	if (initgroups(user, gid) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1 || uid == 0 || setuid(0) == 0)
		_exit(75);
}

/*
 * The environment that a daemon starts with.  Little, so that nothing from
 * whoever started us reaches a daemon.
 */
static char **
spawn_environment(void)
{
	static char path[] = "PATH=/usr/bin:/bin", zone[64];
	static char *vars[] = {path, NULL, NULL};
	const char *tz = getenv("TZ");

	/* In the foreground the caller's own, for debuggers and tests. */
	if (env.debug)
		return environ;
	if (tz != NULL &&
	    (size_t)snprintf(zone, sizeof(zone), "TZ=%s", tz) < sizeof(zone))
		vars[1] = zone;
	return vars;
}

/* In the child: descriptors, ids, arguments, execve. */
static void
spawn_exec(
    const struct child *c, const struct spawn_args *a, int conf_fd, int busy_fd)
{
	char program[sizeof(env.libexec) + 64], instance[16], uid[16], gid[16];
	char path[SPAWN_PATHS_MAX][SPAWN_TEXT_MAX];
	const char *argv[SPAWN_ARGS_MAX];
	int i, n = 0;

	snprintf(program, sizeof(program), "%s/%s", env.libexec, a->program);
	snprintf(instance, sizeof(instance), "%u", c->instance & UINT16_MAX);
	argv[n++] = a->program;
	argv[n++] = "-i";
	argv[n++] = instance;
	if (env.debug)
		argv[n++] = "-d";
	if (a->user != NULL) {
		argv[n++] = "-u";
		argv[n++] = a->user;
	}
	if (a->root != NULL) {
		argv[n++] = "-r";
		argv[n++] = a->root;
	}
	/* Taken by the program itself: what drops root is out of its new
	 * user's reach, what was executed by that user is not. */
	if (a->as_user != NULL && !env.plain) {
		snprintf(uid, sizeof(uid), "%u", (unsigned int)a->uid);
		snprintf(gid, sizeof(gid), "%u", (unsigned int)a->gid);
		argv[n++] = "-u";
		argv[n++] = a->as_user;
		argv[n++] = "-U";
		argv[n++] = uid;
		argv[n++] = "-G";
		argv[n++] = gid;
	}
	for (i = 0; i < a->path_count; i++) {
		snprintf(path[i], sizeof(path[i]), "%c:%s", a->path_mode[i],
		    a->path[i]);
		argv[n++] = "-p";
		argv[n++] = path[i];
	}
	argv[n] = NULL;
	spawn_reset_signals();
	/* Neither may be in the other's way. */
	conf_fd = fcntl(conf_fd, F_DUPFD, 10);
	busy_fd = fcntl(busy_fd, F_DUPFD, 10);
	/* In the background what is said too early for the log goes there. */
	if (!env.debug && (i = logfile_dup(LOG_WARNING)) != -1)
		dup2(i, STDERR_FILENO);
	/* Not the terminal of the foreground. */
	if ((i = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(i, STDIN_FILENO) == -1 || dup2(i, STDOUT_FILENO) == -1 ||
	    dup2(conf_fd, 3) == -1 || dup2(busy_fd, 4) == -1)
		_exit(75);
	closefrom(5);
	execve(program, (char *const *)(uintptr_t)argv, spawn_environment());
	_exit(75);
}

/*
 * The page of proc_busy.  It may not shrink: the parent reads it, and would
 * die of a page that is not there.
 */
static int
spawn_busy(struct child *c)
{
	int fd;

	if ((fd = memfd_create("busy", MFD_CLOEXEC | MFD_ALLOW_SEALING)) == -1)
		return -1;
	if (ftruncate(fd, PROC_BUSY_SIZE) == -1 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) ==
		-1) {
		close(fd);
		return -1;
	}
	c->busy = mmap(NULL, PROC_BUSY_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (c->busy == MAP_FAILED)
		c->busy = NULL;
	return fd;
}

/* What was allocated is given back by child_ended, or here on failure. */
int
spawn_child(struct child *c, const struct spawn_args *a)
{
	int sv[2], busy;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		return -1;
	if ((busy = spawn_busy(c)) == -1) {
		close(sv[0]);
		close(sv[1]);
		return -1;
	}
	log_flush();
	if ((c->pid = spawn_fork()) == 0)
		spawn_exec(c, a, sv[1], busy);
	close(busy);
	close(sv[1]);
	if (c->pid != -1)
		c->peer = peer_new(env.base, sv[0], PROC_SELOR,
		    PEER_ID(c->id, c->instance), &hooks_conf);
	if (c->pid == -1 || c->peer == NULL) {
		/* Nobody knows it yet: it is waited for and forgotten. */
		if (c->pid != -1)
			kill(c->pid, SIGKILL);
		c->pid = -1;
		close(sv[0]);
		spawn_unmap(c);
		return -1;
	}
	peer_set_data(c->peer, c);
	return 0;
}

void
spawn_unmap(struct child *c)
{
	if (c->busy != NULL)
		munmap(c->busy, PROC_BUSY_SIZE);
	c->busy = NULL;
}

/* By where our own binary lies, so that a tree runs in place and after it was
 * moved; no environment or option can point elsewhere. */
int
spawn_find_programs(void)
{
	char exe[sizeof(env.sbin)], *slash;
	ssize_t n;
	int i;
	static const char *const places[] = {"libexec", "libexec/selor"};
	char probe[sizeof(env.libexec) + 16];

	if ((n = readlink("/proc/self/exe", exe, sizeof(exe) - 1)) == -1)
		return -1;
	exe[n] = '\0';
	if ((slash = strrchr(exe, '/')) == NULL)
		return -1;
	*slash = '\0';
	strlcpy(env.sbin, exe, sizeof(env.sbin));
	for (i = 0; i < 2; i++) {
		if ((size_t)snprintf(env.libexec, sizeof(env.libexec),
			"%s/../%s", exe, places[i]) >= sizeof(env.libexec))
			return -1;
		snprintf(probe, sizeof(probe), "%s/queued", env.libexec);
		if (access(probe, X_OK) == 0)
			return 0;
	}
	return -1;
}

/* Whether nothing is in a directory. */
static bool
is_empty_directory(int fd)
{
	DIR *dir;
	struct dirent *e;
	bool empty = true;
	int again = dup(fd);

	if (again == -1 || (dir = fdopendir(again)) == NULL) {
		if (again != -1)
			close(again);
		return false;
	}
	while (empty && (e = readdir(dir)) != NULL)
		empty =
		    strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	closedir(dir);
	return empty;
}

/*
 * Owner and mode of an open directory.  One that holds things and belongs to
 * another user is not ours to give away: Queue_path may be a slip.  By
 * descriptor throughout: what was judged is what is changed, whatever happens
 * to the name meanwhile.
 */
static int
own_directory(int fd, const char *path, const char *user, mode_t mode)
{
	struct passwd *pw;
	struct stat st;

	if ((pw = getpwnam(user)) == NULL) {
		log_warnx("no user %s: make install-users makes it", user);
		return -1;
	}
	if (fstat(fd, &st) == -1) {
		log_warn("%s", path);
		return -1;
	}
	if (st.st_uid != pw->pw_uid && !is_empty_directory(fd)) {
		log_warnx("%s belongs to another user than %s and is not "
			  "empty",
		    path, user);
		return -1;
	}
	if (fchown(fd, pw->pw_uid, pw->pw_gid) == -1 ||
	    fchmod(fd, mode) == -1) {
		log_warn("%s", path);
		return -1;
	}
	return 0;
}

/* A directory with its owner and mode; 0, or -1 with a line in the log. */
static int
make_directory(const char *path, const char *user, mode_t mode)
{
	int fd, r;

	if (mkdir(path, mode) == -1 && errno != EEXIST) {
		log_warn("can not make the directory %s", path);
		return -1;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1) {
		log_warn("%s is no directory that can be used", path);
		return -1;
	}
	r = env.plain ? 0 : own_directory(fd, path, user, mode);
	close(fd);
	return r;
}

void
spawn_clean(void)
{
	/* Those who have it as their root are ending; nothing is in it. */
	if (!env.plain)
		(void)rmdir(empty_root());
}

int
spawn_make_directories(void)
{
	const char *queue = rows[PROC_QUEUED].user;
	const char *offline = option_text(env.options, OPT_OFFLINE_PATH);

	if (make_directory(
		option_text(env.options, OPT_QUEUE_PATH), queue, 0711) == -1 ||
	    make_directory(option_text(env.options, OPT_CP_ERRORS_PATH), queue,
		0700) == -1)
		return -1;
	/* Anyone may leave a message there and read nobody else's. */
	if (make_directory(offline, "root", env.plain ? 0700 : 01733) == -1)
		return -1;
	return env.plain ? 0 : make_directory(empty_root(), "root", 0555);
}
