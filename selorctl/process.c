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
 * selorctl reload, stop: signals to the parent, which Pid_file names.  See
 * commands.h.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"

/* How long a new configuration, and a clean end, may take. */
#define RELOAD_SECONDS 30
#define STOP_SECONDS 120
#define STEP_NANOSECONDS 50000000L
#define STEPS_PER_SECOND 20

static void
wait_step(void)
{
	struct timespec ts = {0, STEP_NANOSECONDS};

	(void)nanosleep(&ts, NULL);
}

/* Whether the parent holds its lock on the file. */
static bool
is_locked(int fd)
{
	if (flock(fd, LOCK_SH | LOCK_NB) == -1)
		return true;
	(void)flock(fd, LOCK_UN);
	return false;
}

/* The file, open, and the parent's pid.  -1: it does not run. */
static int
open_pid(const struct settings *s, pid_t *pid)
{
	const char *path = option_text(s->options, OPT_PID_FILE), *error;
	char text[32];
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1) {
		if (errno == ENOENT)
			warnx("selor does not run: there is no %s", path);
		else
			warn("%s", path);
		return -1;
	}
	if (!is_locked(fd)) {
		warnx("selor does not run: nobody holds %s", path);
		close(fd);
		return -1;
	}
	n = read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	*pid = (pid_t)strtonum(text, 1, INT32_MAX, &error);
	if (error == NULL)
		return fd;
	warnx("%s holds no process id", path);
	close(fd);
	return -1;
}

/* Warning_log as it will grow, from its end on; -1: it can not be read. */
static int
open_log(const struct settings *s)
{
	const char *path = option_text(s->options, OPT_WARNING_LOG);
	int fd;

	if (*path == '\0' || (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	(void)lseek(fd, 0, SEEK_END);
	return fd;
}

/* What the parent has written since: 1 in force, 0 refused, -1 not yet. */
static int
read_outcome(int fd, char *buf, size_t size, size_t *len)
{
	ssize_t n;

	/* Both texts are near the end: of a flood of lines the start goes. */
	if (*len > size / 2) {
		memmove(buf, buf + *len - size / 4, size / 4);
		*len = size / 4;
	}
	n = read(fd, buf + *len, size - *len - 1);
	if (n <= 0)
		return -1;
	*len += (size_t)n;
	buf[*len] = '\0';
	if (strstr(buf, "the old configuration stays in force") != NULL)
		return 0;
	return strstr(buf, " in force\"") != NULL ? 1 : -1;
}

/*
 * The parent takes no requests, only signals; what it answers is a line of its
 * log.  0: the new configuration is in force.
 */
static int
wait_outcome(int log)
{
	char buf[16384];
	size_t len = 0;
	int i, r;

	for (i = 0; i < RELOAD_SECONDS * STEPS_PER_SECOND; i++) {
		while ((r = read_outcome(log, buf, sizeof(buf), &len)) == -1) {
			wait_step();
			if (++i >= RELOAD_SECONDS * STEPS_PER_SECOND)
				break;
		}
		if (r == 1) {
			printf("the new configuration is in force\n");
			return 0;
		}
		if (r == 0) {
			warnx("the old configuration stays in force; "
			      "the log tells why");
			return 1;
		}
	}
	warnx("selor was told, but does not say that it has reloaded");
	return 1;
}

int
process_reload(struct settings *s, char **argv)
{
	pid_t pid;
	int fd, log, r;

	if (argv[0] != NULL) {
		warnx("reload takes no argument");
		return COMMAND_USAGE;
	}
	if (settings_check(s) == -1) {
		warnx("%s is wrong; nothing was reloaded", s->path);
		return 1;
	}
	if ((fd = open_pid(s, &pid)) == -1)
		return 1;
	log = open_log(s);
	r = kill(pid, SIGHUP);
	if (r == -1)
		warn("selor, process %ld", (long)pid);
	close(fd);
	if (r == 0 && log == -1)
		printf("selor was told; its log tells the outcome\n");
	else if (r == 0)
		r = wait_outcome(log);
	if (log != -1)
		close(log);
	return r == 0 ? 0 : 1;
}

int
process_stop(struct settings *s, char **argv)
{
	pid_t pid;
	int fd, i;

	if (argv[0] != NULL) {
		warnx("stop takes no argument");
		return COMMAND_USAGE;
	}
	if ((fd = open_pid(s, &pid)) == -1)
		return 1;
	if (kill(pid, SIGTERM) == -1) {
		warn("selor, process %ld", (long)pid);
		close(fd);
		return 1;
	}
	for (i = 0; i < STOP_SECONDS * STEPS_PER_SECOND && is_locked(fd); i++)
		wait_step();
	close(fd);
	if (i == STOP_SECONDS * STEPS_PER_SECOND) {
		warnx("selor, process %ld, has not ended", (long)pid);
		return 1;
	}
	printf("selor has ended\n");
	return 0;
}
