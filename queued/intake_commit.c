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
 * intake_commit.c: the end of a message's way in: do the totals agree, when
 * is each recipient due, into the spool, and the answer once it is durable.
 */

#include "intake.h"

#include <errno.h>
#include <string.h>

#include "helper.h"
#include "intake_impl.h"
#include "log.h"
#include "override.h"
#include "queued.h"
#include "session.h"
#include "stage.h"

/* The session is over already: nothing has to wait. */
static void
intake_due(struct message *m)
{
	uint32_t i;

	for (i = 0; i < m->nrcpts; i++)
		m->rcpts[i].next = 0;
}

/* Its first attempt finds the content in memory. */
static void
intake_keep(struct intake *in, struct entry *e)
{
	if (in->buf == NULL || env.cached + in->len > QUEUED_CACHE_MAX)
		return;
	e->content = in->buf;
	env.cached += in->len;
	intake_memory -= in->size;
	in->buf = NULL;
}

/* The end of a commit: durable, or failed. */
static void
intake_done(void *arg, int error)
{
	struct intake *in = arg;
	struct entry *e = NULL;
	union msg answer = {0};
	bool waits = false;
	int64_t now = queued_now();

	if (error == 0) {
		env.accepted++;
		if ((e = schedule_add(&env.schedule, in->message)) != NULL)
			override_read(e);
	} else
		log_warnx("%s: not taken: %s", queued_id(in->message->id),
		    strerror(error));
	if (in->session != NULL)
		waits = session_end(in->session, e);
	if (in->peer != NULL) {
		answer.queue_commit_answ.status = intake_status(error);
		peer_answer(
		    in->peer, MSG_QUEUE_COMMIT_ANSW, in->call, &answer, -1);
	}
	if (e != NULL) {
		intake_keep(in, e);
		if (in->session != NULL && !waits)
			intake_due(in->message);
		schedule_put(&env.schedule, e, schedule_due(in->message), now);
	}
	intake_free(in, error != 0);
}

/* Do the totals agree with what came?  Of what programs have seen only the
 * recipients: its size is what they left. */
static bool
intake_is_whole(struct intake *in, const struct msg_queue_commit *q)
{
	struct message *m = in->message;

	if (q->recipients != m->nrcpts || q->recipients == 0)
		return false;
	if (in->is_staged)
		return true;
	m->size = q->size;
	m->header = q->header_size;
	return intake_size(in) == (int64_t)q->size && q->header_size <= q->size;
}

/* Gives each recipient its first due time and hands all to the spool. -1 with
 * errno: nothing of it is in the journal. Else intake_done comes in any case,
 * with the disk's word. */
static int
intake_to_spool(struct intake *in)
{
	struct message *m = in->message;
	struct spool_commit *c = &in->commit;
	bool has_local = false;
	int64_t now = queued_now();
	uint32_t i;

	if (in->fd != -1 && helper_jobs() >= HELPER_CLIENTS) {
		errno = EAGAIN;
		return -1;
	}
	if (intake_settle(in) == -1)
		return -1;
	m->arrival = now;
	for (i = 0; i < m->nrcpts; i++) {
		bool local = m->rcpts[i].flags & RCPT_LOCAL;

		m->rcpts[i].next = schedule_first(&env.conf, local, now);
		has_local |= local;
	}
	m->next = schedule_due(m);
	if (has_local && env.conf.immediate == 1)
		in->session = session_begin(in->instance, in->session_id);
	c->message = m;
	c->data = in->buf;
	c->fd = in->fd;
	c->in_file = in->fd != -1;
	c->done = intake_done;
	c->arg = in;
	return spool_commit(env.spool, c);
}

/* It ends here: smtpd is told, if it is still there. */
static void
intake_fail(struct intake *in, int error)
{
	union msg answer = {0};

	answer.queue_commit_answ.status = intake_status(error);
	if (in->peer != NULL)
		peer_answer(
		    in->peer, MSG_QUEUE_COMMIT_ANSW, in->call, &answer, -1);
	if (in->session != NULL)
		session_end(in->session, NULL);
	intake_free(in, true);
}

/* Behind stage_check, at once or when the changed file has been read; its
 * client may have gone meanwhile. */
static void
intake_go_on(struct intake *in, int error)
{
	/* Nobody waits for it any more, and nobody has had a 250. */
	if (error == 0 && in->peer == NULL)
		error = EPIPE;
	if (error != 0)
		log_warnx("%s: not taken: %s", queued_id(in->message->id),
		    strerror(error));
	else if (intake_to_spool(in) == 0)
		return;
	else
		error = errno;
	intake_fail(in, error);
}

/* The answer to a commit that was begun comes from intake_done. */
void
intake_commit(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_commit *q = &m->queue_commit;
	struct intake *in = intake_find(p, q->msgid);
	enum stage_result r = STAGE_SAME;
	union msg answer = {0};

	(void)fd;
	if (in == NULL) {
		answer.queue_commit_answ.status = QUEUE_FAILED;
		peer_answer(p, MSG_QUEUE_COMMIT_ANSW, ref, &answer, -1);
		return;
	}
	in->call = ref;
	if (in->has_failed || !intake_is_whole(in, q)) {
		intake_fail(in, EINVAL);
		return;
	}
	in->is_committing = true;
	if (in->is_staged)
		r = stage_check(in, intake_go_on);
	if (r != STAGE_READING)
		intake_go_on(in, r == STAGE_BAD ? EIO : 0);
}
