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
 * The dialogue with queued about one message; see submit.h.  An answer that
 * finds its session gone is cleaned up after: the message is given up, a
 * descriptor closed.
 */
#include "submit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "content.h"
#include "enums.h"
#include "proc.h"
#include "session_wait.h"
#include "smtp.h"
#include "smtp_auth.h"
#include "smtpd.h"
#include "submit_rule.h"
#include "transaction.h"

/* The bound of QUEUE_DATA in messages.def. */
#define DATA_MAX 16000

static struct peer *
queued(void)
{
	return proc_peer(PROC_QUEUED, 0);
}

/* A queued that has gone is not full: the call that follows says so. */
bool
submit_is_full(void)
{
	struct peer *p = queued();

	return p != NULL && peer_is_full(p);
}

/* What queued says of its disk is for the client in so far as it tells "later"
 * from "never". */
int
submit_fault(uint8_t status)
{
	switch (status) {
	case QUEUE_OK:
		return FAULT_NONE;
	case QUEUE_FULL:
		return FAULT_DISK;
	case QUEUE_DENIED:
		return FAULT_DENIED;
	default:
		return FAULT_INTERNAL;
	}
}

/* For an id that no session has any more. */
static void
abort_id(uint64_t msgid)
{
	union msg m = {.queue_abort = {.msgid = msgid}};
	struct peer *p = queued();

	if (p != NULL)
		(void)peer_tell(p, MSG_QUEUE_ABORT, &m, -1);
}

/* An id was asked for at MAIL, or at DATA. */
static void
opened(struct session *s)
{
	if (s->verb == COMMAND_MAIL)
		smtp_mail_open(s);
	else
		smtp_data_open(s);
}

static void
refused(struct session *s, int fault)
{
	if (s->verb == COMMAND_MAIL)
		smtp_mail_refused(s, fault);
	else
		smtp_data_refused(s, fault);
}

/* An id that comes for a session that has gone is given back. */
static void
open_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	struct session *s = session_wait_end(ref, WAIT_OPEN);
	bool ok = r == PEER_ANSWER && m->queue_open_answ.status == QUEUE_OK;

	(void)fd;
	if (s == NULL) {
		if (ok)
			abort_id(m->queue_open_answ.msgid);
		return;
	}
	if (ok) {
		s->tx->content.msgid = m->queue_open_answ.msgid;
		s->tx->content.is_open = true;
		opened(s);
	} else
		refused(s,
		    r == PEER_ANSWER ? submit_fault(m->queue_open_answ.status) :
				       FAULT_INTERNAL);
	session_wait_resume(s);
}

int
submit_open(struct session *s)
{
	union msg m = {
	    .queue_open = {.session = s->id, .size = s->tx->declared}};
	struct peer *p = queued();

	if (p == NULL ||
	    peer_call(
		p, MSG_QUEUE_OPEN, &m, -1, PEER_THEN(open_done, s->ref)) == -1)
		return -1;
	session_wait_begin(s, WAIT_OPEN);
	return 0;
}

/* In the order of targets: its place is the recipient's number for routes. */
static int
tell_target(struct peer *p, uint64_t msgid, const struct target *x)
{
	union msg m = {.queue_rcpt = {.msgid = msgid,
			   .route = x->route,
			   .kind = x->kind,
			   .rcpt = x->text,
			   .original = x->text + x->original,
			   .orcpt = x->text + x->orcpt,
			   .notify = x->notify}};

	return peer_tell(p, MSG_QUEUE_RCPT, &m, -1);
}

/* Those that queued has not heard of yet. */
int
submit_targets(struct session *s)
{
	struct transaction *t = s->tx;
	struct peer *p = queued();
	const struct target *x;
	uint32_t i = 0;

	if (p == NULL)
		return -1;
	TAILQ_FOREACH (x, &t->targets, link)
		if (i++ >= t->told && tell_target(p, t->content.msgid, x) == -1)
			return -1;
	t->told = t->target_count;
	return 0;
}

int
submit_sender(struct session *s)
{
	const struct transaction *t = s->tx;
	const char *login = smtp_auth_login(s);
	struct peer *p = queued();
	union msg m = {.queue_sender = {.msgid = t->content.msgid,
			   .sender = t->sender.text,
			   .body = t->body,
			   .smtputf8 = t->utf8,
			   .ret = t->ret,
			   .envid = t->envid,
			   .client = s->client,
			   .client_name = s->ptr_ok ? s->ptr : "",
			   .helo = s->helo,
			   .login = login != NULL ? login : ""}};

	return p == NULL ? -1 : peer_tell(p, MSG_QUEUE_SENDER, &m, -1);
}

