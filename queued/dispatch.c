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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "content.h"
#include "enums.h"
#include "log.h"
#include "overlay.h"
#include "proc.h"
#include "queued.h"
#include "route.h"

/* Bytes of content in one DLV_DATA. */
#define DISPATCH_PIECE 16000

/* What the next host must be able to take (RFC 6152, RFC 3030); deliverd
 * decides what happens if it can not. */
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
	const struct entry *e = t->entry;
	const struct message *m = e->message;
	union msg u = {0};

	u.dlv_task.task = t->ref;
	u.dlv_task.msgid = m->id;
	u.dlv_task.route = t->dest->is_local ? ROUTE_LOCAL : ROUTE_REMOTE;
	u.dlv_task.destination = t->dest->name;
	u.dlv_task.sender = route_sender(e, &m->rcpts[t->rcpts[0]]);
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

/* The index is that of the message, not of the task, so that a result needs no
 * translation; deliverd gives it back unchanged. */
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

/* What Def! changed and deliverd goes by. */
static int
dispatch_options(struct peer *p, const struct task *t)
{
	const struct overlay *over = t->entry->over;
	const struct option_row *row;
	union msg u = {0};
	unsigned int i;

	u.dlv_option.task = t->ref;
	for (i = 0; overlay_id(over, i) != OPT_COUNT; i++) {
		row = option_row(overlay_id(over, i));
		if ((row->to & FOR_DELIVERD) == 0)
			continue;
		u.dlv_option.option = row->name;
		u.dlv_option.text =
		    overlay_text(over, proc_options(), overlay_id(over, i));
		if (peer_tell(p, MSG_DLV_OPTION, &u, -1) == -1)
			return -1;
	}
	return 0;
}

/* Nothing is said where nothing was: the absence of a row means the ordinary
 * way. */
static int
dispatch_way(struct peer *p, const struct task *t, enum route_what what,
    const char *text, const char *secret)
{
	union msg u = {0};

	if (text[0] == '\0')
		return 0;
	u.dlv_route.task = t->ref;
	u.dlv_route.what = (uint8_t)what;
	u.dlv_route.text = text;
	u.dlv_route.secret = secret;
	return peer_tell(p, MSG_DLV_ROUTE, &u, -1);
}

/* User and password, which are stored as one text, LF between. */
static int
dispatch_auth(struct peer *p, const struct task *t, const char *both)
{
	const char *lf = strchr(both, '\n');
	char *user;
	int r;

	if (lf == NULL)
		return 0;
	if ((user = strndup(both, (size_t)(lf - both))) == NULL)
		return -1;
	r = dispatch_way(p, t, ROUTE_MX_AUTH, user, lf + 1);
	free(user);
	return r;
}

/* All recipients of a task have one route. */
static int
dispatch_route(struct peer *p, const struct task *t)
{
	const struct entry *e = t->entry;
	const struct recipient *r = &e->message->rcpts[t->rcpts[0]];
	char mark[16] = "";

	if (route_mark(e, r) != 0)
		snprintf(mark, sizeof(mark), "%u", route_mark(e, r));
	return dispatch_way(p, t, ROUTE_MX_DEST,
		   route_text(e, r, ROUTE_MX_DEST), "") == -1 ||
		dispatch_way(p, t, ROUTE_MX_SOURCE,
		    route_text(e, r, ROUTE_MX_SOURCE), "") == -1 ||
		dispatch_way(p, t, ROUTE_SO_MARK, mark, "") == -1 ||
		dispatch_auth(p, t, route_text(e, r, ROUTE_MX_AUTH)) == -1 ?
	    -1 :
	    0;
}

/* Hadd! at data: lines that only other hosts see (A62). */
static int
dispatch_lines(struct peer *p, const struct task *t, const char *lines)
{
	char *all, *next, *line;
	union msg u = {0};
	int r = 0;

	if (lines[0] == '\0')
		return 0;
	if ((all = strdup(lines)) == NULL)
		return -1;
	u.dlv_header.task = t->ref;
	for (next = all; r == 0 && (line = strsep(&next, "\n")) != NULL;) {
		line[strcspn(line, "\r")] = '\0';
		u.dlv_header.line = line;
		if (line[0] != '\0')
			r = peer_tell(p, MSG_DLV_HEADER, &u, -1);
	}
	free(all);
	return r;
}

static int
dispatch_headers(struct peer *p, const struct task *t)
{
	const struct entry *e = t->entry;

	if (dispatch_lines(p, t, message_text(e->message, e->message->hadd)) ==
	    -1)
		return -1;
	return e->hadd == NULL ? 0 : dispatch_lines(p, t, e->hadd);
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

	if (dispatch_task(p, t, fd) == -1 || dispatch_options(p, t) == -1 ||
	    dispatch_rcpts(p, t) == -1)
		return DISPATCH_BAD;
	if (!t->dest->is_local &&
	    (dispatch_route(p, t) == -1 || dispatch_headers(p, t) == -1))
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
