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
 * journal_spare.c: segments made ready in the background, and what becomes
 * of those that are needed no longer.  One at a time, each step a sync job;
 * a crash between two steps leaves what journal_open knows to clear up.
 *
 * A segment used again first gets its new name, then its new header: until
 * both are durable its name and its header disagree, and it is a leftover.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal.h"
#include "journal_impl.h"
#include "monotime.h"

static void prepare_done(void *, int);

int64_t
journal_now(void)
{
	return monotime_now().us / 1000;
}

/* Takes NULL. The segment is in no list any more. */
void
segment_free(struct segment *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1)
		close(s->fd);
	free(s);
}

/* By walking: there are some tens of them, and the ones asked for are near the
 * front. */
struct segment *
segment_find(const struct journal *j, uint64_t sequence)
{
	struct segment *s;

	TAILQ_FOREACH (s, &j->segments, entry)
		if (s->sequence == sequence)
			return s;
	return NULL;
}

/* The file that is being filled, before it has a segment's name. */
static void
new_name(const struct journal *j, char *buf, size_t size)
{
	snprintf(buf, size, "%s.new", j->sid[0] == '\0' ? "main" : j->sid);
}

/* Before journal_start there is no helper: journal_spare_now works then. */
static void
start_step(struct journal *j, enum spare_step step, enum sync_what what)
{
	bool is_dir = step == SPARE_NAME || step == SPARE_REMOVE;

	j->step = step;
	j->prepare.what = what;
	j->prepare.urgent = false;
	j->prepare.fd = is_dir ? j->dirfd : j->preparing->fd;
	j->prepare.size = j->conf.segment_size;
	j->prepare.done = prepare_done;
	j->prepare.arg = j;
	if (j->started)
		j->conf.sync.start(j->conf.sync.arg, &j->prepare);
}

/* Gives up on the segment in hand; it is tried again a while later. */
static void
prepare_failed(struct journal *j, int error)
{
	char name[SEGMENT_NAME_MAX];

	/* A full disk is told once, by whoever is refused for it. */
	if (error != ENOSPC && error != EDQUOT)
		journal_report(
		    j, "journal: no new segment: %s", strerror(error));
	new_name(j, name, sizeof(name));
	unlinkat(j->dirfd, name, 0);
	segment_name(j->sid, j->preparing->sequence, name, sizeof(name));
	unlinkat(j->dirfd, name, 0);
	/* A full disk fails every second: that must not use numbers up, as
	 * the lists of needs tell apart only so many in a row. */
	if (j->preparing->sequence + 1 == j->next_sequence)
		j->next_sequence--;
	segment_free(j->preparing);
	j->preparing = NULL;
	j->step = SPARE_IDLE;
	j->retry_at = journal_now() + JOURNAL_RETRY_MS;
}

/* A new file to be filled with zeros. */
static int
begin_new(struct journal *j)
{
	char name[SEGMENT_NAME_MAX];
	struct segment *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -1;
	new_name(j, name, sizeof(name));
	if (unlinkat(j->dirfd, name, 0) == -1 && errno != ENOENT) {
		free(s);
		return -1;
	}
	s->size = j->conf.segment_size;
	s->fd = openat(j->dirfd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->fd == -1) {
		free(s);
		return -1;
	}
	s->sequence = j->next_sequence++;
	j->preparing = s;
	start_step(j, SPARE_FILL, SYNC_FILL);
	return 0;
}

/* A new epoch makes each record that the file still holds unreadable at once,
 * without its being overwritten. */
static void
write_header(struct journal *j)
{
	struct segment *s = j->preparing;

	s->last_id = j->last_id;
	s->error = 0;
	s->state = SEGMENT_SPARE;
	if (segment_write_header(s, j->sid) == -1)
		prepare_failed(j, errno);
	else
		start_step(j, SPARE_HEADER, SYNC_FULL);
}

/* The segment in hand gets its place among the spares. */
static void
become_spare(struct journal *j)
{
	TAILQ_INSERT_TAIL(&j->spares, j->preparing, entry);
	j->stats.spares++;
	j->preparing = NULL;
	j->step = SPARE_IDLE;
}

/* Its header is durable by now, so a segment's name never stands for a
 * file that is not one. */
static void
name_new(struct journal *j)
{
	char from[SEGMENT_NAME_MAX], to[SEGMENT_NAME_MAX];

	new_name(j, from, sizeof(from));
	segment_name(j->sid, j->preparing->sequence, to, sizeof(to));
	/* One that is used again has its name already. */
	if (renameat(j->dirfd, from, j->dirfd, to) == -1 && errno != ENOENT)
		prepare_failed(j, errno);
	else
		start_step(j, SPARE_NAME, SYNC_FULL);
}

