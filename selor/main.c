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
 * selor, the privileged parent: reads the configuration, binds ports, opens
 * logs, starts the daemons in their cages and watches them.  It never reads a
 * byte that came from the network, nor an administrator's request; daemons
 * ask it only what priv.c answers.
 *
 * Diagnostics: one line to standard error and exit 1 while it starts, lines
 * of Warning_log afterwards.  See selor(8).
 */
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "conf.h"
#include "conf_all.h"
#include "conf_offer.h"
#include "conf_send.h"
#include "control.h"
#include "job.h"
#include "listen.h"
#include "log.h"
#include "logfile.h"
#include "spawn.h"
#include "stop.h"

#define OVERRIDES_MAX 64
#define LOAD_SECONDS 5
#define PARENT_FILES 65536

struct selor_env env;

static struct {
	bool check_only, verbose;
	char *override[OVERRIDES_MAX];
	int pid_fd;
	int ready_fd; /* the starter waits here for one byte */
} start = {.pid_fd = -1, .ready_fd = -1};

static void
usage(void)
{
	fprintf(stderr,
	    "usage: selor [-dnv] [-c file] "
	    "[-o 'Name value'] ...\n");
	exit(1);
}

/* Nothing is read from the environment but TZ: a caller of root can set it. */
static void
parse_arguments(int argc, char **argv)
{
	int ch;

	env.conf_path = SELOR_SYSCONFDIR "/selor.conf";
	env.overrides = start.override;
	while ((ch = getopt(argc, argv, "c:dno:v")) != -1) {
		switch (ch) {
		case 'c':
			env.conf_path = optarg;
			break;
		case 'd':
			env.debug = true;
			break;
		case 'n':
			start.check_only = true;
			break;
		case 'o':
			if (env.override_count == OVERRIDES_MAX)
				usage();
			start.override[env.override_count++] = optarg;
			break;
		case 'v':
			start.verbose = true;
			break;
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
}

/* -n: says what is wrong, and with -v what is not yet effective. */
static void
check_only(void)
{
	env.options = conf_read_all();
	if (start.verbose)
		conf_print_later(stdout);
	if (env.options == NULL)
		exit(1);
	fprintf(stderr, "%s: configuration OK\n", env.conf_path);
	exit(0);
}

/* The background has another directory: HUP reads it again from there, and
 * ruled may never have it opened. */
static void
fix_conf_path(void)
{
	char *path;

	if (*env.conf_path == '/')
		return;
	if ((path = realpath(env.conf_path, NULL)) == NULL)
		fatal("%s", env.conf_path);
	env.conf_path = path;
}

/*
 * The lock on Pid_file says that one suite owns these paths.  Kept open to the
 * end: the lock goes with the process, however it ends.
 */
static int
lock_pid_file(void)
{
	const char *path = option_text(env.options, OPT_PID_FILE);
	struct stat ours, named;

	start.pid_fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (start.pid_fd == -1) {
		log_warn("Pid_file %s", path);
		return -1;
	}
	/* Between the two calls a suite that ended may have removed it. */
	if (flock(start.pid_fd, LOCK_EX | LOCK_NB) == -1 ||
	    fstat(start.pid_fd, &ours) == -1 || lstat(path, &named) == -1 ||
	    ours.st_ino != named.st_ino || ours.st_dev != named.st_dev) {
		log_warnx("Pid_file %s is locked: selor runs already", path);
		return -1;
	}
	return 0;
}

/* Behind the fork: the pid is the one that stays. */
static void
write_pid_file(void)
{
	if (ftruncate(start.pid_fd, 0) == -1 ||
	    dprintf(start.pid_fd, "%ld\n", (long)getpid()) < 0)
		log_warn("Pid_file");
}

/*
 * Into the background.  The one who started it waits until the suite is up,
 * so that its exit status tells.
 */
static void
daemonize(void)
{
	int fd, p[2];
	char byte;

	if (pipe2(p, O_CLOEXEC) == -1)
		fatal("pipe");
	switch (fork()) {
	case -1:
		fatal("fork");
	case 0:
		break;
	default:
		close(p[1]);
		_exit(read(p[0], &byte, 1) == 1 ? 0 : 1);
	}
	close(p[0]);
	start.ready_fd = p[1];
	setsid();
	if (chdir("/") == -1)
		fatal("/");
	if ((fd = open("/dev/null", O_RDWR)) != -1) {
		dup2(fd, STDIN_FILENO);
		dup2(fd, STDOUT_FILENO);
		if (fd > STDERR_FILENO)
			close(fd);
	}
}

void
selor_ready(void)
{
	int fd;

	if (start.ready_fd == -1)
		return;
	if (write(start.ready_fd, "", 1) == -1)
		log_warn("the one who started us has gone");
	close(start.ready_fd);
	start.ready_fd = -1;
	/* From here on the logs tell. */
	log_init("selor", false, false);
	if ((fd = open("/dev/null", O_RDWR | O_CLOEXEC)) != -1)
		dup2(fd, STDERR_FILENO);
}

/* The one way out once daemons run.  Sockets and Pid_file go before the lock
 * does, with the process. */
void
selor_end(int status)
{
	struct child *c;

	TAILQ_FOREACH (c, &env.children, entry)
		if (c->pid > 0)
			kill(c->pid, SIGKILL);
	job_kill_all();
	control_clean();
	listen_clean();
	spawn_clean();
	if (start.pid_fd != -1)
		unlink(option_text(env.options, OPT_PID_FILE));
	if (status == 0)
		log_info("stopped");
	log_flush();
	exit(status);
}

/*
 * Looked at before it is waited for: while it is a zombie its pid, and that of
 * its group, are nobody else's, and the group can be ended.
 */
static void
on_child_signal(evutil_socket_t fd, short what, void *arg)
{
	struct child *c;
	siginfo_t si;
	int status;
	pid_t pid;

	(void)fd;
	(void)what;
	(void)arg;
	for (;;) {
		si.si_pid = 0;
		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) == -1 ||
		    (pid = si.si_pid) == 0)
			return;
		job_end_group(pid);
		if (waitpid(pid, &status, 0) != pid)
			return;
		if ((c = child_by_pid(pid)) != NULL)
			child_ended(c, status);
		else
			(void)job_ended(pid, status);
	}
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	(void)what;
	(void)arg;
	switch (sig) {
	case SIGHUP:
		log_info("reading the configuration again");
		conf_offer_reload();
		break;
	case SIGUSR1:
		logfile_open_all();
		conf_send_logs_all();
		break;
	default:
		stop_start();
	}
}

