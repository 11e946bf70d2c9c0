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
 * spool_open.c: the queue rebuilt from l files and journal, after any end.
 * An l file is where a message stood when it was written; if the journal
 * still has its MESSAGE record, the journal tells all of it from there on,
 * else the STATE records that are there come on top.  Each record says how
 * things are, not what changed, so hearing one twice does no harm.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal_impl.h"
#include "record.h"
#include "replay.h"
#include "spool_impl.h"
#include "spool_scan.h"

/* Replay under way. */
struct rebuild {
	struct spool *sp;
	struct found_tree found;
	struct message_tree lost; /* told of, but nowhere to be found */
	unsigned int unknown; /* records nobody understands */
};

/* A message the journal speaks of, though its beginning and its l file
 * are gone: if its end comes, too, all is well. */
static void
note_lost(struct rebuild *r, uint64_t id)
{
	struct message key = {.id = id}, *m;

	if (RB_FIND(message_tree, &r->lost, &key) == NULL &&
	    (m = message_new(id)) != NULL)
		RB_INSERT(message_tree, &r->lost, m);
}

/* Its end came, so nothing is missing. */
static void
forget_lost(struct rebuild *r, uint64_t id)
{
	struct message key = {.id = id}, *m;

	if ((m = RB_FIND(message_tree, &r->lost, &key)) != NULL) {
		RB_REMOVE(message_tree, &r->lost, m);
		message_free(m);
	}
}

/* Whole, but of another version, or there is no memory: its segment is
 * kept below damaged/, as it will be used again. */
static void
note_unknown(struct rebuild *r, uint64_t position)
{
	r->unknown++;
	journal_keep(r->sp->journal, position);
}

/* The journal's word replaces the l file's: it is the later. */
static void
replay_message(
    struct rebuild *r, const struct segment_record *rec, uint64_t position)
{
	struct spool *sp = r->sp;
	struct message *m, *old;
	size_t content;

	m = record_parse_message(rec->id, rec->payload, rec->len, &content);
	if (m == NULL) {
		note_unknown(r, position);
		return;
	}
	if ((old = spool_find(sp, rec->id)) != NULL) {
		if (old->last != 0)
			spool_report(sp,
			    "journal: an id comes twice; "
			    "the later message counts");
		RB_REMOVE(message_tree, &sp->messages, old);
		spool_set_need(sp, old, 0);
		message_free(old);
	}
	m->content =
	    content == 0 ? 0 : journal_payload(position, rec->len, content);
	m->last = position;
	RB_INSERT(message_tree, &sp->messages, m);
	spool_set_need(sp, m, position >> 32);
}

/* Recipients and texts are bounded by record_apply_state; a message it does
 * not know may have ended in a segment that was let go. */
static void
replay_state(
    struct rebuild *r, const struct segment_record *rec, uint64_t position)
{
	struct message *m = spool_find(r->sp, rec->id);

	if (m == NULL) {
		note_lost(r, rec->id);
		return;
	}
	if (record_apply_state(m, rec->payload, rec->len) == -1) {
		note_unknown(r, position);
		return;
	}
	m->last = position;
	if (m->need == 0)
		spool_set_need(r->sp, m, position >> 32);
}

/* Its files may have outlived it: they are noted as to be removed. */
static void
replay_done(struct rebuild *r, const struct segment_record *rec)
{
	struct message *m = spool_find(r->sp, rec->id);
	struct found *f = found_get(&r->found, rec->id);

	forget_lost(r, rec->id);
	if (f != NULL)
		f->files |= FILE_DONE;
	if (m == NULL)
		return;
	RB_REMOVE(message_tree, &r->sp->messages, m);
	spool_set_need(r->sp, m, 0);
	message_free(m);
}

/* From here on the files stand for what came before the mark. */
static void
replay_checkpointed(
    struct rebuild *r, const struct segment_record *rec, uint64_t position)
{
	struct message *m = spool_find(r->sp, rec->id);
	struct found *f = found_get(&r->found, rec->id);
	uint64_t mark;

	if (rec->len != sizeof(mark)) {
		note_unknown(r, position);
		return;
	}
	memcpy(&mark, rec->payload, sizeof(mark));
	if (m == NULL) {
		note_lost(r, rec->id);
		return;
	}
	/* Without its files the journal is all there is. */
	if (f == NULL || (f->files & FILE_L) == 0 ||
	    ((f->files & FILE_C) == 0 && m->size != 0))
		return;
	m->content = 0;
	m->files |= FILE_SAFE;
	spool_set_need(r->sp, m, m->last >> 32 >= mark ? mark : 0);
}

/* In the order of the journal. The id is noted whatever the record is, a broken
 * one too. */
static void
replay_record(void *arg, const struct segment_record *rec, uint64_t position)
{
	struct rebuild *r = arg;

	journal_note_id(r->sp->journal, rec->id);
	switch (rec->type) {
	case JOURNAL_BEGIN:
		break;
	case JOURNAL_MESSAGE:
		replay_message(r, rec, position);
		break;
	case JOURNAL_STATE:
		replay_state(r, rec, position);
		break;
	case JOURNAL_DONE:
		replay_done(r, rec);
		break;
	case JOURNAL_CHECKPOINTED:
		replay_checkpointed(r, rec, position);
		break;
	default:
		note_unknown(r, position);
	}
}

/* Loud, as it should be impossible: either files were taken away by hand, or a
 * disk has lied about a sync. */
