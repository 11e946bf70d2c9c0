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
 * spool.h: queued's hold on Queue_path.  What is in the queue, made
 * durable through the journal, written back to c and l files later, and
 * rebuilt after any crash.  Everything else in queued uses the disk only
 * through these calls.  DESIGN.md section 3, selor.spool(5).
 *
 * Once per turn of the loop: spool_flush.  While spool_step returns true
 * there is background work: call it again soon (each call is bounded).
 */

#ifndef QUEUED_SPOOL_H
#define QUEUED_SPOOL_H

#include <sys/queue.h>

#include "journal.h"
#include "message.h"
#include "sync.h"

struct spool;

struct spool_conf {
	int dirfd; /* Queue_path, open for reading; not taken over */
	const char *sid;
	uint32_t segment_size; /* 0: JOURNAL_SEGMENT; tests take less */
	unsigned int keep; /* full segments before files are written
				* back; 0: SPOOL_KEEP */
	struct sync_ops sync;
	/* One line for the log; at LOG_WARNING or LOG_ERR. */
	void (*report)(void *arg, const char *text);
	void *arg;
};
#define SPOOL_KEEP 4

/*
 * Locks, replays, and is ready to append.  May take seconds (it reads the
 * whole journal), so it is called before the loop.  NULL with errno; EBUSY
 * when another queued has this Sid.
 */
struct spool *spool_open(const struct spool_conf *);
/* Frees all; messages too.  What was not flushed is lost, as in a crash:
 * first wait until spool_is_idle. */
void spool_close(struct spool *);
/* No job under way and nothing appended that is not durable. */
bool spool_is_idle(const struct spool *);

/* Every message of the queue; do not insert or remove here. */
struct message_tree *spool_messages(struct spool *);
struct message *spool_find(struct spool *, uint64_t id);

/* Ids never come back: the next must be greater than any of these. */
uint64_t spool_last_id(const struct spool *);
/* Tells of an id given out, when it is given out. */
void spool_note_id(struct spool *, uint64_t id);

/* Room for a message of so many bytes; false: answer 452. */
bool spool_room(const struct spool *, uint64_t size);

/*
 * Commits a message.  Fill in message, what its content is (in_file: fd is
 * the descriptor of c<ID>, written whole; else the first size bytes of fd
 * or of data) and done.  m->size and the content must agree.
 *
 * Returns 0, and done(arg, 0) runs once it is durable: the message is in
 * spool_messages and the spool's from then on.  done(arg, errno): it is
 * not in the queue and will not come back, the message is the caller's
 * again, ENOSPC and EDQUOT mean 452.  Or returns -1 with errno, the same
 * without done.  The commit's struct stays where it is until done; fd
 * too, which the caller then closes.
 */
struct spool_commit {
	struct message *message;
	const void *data;
	int fd;
	bool in_file;
	void (*done)(void *arg, int error);
	void *arg;
	/* the spool's own */
	struct journal_wait wait;
	struct sync_job job;
	struct spool *spool;
	TAILQ_ENTRY(spool_commit) entry;
	int state;
	int error;
};
int spool_commit(struct spool *, struct spool_commit *);

/* The files of a message that is not committed go where its flags say; what
 * says nothing of them moves no file.  0 or -1 with errno. */
int spool_place(struct spool *, const struct message *);

/*
 * Records what changed in a message: its flags, attempts and next, and
 * count recipients from first on.  Change the structs first, then call.
 * Never fails toward the caller: what can not be journalled now is written
 * back with its files as soon as the disk allows.  Returns the position to
 * await, or 0 then.
 */
uint64_t
spool_update(struct spool *, struct message *, uint32_t first, uint32_t count);
/* Waits for such a position; see journal_await. */
void spool_await(struct spool *, struct journal_wait *);
void spool_forget(struct spool *, struct journal_wait *);

/* Ends a message: recorded, its files removed once that is durable.  The
 * struct is freed here. */
void spool_remove(struct spool *, struct message *);

/* Once per turn; returns as journal_flush. */
int spool_flush(struct spool *);
/* A bounded piece of the background work; true: there is more to do now.
 * False: nothing, or it waits for a sync job, whose end calls for
 * another. */
bool spool_step(struct spool *);

struct spool_stats {
	struct journal_stats journal;
	uint64_t messages;
	uint64_t bytes; /* of content */
	uint64_t checkpointed; /* messages written back */
	uint64_t damaged; /* things set aside since the start */
	uint64_t foreign; /* things left alone at the start */
	uint64_t recovered; /* messages found at the start */
};
void spool_get_stats(const struct spool *, struct spool_stats *);

#endif