static void
prepare_done(void *arg, int error)
{
	struct journal *j = arg;

	if (j->step == SPARE_REMOVE) {
		/* What is gone from memory may come back after a crash, but
		 * then replay finds that it is needed no longer. */
		segment_free(j->preparing);
		j->preparing = NULL;
		j->step = SPARE_IDLE;
		return;
	}
	if (error != 0) {
		prepare_failed(j, error);
		return;
	}
	switch (j->step) {
	case SPARE_FILL:
		write_header(j);
		break;
	case SPARE_HEADER:
		name_new(j);
		break;
	case SPARE_NAME:
		become_spare(j);
		break;
	case SPARE_IDLE:
	case SPARE_REMOVE:
		break;
	}
}

/* A queue that hardly writes needs no second one in reserve. */
static unsigned int
spares_wanted(const struct journal *j)
{
	return j->rotated ? JOURNAL_SPARES : 1;
}

/* Uses the oldest dropped segment again, or removes it. */
static void
begin_dropped(struct journal *j)
{
	struct segment *s = TAILQ_FIRST(&j->dropped);
	char from[SEGMENT_NAME_MAX], to[SEGMENT_NAME_MAX];

	TAILQ_REMOVE(&j->dropped, s, entry);
	j->preparing = s;
	segment_name(j->sid, s->sequence, from, sizeof(from));
	if (s->state != SEGMENT_BAD && !s->keep &&
	    s->size == j->conf.segment_size && j->stats.spares < JOURNAL_KEPT) {
		s->sequence = j->next_sequence;
		segment_name(j->sid, s->sequence, to, sizeof(to));
		if (renameat(j->dirfd, from, j->dirfd, to) == 0) {
			j->next_sequence++;
			j->stats.recycled++;
			write_header(j);
			return;
		}
	}
	if (unlinkat(j->dirfd, from, 0) == -1 && errno != ENOENT)
		journal_report(j, "journal/%s: %s", from, strerror(errno));
	start_step(j, SPARE_REMOVE, SYNC_FULL);
}

static bool
wants_new(const struct journal *j)
{
	return j->stats.spares < spares_wanted(j) &&
	    j->stats.segments + j->stats.spares < JOURNAL_MAX;
}

/* Once a turn of the loop. Dropped segments first: a full disk gets room, or
 * the ring goes round without any new file. */
void
journal_spare_kick(struct journal *j)
{
	if (j->step != SPARE_IDLE)
		return;
	if (!TAILQ_EMPTY(&j->dropped)) {
		begin_dropped(j);
		return;
	}
	if (!wants_new(j) || (j->retry_at != 0 && journal_now() < j->retry_at))
		return;
	j->retry_at = 0;
	if (begin_new(j) == -1)
		j->retry_at = journal_now() + JOURNAL_RETRY_MS;
}

/* Blocks, at the start alone, when nobody can be waiting yet. */
int
journal_spare_now(struct journal *j)
{
	int error;

	/* Nothing is started yet: the steps are taken here. */
	if (begin_new(j) == -1)
		return -1;
	while (j->step != SPARE_IDLE) {
		error =
		    sync_work(j->prepare.what, j->prepare.fd, j->prepare.size);
		prepare_done(j, error);
		if (j->retry_at != 0) {
			j->retry_at = 0;
			errno = error == 0 ? EIO : error;
			return -1;
		}
	}
	return 0;
}

/* 0 where the oldest is the one that is written to: it can not be let go of. */
uint64_t
journal_oldest(const struct journal *j)
{
	struct segment *s = TAILQ_FIRST(&j->segments);

	return s == NULL || s == j->current ? 0 : s->sequence;
}

uint64_t
journal_current(const struct journal *j)
{
	return j->current == NULL ? 0 : j->current->sequence;
}

/* Not before all of it is synced: a sync that is under way has its
 * descriptor. */
int
journal_drop_oldest(struct journal *j)
{
	struct segment *s = TAILQ_FIRST(&j->segments);

	if (s == NULL || s == j->current || s == j->syncing ||
	    (s->state != SEGMENT_BAD && s->written != s->synced)) {
		errno = EBUSY;
		return -1;
	}
	TAILQ_REMOVE(&j->segments, s, entry);
	j->stats.segments--;
	TAILQ_INSERT_TAIL(&j->dropped, s, entry);
	return 0;
}

/* 0: the segment has gone, so the place was stale. -1 with errno: the disk
 * failed. */
ssize_t
journal_read(struct journal *j, uint64_t place, void *buf, size_t len)
{
	struct segment *s = segment_find(j, place >> 32);
	uint64_t offset = place & UINT32_MAX;

	if (s == NULL)
		return 0;
	return segment_pread(s->fd, buf, len, offset) == -1 ? -1 : (ssize_t)len;
}
