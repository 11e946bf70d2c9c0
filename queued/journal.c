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
 * journal.c: append, write, group commit, and what happens when the disk
 * fails.  A segment whose write or sync failed is never written again: the
 * kernel may have thrown away the pages it could not write, and a second
 * fdatasync that succeeds says nothing about them.  Who waits for such
 * bytes is told so; the owner writes elsewhere what is to be kept.
 */

#include "journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "journal_impl.h"

#define BEGIN_PAYLOAD 12 /* sequence and end of the segment before */

static void fail_segment(struct journal *, struct segment *);

/* Writes what current has in memory.  An error stays in the segment until
 * journal_flush handles it. */
static void
write_out(struct journal *j)
{
	struct segment *s = j->current;

	if (s == NULL || s->error != 0 || s->used == s->written)
		return;
	j->stats.writes++;
	if (segment_pwrite(s->fd, j->buf, s->used - s->written, s->written) ==
	    -1) {
		s->error = errno;
		return;
	}
	s->written = s->used;
}

/* Puts a record into current, which has room in the file for it. */
static uint64_t
put_record(struct journal *j, const struct journal_record *rec, size_t total)
{
	struct segment *s = j->current;
	size_t held = s->used - s->written;
	size_t size = j->buf_size == 0 ? 65536 : j->buf_size;
	uint8_t *buf;

	if (held > 0 && held + total > JOURNAL_BUFFER) {
		write_out(j);
		if (s->error != 0) {
			errno = s->error;
			return 0;
		}
		held = 0;
	}
	while (size < held + total)
		size *= 2;
	if (size != j->buf_size) {
		if ((buf = realloc(j->buf, size)) == NULL)
			return 0;
		j->buf = buf;
		j->buf_size = size;
	}
	segment_put(s, j->buf + held, rec);
	s->used += (uint32_t)total;
	j->stats.appended++;
	j->stats.bytes += total;
	return journal_position(s, s->used);
}

/* The first record says where the segment before it ended, so that replay
 * knows whether that one is whole. */
static int
begin_segment(struct journal *j)
{
	uint8_t payload[BEGIN_PAYLOAD];
	struct iovec iov = {payload, sizeof(payload)};
	struct journal_record rec = {JOURNAL_BEGIN, j->last_id, &iov, 1};
	struct buf_put b;

	buf_put_init(&b, payload, sizeof(payload));
	buf_put_u64(&b, j->before_sequence);
	buf_put_u32(&b, j->before_end);
	return put_record(j, &rec, SEGMENT_RECORD(sizeof(payload))) == 0 ? -1 :
									   0;
}

/* Goes on to a spare.  -1 with errno when there is none. */
int
journal_begin(struct journal *j)
{
	struct segment *s = j->current;

	write_out(j);
	if (s != NULL && s->error != 0) {
		errno = s->error;
		return -1;
	}
	if (TAILQ_EMPTY(&j->spares)) {
		errno = ENOSPC;
		return -1;
	}
	if (s != NULL) {
		s->state = SEGMENT_FULL;
		j->before_sequence = s->sequence;
		j->before_end = s->used;
		j->rotated = true;
	}
	s = TAILQ_FIRST(&j->spares);
	TAILQ_REMOVE(&j->spares, s, entry);
	TAILQ_INSERT_TAIL(&j->segments, s, entry);
	s->state = SEGMENT_CURRENT;
	j->current = s;
	j->stats.spares--;
	j->stats.segments++;
	return begin_segment(j);
}

/* Bytes that must be free in current for a record of that type. */
static size_t
room_needed(const struct journal *j, enum journal_type type, size_t total)
{
	if (type == JOURNAL_MESSAGE && TAILQ_EMPTY(&j->spares))
		total += j->conf.segment_size / JOURNAL_RESERVE;
	return total;
}

/* Into memory; journal_flush writes it, and a sync makes it durable. */
uint64_t
journal_append(struct journal *j, const struct journal_record *rec)
{
	size_t len = 0, total, need;
	int i;

	for (i = 0; i < rec->niov; i++)
		len += rec->iov[i].iov_len;
	total = SEGMENT_RECORD(len);
	if (len >= j->conf.segment_size ||
	    total + SEGMENT_START + SEGMENT_RECORD(BEGIN_PAYLOAD) >
		j->conf.segment_size) {
		errno = E2BIG;
		return 0;
	}
	if (j->current != NULL && j->current->error != 0) {
		errno = j->current->error;
		return 0;
	}
	need = room_needed(j, rec->type, total);
	if ((j->current == NULL ||
		j->current->size - j->current->used < need) &&
	    journal_begin(j) == -1)
		return 0;
	if (j->current->size - j->current->used < total) {
		errno = ENOSPC;
		return 0;
	}
	journal_note_id(j, rec->id);
	return put_record(j, rec, total);
}

uint64_t
journal_payload(uint64_t position, uint64_t total, uint64_t offset)
{
	return position - SEGMENT_RECORD(total) + SEGMENT_FRAME + offset;
}

/* Room for the other records is kept: what is in the queue must be able to
 * end when nothing more comes in. */
bool
journal_room(const struct journal *j, uint64_t bytes)
{
	size_t need;

	if (bytes > JOURNAL_INLINE)
		bytes = 0; /* goes to a file */
	/* Room for an envelope as large as the content may get. */
	need = room_needed(
	    j, JOURNAL_MESSAGE, SEGMENT_RECORD((size_t)bytes) + 4096);
	return !TAILQ_EMPTY(&j->spares) ||
	    (j->current != NULL && j->current->error == 0 &&
		j->current->size - j->current->used >= need);
}

/* Positions come almost always in order, so the place is found from the
 * end. */
