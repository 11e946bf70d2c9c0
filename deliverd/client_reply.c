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
 * The dialogue as one switch: a complete reply arrived, what now?  Replies
 * that nobody asked for, or that come before the end of the content, never
 * count as success.
 */
#include <stdio.h>
#include <string.h>

#include "client_auth.h"
#include "client_event.h"
#include "client_talk.h"
#include "log.h"
#include "rcpt_event.h"
#include "proc.h"

void
client_log(struct client *c, const char *verb, const char *line)
{
	struct log_line l;
	char text[512];
	bool is_reply;

	is_reply =
	    strcmp(verb, "connect") != 0 && strcmp(verb, "disconnect") != 0;
	if (!log_begin(&l, LOG_CENTRAL, is_reply ? "command" : verb))
		return;
	log_hex(&l, "session", c->session);
	log_str(&l, "direction", "out");
	if (is_reply) {
		reply_print(&c->reply, text, sizeof(text));
		log_str(&l, "verb", verb);
		log_str(&l, "line", line);
		log_str(&l, "reply", text);
	} else {
		log_str(&l, "host", c->peer);
		log_str(&l, "text", line);
	}
	log_end(&l);
}

/*
 * What the server says fits nothing: from here on no reply can be given to a
 * command with certainty.
 */
static void
reply_breach(struct client *c)
{
	client_lost_text(c, 451, "4.5.0", "reply out of place");
}

static void
reply_result(struct client *c, struct result *r)
{
	result_reply(r, &c->reply, c->peer);
}

/*
 * Until EHLO is answered the next host may do better: no 5xx here is final but
 * those of RFC 7504.
 */
static void
reply_banner(struct client *c)
{
	struct result r;

	client_log(c, "BANNER", "");
	if (c->reply.code == 220) {
		c->state = CLIENT_EHLO;
		c->unanswered = 0;
		client_send_hello(c, c->lmtp ? "LHLO" : "EHLO");
		return;
	}
	reply_result(c, &r);
	/* A blocked or busy host; RFC 7504 has codes for "never". */
	if (c->reply.code != 521 && c->reply.code != 556)
		r.result = DLV_TEMPFAIL;
	connect_next(c, &r);
}

/* RFC 5321 section 3.2: who does not know EHLO is asked with HELO. */
static void
reply_hello(struct client *c)
{
	struct result r;

	client_log(c, c->state == CLIENT_EHLO ? "EHLO" : "HELO", "");
	c->unanswered = 0;
	if (c->reply.code / 100 == 2) {
		c->caps = 0;
		c->max_size = 0;
		if (c->state == CLIENT_EHLO)
			client_caps_parse(c);
		client_ready(c);
		return;
	}
	if (c->state == CLIENT_EHLO && c->reply.code / 100 == 5 && !c->lmtp) {
		c->state = CLIENT_HELO;
		client_send_hello(c, "HELO");
		return;
	}
	reply_result(c, &r);
	/* Who does not know LHLO is no LMTP server: a mistake in our own
	 * configuration, for which no mail may come back. */
	if (c->lmtp)
		r.result = DLV_TEMPFAIL;
	connect_next(c, &r);
}

/* The transaction is half open: the next MAIL needs a clean start. */
static void
reply_reset(struct client *c)
{
	c->state = CLIENT_RSET;
	c->unanswered = 1;
	c->fresh = true;
	client_set_timeout(c);
	client_put(c, "RSET\r\n", 6);
}

/* A result for all that the server had accepted. */
static void
reply_to_accepted(struct task *t, const struct result *r)
{
	uint32_t i;

	for (i = 0; i < t->rcpt_count; i++)
		if (t->rcpts[i].state == RCPT_ACCEPTED)
			task_result(t, &t->rcpts[i], r);
}

/* Commands that were pipelined behind it are still to be answered. */
static void
reply_mail(struct client *c)
{
	struct result r;

	client_log(c, "MAIL", c->task->sender);
	c->answer = STEP_RCPT;
	if (c->reply.code / 100 == 2)
		return;
	c->mail_failed = true;
	c->data_sent = c->send == STEP_NONE && !c->bdat;
	c->send = STEP_NONE;
	reply_result(c, &r);
	task_result_client(c->task, &r);
}

/*
 * 452 (or 4.5.3) after some were taken: no more in this transaction, RFC 5321
 * 4.5.3.1.10.  The 552 of old is not read so: today it is a full mailbox.
 */
static bool
reply_is_too_many(const struct client *c)
{
	if (c->accepted == 0)
		return false;
	if (c->reply.enhanced.class != 0)
		return c->reply.enhanced.subject == 5 &&
		    c->reply.enhanced.detail == 3 &&
		    c->reply.enhanced.class == 4;
	return c->reply.code == 452;
}

/* What it says is of this recipient alone. */
static void
reply_rcpt(struct client *c, struct rcpt *rcpt)
{
	char text[REPLY_TEXT_MAX];
	struct result r;

	client_log(c, "RCPT", rcpt->address);
	if (!c->lmtp) {
		reply_print(&c->reply, text, sizeof(text));
		rcpt_event_add(c->task, rcpt->address, text);
	}
	if (c->reply.code / 100 == 2) {
		rcpt->state = RCPT_ACCEPTED;
		c->accepted++;
	} else if (reply_is_too_many(c))
		rcpt->state = RCPT_CLIENT;
	else {
		reply_result(c, &r);
		task_result(c->task, rcpt, &r);
	}
}

/* DATA was answered though nobody is left: an empty message that counts for
 * nothing ends it (RFC 2920 section 3.1). */
