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
 * checkpoint.c: messages that still need an old segment get their c and l
 * files, durable, many at a time: written under other names, one syncfs
 * for all of them, renamed, their directory synced, recorded.  Then nothing
 * needs the segment, and removal.c lets it go.  Runs beside the commits of
 * clients: a step takes a little of each turn, the syncs are the second
 * helper's.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal_impl.h"
#include "monotime.h"
#include "spool_impl.h"

/* Microseconds of one turn of the loop that are spent here, for each so
 * many segments more than are kept: clients feel it only when the journal
 * would else run out of segments, which they would feel far more. */
#define STEP_US 250
#define STEP_SEGMENTS 4
#define SUFFIX ".new"

static void batch_done(void *, int);

/* Full segments beyond those that are kept because most messages end
 * before they would be worth files of their own. */
static unsigned int
segments_over(const struct spool *sp)
{
	unsigned int keep = sp->conf.keep == 0 ? SPOOL_KEEP : sp->conf.keep;
	struct journal_stats stats;

	journal_get_stats(sp->journal, &stats);
	return stats.segments > keep + 1 ? stats.segments - keep - 1 : 0;
}

/* The oldest message that should be written back; NULL: none. */
static struct message *
next_message(struct spool *sp)
{
	struct message_list *list;
	uint64_t seq, oldest = journal_oldest(sp->journal), last;

	last = sp->evacuate;
	if (segments_over(sp) > 0 && oldest > last)
		last = oldest;
	/* Every list once: a number stands for all that share its list. */
	for (seq = last < SPOOL_NEEDS ? 0 : last - SPOOL_NEEDS + 1; seq <= last;
	     seq++) {
		list = &sp->needs[seq % SPOOL_NEEDS];
		if (!TAILQ_EMPTY(list) && TAILQ_FIRST(list)->need <= last)
			return TAILQ_FIRST(list);
	}
	if (sp->batch.count == 0)
		sp->evacuate = 0;
	return NULL;
}

/* What was written for an entry whose message has gone, or failed. */
static void
unlink_entry(struct spool *sp, const struct batch_entry *e)
{
	int dirfd = e->qlimit ? sp->qlimitfd : sp->rootfd;

	spool_unlink(sp, dirfd, 'c', e->id, SUFFIX);
	spool_unlink(sp, dirfd, 'l', e->id, SUFFIX);
}

/* Gives up on the batch: its messages wait for another. */
static void
batch_failed(struct spool *sp, int error)
{
	struct batch *b = &sp->batch;
	struct message *m;
	int i;

	if (error != b->error)
		spool_report(
		    sp, "cannot write queue files: %s", strerror(error));
	b->error = error;
	for (i = 0; i < b->count; i++)
		unlink_entry(sp, &b->entries[i]);
	while ((m = TAILQ_FIRST(&b->list)) != NULL)
		spool_set_need(sp, m, m->need);
	b->count = 0;
	b->step = BATCH_IDLE;
	b->retry_at = journal_now() + SPOOL_RETRY_MS;
}

/* The content, if only the journal has it.  A c file that is there may
 * have been cut by a crash: while the journal has the content that counts,
 * and is written again.  0, or -1 with errno. */
static int
write_content(struct spool *sp, const struct message *m, struct batch_entry *e)
{
	int fd;

	e->has_c = m->content != 0 || (m->files & FILE_C) == 0;
	if (!e->has_c)
		return 0;
	if ((fd = content_write_c(sp, m, SUFFIX)) == -1)
		return -1;
	sp->batch.bytes += m->size;
	close(fd);
	return 0;
}

/* Writes one message's files and takes it into the batch.  Nothing is
 * synced here, so nothing is kept open: the syncfs finds all. */
static int
add_message(struct spool *sp, struct message *m)
{
	struct batch *b = &sp->batch;
	struct batch_entry *e = &b->entries[b->count++];
	int fd;

	e->id = m->id;
	e->last = m->last;
	if ((e->mark = journal_current(sp->journal)) == 0)
		e->mark = m->need;
	e->qlimit = (m->flags & MSG_QLIMIT) != 0;
	TAILQ_REMOVE(&sp->needs[m->need % SPOOL_NEEDS], m, segment);
	TAILQ_INSERT_TAIL(&b->list, m, segment);
	m->files |= FILE_BATCH;
	if (write_content(sp, m, e) == -1) {
		if (!content_is_lost(sp, m))
			return -1;
		b->count--;
		content_give_up(sp, m);
		return 0;
	}
	if ((fd = content_write_l(sp, m, SUFFIX, false)) == -1)
		return -1;
	close(fd);
	return 0;
}

/* The job is part of the batch, which has at most one under way; batch_done
 * comes from the loop, never from within this call. */
static void
start_sync(struct spool *sp, enum sync_what what, int fd)
{
	struct sync_job *job = &sp->batch.job;

	job->what = what;
	job->urgent = false;
	job->fd = fd;
	job->done = batch_done;
	job->arg = sp;
	sp->conf.sync.start(sp->conf.sync.arg, job);
}

/* Replaces a file of that name: it is an earlier state of the same message, or
 * one that a crash has cut. */
