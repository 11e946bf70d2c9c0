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
 * Maildirs: written below tmp/, moved to new/.  A message's name is made of
 * its arrival, id and recipient, so that a delivery repeated after a crash
 * meets its own file and makes no second copy.
 *
 * The process has the user's own rights and no others; still no symbolic link
 * in the last steps is followed, and what another user owns is refused.
 */
#include "agent.h"

#include <sys/queue.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Maildirs kept open; a user has few, a test with one user has many. */
#define MAILDIR_OPEN 64
/* Deepest path of a Maildir: whoever writes the tables may not make us walk
 * for ever. */
#define MAILDIR_DIRS 64

struct agent_maildir {
	TAILQ_ENTRY(agent_maildir) entry;
	char path[AGENT_PATH_MAX];
	int tmp, new, cur;
	dev_t dev;
	ino_t ino;
	unsigned int refs; /* messages of a batch that lie in it */
	unsigned int turn; /* looked at last in that turn */
	bool stale; /* not in the list any more; freed with the last ref */
};

static struct {
	TAILQ_HEAD(maildirs, agent_maildir) open; /* latest use first */
	unsigned int count;
	unsigned int turn;
	char host[128];
	char pid[16];
} env = {.turn = 1, .open = TAILQ_HEAD_INITIALIZER(env.open)};

/* It stays the same while the process runs, or a repeated delivery would not
 * find its file.  By the custom of Maildirs "/" and ":" of a host stand as
 * octal in names. */
int
agent_maildir_init(void)
{
	char name[64];
	const char *p;
	size_t len = 0;

	if (gethostname(name, sizeof(name)) == -1)
		return -1;
	name[sizeof(name) - 1] = '\0';
	for (p = name; *p != '\0' && len + 5 < sizeof(env.host); p++) {
		if (*p == '/' || *p == ':' || (unsigned char)*p <= ' ')
			len += (size_t)snprintf(env.host + len,
			    sizeof(env.host) - len, "\\%03o", (unsigned)*p);
		else
			env.host[len++] = *p;
	}
	if (len == 0)
		strlcpy(env.host, "localhost", sizeof(env.host));
	snprintf(env.pid, sizeof(env.pid), "%ld", (long)getpid());
	return 0;
}

/* Only when nobody refers to it. */
static void
maildir_free(struct agent_maildir *d)
{
	if (d->tmp != -1)
		close(d->tmp);
	if (d->new != -1)
		close(d->new);
	if (d->cur != -1)
		close(d->cur);
	free(d);
}

/* It is opened anew by who asks for it next; users of it keep it. */
static void
maildir_forget(struct agent_maildir *d)
{
	if (d->stale)
		return;
	TAILQ_REMOVE(&env.open, d, entry);
	env.count--;
	d->stale = true;
	if (d->refs == 0)
		maildir_free(d);
}

/*
 * A directory that is ours; made when it is missing.  The last directories have
 * to be the user's own: mail is not put into one that another user could read
 * or replace.
 */
static int
maildir_open_dir(int at, const char *name)
{
	struct stat st;
	int fd;

	if (mkdirat(at, name, 0700) == -1 && errno != EEXIST)
		return -1;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || st.st_uid != geteuid()) {
		close(fd);
		errno = EPERM;
		return -1;
	}
	return fd;
}

/*
 * Walks to the last directory of a path, making what is missing.  Links in the
 * middle of the path are followed, since homes lie behind them; in the last
 * directory not.  A directory that may be passed but not read is passed
 * (O_PATH).
 */
