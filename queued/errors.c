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
 * errors.c: copies what nobody can be told of.  One message at a time, a
 * piece per turn; c<ID> and l<ID> appear under their names only when they
 * are whole and synced.
 */

#include "errors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bounce.h"
#include "content.h"
#include "helper.h"
#include "id.h"
#include "lfile.h"
#include "log.h"
#include "notice.h"
#include "override.h"
#include "queued.h"
#include "result.h"

/* Bytes copied in one turn. */
#define ERRORS_PIECE (256 * 1024)
/* Seconds before the directory is tried again after a failure: at first,
 * and at most, as the pause doubles with each failure. */
#define ERRORS_AGAIN 60
#define ERRORS_AGAIN_MAX 3600

enum copy_state {
	COPY_CONTENT,
	COPY_ENVELOPE,
	COPY_DIR,
	COPY_END
};

struct copy {
	TAILQ_ENTRY(copy) link;
	struct entry *entry;
	char why[128];
	enum copy_state state;
	int fd;
	uint64_t at;
	bool is_waiting; /* for a sync */
	bool is_lost; /* the content can not be read */
	struct sync_job job;
};

static TAILQ_HEAD(, copy) copies = TAILQ_HEAD_INITIALIZER(copies);
/* The directory's failures are not a message's: all copies wait for the one
 * next try, however many they are.  0: the last copy was made. */
static int64_t again_in, again_at;

void
errors_again(void)
{
	again_at = 0;
}

/* A copy failed.  Said once, not at each try: nobody would read it. */
static void
put_off(const struct copy *c, int error, int64_t now)
{
	int64_t first =
	    env.conf.retry < ERRORS_AGAIN ? env.conf.retry : ERRORS_AGAIN;

	if (now < again_at)
		return;
	if (again_in == 0)
		log_warnx("%s: no copy in Cp_errors_path: %s; it is tried "
			  "again, this is not said again",
		    queued_id(c->entry->message->id), strerror(error));
	again_in = again_in == 0 ? first : again_in * 2;
	if (again_in > ERRORS_AGAIN_MAX)
		again_in = ERRORS_AGAIN_MAX;
	again_at = now + again_in;
}

/* Also if no copy is wanted: the Postmaster is told in the same order. */
void
errors_copy(struct entry *e, const char *why)
{
	struct copy *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatalx("no memory for a copy");
	c->entry = e;
	c->fd = -1;
	strlcpy(c->why, why, sizeof(c->why));
	if (env.errors_fd == -1 || !override_num(e, OPT_CP_ERRORS))
		c->state = COPY_END;
	TAILQ_INSERT_TAIL(&copies, c, link);
	queued_kick();
}

/* Ends the first copy; error: what kept it from being made, or 0. */
static void
copy_end(struct copy *c, int error)
{
	struct entry *e = c->entry;
	bool is_lost = c->is_lost;
	int64_t again = 0;
	char what[200];

	/* What can not be read says nothing about the directory. */
	if (error != 0 && is_lost) {
		again = queued_now() + ERRORS_AGAIN;
		log_warnx("%s: no copy in Cp_errors_path: %s",
		    queued_id(e->message->id), strerror(error));
	} else if (error != 0) {
		put_off(c, error, queued_now());
		again = again_at;
	} else if (c->state == COPY_END && c->at > 0)
		again_in = again_at = 0;
	snprintf(what, sizeof(what), "Undeliverable, %s",
	    error == 0 && env.errors_fd != -1 &&
		    override_num(e, OPT_CP_ERRORS) ?
		"copied to Cp_errors_path" :
		"no copy was made");
	if (error == 0)
		notice_add(e->message, what, c->why);
	TAILQ_REMOVE(&copies, c, link);
	if (c->fd != -1)
		close(c->fd);
	free(c);
	bounce_copied(e, error == 0, again);
	/* Another try would end as this one, and so on for ever. */
	if (is_lost)
		result_hold(e, "its content can not be read");
}

/* By the id alone, as nothing else of a message is fit to be a name. */
static void
copy_name(const struct copy *c, const char *prefix, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s", prefix, queued_id(c->entry->message->id));
}