static void
reply_data_for_nobody(struct client *c)
{
	if (c->reply.code != 354) {
		reply_reset(c);
		return;
	}
	c->accepted = 0;
	client_put(c, ".\r\n", 3);
	client_pipe_end(c, 1);
}

/* Only 354 lets content out. */
static void
reply_data(struct client *c)
{
	struct result r;

	client_log(c, "DATA", "");
	c->answer = STEP_NONE;
	if (c->accepted == 0)
		reply_data_for_nobody(c);
	else if (c->reply.code == 354)
		client_data_start(c);
	else if (c->reply.code < 400)
		reply_breach(c);
	else {
		reply_result(c, &r);
		reply_to_accepted(c->task, &r);
		reply_reset(c);
	}
}

/* The recipient whose RCPT this reply belongs to; NULL: DATA's reply. */
static struct rcpt *
reply_next_rcpt(struct client *c)
{
	struct task *t = c->task;

	for (; c->answer_at < t->rcpt_count; c->answer_at++)
		if (t->rcpts[c->answer_at].state == RCPT_SENT)
			return &t->rcpts[c->answer_at++];
	return NULL;
}

/* All that was sent is answered, and DATA was not among it. */
static void
reply_envelope_end(struct client *c)
{
	if (c->accepted > 0 && c->bdat)
		client_data_start(c);
	else if (c->mail_failed)
		client_finish(c);
	else
		reply_reset(c);
}

static void
reply_envelope(struct client *c)
{
	struct rcpt *rcpt;

	c->heard = true;
	c->unanswered--;
	if (c->mail_failed) {
		if (c->unanswered == 0 && c->data_sent) {
			reply_data_for_nobody(c);
			return;
		}
	} else if (c->answer == STEP_MAIL)
		reply_mail(c);
	else if ((rcpt = reply_next_rcpt(c)) != NULL)
		reply_rcpt(c, rcpt);
	else {
		reply_data(c);
		return;
	}
	client_send_more(c);
	if (client_is_held(c))
		client_set_timeout(c);
	else if (c->unanswered == 0)
		reply_envelope_end(c);
	else if (!c->fresh)
		client_set_timeout(c);
}

/* One whose handler runs sees for itself when that goes on. */
void
client_resume(struct client *c)
{
	if (c->in_loop || c->dead || c->state != CLIENT_ENVELOPE ||
	    c->send != STEP_RCPT)
		return;
	client_enter(c);
	client_send_more(c);
	if (!client_is_held(c) && c->unanswered == 0)
		reply_envelope_end(c);
	client_leave(c);
}

/*
 * The verdict is complete.  On 421 the server goes, whatever is behind; else
 * the task whose commands were pipelined goes on, as far as buffers allow.
 */
static void
reply_dot_end(struct client *c, const struct result *r)
{
	bool piped = client_pipe_is_used(c);

	client_pipe_verdict(c);
	if (c->reply.code == 421) {
		if (!piped)
			c->state = CLIENT_IDLE;
		client_lost(c, r);
	} else if (piped)
		client_send_more(c);
	else
		client_finish(c);
}

/* The end of content was answered; each LMTP recipient has its own reply. */
static void
reply_dot(struct client *c)
{
	struct client_end *e = &c->end;
	struct task *t = e->task;
	struct result r;

	client_log(c, e->bdat ? "BDAT" : "CONTENT", task_id_text(t));
	if (reply_class(&c->reply) == 3) {
		reply_breach(c);
		return;
	}
	reply_result(c, &r);
	r.relayed_dsn = r.result == DLV_OK && (c->caps & CAP_DSN) != 0;
	e->unanswered--;
	if (!c->lmtp)
		reply_to_accepted(t, &r);
	for (; c->lmtp && e->answer_at < t->rcpt_count; e->answer_at++)
		if (t->rcpts[e->answer_at].state == RCPT_ACCEPTED) {
			task_result(t, &t->rcpts[e->answer_at++], &r);
			break;
		}
	client_set_timeout(c);
	if (e->unanswered > 0)
		return;
	if (r.result == DLV_OK)
		pool_success(c->dest);
	reply_dot_end(c, &r);
}

/* Before all content was sent: success it can not be. */
static void
reply_early(struct client *c)
{
	struct result r;

	client_log(c, "CONTENT", "early");
	if (c->reply.code < 400) {
		reply_breach(c);
		return;
	}
	reply_result(c, &r);
	client_lost(c, &r);
}

/* First what holds in any state: replies that nobody asked for, and 421. */
void
client_on_reply(struct client *c)
{
	struct result r;

	if (c->state == CLIENT_CONTENT || c->end.unsent > 0) {
		reply_early(c);
		return;
	}
	if (c->end.task != NULL) {
		reply_dot(c);
		return;
	}
	if (c->state != CLIENT_BANNER && (c->unanswered == 0 || c->fresh)) {
		reply_breach(c);
		return;
	}
	/* The server is going, whatever was asked (RFC 5321 section 3.8). */
	if (c->reply.code == 421 &&
	    (c->state == CLIENT_ENVELOPE || c->state == CLIENT_RSET)) {
		client_log(c, "421", "");
		reply_result(c, &r);
		client_lost(c, &r);
		return;
	}
	switch (c->state) {
	case CLIENT_BANNER:
		reply_banner(c);
		break;
	case CLIENT_EHLO:
	case CLIENT_HELO:
		reply_hello(c);
		break;
	case CLIENT_AUTH:
		client_auth_reply(c);
		break;
	case CLIENT_ENVELOPE:
		reply_envelope(c);
		break;
	case CLIENT_RSET:
		c->unanswered = 0;
		if (c->reply.code / 100 == 2)
			client_finish(c);
		else
			reply_breach(c);
		break;
	default:
		client_close(c);
	}
}
