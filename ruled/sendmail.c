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
 * Sendmail!: a message from a file into the queue, as it stands.
 *
 * Against loops, RFC 3834 section 2: nothing is sent to an empty recipient,
 * nor in answer to a null sender, nor to addresses that are programs; not in
 * the queue's events of a message that Sendmail! itself sent; and not more
 * than SENDMAIL_RATE a minute to one recipient.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enums.h"
#include "id.h"
#include "monotime.h"
#include "proc.h"

#include "action.h"
#include "field.h"
#include "pending.h"
#include "ruled.h"
#include "text.h"

/* Messages a minute to one recipient. */
#define SENDMAIL_RATE 30
#define SENDMAIL_RATES 1024
/* Messages of Sendmail! that are known again in the queue's events. */
#define SENDMAIL_KNOWN 8192

enum send_state {
	SEND_OPENS,
	SEND_OPENED,
	SEND_QUEUES,
	SEND_DONE,
	SEND_FAILED
};

struct send {
	struct pending pending;
	enum send_state state;
	int fd;
	const char *why; /* it failed */
};

struct rate {
	uint32_t hash, count;
	int64_t minute;
};

static struct {
	struct rate rates[SENDMAIL_RATES];
	uint64_t known[SENDMAIL_KNOWN]; /* ids of what was sent */
	uint32_t next;
} env;

static void
send_end(struct run_op *op)
{
	struct send *s = op->data;

	if (s->fd != -1)
		close(s->fd);
	pending_free(&s->pending);
}

/* fd is ours from here on, until the queue takes it. */
static void
send_opened(uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	struct send *s = pending_get(ref);

	if (s == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	s->fd = fd;
	s->state = SEND_OPENED;
	if (result != PEER_ANSWER || m->priv_open_answ.status != PRIV_OK ||
	    fd == -1) {
		s->state = SEND_FAILED;
		s->why = result == PEER_ANSWER &&
			m->priv_open_answ.status == PRIV_MISSING ?
		    "there is no such file" :
		    "the file can not be read";
	}
	pending_resume(&s->pending);
}

/* The id is noted also where the session has gone: its message will have events
 * of the queue. */
static void
send_queued(uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	struct send *s = pending_get(ref);
	bool is_done =
	    result == PEER_ANSWER && m->queue_inject_answ.status == QUEUE_OK;

	(void)fd;
	if (is_done)
		env.known[env.next++ % SENDMAIL_KNOWN] =
		    m->queue_inject_answ.msgid;
	if (s == NULL)
		return;
	s->state = is_done ? SEND_DONE : SEND_FAILED;
	s->why = "the queue does not take it";
	pending_resume(&s->pending);
}

/* Is the message at hand one of ours? */
static bool
is_own(const struct run *run)
{
	const struct policy *p = run->policy;
	char sid[ID_SID_MAX];
	uint64_t id;
	uint32_t i;

	if ((EV(run->event) & EV_QUEUE) == 0 || p->id == NULL ||
	    id_parse(p->id, &id, sid, sizeof(sid)) == -1)
		return false;
	for (i = 0; i < SENDMAIL_KNOWN && env.known[i] != 0; i++)
		if (env.known[i] == id)
			return true;
	return false;
}

/* Addresses that nobody reads: lists' owners, daemons. */
static bool
is_program(const struct address *a)
{
	static const char *const names[] = {
	    "mailer-daemon", "majordomo", "listserv", "noreply", "no-reply"};
	const struct text local = {a->text, a->local_len};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_equal(
			local, (struct text){names[i], strlen(names[i])}))
			return true;
	return text_begins(local, (struct text){"owner-", 6}) ||
	    text_ends(local, (struct text){"-request", 8}) ||
	    text_ends(local, (struct text){"-owner", 6}) ||
	    text_ends(local, (struct text){"-bounces", 8});
}

