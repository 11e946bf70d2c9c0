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
 * spool_impl.h: the inside of the spool, for spool.c (commit, update,
 * remove), spool_open.c and spool_scan.c (start), checkpoint.c (files
 * written back, segments let go) and content.c.  Nobody else includes it.
 */

#ifndef QUEUED_SPOOL_IMPL_H
#define QUEUED_SPOOL_IMPL_H

#include "id.h"
#include "spool.h"

/* Lists of messages by segment; more than segments that can be in use. */
#define SPOOL_NEEDS (2 * JOURNAL_MAX)
#define SPOOL_NAME_MAX (ID_TEXT_MAX + 16)
#define SPOOL_RETRY_MS 1000 /* before failed disk work is tried again */

/* Bits of message.files; not stored. */
#define FILE_C 0x01u /* c<ID> exists */
#define FILE_L 0x02u /* l<ID> exists */
#define FILE_BATCH 0x04u /* in the batch that is being checkpointed */
#define FILE_SAFE 0x10u /* both are durable; the journal may forget it */
#define FILE_DONE 0x08u /* found by replay: its end was recorded */

TAILQ_HEAD(message_list, message);

/* Messages written back together, and bytes of their content: a batch costs
 * two or three syncs whatever is in it, but all of it reaches the disk in
 * one go, behind which a commit may have to wait. */
#define BATCH_MAX 2048
#define BATCH_BYTES (8u * 1024 * 1024)

/* One message of a batch.  By id, as it may end at any moment. */
struct batch_entry {
	uint64_t id;
	uint64_t last; /* message.last when its l file was written */
	uint64_t mark; /* sequence of the journal's segment then */
	bool has_c; /* its content was written, too */
	bool qlimit;
};

/* What the batch is at; each takes as many turns as it needs. */
enum batch_step {
	BATCH_IDLE,
	BATCH_WRITE, /* files, under names with a suffix */
	BATCH_SYNC, /* all of them, by one syncfs */
	BATCH_NAME,
	BATCH_DIR, /* the directory that got names, synced */
	BATCH_QLIMIT, /* the second one */
	BATCH_RECORD /* the journal hears of it */
};

struct batch {
	struct batch_entry entries[BATCH_MAX];
	struct message_list list; /* messages with FILE_BATCH */
	enum batch_step step;
	int count; /* entries in use */
	int at; /* entries named, or recorded, so far */
	uint64_t bytes; /* of content, so far */
	bool qlimit; /* some name is below qlimit/ */
	struct sync_job job;
	int64_t retry_at; /* ms, monotonic */
	int error; /* told already */
};

/* Directories whose removed names must be durable before a segment that
 * tells of the removals may go. */
enum tidy_step {
	TIDY_IDLE,
	TIDY_ROOT,
	TIDY_QLIMIT
};

struct spool {
	struct spool_conf conf;
	char sid[ID_SID_MAX];
	int rootfd, qlimitfd, damagedfd;
	struct journal *journal;
	struct message_tree messages;
	struct message_list needs[SPOOL_NEEDS];
	/* Ended; by position of their DONE record, 0: not appended yet. */
	struct message_list removals;
	uint64_t evacuate; /* segments up to this one are written back now */
	struct batch batch;
	enum tidy_step tidy;
	struct sync_job tidy_job;
	int64_t tidy_retry; /* ms, monotonic */
	bool unlinked; /* since the directories were synced */
	unsigned int commits; /* under way */
	uint8_t *scratch; /* CONTENT_SMALL bytes */
	struct spool_stats stats;
};

void spool_report(struct spool *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The directory that holds a message's files. */
int spool_dir(const struct spool *, const struct message *);
/* "c" or "l", the id and the Sid, and a suffix. */
void spool_name(const struct spool *, char kind, uint64_t id,
    const char *suffix, char *buf);

/* Puts a message on the list of the segment it needs; 0: of none. */
void spool_set_need(struct spool *, struct message *, uint64_t sequence);

/* Moves a file below damaged/, reports it. */
void
spool_set_aside(struct spool *, int dirfd, const char *name, const char *why);

/* checkpoint.c: a bounded piece of its work; true: more can be done. */
bool checkpoint_step(struct spool *);
bool checkpoint_is_busy(const struct spool *);

/* removal.c: unlinks the files of ended messages, some at a time. */
bool removal_step(struct spool *);
/* Lets go of the oldest segment when nothing needs it. */
bool removal_drop(struct spool *);
/* Unlinks one file of an id, if it is there; notes it in unlinked. */
void spool_unlink(
    struct spool *, int dirfd, char kind, uint64_t id, const char *suffix);

/* content.c: writes l<ID> and a suffix; its descriptor, or -1 with errno. */
int content_write_l(
    struct spool *, const struct message *, const char *suffix, bool incoming);
/* The same for its content, which is not in a c file. */
int content_write_c(struct spool *, const struct message *, const char *suffix);

/* The disk no longer gives a message's content back. */
bool content_is_lost(struct spool *, const struct message *);
/* Holds such a message, so that it does not keep its segment for ever:
 * reported, its l file written, the segment's bytes kept below damaged/. */
void content_give_up(struct spool *, struct message *);

#endif