/* For Lavg_*: no daemon can read /proc in its cage. */
static void
on_load_timer(evutil_socket_t fd, short what, void *arg)
{
	union msg m;
	struct child *c;
	double load;

	(void)fd;
	(void)what;
	(void)arg;
	job_sweep();
	if (getloadavg(&load, 1) != 1)
		return;
	m.conf_load.hundredths = (uint32_t)(load * 100);
	TAILQ_FOREACH (c, &env.children, entry)
		if (c->state == CHILD_UP && !c->dynamic)
			child_tell(c, MSG_CONF_LOAD, &m, -1);
}

static void
watch(void)
{
	static const int signals[] = {SIGHUP, SIGUSR1, SIGTERM, SIGINT};
	struct timeval tv = {LOAD_SECONDS, 0};
	struct event *ev;
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		ev = evsignal_new(env.base, signals[i], on_signal, NULL);
		if (ev == NULL || event_add(ev, NULL) == -1)
			fatalx("no memory");
	}
	ev = evsignal_new(env.base, SIGCHLD, on_child_signal, NULL);
	if (ev == NULL || event_add(ev, NULL) == -1)
		fatalx("no memory");
	ev = event_new(env.base, -1, EV_PERSIST, on_load_timer, NULL);
	if (ev == NULL || event_add(ev, &tv) == -1)
		fatalx("no memory");
	signal(SIGPIPE, SIG_IGN);
}

/* One syncs what clients wait for, the other what may take long. */
#define SYNC_PROCS 2

/* Every daemon of the suite; those that answer first. */
static int
start_daemons(void)
{
	static const enum proc_id order[] = {PROC_SYNC, PROC_QUEUED,
	    PROC_LOOKUPD, PROC_RULED, PROC_KEYS, PROC_DELIVERD, PROC_SMTPD};
	uint32_t n, most;
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		most = 1;
		if (order[i] == PROC_SMTPD)
			most =
			    (uint32_t)option_num(env.options, OPT_SMTPD_PROCS);
		else if (order[i] == PROC_SYNC)
			most = SYNC_PROCS;
		for (n = 0; n < most; n++)
			if (child_add(order[i], n) == NULL)
				return -1;
	}
	return 0;
}

static void
say_plain(void)
{
	struct passwd *pw = getpwuid(getuid());

	fprintf(stderr,
	    "selor: not started by root: everything runs as %s, "
	    "without chroot; system call filters are on\n",
	    pw != NULL ? pw->pw_name : "the caller");
}

/*
 * Pairs, logs and one pipe for each program that runs.  Descriptors that
 * children share are duplicates here.
 */
static void
raise_limits(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < PARENT_FILES) {
		r.rlim_cur =
		    r.rlim_max < PARENT_FILES ? r.rlim_max : PARENT_FILES;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

int
main(int argc, char **argv)
{
	TAILQ_INIT(&env.children);
	parse_arguments(argc, argv);
	log_init("selor", start.verbose, true);
	tzset();
	umask(022);
	if (start.check_only)
		check_only();
	env.plain = geteuid() != 0;
	if ((env.options = conf_read_all()) == NULL)
		return 1;
	env.generation = 1;
	fix_conf_path();
	if (spawn_find_programs() == -1)
		fatalx("the daemons are not beside this program");
	if (env.plain)
		say_plain();
	raise_limits();
	if (lock_pid_file() == -1)
		return 1;
	if (!env.debug)
		daemonize();
	write_pid_file();
	if ((env.base = event_base_new()) == NULL)
		fatalx("no event loop");
	watch();
	if (logfile_open_all() == -1 || spawn_make_directories() == -1 ||
	    listen_open() == -1 || start_daemons() == -1 ||
	    control_open() == -1)
		selor_end(1);
	for (;;) {
		if (event_base_loop(env.base, EVLOOP_ONCE) == -1)
			fatalx("event loop failed");
		peer_flush_all();
		log_flush();
	}
}