static void
report_lost(struct rebuild *r)
{
	struct message *m, *next;
	char id[ID_TEXT_MAX];

	RB_FOREACH_SAFE (m, message_tree, &r->lost, next) {
		id_print(m->id, r->sp->sid, id, sizeof(id));
		spool_report(r->sp,
		    "message %s: told of in the journal, but its queue "
		    "files are missing",
		    id);
		r->sp->stats.damaged++;
		RB_REMOVE(message_tree, &r->lost, m);
		message_free(m);
	}
	if (r->unknown != 0)
		spool_report(r->sp,
		    "journal: %u records that this version does not "
		    "understand",
		    r->unknown);
}

/* Files first, the journal on top, then what neither owns is settled. Segments
 * with damage are evacuated: what rests upon them gets files, so that they can
 * be let go of. */
static int
rebuild(struct spool *sp)
{
	struct rebuild r = {.sp = sp};
	struct replay replay = {.record = replay_record, .arg = &r};
	bool damaged;

	RB_INIT(&r.found);
	RB_INIT(&r.lost);
	if (spool_scan(sp, &r.found) == -1 ||
	    replay_run(sp->journal, &replay) == -1)
		return -1;
	damaged = replay.damaged != 0 || sp->journal->damaged ||
	    r.unknown != 0 || sp->stats.damaged != 0;
	sp->stats.damaged += replay.damaged;
	sp->stats.foreign += sp->journal->foreign;
	sp->evacuate = replay.damaged_sequence;
	report_lost(&r);
	if (journal_start(sp->journal) == -1)
		return -1;
	spool_settle(sp, &r.found, damaged);
	return 0;
}

/* Writes to a segment failed: what it tells of is told elsewhere. */
static void
journal_bad(void *arg, uint64_t sequence, int error)
{
	struct spool *sp = arg;
	struct message *m;

	(void)error;
	if (sequence > sp->evacuate)
		sp->evacuate = sequence;
	TAILQ_FOREACH (m, &sp->removals, segment)
		if (m->last >> 32 == sequence &&
		    m->last > journal_durable(sp->journal))
			m->last = 0;
}

static void
journal_said(void *arg, const char *text)
{
	spool_report(arg, "%s", text);
}

/* Never through a link: whoever could place one would choose where mail is
 * written. */
static int
open_dir(int rootfd, const char *name, mode_t mode)
{
	if (mkdirat(rootfd, name, mode) == -1 && errno != EEXIST)
		return -1;
	return openat(
	    rootfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Files move from one to the other, and one syncfs is for both. */
static int
is_one_disk(struct spool *sp)
{
	struct stat root, qlimit;

	if (fstat(sp->rootfd, &root) == -1 ||
	    fstat(sp->qlimitfd, &qlimit) == -1)
		return -1;
	if (root.st_dev == qlimit.st_dev)
		return 0;
	spool_report(sp, "qlimit/ must be on the file system of the spool");
	errno = EXDEV;
	return -1;
}

static int
open_all(struct spool *sp)
{
	struct journal_conf conf = {.dirfd = -1,
	    .sid = sp->sid,
	    .segment_size = sp->conf.segment_size,
	    .sync = sp->conf.sync,
	    .ops = {.bad = journal_bad, .report = journal_said, .arg = sp}};

	if ((sp->rootfd = openat(sp->conf.dirfd, ".",
		 O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	sp->qlimitfd = open_dir(sp->rootfd, "qlimit", 0750);
	sp->damagedfd = open_dir(sp->rootfd, "damaged", 0700);
	if (sp->qlimitfd == -1 || sp->damagedfd == -1 || is_one_disk(sp) == -1)
		return -1;
	conf.dirfd = sp->rootfd;
	if ((sp->journal = journal_open(&conf)) == NULL)
		return -1;
	return rebuild(sp);
}

/* NULL with errno. Blocks until all is read: nothing may be taken in before
 * every id is known. */
struct spool *
spool_open(const struct spool_conf *conf)
{
	struct spool *sp;
	int error, i;

	if ((sp = calloc(1, sizeof(*sp))) == NULL)
		return NULL;
	sp->conf = *conf;
	strlcpy(sp->sid, conf->sid, sizeof(sp->sid));
	sp->rootfd = sp->qlimitfd = sp->damagedfd = -1;
	RB_INIT(&sp->messages);
	TAILQ_INIT(&sp->removals);
	TAILQ_INIT(&sp->batch.list);
	for (i = 0; i < SPOOL_NEEDS; i++)
		TAILQ_INIT(&sp->needs[i]);
	if ((sp->scratch = malloc(JOURNAL_INLINE)) == NULL ||
	    open_all(sp) == -1) {
		error = errno;
		spool_close(sp);
		errno = error;
		return NULL;
	}
	return sp;
}

/* Lets go of memory and descriptors alone; nothing is written. */
void
spool_close(struct spool *sp)
{
	struct message *m, *next;

	if (sp == NULL)
		return;
	RB_FOREACH_SAFE (m, message_tree, &sp->messages, next) {
		RB_REMOVE(message_tree, &sp->messages, m);
		message_free(m);
	}
	while ((m = TAILQ_FIRST(&sp->removals)) != NULL) {
		TAILQ_REMOVE(&sp->removals, m, segment);
		message_free(m);
	}
	journal_close(sp->journal);
	if (sp->rootfd != -1)
		close(sp->rootfd);
	if (sp->qlimitfd != -1)
		close(sp->qlimitfd);
	if (sp->damagedfd != -1)
		close(sp->damagedfd);
	freezero(sp->scratch, sp->scratch == NULL ? 0 : JOURNAL_INLINE);
	free(sp);
}
