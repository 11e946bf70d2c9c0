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
 * spool.c: what happens to a message of the queue: committed, updated,
 * removed.  Each is a record of the journal; what is in memory is what the
 * records say.
 */

#include "spool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "content.h"
#include "record.h"
#include "segment.h"
#include "spool_impl.h"

/* How far a commit is: a large message passes all three, a small one is in
 * its record and begins with the last. */
enum commit_state {
	COMMIT_FILE,
	COMMIT_DIR,
	COMMIT_JOURNAL
};

/* One line, cut rather than refused: what it tells matters more than its
 * end. */
void
spool_report(struct spool *sp, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	if (sp->conf.report == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	sp->conf.report(sp->conf.arg, line);
}

/* Of the flag as it is now: stage.c moves files when it changes. */
int
spool_dir(const struct spool *sp, const struct message *m)
{
	return (m->flags & MSG_QLIMIT) != 0 ? sp->qlimitfd : sp->rootfd;
}

/* Of SPOOL_NAME_MAX octets, from an id and a Sid that was checked: no text of a
 * client's is ever part of a path. */
void
spool_name(const struct spool *sp, char kind, uint64_t id, const char *suffix,
    char *buf)
{
	buf[0] = kind;
	id_print(id, sp->sid, buf + 1, ID_TEXT_MAX);
	strlcat(buf, suffix, SPOOL_NAME_MAX);
}

/* By number modulo the lists, as fewer segments can be in use. */
static struct message_list *
list_of(struct spool *sp, const struct message *m)
{
	if ((m->files & FILE_BATCH) != 0)
		return &sp->batch.list;
	return &sp->needs[m->need % SPOOL_NEEDS];
}

/* The one place where the lists change: each message that needs a segment
 * stands in exactly one, else the segment would be used again under it. */
void
spool_set_need(struct spool *sp, struct message *m, uint64_t sequence)
{
	if (m->need != 0)
		TAILQ_REMOVE(list_of(sp, m), m, segment);
	m->files &= ~FILE_BATCH;
	m->need = sequence;
	if (sequence != 0)
		TAILQ_INSERT_TAIL(list_of(sp, m), m, segment);
}

struct message_tree *
spool_messages(struct spool *sp)
{
	return &sp->messages;
}

struct message *
spool_find(struct spool *sp, uint64_t id)
{
	struct message key = {.id = id};

	return RB_FIND(message_tree, &sp->messages, &key);
}

uint64_t
spool_last_id(const struct spool *sp)
{
	return journal_last_id(sp->journal);
}

void
spool_note_id(struct spool *sp, uint64_t id)
{
	journal_note_id(sp->journal, id);
}

/* For content in the journal; the disk is the intake's to watch. */
bool
spool_room(const struct spool *sp, uint64_t size)
{
	return journal_room(sp->journal, size);
}

/* Adds an ended message to those whose files go; only its struct stays. */
static void
begin_removal(struct spool *sp, struct message *m)
{
	struct journal_record rec = {JOURNAL_DONE, m->id, NULL, 0};

	free(m->rcpts);
	m->rcpts = NULL;
	m->nrcpts = 0;
	freezero(m->arena, m->arena_size);
	m->arena = NULL;
	m->arena_size = 0;
	m->last = journal_append(sp->journal, &rec);
	TAILQ_INSERT_TAIL(&sp->removals, m, segment);
}

/* Gone from memory at once; the record follows, then the files. */
void
spool_remove(struct spool *sp, struct message *m)
{
	RB_REMOVE(message_tree, &sp->messages, m);
	sp->stats.messages--;
	sp->stats.bytes -= m->size;
	spool_set_need(sp, m, 0);
	begin_removal(sp, m);
}

/* A commit that failed: what it may have left on the disk goes, too. */
static void
commit_failed(struct spool *sp, struct spool_commit *c, int error)
{
	struct message *m = c->message, *ghost;

	sp->commits--;
	/* A record that was written may yet be found: it is ended. */
	if (c->state == COMMIT_JOURNAL &&
	    (ghost = message_new(m->id)) != NULL) {
		ghost->files = m->files | (c->in_file ? FILE_C : 0);
		ghost->flags = m->flags;
		begin_removal(sp, ghost);
	} else if (c->in_file)
		content_abort(sp, m->id);
	m->content = 0;
	c->done(c->arg, error);
}

/* The record is durable or never will be. */
static void
commit_done(void *arg, int error)
{
	struct spool_commit *c = arg;
	struct spool *sp = c->spool;
	struct message *m = c->message;

	if (error != 0) {
		commit_failed(sp, c, error);
		return;
	}
	sp->commits--;
	if (c->in_file)
		m->files |= FILE_C;
	RB_INSERT(message_tree, &sp->messages, m);
	sp->stats.messages++;
	sp->stats.bytes += m->size;
	spool_set_need(sp, m, m->last >> 32);
	c->done(c->arg, 0);
}

/* Appends the MESSAGE record; 0, or -1 with errno. The record is in memory
 * behind this. Until commit_done the message is in no tree: a client that was
 * not answered yet has nothing in the queue. */
static int
append_message(struct spool *sp, struct spool_commit *c)
{
	struct message *m = c->message;
	struct journal_record rec = {JOURNAL_MESSAGE, m->id, NULL, 1};
	struct iovec iov[2];
	const void *data = c->data;
	uint64_t inlined = c->in_file ? 0 : m->size;
	uint8_t *envelope;
	size_t len;
	int error;

	if (inlined > 0 && data == NULL) {
		if (segment_pread(c->fd, sp->scratch, inlined, 0) == -1)
			return -1;
		data = sp->scratch;
	}
	if ((envelope = record_message(m, inlined, &len)) == NULL)
		return -1;
	iov[0].iov_base = envelope;
	iov[0].iov_len = len;
	if (inlined > 0) {
		/* iovec has no const; the journal only reads. */
		memcpy(&iov[1].iov_base, &data, sizeof(data));
		iov[1].iov_len = (size_t)inlined;
		rec.niov = 2;
	}
	rec.iov = iov;
	m->last = journal_append(sp->journal, &rec);
	error = errno;
	freezero(envelope, len);
	errno = error;
	if (m->last == 0)
		return -1;
	m->content =
	    inlined == 0 ? 0 : journal_payload(m->last, len + inlined, len);
	c->state = COMMIT_JOURNAL;
	c->wait.position = m->last;
	c->wait.done = commit_done;
	c->wait.arg = c;
	journal_await(sp->journal, &c->wait);
	return 0;
}

/* The content file is durable, then its name, then the record follows. */
static void
file_synced(void *arg, int error)
{
	struct spool_commit *c = arg;
	struct spool *sp = c->spool;

	if (error == 0 && c->state == COMMIT_FILE) {
		c->state = COMMIT_DIR;
		c->job.fd = spool_dir(sp, c->message);
		sp->conf.sync.start(sp->conf.sync.arg, &c->job);
		return;
	}
	if (error == 0 && append_message(sp, c) == -1)
		error = errno;
	if (error != 0)
		commit_failed(sp, c, error);
}

/* The second spool is known only now; the file was made in the first. */
int
spool_place(struct spool *sp, const struct message *m)
{
	char name[SPOOL_NAME_MAX];

	if ((m->flags & MSG_QLIMIT) == 0)
		return 0;
	spool_name(sp, 'c', m->id, "", name);
	if (renameat(sp->rootfd, name, sp->qlimitfd, name) == -1 &&
	    errno != ENOENT)
		return -1;
	/* An l file says which spool it is in: it is written again there. */
	if ((m->files & FILE_L) != 0) {
		spool_name(sp, 'l', m->id, "", name);
		unlinkat(sp->rootfd, name, 0);
	}
	return 0;
}

/* Content in a file: synced, its name too, and only then the record, which
 * must never speak of what a crash could take away. */
int
spool_commit(struct spool *sp, struct spool_commit *c)
{
	struct message *m = c->message;
	struct stat st;

	c->spool = sp;
	if (spool_find(sp, m->id) != NULL) {
		errno = EEXIST;
		return -1;
	}
	if (!c->in_file && m->size > CONTENT_SMALL) {
		errno = EMSGSIZE;
		return -1;
	}
	if (!c->in_file) {
		if (append_message(sp, c) == -1)
			return -1;
		sp->commits++;
		return 0;
	}
	if (fstat(c->fd, &st) == -1 || spool_place(sp, m) == -1)
		return -1;
	if ((uint64_t)st.st_size != m->size) {
		errno = EINVAL;
		return -1;
	}
	sp->commits++;
	c->state = COMMIT_FILE;
	c->job.what = SYNC_FULL;
	c->job.urgent = true;
	c->job.fd = c->fd;
	c->job.done = file_synced;
	c->job.arg = c;
	sp->conf.sync.start(sp->conf.sync.arg, &c->job);
	return 0;
}

/* The record says how things stand now, in full for the recipients it names,
 * so it may be lost before a later one, repeated, or replayed on top of an l
 * file that knows it already. */
uint64_t
spool_update(
    struct spool *sp, struct message *m, uint32_t first, uint32_t count)
{
	struct journal_record rec = {JOURNAL_STATE, m->id, NULL, 1};
	struct iovec iov;
	uint64_t position = 0;
	uint8_t *data;

	if ((data = record_state(m, first, count, &iov.iov_len)) != NULL) {
		iov.iov_base = data;
		rec.iov = &iov;
		position = journal_append(sp->journal, &rec);
		free(data);
	}
	if (position != 0) {
		m->last = position;
		if (m->need == 0)
			spool_set_need(sp, m, position >> 32);
		return position;
	}
	/* Its files will tell instead, once they can be written. */
	m->last++;
	if (m->need == 0) {
		position = journal_current(sp->journal);
		spool_set_need(sp, m, position == 0 ? 1 : position);
	}
	if (m->need > sp->evacuate)
		sp->evacuate = m->need;
	return 0;
}

void
spool_await(struct spool *sp, struct journal_wait *w)
{
	journal_await(sp->journal, w);
}

void
spool_forget(struct spool *sp, struct journal_wait *w)
{
	journal_forget(sp->journal, w);
}

int
spool_flush(struct spool *sp)
{
	return journal_flush(sp->journal);
}

/* Removals first: they free what the other two would have to keep. */
bool
spool_step(struct spool *sp)
{
	bool more;

	more = removal_step(sp);
	more = checkpoint_step(sp) || more;
	return removal_drop(sp) || more;
}

/* Only then may the process end without a replay that has work to do. */
bool
spool_is_idle(const struct spool *sp)
{
	return sp->commits == 0 && TAILQ_EMPTY(&sp->removals) &&
	    sp->tidy == TIDY_IDLE && !checkpoint_is_busy(sp) &&
	    !journal_is_busy(sp->journal) && journal_is_durable(sp->journal);
}

void
spool_get_stats(const struct spool *sp, struct spool_stats *stats)
{
	*stats = sp->stats;
	journal_get_stats(sp->journal, &stats->journal);
}
