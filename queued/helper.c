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
 * helper.c: queued's side of the sync helper.
 */

#include "helper.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

#include "log.h"
#include "proc.h"
#include "queued.h"
#include "slot.h"

/* Jobs kept and under way. */
#define HELPER_MAX 4096

struct work {
	TAILQ_ENTRY(work) link;
	struct sync_job *job;
	uint64_t ref;
};
TAILQ_HEAD(work_list, work);

static struct slots works;
static struct work_list urgent = TAILQ_HEAD_INITIALIZER(urgent);
static struct work_list others = TAILQ_HEAD_INITIALIZER(others);
static unsigned int njobs, nothers_out;
static bool is_init;
/* Given up for a job when there is no other descriptor. */
static int reserve = -1;

static void helper_send(void);

/* Those that wait in a list and those under way: what a stop waits for. */
unsigned int
helper_jobs(void)
{
	return njobs;
}

/* Tells the owner, who may start another at once. */
static void
helper_end(struct work *w, int error)
{
	struct sync_job *job = w->job;

	njobs--;
	slot_remove(&works, w->ref);
	if (!job->urgent)
		nothers_out--;
	free(w);
	job->done(job->arg, error);
}

/* When the helper has gone or is late, nobody knows what it synced: that
 * is an error, never a success. */
static void
helper_done(uint64_t ref, enum peer_result r, const union msg *answ, int fd)
{
	struct work *w = slot_get(&works, ref);

	(void)fd;
	if (w == NULL)
		return;
	if (reserve == -1)
		reserve = dup(env.spool_fd);
	helper_end(w, r == PEER_ANSWER ? (int)answ->sync_data_answ.error : EIO);
	helper_send();
}

/* -1: no helper, or no descriptor: it stays in its queue. */
static int
helper_call(struct peer *p, struct work *w)
{
	union msg u = {0};
	int fd;

	if ((fd = dup(w->job->fd)) == -1 && reserve != -1) {
		close(reserve);
		reserve = -1;
		fd = dup(w->job->fd);
	}
	if (fd == -1)
		return -1;
	u.sync_data.what = (uint8_t)w->job->what;
	u.sync_data.size = w->job->size;
	if (peer_call(
		p, MSG_SYNC_DATA, &u, fd, PEER_THEN(helper_done, w->ref)) == 0)
		return 0;
	close(fd);
	return -1;
}

/* Urgent jobs go at once and in order.  Of the others one is under way at
 * a time, with the second helper, so that they never stand before one
 * that a client waits for. */
static void
helper_send(void)
{
	struct peer *p = proc_peer(PROC_SYNC, 0);
	struct peer *other = proc_peer(PROC_SYNC, 1);
	struct work *w;

	if (p == NULL)
		p = other;
	while (p != NULL && (w = TAILQ_FIRST(&urgent)) != NULL) {
		if (helper_call(p, w) == -1)
			return;
		TAILQ_REMOVE(&urgent, w, link);
	}
	if (other != NULL)
		p = other;
	if (p == NULL || nothers_out > 0 || (w = TAILQ_FIRST(&others)) == NULL)
		return;
	if (helper_call(p, w) == 0) {
		TAILQ_REMOVE(&others, w, link);
		nothers_out++;
	}
}

/* The journal, the batch and the tidying have one job each; only commits
 * are many, and HELPER_CLIENTS bounds them. */
void
helper_start(void *arg, struct sync_job *job)
{
	struct work *w;

	(void)arg;
	if (!is_init) {
		slots_init(&works, HELPER_MAX);
		reserve = dup(env.spool_fd);
		is_init = true;
	}
	/* The disk's half has a handful under way; more is a defect. */
	if ((w = calloc(1, sizeof(*w))) == NULL ||
	    (w->ref = slot_add(&works, w)) == 0)
		fatalx("no room for a sync job");
	w->job = job;
	njobs++;
	if (job->urgent)
		TAILQ_INSERT_TAIL(&urgent, w, link);
	else
		TAILQ_INSERT_TAIL(&others, w, link);
	helper_send();
}

/* A helper that came back knows nothing of what its predecessor had; those
 * calls have ended with an error by themselves. */
void
helper_up(void)
{
	if (njobs > 0)
		helper_send();
}
