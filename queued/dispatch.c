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
 * dispatch.c: tells deliverd a task: envelope, recipients, and the
 * content, inside the messages while it is small, else by a descriptor to
 * read from.
 */

#include "dispatch.h"

#include <errno.h>
#include <unistd.h>

#include "content.h"
#include "enums.h"
#include "log.h"
#include "queued.h"

/* Bytes of content in one DLV_DATA. */
#define DISPATCH_PIECE 16000

static uint8_t
dispatch_body(const struct message *m)
{
	if (m->flags & MSG_BINARY)
		return BODY_BINARYMIME;
	return m->flags & MSG_8BIT ? BODY_8BITMIME : BODY_7BIT;
}

static uint8_t
dispatch_ret(const struct message *m)
{
	if (m->flags & MSG_RET_FULL)
		return RET_FULL;
	return m->flags & MSG_RET_HDRS ? RET_HDRS : RET_NONE;
}

/* fd is taken over. */
static int
dispatch_task(struct peer *p, const struct task *t, int fd)
{
	const struct message *m = t->entry->message;
	union msg u = {0};

	u.dlv_task.task = t->ref;
	u.dlv_task.msgid = m->id;
	u.dlv_task.route = t->dest->is_local ? ROUTE_LOCAL : ROUTE_REMOTE;
	u.dlv_task.destination = t->dest->name;
	u.dlv_task.sender = message_text(m, m->sender);
	u.dlv_task.size = m->size;
	u.dlv_task.header_size = m->header;
	u.dlv_task.body = dispatch_body(m);
	u.dlv_task.smtputf8 = (m->flags & MSG_SMTPUTF8) != 0;
	u.dlv_task.ret = dispatch_ret(m);
	u.dlv_task.envid = message_text(m, m->envid);
	u.dlv_task.arrival = (uint64_t)m->arrival;
	if (peer_tell(p, MSG_DLV_TASK, &u, fd) == 0) {
		/* The room comes back when it ends, be it cancelled. */
		env.room--;
		return 0;
	}
	if (fd != -1)
		close(fd);
	return -1;
}

static int
dispatch_rcpts(struct peer *p, const struct task *t)
{
	const struct message *m = t->entry->message;
	const struct recipient *r;
	union msg u = {0};
	uint32_t i;

	for (i = 0; i < t->count; i++) {
		r = &m->rcpts[t->rcpts[i]];
		u.dlv_rcpt.task = t->ref;
		u.dlv_rcpt.index = t->rcpts[i];
		u.dlv_rcpt.address = message_text(m, r->address);
		u.dlv_rcpt.orcpt = message_text(m, r->orcpt);
		u.dlv_rcpt.notify = r->notify;
		if (peer_tell(p, MSG_DLV_RCPT, &u, -1) == -1)
			return -1;
	}
	return 0;
}

/* The content in pieces: from memory if it is there, else from disk. */
static enum dispatch_result
dispatch_data(struct peer *p, const struct task *t)
{
	static uint8_t piece[DISPATCH_PIECE];
	const struct entry *e = t->entry;
	const struct message *m = e->message;
	union msg u = {0};
	uint64_t at, n;
	ssize_t got;

	u.dlv_data.task = t->ref;
	for (at = 0; at < m->size; at += n) {
		n = m->size - at < DISPATCH_PIECE ? m->size - at :
						    DISPATCH_PIECE;
		u.dlv_data.data = e->content != NULL ? e->content + at : piece;
		u.dlv_data.data_len = (uint32_t)n;
		if (e->content == NULL) {
			got = content_read(env.spool, m, at, piece, n);
			if (got != (ssize_t)n)
				return DISPATCH_LOST;
		}
		if (peer_tell(p, MSG_DLV_DATA, &u, -1) == -1)
			return DISPATCH_LATER;
	}
	return DISPATCH_OK;
}

/* Envelope, recipients, content, go: deliverd acts on nothing before the go,
 * and its count of recipients must agree. */
static enum dispatch_result
dispatch_all(struct peer *p, const struct task *t, int fd)
{
	enum dispatch_result r;
	union msg u = {0};

	if (dispatch_task(p, t, fd) == -1 || dispatch_rcpts(p, t) == -1)
		return DISPATCH_BAD;
	if (fd == -1 && (r = dispatch_data(p, t)) != DISPATCH_OK)
		return r;
	u.dlv_go.task = t->ref;
	u.dlv_go.recipients = t->count;
	return peer_tell(p, MSG_DLV_GO, &u, -1) == 0 ? DISPATCH_OK :
						       DISPATCH_LATER;
}

/* A task that was begun and could not be sent whole is cancelled, so that
 * deliverd gives its room back. */
enum dispatch_result
dispatch_send(struct peer *p, const struct task *t)
{
	const struct message *m = t->entry->message;
	enum dispatch_result r;
	union msg u = {0};
	int fd = -1;

	if (m->size > QUEUE_INLINE_MAX) {
		if ((fd = content_open(env.spool, m)) == -1)
			return errno == EMFILE || errno == ENFILE ||
				errno == ENOMEM ?
			    DISPATCH_LATER :
			    DISPATCH_LOST;
	}
	if ((r = dispatch_all(p, t, fd)) == DISPATCH_OK)
		return r;
	u.dlv_cancel.task = t->ref;
	peer_tell(p, MSG_DLV_CANCEL, &u, -1);
	return r;
}
