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
 * Watched files; see watch.h.  By inotify(7), for the inode itself: a file
 * that another is renamed over loses a name, which tells as well as a change.
 */
#include "watch.h"

#include <sys/inotify.h>
#include <sys/queue.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "log.h"

/* The least recently asked for is given up for another. */
#define WATCH_MAX 4096
#define WATCH_EVENTS \
	(IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONESHOT)

struct watch {
	TAILQ_ENTRY(watch) entry;
	int wd;
	dev_t dev;
	ino_t ino;
};

static TAILQ_HEAD(watches, watch) watches = TAILQ_HEAD_INITIALIZER(watches);
static unsigned int watch_count;
static int inotify_fd = -1;
static struct event *readable;

static void
watch_free(struct watch *w)
{
	TAILQ_REMOVE(&watches, w, entry);
	watch_count--;
	free(w);
}

static void
watch_tell(struct watch *w)
{
	struct child *c = child_find(PROC_RULED, 0);
	union msg m = {.priv_changed = {w->dev, w->ino}};

	watch_free(w);
	if (c != NULL)
		child_tell(c, MSG_PRIV_CHANGED, &m, -1);
}

static struct watch *
watch_by_wd(int wd)
{
	struct watch *w;

	TAILQ_FOREACH (w, &watches, entry)
		if (w->wd == wd)
			return w;
	return NULL;
}

/* Events were lost: all may have changed. */
static void
watch_tell_all(void)
{
	struct watch *w;

	while ((w = TAILQ_FIRST(&watches)) != NULL) {
		(void)inotify_rm_watch(inotify_fd, w->wd);
		watch_tell(w);
	}
}

static void
watch_on_event(evutil_socket_t fd, short what, void *arg)
{
	_Alignas(struct inotify_event) char buf[8192];
	const struct inotify_event *e;
	struct watch *w;
	ssize_t n, at;

	(void)what;
	(void)arg;
	if ((n = read(fd, buf, sizeof(buf))) <= 0)
		return;
	for (at = 0; at < n; at += (ssize_t)(sizeof(*e) + e->len)) {
		e = (const struct inotify_event *)(const void *)(buf + at);
		if (e->mask & IN_Q_OVERFLOW)
			watch_tell_all();
		else if ((w = watch_by_wd(e->wd)) != NULL)
			watch_tell(w);
	}
}

static int
watch_begin(void)
{
	static bool has_failed;

	if (inotify_fd != -1)
		return 0;
	if (has_failed)
		return -1;
	inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (inotify_fd != -1 &&
	    (readable = event_new(env.base, inotify_fd, EV_READ | EV_PERSIST,
		 watch_on_event, NULL)) != NULL &&
	    event_add(readable, NULL) == 0)
		return 0;
	log_warn("rules files can not be watched; they are looked at "
		 "from time to time");
	has_failed = true;
	if (readable != NULL)
		event_free(readable);
	readable = NULL;
	if (inotify_fd != -1)
		close(inotify_fd);
	inotify_fd = -1;
	return -1;
}

/* What others change there is not heard of here. */
static bool
is_far(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) == -1)
		return true;
	switch ((unsigned long)fs.f_type & 0xffffffffUL) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case AFS_SUPER_MAGIC:
	case CEPH_SUPER_MAGIC:
	case V9FS_MAGIC:
	case FUSE_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

bool
watch_file(int fd, const struct stat *st)
{
	struct watch *w;
	char name[40];
	int wd;

	if (is_far(fd) || watch_begin() == -1)
		return false;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if ((wd = inotify_add_watch(inotify_fd, name, WATCH_EVENTS)) == -1)
		return false;
	if ((w = watch_by_wd(wd)) != NULL) {
		TAILQ_REMOVE(&watches, w, entry);
		TAILQ_INSERT_TAIL(&watches, w, entry);
		return true;
	}
	if ((w = malloc(sizeof(*w))) == NULL) {
		(void)inotify_rm_watch(inotify_fd, wd);
		return false;
	}
	w->wd = wd;
	w->dev = st->st_dev;
	w->ino = st->st_ino;
	TAILQ_INSERT_TAIL(&watches, w, entry);
	if (++watch_count > WATCH_MAX) {
		w = TAILQ_FIRST(&watches);
		(void)inotify_rm_watch(inotify_fd, w->wd);
		watch_tell(w);
	}
	return true;
}

void
watch_forget(void)
{
	struct watch *w;

	while ((w = TAILQ_FIRST(&watches)) != NULL) {
		(void)inotify_rm_watch(inotify_fd, w->wd);
		watch_free(w);
	}
}