static int
maildir_walk(const char *path)
{
	char part[AGENT_NAME_MAX];
	const char *end;
	int at, next, depth;
	bool last;

	if ((at = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	for (depth = 0;; depth++, path = end) {
		path += strspn(path, "/");
		end = path + strcspn(path, "/");
		if (end == path && depth > 0)
			return at;
		last = end[strspn(end, "/")] == '\0';
		if (end == path || (size_t)(end - path) >= sizeof(part) ||
		    depth == MAILDIR_DIRS) {
			close(at);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(part, path, (size_t)(end - path));
		part[end - path] = '\0';
		if (last)
			next = maildir_open_dir(at, part);
		else {
			next = openat(
			    at, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			if (next == -1 && errno == EACCES)
				next = openat(
				    at, part, O_PATH | O_DIRECTORY | O_CLOEXEC);
			if (next == -1 && errno == ENOENT)
				next = maildir_open_dir(at, part);
		}
		close(at);
		if (next == -1)
			return -1;
		at = next;
	}
}

/* All three directories, or nothing.  The descriptors hold the place: who
 * renames a part of the path later does not lead a message elsewhere. */
static struct agent_maildir *
maildir_open(const char *path)
{
	struct agent_maildir *d;
	struct stat st;
	int at, saved;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return NULL;
	d->tmp = d->new = d->cur = -1;
	strlcpy(d->path, path, sizeof(d->path));
	if ((at = maildir_walk(path)) != -1) {
		if ((d->tmp = maildir_open_dir(at, "tmp")) != -1 &&
		    (d->cur = maildir_open_dir(at, "cur")) != -1)
			d->new = maildir_open_dir(at, "new");
		saved = errno;
		close(at);
		errno = saved;
	}
	if (d->new == -1 || fstat(d->new, &st) == -1) {
		saved = errno;
		maildir_free(d);
		errno = saved;
		return NULL;
	}
	d->dev = st.st_dev;
	d->ino = st.st_ino;
	return d;
}

/* Whether the path still leads to what is kept open; asked once a turn, in
 * which many messages may come. */
static bool
maildir_is_current(struct agent_maildir *d)
{
	char path[AGENT_PATH_MAX + 4];
	struct stat st;

	if (d->turn == env.turn)
		return true;
	d->turn = env.turn;
	snprintf(path, sizeof(path), "%s/new", d->path);
	return lstat(path, &st) == 0 && st.st_dev == d->dev &&
	    st.st_ino == d->ino;
}

/* The descriptors are lent until agent_maildir_put; -1 and errno as NULL. */
struct agent_maildir *
agent_maildir_get(const char *path)
{
	struct agent_maildir *d;

	if (path[0] != '/' || strlen(path) >= AGENT_PATH_MAX) {
		errno = EINVAL;
		return NULL;
	}
	TAILQ_FOREACH (d, &env.open, entry)
		if (strcmp(d->path, path) == 0)
			break;
	if (d != NULL && maildir_is_current(d)) {
		if (d != TAILQ_FIRST(&env.open)) {
			TAILQ_REMOVE(&env.open, d, entry);
			TAILQ_INSERT_HEAD(&env.open, d, entry);
		}
		d->refs++;
		return d;
	}
	if (d != NULL)
		maildir_forget(d);
	else if (env.count >= MAILDIR_OPEN)
		maildir_forget(TAILQ_LAST(&env.open, maildirs));
	if ((d = maildir_open(path)) == NULL)
		return NULL;
	TAILQ_INSERT_HEAD(&env.open, d, entry);
	env.count++;
	d->refs = 1;
	d->turn = env.turn;
	return d;
}

void
agent_maildir_lost(struct agent_maildir *d)
{
	maildir_forget(d);
}

void
agent_maildir_turn(void)
{
	env.turn++;
}

void
agent_maildir_put(struct agent_maildir *d)
{
	if (--d->refs == 0 && d->stale)
		maildir_free(d);
}

int
agent_maildir_fd(const struct agent_maildir *d)
{
	return d->new;
}

dev_t
agent_maildir_dev(const struct agent_maildir *d)
{
	return d->dev;
}

/* In tmp/ a name is this process's alone: another may write the same. */
static void
maildir_tmp_name(const char *name, char *tmp, size_t size)
{
	strlcpy(tmp, name, size);
	strlcat(tmp, ".", size);
	strlcat(tmp, env.pid, size);
}

/*
 * The name is the same for each try of this delivery: see
 * agent_maildir_publish.
 */
int
agent_maildir_write(struct agent_maildir *d, const struct agent_mail *m,
    char *name, uint64_t *size)
{
	char tmp[AGENT_NAME_MAX + 16];
	int fd, saved;

	snprintf(name, AGENT_NAME_MAX, "%llu.M%sR%u.%s",
	    (unsigned long long)m->arrival, m->id, m->index, env.host);
	maildir_tmp_name(name, tmp, sizeof(tmp));
	fd = openat(d->tmp, tmp,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	if (agent_content_write(fd, m, false, size) == 0)
		return fd;
	saved = errno;
	close(fd);
	agent_maildir_drop(d, name);
	errno = saved;
	return -1;
}

void
agent_maildir_drop(struct agent_maildir *d, const char *name)
{
	char tmp[AGENT_NAME_MAX + 16];

	maildir_tmp_name(name, tmp, sizeof(tmp));
	(void)unlinkat(d->tmp, tmp, 0);
}

/* A whole copy of it: after power loss a file may be there but short. */
static bool
maildir_is_copy(int dir, const char *name, uint64_t size)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && (uint64_t)st.st_size == size;
}

/* A mail reader has moved it to cur/ and put flags behind its name. */
static bool
maildir_is_in_cur(struct agent_maildir *d, const char *name, uint64_t size)
{
	size_t len = strlen(name);
	struct dirent *e;
	bool found = false;
	DIR *dir;
	int fd;

	if (maildir_is_copy(d->cur, name, size))
		return true;
	fd = openat(d->cur, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return false;
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return false;
	}
	while (!found && (e = readdir(dir)) != NULL)
		found = strncmp(e->d_name, name, len) == 0 &&
		    e->d_name[len] == ':' &&
		    maildir_is_copy(d->cur, e->d_name, size);
	closedir(dir);
	return found;
}

/*
 * Never over another's file: what has the name already is either this message,
 * whole, or what a power failure left of it.
 */
int
agent_maildir_publish(
    struct agent_maildir *d, const char *name, uint64_t size, bool repeat)
{
	char tmp[AGENT_NAME_MAX + 16];

	maildir_tmp_name(name, tmp, sizeof(tmp));
	if (repeat && maildir_is_in_cur(d, name, size)) {
		agent_maildir_drop(d, name);
		return 0;
	}
	if (renameat2(d->tmp, tmp, d->new, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EINVAL || errno == ENOSYS) {
		/* A file system without it: NFS and its like. */
		if (linkat(d->tmp, tmp, d->new, name, 0) == 0) {
			agent_maildir_drop(d, name);
			return 0;
		}
	}
	if (errno != EEXIST)
		return -1;
	if (maildir_is_copy(d->new, name, size)) {
		agent_maildir_drop(d, name);
		return 0;
	}
	return renameat(d->tmp, tmp, d->new, name);
}
