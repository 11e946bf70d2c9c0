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
 * stage.c: shows a message to programs, and takes it back.  A small one goes
 * on to be in memory: its c file is a copy that only programs read, and
 * costs no sync.
 */

#include "stage.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "content.h"
#include "enums.h"
#include "intake_impl.h"
#include "log.h"
#include "proc.h"
#include "queued.h"

/* Writes all of it; 0 or -1 with errno. */
static int
stage_write(int fd, const uint8_t *data, size_t len)
{
	size_t at = 0;
	ssize_t n;

	while (at < len) {
		n = pwrite(fd, data + at, len - at, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += (size_t)n;
	}
	return 0;
}

/* The c file of a message that is in memory. */
static int
stage_copy(struct intake *in)
{
	int fd, error;

	if (in->fd != -1)
		return 0;
	if ((fd = content_file(env.spool, in->message->id)) == -1)
		return -1;
	error = stage_write(fd, in->buf, in->len) == -1 ? errno : 0;
	close(fd);
	errno = error;
	return error == 0 ? 0 : -1;
}

/* The files where they belong, and how the content looks now. */
static int
stage_show(struct intake *in)
{
	return spool_place(env.spool, in->message) == -1 ||
		content_show(env.spool, in->message, -1, true) == -1 ||
		content_stat(env.spool, in->message, &in->shown) == -1 ?
	    -1 :
	    0;
}

/* Again, as the second spool is another directory and the l file says which. */
int
stage_move(struct intake *in)
{
	return in->is_staged ? stage_show(in) : 0;
}

/* -1 with errno. Both files are there behind it, and content_stat has noted how
 * they look. */
static int
stage_begin(struct intake *in, const struct msg_queue_stage *q)
{
	struct message *m = in->message;

	if (q->header_size > q->size) {
		errno = EINVAL;
		return -1;
	}
	m->size = q->size;
	m->header = q->header_size;
	m->arrival = queued_now();
	in->is_staged = true;
	if (intake_options(in) == -1 || stage_copy(in) == -1)
		return -1;
	return stage_show(in);
}

/* What can not be shown is not taken, as the rules are the policy. */
void
stage_on_call(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_stage *q = &m->queue_stage;
	struct intake *in = intake_find(p, q->msgid);
	union msg answer = {0};
	int error = EINVAL;

	(void)fd;
	if (in != NULL && !in->has_failed && !in->is_staged &&
	    intake_size(in) == (int64_t)q->size)
		error = stage_begin(in, q) == -1 ? errno : 0;
	if (error != 0 && in != NULL) {
		log_warnx("%s: can not be shown to programs: %s",
		    queued_id(in->message->id), strerror(error));
		in->has_failed = true;
	}
	answer.queue_stage_answ.status =
	    error == ENOSPC ? QUEUE_FULL : intake_status(error);
	answer.queue_stage_answ.size = q->size;
	peer_answer(p, MSG_QUEUE_STAGE_ANSW, ref, &answer, -1);
}

/* The time of the inode's change too: a program can set the other one back, and
 * this one it can not. */
static bool
stage_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* The new content takes the place of the old, in memory or in a file that
 * only we have ever written. */
static int
stage_replace(struct intake *in)
{
	struct gather *g = &in->gather;
	struct message *m = in->message;

	content_abort(env.spool, m->id);
	m->files = 0;
	intake_drop_content(in);
	m->size = g->len;
	m->header = (uint32_t)g->header;
	if (g->len <= QUEUE_INLINE_MAX) {
		in->buf = g->text;
		in->len = g->len;
		in->size = g->size;
		intake_memory += in->size;
		/* No longer the gather's; its count goes with it. */
		gather_release(g);
		return 0;
	}
	if ((in->fd = content_file(env.spool, m->id)) == -1)
		return -1;
	return stage_write(in->fd, g->text, g->len);
}

/* The end of gather: the message goes on to its commit with what the program
 * left. */
static void
stage_read(void *arg, int error)
{
	struct intake *in = arg;

	if (error == 0 && stage_replace(in) == -1)
		error = errno;
	gather_clear(&in->gather);
	in->stage_done(in, error);
}

/* STAGE_READING: done is called later. The new content is read and never
 * linked: a program may still hold its file open and write to it. */
enum stage_result
stage_check(struct intake *in, void (*done)(struct intake *, int error))
{
	struct gather *g = &in->gather;
	struct stat st;

	if (content_stat(env.spool, in->message, &st) == -1)
		return STAGE_BAD;
	if (stage_is_same(&st, &in->shown))
		return STAGE_SAME;
	log_info("%s: a program changed it", queued_id(in->message->id));
	if ((g->fd = content_reopen(env.spool, in->message)) == -1)
		return STAGE_BAD;
	g->most = (size_t)option_num(proc_options(), OPT_MAX_MAIL_SIZE);
	if (g->most == 0)
		g->most = SIZE_MAX / 2;
	g->done = stage_read;
	g->arg = in;
	in->stage_done = done;
	return gather_begin(g) == -1 ? STAGE_BAD : STAGE_READING;
}