int
submit_envelope(struct session *s)
{
	if (submit_sender(s) == -1 || submit_targets(s) == -1 ||
	    submit_rules(s) == -1)
		return -1;
	s->tx->content.is_told = true;
	return 0;
}

static int
content_inline(struct content *c, const char *p, size_t len)
{
	struct peer *q = queued();
	union msg m = {.queue_data = {.msgid = c->msgid}};
	size_t n;

	if (q == NULL)
		return FAULT_INTERNAL;
	for (; len > 0; p += n, len -= n) {
		n = len < DATA_MAX ? len : DATA_MAX;
		m.queue_data.data = (const uint8_t *)p;
		m.queue_data.data_len = (uint32_t)n;
		if (peer_tell(q, MSG_QUEUE_DATA, &m, -1) == -1)
			return FAULT_INTERNAL;
	}
	return FAULT_NONE;
}

/* The disk's cache takes it, so it does not wait. A full disk is the client's
 * to hear; half a file is given up with its message. */
static int
content_file(struct content *c, const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(c->fd, p, len)) == -1) {
			if (errno == EINTR)
				continue;
			return errno == ENOSPC || errno == EDQUOT ?
			    FAULT_DISK :
			    FAULT_INTERNAL;
		}
		p += n;
		len -= (size_t)n;
	}
	return FAULT_NONE;
}

int
submit_content(struct session *s, const char *p, size_t len)
{
	struct content *c = &s->tx->content;

	c->size += len;
	if (c->fd != -1)
		return content_file(c, p, len);
	return content_inline(c, p, len);
}

static void
file_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	struct session *s = session_wait_end(ref, WAIT_FILE);
	int f = FAULT_INTERNAL;

	if (r == PEER_ANSWER)
		f = submit_fault(m->queue_file_answ.status);
	if (s == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (f == FAULT_NONE && fd != -1)
		s->tx->content.fd = fd;
	else {
		if (fd != -1)
			close(fd);
		content_fail(
		    s, f == FAULT_NONE ? FAULT_INTERNAL : (enum fault)f);
	}
	session_wait_resume(s);
}

int
submit_file(struct session *s)
{
	union msg m = {.queue_file = {.msgid = s->tx->content.msgid}};
	struct peer *p = queued();

	if (p == NULL ||
	    peer_call(
		p, MSG_QUEUE_FILE, &m, -1, PEER_THEN(file_done, s->ref)) == -1)
		return -1;
	session_wait_begin(s, WAIT_FILE);
	return 0;
}

/* The one place from which 250 may follow: queued says OK only when the journal
 * is on stable storage. */
static void
commit_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	struct session *s = session_wait_end(ref, WAIT_COMMIT);

	(void)fd;
	/* Without a session the message is queued's all the same. */
	if (s == NULL)
		return;
	/* The client will be told no: it must not happen late after all. */
	if (r == PEER_TIMEOUT)
		abort_id(s->tx->content.msgid);
	smtp_data_done(s,
	    r == PEER_ANSWER ? submit_fault(m->queue_commit_answ.status) :
			       FAULT_INTERNAL);
	session_wait_resume(s);
}

int
submit_commit(struct session *s)
{
	struct content *c = &s->tx->content;
	union msg m = {
	    .queue_commit = {.msgid = c->msgid,
		.size = c->size,
		.header_size = (uint32_t)(c->received + c->header.size),
		.recipients = s->tx->target_count}};
	struct peer *p = queued();

	if (p == NULL ||
	    peer_call(p, MSG_QUEUE_COMMIT, &m, -1,
		PEER_THEN(commit_done, s->ref)) == -1)
		return -1;
	/* From here on it is queued's, whatever becomes of the session. */
	c->is_open = false;
	s->committed++;
	session_wait_begin(s, WAIT_COMMIT);
	return 0;
}

/* Safe to call more than once, and without a message. */
void
submit_abort(struct session *s)
{
	struct content *c = &s->tx->content;

	if (c->is_open)
		abort_id(c->msgid);
	c->is_open = false;
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

/* queued lets local mail of this session go (Immed_delivery 1). */
void
submit_closed(struct session *s)
{
	union msg m = {.queue_closed = {.session = s->id}};
	struct peer *p = queued();

	if (s->committed > 0 && p != NULL)
		(void)peer_tell(p, MSG_QUEUE_CLOSED, &m, -1);
}
