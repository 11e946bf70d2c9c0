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
 * mbox files: locked in every way that mail readers know (dot file where the
 * directory lets us, fcntl, flock), appended to, cut back when something
 * fails.  A repeated delivery can not be told from a new one: the instant
 * between the sync and its record may give a second copy (queued(8)).
 */
#include "agent.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "enums.h"
#include "monotime.h"

/* How long to wait for a lock, in steps of MBOX_STEP_MS; then later. */
#define MBOX_TRIES 50
#define MBOX_STEP_MS 100
/* A dot file older than this was left behind by one that died. */
#define MBOX_STALE 900

/* Two: the first may only find and remove what a dead one left behind. */
#define MBOX_TRIES_BUSY 2
/* Seconds after a wait for a lock that was in vain, in which nobody waits. */
#define MBOX_BUSY 30

/* One is open at a time: the last one, until it is synced. */
static struct {
	char dotlock[AGENT_PATH_MAX + 8];
	bool locked;
	off_t begin; /* size of the file when it was opened */
	/* Until then a lock is tried for once: many messages wait behind, and
	 * each that waits holds room that others' mail needs. */
	struct monotime busy_until;
} env;

/* How often a lock is tried for. */
static int
mbox_tries(void)
{
	if (monotime_diff_ms(monotime_now(), env.busy_until) < 0)
		return MBOX_TRIES_BUSY;
	return MBOX_TRIES;
}

/* It did not become free: -1 and errno. */
static int
mbox_busy(void)
{
	env.busy_until = monotime_add_ms(monotime_now(), MBOX_BUSY * 1000);
	errno = EAGAIN;
	return -1;
}

static void
mbox_pause(void)
{
	struct timespec ts = {0, MBOX_STEP_MS * 1000000L};

	nanosleep(&ts, NULL);
}

/*
 * Returns 0 also where the directory lets us make no file.  A stale one may be
 * removed while its owner's successor makes a new one; then fcntl and flock
 * still part the two.
 */
static int
mbox_dotlock(const char *path)
{
	struct stat st;
	int fd, i, tries = mbox_tries();

	env.locked = false;
	snprintf(env.dotlock, sizeof(env.dotlock), "%s.lock", path);
	for (i = 0; i < tries; i++) {
		fd = open(env.dotlock,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd != -1) {
			close(fd);
			env.locked = true;
			return 0;
		}
		if (errno == EACCES || errno == EPERM || errno == EROFS)
			return 0;
		if (errno != EEXIST)
			return -1;
		if (lstat(env.dotlock, &st) == 0 &&
		    st.st_mtime + MBOX_STALE < time(NULL))
			(void)unlink(env.dotlock);
		else
			mbox_pause();
	}
	return mbox_busy();
}

static void
mbox_dotunlock(void)
{
	if (env.locked)
		(void)unlink(env.dotlock);
	env.locked = false;
}

/*
 * Both kinds, for readers use one or the other.  Not waited for by the kernel:
 * a reader that never lets go would hold this process and all mail behind it.
 */
static int
mbox_lock(int fd)
{
	struct flock l;
	int i, tries = mbox_tries();

	memset(&l, 0, sizeof(l));
	l.l_type = F_WRLCK;
	l.l_whence = SEEK_SET;
	for (i = 0; i < tries; i++) {
		if (fcntl(fd, F_SETLK, &l) == 0 &&
		    flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EAGAIN && errno != EACCES && errno != EWOULDBLOCK)
			return -1;
		mbox_pause();
	}
	return mbox_busy();
}

/* A file of the user's own, of one name, not a link to somewhere. */
static int
mbox_open(const char *path, off_t *size)
{
	struct stat st;
	int fd, saved;

	/* O_NONBLOCK: the user may hold a lease on it, or have made it what
	 * an open waits on. */
	fd = open(path,
	    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return -1;
	if (mbox_lock(fd) == -1 || fstat(fd, &st) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    st.st_uid != geteuid()) {
		close(fd);
		errno = EPERM;
		return -1;
	}
	*size = st.st_size;
	return fd;
}

/* What is there may lack the empty line that parts two messages. */
static int
mbox_part(int fd, off_t end)
{
	char last[2] = {'\n', '\n'};
	ssize_t n = 2;

	if (end == 0)
		return 0;
	if (end == 1)
		n = pread(fd, last + 1, 1, 0) + 1;
	else
		n = pread(fd, last, 2, end - 2);
	if (n != 2)
		return -1;
	if (last[1] != '\n')
		return write(fd, "\n\n", 2) == 2 ? 0 : -1;
	if (last[0] != '\n')
		return write(fd, "\n", 1) == 1 ? 0 : -1;
	return 0;
}

int
agent_mbox_open(const char *path, struct agent_result *r)
{
	int fd;

	if (path[0] != '/' || strlen(path) >= AGENT_PATH_MAX) {
		agent_result_set(r, DLV_TEMPFAIL, "4.3.5", "bad mbox path");
		return -1;
	}
	if (mbox_dotlock(path) == -1) {
		agent_result_errno(r, "can not lock", path);
		return -1;
	}
	if ((fd = mbox_open(path, &env.begin)) == -1) {
		agent_result_errno(r, "can not open", path);
		mbox_dotunlock();
	}
	return fd;
}

/*
 * Under the lock of agent_mbox_open: the size is not changed by others
 * meanwhile, so cutting back removes only what was written here.
 */
int
agent_mbox_append(int fd, const struct agent_mail *m, struct agent_result *r)
{
	struct stat st;
	uint64_t size;
	int saved;

	if (fstat(fd, &st) == 0) {
		if (mbox_part(fd, st.st_size) == 0 &&
		    agent_content_write(fd, m, true, &size) == 0)
			return 0;
		saved = errno;
		/* Half a message must not stay. */
		if (ftruncate(fd, st.st_size) == -1)
			saved = errno;
		errno = saved;
	}
	agent_result_errno(r, "can not write", m->path);
	return -1;
}

int
agent_mbox_close(int fd)
{
	int saved, r = fsync(fd);

	saved = errno;
	/* They will come again: what may not be on the disk goes. */
	if (r == -1 && ftruncate(fd, env.begin) == -1)
		saved = errno;
	close(fd);
	mbox_dotunlock();
	errno = saved;
	return r;
}