void
journal_await(struct journal *j, struct journal_wait *w)
{
	struct journal_wait *at;

	TAILQ_FOREACH_REVERSE(at, &j->waits, journal_wait_list, entry)
	if (at->position <= w->position)
		break;
	if (at != NULL)
		TAILQ_INSERT_AFTER(&j->waits, at, w, entry);
	else
		TAILQ_INSERT_HEAD(&j->waits, w, entry);
}

/* The owner frees w behind this: from here on nothing points to it. */
void
journal_forget(struct journal *j, struct journal_wait *w)
{
	struct journal_wait *at;

	/* It may have been run already, or wait nowhere. */
	TAILQ_FOREACH (at, &j->waits, entry)
		if (at == w) {
			TAILQ_REMOVE(&j->waits, w, entry);
			return;
		}
}

/* In order of position, and until the first that is not durable: what is
 * durable is always a prefix. */
static void
run_waits(struct journal *j)
{
	struct journal_wait *w;

	while (
	    (w = TAILQ_FIRST(&j->waits)) != NULL && w->position <= j->durable) {
		TAILQ_REMOVE(&j->waits, w, entry);
		w->done(w->arg, 0);
	}
}

/* Durable is only what was written when the sync began, not what came
 * while it was under way. */
static void
sync_done(void *arg, int error)
{
	struct journal *j = arg;
	struct segment *s = j->syncing;

	j->syncing = NULL;
	j->stats.syncs++;
	if (s->state == SEGMENT_BAD)
		return;
	if (error != 0) {
		s->error = error;
		fail_segment(j, s);
		return;
	}
	s->synced = j->sync_end;
	j->durable = journal_position(s, s->synced);
	run_waits(j);
	if (j->conf.ops.durable != NULL)
		j->conf.ops.durable(j->conf.ops.arg, j->durable);
}

/* Those who wait for bytes of this segment hear of its error. */
static void
fail_waits(struct journal *j, const struct segment *s)
{
	struct journal_wait_list failed = TAILQ_HEAD_INITIALIZER(failed);
	struct journal_wait *w, *next;

	TAILQ_FOREACH_SAFE (w, &j->waits, entry, next)
		if (w->position >> 32 == s->sequence) {
			TAILQ_REMOVE(&j->waits, w, entry);
			TAILQ_INSERT_TAIL(&failed, w, entry);
		}
	while ((w = TAILQ_FIRST(&failed)) != NULL) {
		TAILQ_REMOVE(&failed, w, entry);
		w->done(w->arg, s->error);
	}
}

/* Another segment goes on; the owner moves what this one told, and who
 * waits for it hears of the error last, when a new record can be written. */
static void
fail_segment(struct journal *j, struct segment *s)
{
	char name[SEGMENT_NAME_MAX];

	segment_name(j->sid, s->sequence, name, sizeof(name));
	journal_report(j, "journal/%s: %s: no longer written to", name,
	    strerror(s->error));
	j->stats.failures++;
	s->state = SEGMENT_BAD;
	s->used = s->written = s->synced;
	if (s == j->current) {
		j->before_sequence = s->sequence;
		j->before_end = s->synced;
		j->current = NULL;
		/* If there is none, each append tries again. */
		journal_begin(j);
	}
	if (j->conf.ops.bad != NULL)
		j->conf.ops.bad(j->conf.ops.arg, s->sequence, s->error);
	fail_waits(j, s);
}

/* In how many ms a sync that nobody waits for is due; 0: now. */
static int
lazy_wait(struct journal *j)
{
	int64_t now = journal_now();

	if (j->lazy_since == 0)
		j->lazy_since = now;
	if (now - j->lazy_since >= JOURNAL_LAZY)
		return 0;
	return (int)(JOURNAL_LAZY - (now - j->lazy_since));
}

/* One at a time: all that comes meanwhile shares the next.  In how many ms
 * to ask again, or -1. */
static int
start_sync(struct journal *j)
{
	struct segment *s;
	int wait;

	if (j->syncing != NULL)
		return -1;
	TAILQ_FOREACH (s, &j->segments, entry)
		if (s->state != SEGMENT_BAD && s->written > s->synced)
			break;
	if (s == NULL)
		return -1;
	if (TAILQ_EMPTY(&j->waits) && (wait = lazy_wait(j)) > 0)
		return wait;
	j->lazy_since = 0;
	j->syncing = s;
	j->sync_end = s->written;
	j->sync.what = SYNC_FLUSH;
	j->sync.urgent = true;
	j->sync.fd = s->fd;
	j->sync.done = sync_done;
	j->sync.arg = j;
	j->conf.sync.start(j->conf.sync.arg, &j->sync);
	return -1;
}

int
journal_flush(struct journal *j)
{
	write_out(j);
	if (j->current != NULL && j->current->error != 0)
		fail_segment(j, j->current);
	journal_spare_kick(j);
	return start_sync(j);
}

/* Of bad segments too: their used was cut to what is synced. For a stop: what
 * is only in memory or in the page cache would be lost, though nobody was told
 * that it is safe. */
bool
journal_is_durable(const struct journal *j)
{
	const struct segment *s;

	TAILQ_FOREACH (s, &j->segments, entry)
		if (s->used != s->synced)
			return false;
	return true;
}

uint64_t
journal_durable(const struct journal *j)
{
	return j->durable;
}

/* Ids of records that end are kept too: the greatest that was ever seen goes
 * into each segment's header, so that none is given twice. */
void
journal_note_id(struct journal *j, uint64_t id)
{
	if (id > j->last_id)
		j->last_id = id;
}

uint64_t
journal_last_id(const struct journal *j)
{
	return j->last_id;
}

void
journal_get_stats(const struct journal *j, struct journal_stats *stats)
{
	*stats = j->stats;
}
