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
 * Offline messages; see offline.h.  Anyone may create files in that
 * directory, so a file counts only if it is a plain file of one link whose
 * owner made it for itself; it is opened without following links, and read by
 * "selorctl enqueue" as that owner.  The parent reads none of it.
 */
#include "offline.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job.h"
#include "log.h"
#include "selor.h"

/* Files taken in at one start, and at one time. */
#define OFFLINE_MAX 10000
#define OFFLINE_AT_ONCE 4

/* Between two looks: sendmail keeps a message also while new ones are refused
 * for a time. */
#define OFFLINE_SECONDS 600
/* Reads root's messages: the file is open, and nothing runs as root. */
#define OFFLINE_USER "nobody"

/* Names looked at in one turn of the loop: nothing waits for what anyone may
 * have left there. */
#define OFFLINE_PER_TURN 200
/* Lines of one look about what is no message. */
#define OFFLINE_LINES_MAX 20

/* A message that a process takes in. */
struct offline {
	dev_t dev;
	ino_t ino;
	char name[];
};

static DIR *dir;
static unsigned int taken, running, refused;
static struct event *timer, *soon;

static void offline_next(void);

/* Taken in: removed.  Not now: kept for the next start. */
static void
offline_done(uint32_t job, int status, void *arg)
{
	struct offline *o = arg;
	struct stat st;

	(void)job;
	running--;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		/* Its owner may have put another there meanwhile. */
		if (dir != NULL &&
		    fstatat(dirfd(dir), o->name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    st.st_dev == o->dev && st.st_ino == o->ino &&
		    unlinkat(dirfd(dir), o->name, 0) == -1)
			log_warn("%s", o->name);
	} else
		log_warnx("offline message %s was not taken in (status %d); "
			  "it is kept",
		    o->name, status);
	free(o);
	offline_next();
}

/* One file to one process.  0, or -1: not such a file, or not now. */
static int
offline_take(const char *name)
{
	char program[sizeof(env.sbin) + 16];
	char socket_path[OPTION_TEXT_MAX];
	char *argv[] = {program, (char[]){"enqueue"}, socket_path, NULL};
	struct job_args a;
	struct passwd *pw;
	struct stat st;
	struct offline *o;
	int fd, r;

	fd = openat(dirfd(dir), name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    st.st_mode & 077 ||
	    (pw = st.st_uid == 0 ? getpwnam(OFFLINE_USER) :
				   getpwuid(st.st_uid)) == NULL ||
	    (o = malloc(sizeof(*o) + strlen(name) + 1)) == NULL) {
		if (refused++ < OFFLINE_LINES_MAX)
			log_warnx("%s in Offline_path is no message", name);
		close(fd);
		return -1;
	}
	o->dev = st.st_dev;
	o->ino = st.st_ino;
	memcpy(o->name, name, strlen(name) + 1);
	snprintf(program, sizeof(program), "%s/selorctl", env.sbin);
	snprintf(socket_path, sizeof(socket_path), "%s.submit",
	    option_text(env.options, OPT_CONTROL_SOCKET));
	a.user = pw->pw_name;
	a.uid = pw->pw_uid;
	a.gid = pw->pw_gid;
	a.home = "/";
	a.argv = argv;
	a.limits = NULL;
	a.in = fd;
	a.out = NULL;
	r = job_start(job_number(), &a, offline_done, o);
	if (r == -1)
		free(o);
	close(fd);
	return r;
}

/*
 * Called when a place is free; each call starts as many as there are places
 * for.
 */
static void
offline_next(void)
{
	struct timeval tv = {0, 20000};
	struct dirent *e;
	unsigned int n;

	for (n = 0; dir != NULL && running < OFFLINE_AT_ONCE; n++) {
		if (n == OFFLINE_PER_TURN) {
			evtimer_add(soon, &tv);
			return;
		}
		if (taken >= OFFLINE_MAX || (e = readdir(dir)) == NULL) {
			if (running == 0) {
				closedir(dir);
				dir = NULL;
			}
			return;
		}
		if (*e->d_name != '.' && offline_take(e->d_name) == 0) {
			taken++;
			running++;
		}
	}
}

static void
offline_on_soon(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	offline_next();
}

/* A look that is still going on is not joined by a second. */
static void
offline_look(evutil_socket_t fd, short what, void *arg)
{
	struct timeval tv = {OFFLINE_SECONDS, 0};

	(void)fd;
	(void)what;
	(void)arg;
	evtimer_add(timer, &tv);
	if (dir != NULL || running > 0 || env.stopping)
		return;
	taken = refused = 0;
	dir = opendir(option_text(env.options, OPT_OFFLINE_PATH));
	if (dir != NULL)
		offline_next();
}

void
offline_start(void)
{
	if (timer == NULL)
		timer = evtimer_new(env.base, offline_look, NULL);
	if (soon == NULL)
		soon = evtimer_new(env.base, offline_on_soon, NULL);
	if (timer == NULL || soon == NULL)
		fatal("offline timer");
	offline_look(-1, 0, NULL);
}
