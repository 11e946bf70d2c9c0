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
 * checkpoint.c: the spool's background work.  Messages that still need an
 * old segment get their c and l files, durable, some at a time: written
 * under other names, synced, renamed, their directory synced, recorded.
 * Then nothing needs the segment, and it is let go.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal_impl.h"
#include "spool_impl.h"

#define STEP_WRITES 4 /* messages written per step */
#define STEP_REMOVALS 64 /* messages whose files are unlinked per step */
#define SUFFIX ".new"

static void batch_done(void *, int);

/* A name that is not there is no error; anything else is told. */
static void
unlink_one(
    struct spool *sp, int dirfd, char kind, uint64_t id, const char *suffix)
{
	char name[SPOOL_NAME_MAX];

	spool_name(sp, kind, id, suffix, name);
	if (unlinkat(dirfd, name, 0) == 0)
		sp->unlinked = true;
	else if (errno != ENOENT)
		spool_report(sp, "%s: %s", name, strerror(errno));
}

/* The order matters: first the DONE record is durable, then the files go.
 * The other way round a crash would leave half a message. */
bool
removal_step(struct spool *sp)
{
	struct journal_record rec = {JOURNAL_DONE, 0, NULL, 0};
	struct message *m;
	int n, dirfd;

	for (n = 0; n < STEP_REMOVALS; n++) {
		if ((m = TAILQ_FIRST(&sp->removals)) == NULL)
			return false;
		if (m->last == 0) {
			/* Not recorded yet, or its segment failed. */
			rec.id = m->id;
			m->last = journal_append(sp->journal, &rec);
			if (m->last == 0)
				return false;
			TAILQ_REMOVE(&sp->removals, m, segment);
			TAILQ_INSERT_TAIL(&sp->removals, m, segment);
			continue;
		}
		if (m->last > journal_durable(sp->journal))
			return false;
		dirfd = spool_dir(sp, m);
		if ((m->files & FILE_L) != 0)
			unlink_one(sp, dirfd, 'l', m->id, "");
		if ((m->files & FILE_C) != 0)
			unlink_one(sp, dirfd, 'c', m->id, "");
		TAILQ_REMOVE(&sp->removals, m, segment);
		message_free(m);
	}
	return true;
}

