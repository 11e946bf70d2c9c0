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
 * removal.c: what is needed no longer.  The files of messages that have
 * ended are unlinked, and segments that no message needs any more are let
 * go of.  Each order here is one that a crash between two steps survives:
 * the record of an end is durable before files go, and the names that went
 * are durable before the segment with that record does.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "journal_impl.h"
#include "spool_impl.h"

#define STEP_REMOVALS 64 /* messages whose files are unlinked per step */

/* A name that is not there is no error; anything else is told. */
void
spool_unlink(
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
			spool_unlink(sp, dirfd, 'l', m->id, "");
		if ((m->files & FILE_C) != 0)
			spool_unlink(sp, dirfd, 'c', m->id, "");
		TAILQ_REMOVE(&sp->removals, m, segment);
		message_free(m);
	}
	return true;
}

/* First one directory, then the other: a name may have been in either of them.
 */
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

/* Only when something was unlinked since the last: most segments are let go of
 * without any sync. */
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

/* The oldest segment alone, one a call: what is in a later one may depend on an
 * earlier. True: it went, and there may be another. */
bool
removal_drop(struct spool *sp)
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