/* Under a hidden name until it is whole; what an earlier try left there is
 * written over. O_TRUNC and no O_EXCL: the hidden name is of one message, so
 * only an earlier try of ours can be there. The l file may hold a password and
 * is for us alone. */
static int
copy_open(struct copy *c, char kind, mode_t mode)
{
	char name[ID_TEXT_MAX + 8], prefix[] = {'.', kind, '\0'};

	copy_name(c, prefix, name, sizeof(name));
	c->fd = openat(env.errors_fd, name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	return c->fd == -1 ? errno : 0;
}

/* 0 or an errno. It may wait for the disk, but for a page cache only: the sync
 * is the helper's. */
static int
copy_write(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, data, len)) == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == -1 ? errno : EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The file is synced: it gets its name. */
static int
copy_name_it(struct copy *c, char kind)
{
	char from[ID_TEXT_MAX + 8], to[ID_TEXT_MAX + 8];
	char hidden[] = {'.', kind, '\0'}, shown[] = {kind, '\0'};

	copy_name(c, hidden, from, sizeof(from));
	copy_name(c, shown, to, sizeof(to));
	close(c->fd);
	c->fd = -1;
	return renameat(env.errors_fd, from, env.errors_fd, to) == -1 ? errno :
									0;
}

/* A step is done: on to the next, or the end. */
static void
copy_synced(void *arg, int error)
{
	struct copy *c = arg;

	c->is_waiting = false;
	if (error == 0 && c->state == COPY_CONTENT)
		error = copy_name_it(c, 'c');
	else if (error == 0 && c->state == COPY_ENVELOPE)
		error = copy_name_it(c, 'l');
	if (error != 0) {
		copy_end(c, error);
		return;
	}
	c->state++;
	queued_kick();
}

/* The copy stays in the list with its job; it is not freed while is_waiting
 * says so. */
static void
copy_sync(struct copy *c, int fd)
{
	c->is_waiting = true;
	c->job.what = SYNC_FULL;
	c->job.urgent = false;
	c->job.fd = fd;
	c->job.done = copy_synced;
	c->job.arg = c;
	helper_start(NULL, &c->job);
}

/* One piece a turn. A content that can not be read is lost for good, unless it
 * was descriptors that ran out. */
static int
copy_content(struct copy *c)
{
	static char piece[ERRORS_PIECE];
	const struct message *m = c->entry->message;
	ssize_t n;
	int error;

	if (c->fd == -1 && (error = copy_open(c, 'c', 0640)) != 0)
		return error;
	n = content_read(env.spool, m, c->at, piece, sizeof(piece));
	if (n == -1) {
		c->is_lost = errno != EMFILE && errno != ENFILE;
		return errno;
	}
	if (n == 0) {
		copy_sync(c, c->fd);
		return 0;
	}
	c->at += (uint64_t)n;
	return copy_write(c->fd, piece, (size_t)n);
}

/* Small enough to be written in one turn: as large as the message's envelope in
 * memory. */
static int
copy_envelope(struct copy *c)
{
	struct lfile l = {0};
	char *text;
	size_t len;
	int error;

	text = lfile_print(c->entry->message, queued_sid(), &l, &len);
	if (text == NULL)
		return ENOMEM;
	if ((error = copy_open(c, 'l', 0600)) == 0)
		error = copy_write(c->fd, text, len);
	/* It may hold a password of Mx_auth!. */
	freezero(text, len);
	if (error == 0)
		copy_sync(c, c->fd);
	return error;
}

/* Only the first is worked on, so memory and descriptors do not grow with
 * their number. */
bool
errors_step(void)
{
	struct copy *c = TAILQ_FIRST(&copies);
	int error = 0;

	if (c == NULL || c->is_waiting)
		return false;
	switch (c->state) {
	case COPY_CONTENT:
		error = queued_now() < again_at ? EAGAIN : copy_content(c);
		break;
	case COPY_ENVELOPE:
		error = copy_envelope(c);
		break;
	case COPY_DIR:
		copy_sync(c, env.errors_fd);
		break;
	case COPY_END:
		copy_end(c, 0);
		return !TAILQ_EMPTY(&copies);
	}
	if (error != 0)
		copy_end(c, error);
	c = TAILQ_FIRST(&copies);
	return c != NULL && !c->is_waiting;
}