/* The oldest message that should be written back; NULL: none. */
static struct message *
next_message(struct spool *sp)
{
	struct message_list *list;
	struct journal_stats stats;
	uint64_t seq, oldest = journal_oldest(sp->journal), last;
	unsigned int keep;

	keep = sp->conf.keep == 0 ? SPOOL_KEEP : sp->conf.keep;
	journal_get_stats(sp->journal, &stats);
	last = sp->evacuate;
	if (stats.segments > keep + 1 && oldest > last)
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

static void
close_entry(struct batch_entry *e)
{
	if (e->cfd != -1)
		close(e->cfd);
	if (e->lfd != -1)
		close(e->lfd);
	e->cfd = e->lfd = -1;
}

/* What was written for an entry whose message has gone, or failed. */
static void
unlink_entry(struct spool *sp, const struct batch_entry *e)
{
	int dirfd = e->qlimit ? sp->qlimitfd : sp->rootfd;

	unlink_one(sp, dirfd, 'c', e->id, SUFFIX);
	unlink_one(sp, dirfd, 'l', e->id, SUFFIX);
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
	for (i = 0; i < b->count; i++) {
		close_entry(&b->entries[i]);
		unlink_entry(sp, &b->entries[i]);
	}
	while ((m = TAILQ_FIRST(&b->list)) != NULL)
		spool_set_need(sp, m, m->need);
	b->count = 0;
	b->step = BATCH_IDLE;
	b->retry_at = journal_now() + SPOOL_RETRY_MS;
}

/* Writes one message's files and takes it into the batch. */
static int
add_message(struct spool *sp, struct message *m)
{
	struct batch *b = &sp->batch;
	struct batch_entry *e = &b->entries[b->count++];

	e->id = m->id;
	e->last = m->last;
	if ((e->mark = journal_current(sp->journal)) == 0)
		e->mark = m->need;
	e->qlimit = (m->flags & MSG_QLIMIT) != 0;
	e->cfd = e->lfd = -1;
	TAILQ_REMOVE(&sp->needs[m->need % SPOOL_NEEDS], m, segment);
	TAILQ_INSERT_TAIL(&b->list, m, segment);
	m->files |= FILE_BATCH;
	if (m->content != 0 || (m->files & FILE_C) == 0)
		if ((e->cfd = content_write_c(sp, m, SUFFIX)) == -1) {
			if (!content_is_lost(sp, m))
				return -1;
			b->count--;
			content_give_up(sp, m);
			return 0;
		}
	e->lfd = content_write_l(sp, m, SUFFIX, false);
	return e->lfd == -1 ? -1 : 0;
}

/* Starts the next descriptor's sync; false when all are done. */
static bool
sync_next(struct spool *sp)
{
	struct batch *b = &sp->batch;
	struct batch_entry *e;
	int fd;

	for (; b->at < 2 * b->count; b->at++) {
		e = &b->entries[b->at / 2];
		fd = b->at % 2 == 0 ? e->cfd : e->lfd;
		if (fd == -1)
			continue;
		b->job.fd = fd;
		b->at++;
		sp->conf.sync.start(sp->conf.sync.arg, &b->job);
		return true;
	}
	return false;
}

static void
batch_sync(struct spool *sp)
{
	struct batch *b = &sp->batch;

	b->step = BATCH_SYNC;
	b->at = 0;
	b->job.what = SYNC_FULL;
	b->job.urgent = false;
	b->job.done = batch_done;
	b->job.arg = sp;
	if (!sync_next(sp))
		b->step = BATCH_NAME;
}

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
name_entry(struct spool *sp, struct batch_entry *e)
{
	struct message *m = spool_find(sp, e->id);

	if (m == NULL) {
		close_entry(e);
		unlink_entry(sp, e);
		return 0;
	}
	if (e->cfd != -1) {
		if (rename_one(sp, e, 'c') == -1)
			return -1;
		m->files |= FILE_C;
	}
	if (rename_one(sp, e, 'l') == -1)
		return -1;
	m->files |= FILE_L;
	close_entry(e);
	return 0;
}

/* Names last: until here a crash leaves only names with a suffix, which
 * the next start removes. */
static void
batch_name(struct spool *sp)
{
	struct batch *b = &sp->batch;
	int i;

	b->qlimit = false;
	for (i = 0; i < b->count; i++) {
		if (name_entry(sp, &b->entries[i]) == -1) {
			batch_failed(sp, errno);
			return;
		}
		b->qlimit = b->qlimit || b->entries[i].qlimit;
	}
	b->step = BATCH_DIR;
	b->job.fd = sp->rootfd;
	sp->conf.sync.start(sp->conf.sync.arg, &b->job);
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

static void
batch_record(struct spool *sp)
{
	struct batch *b = &sp->batch;
	int i;

	for (i = 0; i < b->count; i++)
		record_entry(sp, &b->entries[i]);
	b->count = 0;
	b->error = 0;
	b->step = BATCH_IDLE;
}

static void
batch_done(void *arg, int error)
{
	struct spool *sp = arg;
	struct batch *b = &sp->batch;

	if (error != 0) {
		batch_failed(sp, error);
		return;
	}
	if (b->step == BATCH_SYNC) {
		if (!sync_next(sp))
			b->step = BATCH_NAME;
	} else if (b->step == BATCH_DIR && b->qlimit) {
		b->step = BATCH_QLIMIT;
		b->job.fd = sp->qlimitfd;
		sp->conf.sync.start(sp->conf.sync.arg, &b->job);
	} else
		b->step = BATCH_RECORD;
}

static bool
batch_write(struct spool *sp)
{
	struct batch *b = &sp->batch;
	struct message *m;
	int n;

	for (n = 0; n < STEP_WRITES; n++) {
		m = b->count < BATCH_MAX ? next_message(sp) : NULL;
		if (m == NULL) {
			if (b->count == 0)
				b->step = BATCH_IDLE;
			else
				batch_sync(sp);
			return b->step == BATCH_NAME;
		}
		if (add_message(sp, m) == -1) {
			batch_failed(sp, errno);
			return false;
		}
	}
	return true;
}

bool
checkpoint_step(struct spool *sp)
{
	struct batch *b = &sp->batch;

	switch (b->step) {
	case BATCH_IDLE:
		if ((b->retry_at != 0 && journal_now() < b->retry_at) ||
		    next_message(sp) == NULL)
			return false;
		b->retry_at = 0;
		b->step = BATCH_WRITE;
		return true;
	case BATCH_WRITE:
		return batch_write(sp);
	case BATCH_NAME:
		batch_name(sp);
		return false;
	case BATCH_RECORD:
		batch_record(sp);
		return true;
	default:
		return false;
	}
}

bool
checkpoint_is_busy(const struct spool *sp)
{
	return sp->batch.step != BATCH_IDLE;
}

static void
tidy_done(void *arg, int error)
{
	struct spool *sp = arg;

	/* On an error the segment stays, and this is tried again. */
	if (error != 0) {
		sp->unlinked = true;
		sp->tidy_retry = journal_now() + SPOOL_RETRY_MS;
	}
	if (error == 0 && sp->tidy == TIDY_ROOT) {
		sp->tidy = TIDY_QLIMIT;
		sp->tidy_job.fd = sp->qlimitfd;
		sp->conf.sync.start(sp->conf.sync.arg, &sp->tidy_job);
		return;
	}
	sp->tidy = TIDY_IDLE;
}

static void
tidy_start(struct spool *sp)
{
	sp->unlinked = false;
	sp->tidy = TIDY_ROOT;
	sp->tidy_job.what = SYNC_FULL;
	sp->tidy_job.urgent = false;
	sp->tidy_job.fd = sp->rootfd;
	sp->tidy_job.done = tidy_done;
	sp->tidy_job.arg = sp;
	sp->conf.sync.start(sp->conf.sync.arg, &sp->tidy_job);
}

bool
drop_step(struct spool *sp)
{
	uint64_t oldest = journal_oldest(sp->journal);
	struct message *m = TAILQ_FIRST(&sp->removals);

	if (oldest == 0 || sp->tidy != TIDY_IDLE ||
	    !TAILQ_EMPTY(&sp->needs[oldest % SPOOL_NEEDS]))
		return false;
	TAILQ_FOREACH (m, &sp->batch.list, segment)
		if (m->need == oldest)
			return false;
	/* An end that this segment tells of must not be forgotten while the
	 * files of what ended may still be there. */
	m = TAILQ_FIRST(&sp->removals);
	if (m != NULL && m->last >> 32 <= oldest)
		return false;
	if (sp->unlinked) {
		if (sp->tidy_retry != 0 && journal_now() < sp->tidy_retry)
			return false;
		sp->tidy_retry = 0;
		tidy_start(sp);
		return false;
	}
	return journal_drop_oldest(sp->journal) == 0;
}
