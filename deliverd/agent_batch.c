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
 * Many deliveries, few syncs.  A round: what was gathered lies below tmp/; a
 * sync makes it durable; then it is moved to new/; a second sync makes the
 * move durable; then it is answered.  A file in new/ is whole even if power
 * fails.  A message's journal holds it until the answer, so that a round may
 * wait until deliverd says when (AGENT_SYNC): for all agents at once, since
 * each sync holds up those that clients wait for on the same disk.
 */
#include "agent.h"

#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enums.h"
#include "log.h"
#include "peer.h"

/* With more than this many, one sync of the file system is cheaper than one
 * for each file and directory: measured on ext4, 4 KiB, at 4 in a batch 1.4
 * times as fast, at 32 ten times; at 1 slower.  With few, what others wrote
 * to that file system is not waited for. */
#define BATCH_SYNCFS 2
/* Messages in one step; the rest waits on the socket. */
#define BATCH_MAX 1024

/* Owns its file below tmp/ until it is moved or dropped, and a ref of its
 * Maildir, which stays open though its path may lead elsewhere by now. */
struct batch_item {
	TAILQ_ENTRY(batch_item) entry;
	uint64_t ref;
	struct agent_maildir *dir;
	int fd; /* of the file, or -1: closed, for syncfs */
	bool repeat;
	uint64_t size;
	char name[AGENT_NAME_MAX];
};

TAILQ_HEAD(batch_list, batch_item);

static struct {
	struct peer *peer; /* NULL: it has gone, nothing more will come */
	struct batch_list written; /* in tmp/, not synced */
	struct batch_list moved; /* in new/, the move not synced */
	unsigned int written_count, moved_count;
	bool hold; /* a round begins only when it was told to */
	bool told; /* and it was, for what is here now */
} env = {.written = TAILQ_HEAD_INITIALIZER(env.written),
    .moved = TAILQ_HEAD_INITIALIZER(env.moved)};

/* deliverd may have gone: mail is made durable all the same. */
void
agent_batch_answer(uint64_t ref, const struct agent_result *r)
{
	union msg a;

	if (r->result != DLV_OK)
		log_warnx("%s", r->text);
	a.agent_deliver_answ.result = r->result;
	a.agent_deliver_answ.enhanced = r->enhanced;
	a.agent_deliver_answ.text = r->text;
	if (env.peer != NULL)
		peer_answer(env.peer, MSG_AGENT_DELIVER_ANSW, ref, &a, -1);
}

/*
 * The file itself stays where it is: below tmp/ it was dropped before, in new/
 * it is the mailbox's.
 */
static void
batch_free(struct batch_item *i)
{
	if (i->fd != -1)
		close(i->fd);
	agent_maildir_put(i->dir);
	free(i);
}

/* The cause is in errno.  Always an answer: without one deliverd would wait
 * until the call's deadline. */
static void
batch_fail(struct batch_item *i, const char *doing)
{
	struct agent_result r;

	agent_result_errno(&r, doing, i->name);
	agent_batch_answer(i->ref, &r);
	batch_free(i);
}

/*
 * Opens the Maildir and writes below tmp/. NULL, or what could not be.  On
 * failure i->dir may be set: batch_fail lets go of it.
 */
static const char *
batch_write(struct batch_item *i, const struct agent_mail *m)
{
	int tries;

	/* A directory that is kept open may have been removed meanwhile. */
	for (tries = 0; tries < 2; tries++) {
		if ((i->dir = agent_maildir_get(m->path)) == NULL)
			return "can not open";
		i->fd = agent_maildir_write(i->dir, m, i->name, &i->size);
		if (i->fd != -1)
			return NULL;
		if (errno != ENOENT || tries > 0)
			break;
		agent_maildir_lost(i->dir);
		agent_maildir_put(i->dir);
	}
	return "can not write";
}

/* Either in the list or answered. */
static void
batch_add_maildir(uint64_t ref, const struct agent_mail *m)
{
	const char *doing = "no memory for";
	struct agent_result r;
	struct batch_item *i;

	if ((i = calloc(1, sizeof(*i))) != NULL) {
		i->ref = ref;
		i->repeat = m->repeat;
		i->fd = -1;
		doing = batch_write(i, m);
	}
	if (i == NULL || i->dir == NULL) {
		agent_result_errno(&r, doing, m->path);
		agent_batch_answer(ref, &r);
		free(i);
		return;
	}
	if (doing != NULL) {
		batch_fail(i, doing);
		return;
	}
	/* There will be a syncfs: descriptors are not needed. */
	if (++env.written_count > BATCH_SYNCFS) {
		close(i->fd);
		i->fd = -1;
	}
	TAILQ_INSERT_TAIL(&env.written, i, entry);
}

/* fd is used up here or taken over by the group; data is only lent. */
void
agent_batch_add(
    struct peer *p, uint64_t ref, uint8_t how, const struct agent_mail *m)
{
	env.peer = p;
	if (how == AGENT_MBOX) {
		agent_group_add(ref, m);
		return;
	}
	batch_add_maildir(ref, m);
	if (m->fd != -1)
		close(m->fd);
	if (env.written_count >= BATCH_MAX)
		peer_pause(p);
}