/* Two recipients that share a place share its count too. */
static bool
is_too_often(const char *rcpt)
{
	const int64_t minute = monotime_now().us / 60000000;
	uint32_t hash = 2166136261u;
	struct rate *r;

	for (; *rcpt != '\0'; rcpt++)
		hash = (hash ^ text_fold(*rcpt)) * 16777619u;
	r = &env.rates[hash % SENDMAIL_RATES];
	if (r->minute != minute) {
		r->minute = minute;
		r->count = 0;
	}
	return r->count++ >= SENDMAIL_RATE;
}

/* Why this message is not sent, or NULL. */
static const char *
why_not(const struct run *run, const struct address *rcpt)
{
	const struct policy *p = run->policy;

	if (is_own(run))
		return "the message at hand was sent by Sendmail!";
	if (p->sender == NULL &&
	    (EV(run->event) & (EV_TRANSACTION | EV_QUEUE)) != 0)
		return "the message at hand has the null sender";
	if (is_program(rcpt))
		return "a program reads that address";
	if (is_too_often(rcpt->text))
		return "too many a minute for one recipient";
	return NULL;
}

/* The parent opens the file, by the rules for a message's place and owner. */
static enum step
send_begin(struct run *run, const struct rule_item *item)
{
	union msg m = {.priv_open = {.purpose = OPEN_MESSAGE, .home_of = ""}};
	struct send *s;
	enum step step = field_path(run, item, 0, &m.priv_open.path);

	if (step != STEP_YES)
		return step;
	if ((s = pending_new(run, sizeof(*s))) == NULL)
		return STEP_FAILED;
	s->fd = -1;
	pending_hang(run, &s->pending, send_end);
	return peer_call(proc_parent(), MSG_PRIV_OPEN, &m, -1,
		   PEER_THEN(send_opened, s->pending.self)) == -1 ?
	    STEP_FAILED :
	    STEP_WAIT;
}

/* The descriptor goes with the call; queued reads it at its own pace. */
static enum step
send_queue(struct send *s, const struct address *from, const struct address *to)
{
	union msg m = {
	    .queue_inject = {.sender = from->text, .rcpt = to->text}};
	struct peer *queued = proc_peer(PROC_QUEUED, 0);

	s->state = SEND_QUEUES;
	if (queued == NULL ||
	    peer_call(queued, MSG_QUEUE_INJECT, &m, s->fd,
		PEER_THEN(send_queued, s->pending.self)) == -1)
		return STEP_FAILED;
	s->fd = -1;
	return STEP_WAIT;
}

/* Called again at each answer; the state says where it was. Addresses are made
 * anew, as nothing of the line is kept while it waits. */
enum step
word_sendmail(struct run *run, const struct rule_item *item)
{
	struct send *s = run->op.data;
	struct address from, to;
	struct text text;
	const char *why;
	enum step step;

	if (s != NULL && (s->state == SEND_OPENS || s->state == SEND_QUEUES))
		return STEP_WAIT;
	if (s != NULL && s->state >= SEND_DONE) {
		if (s->state == SEND_FAILED)
			run_warn(run, "nothing was sent: %s", s->why);
		return s->state == SEND_DONE ? STEP_YES : STEP_FAILED;
	}
	step = field_text(run, item, 2, EXPAND_TEXT, &text);
	if (step != STEP_YES)
		return step;
	if (text_trim(text).len == 0)
		return STEP_YES;
	if ((step = action_address(run, item, 2, 0, &to)) != STEP_YES ||
	    (step = action_address(run, item, 1, ADDRESS_NULL, &from)) !=
		STEP_YES)
		return step;
	if (s != NULL)
		return send_queue(s, &from, &to);
	run_show(run, "<%s> to <%s>", from.text, to.text);
	if (run_is_dry(run))
		return STEP_YES;
	if ((why = why_not(run, &to)) != NULL) {
		run_warn(run, "nothing is sent: %s", why);
		return STEP_YES;
	}
	return send_begin(run, item);
}
