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
 * journal_open.c: takes the journal of one Sid in hand, and lets go of it.
 * Whatever else lies in the directory is looked at without following it,
 * reported unless it is another Sid's, and left alone.
 */

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal.h"
#include "journal_impl.h"

/* Made of names that were checked and of numbers; the owner logs it and tells
 * the Postmaster. */
void
journal_report(struct journal *j, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	if (j->conf.ops.report == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	j->conf.ops.report(j->conf.ops.arg, line);
}

/* By sequence: the directory gives names in any order. */
static void
insert_segment(struct journal *j, struct segment *s)
{
	struct segment *at;

	TAILQ_FOREACH (at, &j->segments, entry)
		if (at->sequence > s->sequence)
			break;
	if (at != NULL)
		TAILQ_INSERT_BEFORE(at, s, entry);
	else
		TAILQ_INSERT_TAIL(&j->segments, s, entry);
	j->stats.segments++;
	if (s->sequence >= j->next_sequence)
		j->next_sequence = s->sequence + 1;
}

/* A plain file of ours, and no other name for something else: a second
 * link is allowed only where journal_keep made it. */
static bool
is_ours(struct journal *j, int fd, const char *name, struct stat *st)
{
	char kept[SEGMENT_NAME_MAX + 16];
	struct stat other;

	if (fstat(fd, st) == -1 || !S_ISREG(st->st_mode) ||
	    st->st_uid != geteuid())
		return false;
	if (st->st_nlink == 1)
		return true;
	snprintf(kept, sizeof(kept), "damaged/%s", name);
	return st->st_nlink == 2 &&
	    fstatat(j->conf.dirfd, kept, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
	    other.st_ino == st->st_ino && other.st_dev == st->st_dev;
}

/* Removes what is left of a segment that was about to be used again. */
static void
drop_leftover(struct journal *j, struct segment *s, const char *name)
{
	if (unlinkat(j->dirfd, name, 0) == -1)
		journal_report(j, "journal/%s: %s", name, strerror(errno));
	segment_free(s);
}

/* A header that is none: its bytes are kept, but nobody can read them. */
static void
drop_damaged(struct journal *j, struct segment *s, const char *name)
{
	char to[SEGMENT_NAME_MAX + 16];

	journal_report(
	    j, "journal/%s: no valid header, moved to damaged/", name);
	snprintf(to, sizeof(to), "damaged/%s", name);
	if (renameat(j->dirfd, name, j->conf.dirfd, to) == -1)
		journal_report(j, "journal/%s: %s", name, strerror(errno));
	j->damaged = true;
	segment_free(s);
}

/* 0; or -1 with errno: nothing is wrong with the segment but that this
 * process can not have it now, and without it the queue is not whole. */
static int
open_segment(struct journal *j, const char *name, uint64_t sequence)
{
	struct segment *s;
	struct stat st;
	uint64_t inside;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -1;
	s->sequence = sequence;
	s->state = SEGMENT_FULL;
	/* O_NONBLOCK, as it may be a FIFO. */
	s->fd = openat(
	    j->dirfd, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (s->fd == -1 &&
	    (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
		free(s);
		return -1;
	}
	if (s->fd == -1 || !is_ours(j, s->fd, name, &st)) {
		journal_report(
		    j, "journal/%s: not a file of ours, left alone", name);
		j->foreign++;
		/* It may be the journal's all the same, behind an I/O error:
		 * then what it speaks of is no orphan to be removed. */
		j->damaged = true;
		segment_free(s);
		if (sequence >= j->next_sequence)
			j->next_sequence = sequence + 1;
		return 0;
	}
	if (segment_read_header(s, j->sid, &inside) == -1)
		drop_damaged(j, s, name);
	else if (inside != sequence)
		drop_leftover(j, s, name);
	else {
		if (st.st_size < (off_t)s->size)
			s->size = (uint32_t)st.st_size;
		insert_segment(j, s);
	}
	return 0;
}

/* A name that some queued made, of this Sid or of another. */
static bool
is_known_name(const char *name)
{
	char sid[ID_SID_MAX];
	const char *dot = strchr(name, '.');
	size_t len;

	if (dot == NULL || (len = (size_t)(dot - name)) >= sizeof(sid))
		return false;
	memcpy(sid, name, len);
	sid[len] = '\0';
	if (!id_sid_ok(sid))
		return false;
	return strcmp(dot, ".lock") == 0 || strcmp(dot, ".new") == 0 ||
	    strspn(dot + 1, "0123456789abcdef") == 16;
}

/* Any order; replay goes by sequence. A name that is not known is counted and
 * never touched: it may be an administrator's. */
static int
open_segments(struct journal *j)
{
	struct dirent *d;
	uint64_t sequence;
	DIR *dir;
	int fd, result = 0;

	if ((fd = openat(j->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1)
		return -1;
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return -1;
	}
	while (result == 0 && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (segment_parse_name(d->d_name, j->sid, &sequence) == 0)
			result = open_segment(j, d->d_name, sequence);
		else if (!is_known_name(d->d_name)) {
			journal_report(
			    j, "journal: a foreign name, left alone");
			j->foreign++;
		}
	}
	closedir(dir);
	return result;
}

/* flock and not a file's existence: it goes with the process. */
static int
take_lock(struct journal *j)
{
	char name[SEGMENT_NAME_MAX];

	snprintf(
	    name, sizeof(name), "%s.lock", j->sid[0] == '\0' ? "main" : j->sid);
	j->lockfd = openat(j->dirfd, name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (j->lockfd == -1)
		return -1;
	if (flock(j->lockfd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK)
			errno = EBUSY;
		return -1;
	}
	return 0;
}

/* Takes the lock before it looks at anything, so two processes never replay or
 * write one journal. NULL with errno; EBUSY: another has it. */
struct journal *
journal_open(const struct journal_conf *conf)
{
	struct journal *j;
	int error;

	if (!id_sid_ok(conf->sid)) {
		errno = EINVAL;
		return NULL;
	}
	if ((j = calloc(1, sizeof(*j))) == NULL)
		return NULL;
	j->conf = *conf;
	if (j->conf.segment_size == 0)
		j->conf.segment_size = JOURNAL_SEGMENT;
	strlcpy(j->sid, conf->sid, sizeof(j->sid));
	j->conf.sid = j->sid;
	j->lockfd = -1;
	j->next_sequence = 1;
	TAILQ_INIT(&j->segments);
	TAILQ_INIT(&j->spares);
	TAILQ_INIT(&j->dropped);
	TAILQ_INIT(&j->waits);
	if ((mkdirat(conf->dirfd, "journal", 0700) == -1 && errno != EEXIST) ||
	    (j->dirfd = openat(conf->dirfd, "journal",
		 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1) {
		free(j);
		return NULL;
	}
	if (take_lock(j) == -1 || open_segments(j) == -1) {
		error = errno;
		journal_close(j);
		errno = error;
		return NULL;
	}
	return j;
}

/*
 * Empty segments behind the last record are spares that were hardly used.
 * Each gets a new epoch: a record that was not durable may still lie
 * somewhere in it, behind one that is missing.
 */
static void
find_spares(struct journal *j)
{
	struct segment *s;

	while ((s = TAILQ_LAST(&j->segments, segment_list)) != NULL &&
	    s->used == SEGMENT_START) {
		TAILQ_REMOVE(&j->segments, s, entry);
		j->stats.segments--;
		s->last_id = j->last_id;
		if (s->keep || s->size != j->conf.segment_size ||
		    segment_write_header(s, j->sid) == -1 ||
		    fsync(s->fd) == -1) {
			s->keep = true;
			TAILQ_INSERT_HEAD(&j->dropped, s, entry);
			continue;
		}
		TAILQ_INSERT_HEAD(&j->spares, s, entry);
		s->state = SEGMENT_SPARE;
		j->stats.spares++;
	}
}

/* The spares come first, so that their numbers are above all others. */
int
journal_start(struct journal *j)
{
	struct segment *s;

	find_spares(j);
	/* What was replayed is acted upon from now on; much of it may be in
	 * the page cache only, if queued alone has died. */
	TAILQ_FOREACH (s, &j->segments, entry) {
		if (fsync(s->fd) == -1)
			return -1;
		j->before_sequence = s->sequence;
		j->before_end = s->used;
		j->durable = journal_position(s, s->used);
	}
	if (fsync(j->dirfd) == -1 || fsync(j->conf.dirfd) == -1)
		return -1;
	if (TAILQ_EMPTY(&j->spares) && journal_spare_now(j) == -1)
		return -1;
	j->started = true;
	return journal_begin(j);
}

/* A second link: the segment itself may still be needed to read from. */
void
journal_keep(struct journal *j, uint64_t place)
{
	struct segment *s = segment_find(j, place >> 32);
	char name[SEGMENT_NAME_MAX];
	int fd;

	if (s == NULL)
		return;
	s->keep = true;
	segment_name(j->sid, s->sequence, name, sizeof(name));
	fd = openat(j->conf.dirfd, "damaged",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 ||
	    (linkat(j->dirfd, name, fd, name, 0) == -1 && errno != EEXIST))
		journal_report(j, "damaged/%s: %s", name, strerror(errno));
	if (fd != -1)
		close(fd);
}

bool
journal_is_busy(const struct journal *j)
{
	return j->syncing != NULL || j->step != SPARE_IDLE;
}

/* Closes descriptors; files stay. */
static void
free_list(struct segment_list *list)
{
	struct segment *s;

	while ((s = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, s, entry);
		segment_free(s);
	}
}

/* Does not sync: who ends in good order has waited for journal_is_durable.
 * Content may be in the buffer, which is wiped. */
void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	free_list(&j->segments);
	free_list(&j->spares);
	free_list(&j->dropped);
	segment_free(j->preparing);
	if (j->lockfd != -1)
		close(j->lockfd);
	close(j->dirfd);
	freezero(j->buf, j->buf_size);
	free(j);
}