/* One syncfs for each file system that is in the lists.  It tells of a write
 * that failed since the Maildir was opened, so closed files are covered. */
static int
batch_sync_systems(void)
{
	struct batch_list *lists[] = {&env.written, &env.moved};
	struct batch_item *i;
	dev_t done[8];
	size_t n = 0, k, l;

	for (l = 0; l < 2; l++) {
		TAILQ_FOREACH (i, lists[l], entry) {
			for (k = 0; k < n; k++)
				if (done[k] == agent_maildir_dev(i->dir))
					break;
			if (k < n)
				continue;
			if (syncfs(agent_maildir_fd(i->dir)) == -1)
				return -1;
			if (n < sizeof(done) / sizeof(done[0]))
				done[n++] = agent_maildir_dev(i->dir);
		}
	}
	return 0;
}

/* Neighbours mostly lie in the same directory, which is synced once. */
static bool
batch_is_new_dir(struct batch_item *i)
{
	struct batch_item *before = TAILQ_PREV(i, batch_list, entry);

	return before == NULL || before->dir != i->dir;
}

static unsigned int
batch_moved_dirs(void)
{
	struct batch_item *i;
	unsigned int n = 0;

	TAILQ_FOREACH (i, &env.moved, entry)
		n += batch_is_new_dir(i);
	return n;
}

/* The directories of what was moved.  Not what was written since: it is left
 * alone until its own round. */
static int
batch_sync_moved(void)
{
	struct batch_item *i;

	TAILQ_FOREACH (i, &env.moved, entry)
		if (batch_is_new_dir(i) &&
		    fsync(agent_maildir_fd(i->dir)) == -1)
			return -1;
	return 0;
}

/*
 * written: a round begins, which covers the end of the one before too.  Few are
 * synced one by one, many by their file system: see BATCH_SYNCFS.
 */
static int
batch_sync(bool written)
{
	unsigned int n = batch_moved_dirs();
	struct batch_item *i;

	if (written)
		n += env.written_count;
	if (n > BATCH_SYNCFS)
		return batch_sync_systems();
	if (written)
		TAILQ_FOREACH (i, &env.written, entry)
			if (fsync(i->fd) == -1)
				return -1;
	return batch_sync_moved();
}

/* Only now it is safe from a power failure, and only now it is said. */
static void
batch_end_moved(int error)
{
	struct agent_result r;
	struct batch_item *i;

	while ((i = TAILQ_FIRST(&env.moved)) != NULL) {
		TAILQ_REMOVE(&env.moved, i, entry);
		errno = error;
		if (error != 0) {
			batch_fail(i, "can not sync");
			continue;
		}
		agent_result_ok(&r);
		agent_batch_answer(i->ref, &r);
		batch_free(i);
	}
	env.moved_count = 0;
}

/* Moved when its data is durable: new/ never shows half a message. */
static void
batch_move_written(int error)
{
	struct batch_item *i;
	int saved;

	while ((i = TAILQ_FIRST(&env.written)) != NULL) {
		TAILQ_REMOVE(&env.written, i, entry);
		if (error != 0) {
			agent_maildir_drop(i->dir, i->name);
			errno = error;
			batch_fail(i, "can not sync");
			continue;
		}
		if (i->fd != -1)
			close(i->fd);
		i->fd = -1;
		if (agent_maildir_publish(
			i->dir, i->name, i->size, i->repeat) == -1) {
			saved = errno;
			agent_maildir_drop(i->dir, i->name);
			if (saved == ENOENT)
				agent_maildir_lost(i->dir);
			errno = saved;
			batch_fail(i, "can not move to new/");
			continue;
		}
		TAILQ_INSERT_TAIL(&env.moved, i, entry);
		env.moved_count++;
	}
	env.written_count = 0;
}

/* Nothing is held for ever: without deliverd, or beyond what may be held, a
 * round needs no word. */
static bool
batch_may_begin(void)
{
	return !env.hold || env.told || env.peer == NULL ||
	    env.written_count >= BATCH_MAX || agent_group_is_full();
}

/*
 * The end of a round, the beginning of the next, or both with one sync.  The
 * order is the promise: sync, then answer what was moved before, then move what
 * has been written.
 */
static void
batch_round(bool begin)
{
	int error = batch_sync(begin) == -1 ? errno : 0;

	if (begin && env.written_count >= BATCH_MAX && env.peer != NULL)
		peer_resume(env.peer);
	batch_end_moved(error);
	if (!begin)
		return;
	batch_move_written(error);
	agent_group_run();
}

/*
 * True: what was moved waits for its second sync, so another turn is wanted
 * even if nothing comes.
 */
bool
agent_batch_step(void)
{
	bool some = env.written_count > 0 || !agent_group_is_empty();

	agent_maildir_turn();
	if (some && batch_may_begin()) {
		env.told = false;
		batch_round(true);
	} else if (env.moved_count > 0)
		batch_round(false);
	return env.moved_count > 0;
}

void
agent_batch_sync(bool hold)
{
	env.told = env.written_count > 0 || !agent_group_is_empty();
	env.hold = hold;
}

void
agent_batch_forget(void)
{
	env.peer = NULL;
}