static int
rename_one(struct spool *sp, const struct batch_entry *e, char kind)
{
	char from[SPOOL_NAME_MAX], to[SPOOL_NAME_MAX];
	int dirfd = e->qlimit ? sp->qlimitfd : sp->rootfd;

	spool_name(sp, kind, e->id, SUFFIX, from);
	spool_name(sp, kind, e->id, "", to);
	return renameat(dirfd, from, dirfd, to);
}

/* The content first: an l file never stands without it. */
static int
name_entry(struct spool *sp, const struct batch_entry *e)
{
	struct message *m = spool_find(sp, e->id);

	if (m == NULL) {
		unlink_entry(sp, e);
		return 0;
	}
	if (e->has_c) {
		if (rename_one(sp, e, 'c') == -1)
			return -1;
		m->files |= FILE_C;
	}
	if (rename_one(sp, e, 'l') == -1)
		return -1;
	m->files |= FILE_L;
	sp->batch.qlimit |= e->qlimit;
	return 0;
}

/*
 * The files are durable: the journal may forget what was appended before
 * they were written.  What came after is still needed.
 */
static void
record_entry(struct spool *sp, const struct batch_entry *e)
{
	struct journal_record rec = {JOURNAL_CHECKPOINTED, e->id, NULL, 1};
	struct message *m = spool_find(sp, e->id);
	uint64_t mark = e->mark;
	struct iovec iov = {&mark, sizeof(mark)};

	if (m == NULL)
		return;
	rec.iov = &iov;
	/* If this can not be appended, replay finds the files anyway. */
	journal_append(sp->journal, &rec);
	m->content = 0;
	m->files |= FILE_SAFE;
	spool_set_need(sp, m, m->last == e->last ? 0 : e->mark);
	sp->stats.checkpointed++;
}

/* A step of the batch is done. */
static void
batch_done(void *arg, int error)
{
	struct spool *sp = arg;
	struct batch *b = &sp->batch;

	b->at = 0;
	if (error != 0)
		batch_failed(sp, error);
	else if (b->step == BATCH_SYNC)
		b->step = BATCH_NAME;
	else if (b->step == BATCH_DIR && b->qlimit) {
		b->step = BATCH_QLIMIT;
		start_sync(sp, SYNC_FULL, sp->qlimitfd);
	} else
		b->step = BATCH_RECORD;
}

/* One message more, or the sync of those that are written. */
static void
batch_write(struct spool *sp)
{
	struct batch *b = &sp->batch;
	struct message *m = NULL;

	if (b->count < BATCH_MAX && b->bytes < BATCH_BYTES)
		m = next_message(sp);
	if (m != NULL) {
		if (add_message(sp, m) == -1)
			batch_failed(sp, errno);
	} else if (b->count == 0)
		b->step = BATCH_IDLE;
	else {
		b->step = BATCH_SYNC;
		start_sync(sp, SYNC_DISK, sp->rootfd);
	}
}

/* Names last: until here a crash leaves only names with a suffix, which
 * the next start removes. */
static void
batch_name(struct spool *sp)
{
	struct batch *b = &sp->batch;

	if (b->at == b->count) {
		b->step = BATCH_DIR;
		start_sync(sp, SYNC_FULL, sp->rootfd);
	} else if (name_entry(sp, &b->entries[b->at++]) == -1)
		batch_failed(sp, errno);
}

/* Behind the last record nothing of the batch is left to do: a message that
 * changed meanwhile has a need of its own and comes again. */
static void
batch_record(struct spool *sp)
{
	struct batch *b = &sp->batch;

	if (b->at < b->count) {
		record_entry(sp, &b->entries[b->at++]);
		return;
	}
	b->count = 0;
	b->error = 0;
	b->step = BATCH_IDLE;
}

/* The next batch begins when there is reason for one, but after a failure
 * not at once.  False: not now. */
static bool
batch_begin(struct spool *sp)
{
	struct batch *b = &sp->batch;

	if ((b->retry_at != 0 && journal_now() < b->retry_at) ||
	    next_message(sp) == NULL)
		return false;
	b->retry_at = 0;
	b->bytes = 0;
	b->qlimit = false;
	b->step = BATCH_WRITE;
	return true;
}

/* True while there is something to do without waiting for the disk. */
static bool
batch_go_on(struct spool *sp)
{
	switch (sp->batch.step) {
	case BATCH_IDLE:
		return batch_begin(sp);
	case BATCH_WRITE:
		batch_write(sp);
		return true;
	case BATCH_NAME:
		batch_name(sp);
		return true;
	case BATCH_RECORD:
		batch_record(sp);
		return true;
	default:
		return false;
	}
}

/* By time and not by number: what a file costs to make differs by far
 * between an empty directory and one with a million names. */
bool
checkpoint_step(struct spool *sp)
{
	int64_t until = monotime_now().us +
	    STEP_US * (int64_t)(1 + segments_over(sp) / STEP_SEGMENTS);

	while (batch_go_on(sp))
		if (monotime_now().us >= until)
			return true;
	return false;
}

/* While it is, a segment may be needed by a message that no list of needs
 * shows, and the process must not end. */
bool
checkpoint_is_busy(const struct spool *sp)
{
	return sp->batch.step != BATCH_IDLE;
}
