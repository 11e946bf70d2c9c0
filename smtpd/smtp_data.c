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
 * DATA and BDAT: from the last recipient to the final reply.  RFC 5321
 * section 4.1.1.4, RFC 3030 section 2.  The content itself is content.c's.
 */
#include <string.h>

#include "content.h"
#include "copy.h"
#include "enums.h"
#include "id.h"
#include "refusal.h"
#include "rule.h"
#include "session_io.h"
#include "session_log.h"
#include "session_wait.h"
#include "smtp.h"
#include "smtp_reply.h"
#include "smtpd.h"
#include "submit.h"
#include "submit_rule.h"
#include "transaction.h"

static void commit(struct session *);

static const struct smtp_reply fault_replies[] = {
    [FAULT_NONE] = {.text = OPT_MSG_MAIL_ACCEPTED, .enhanced = "2.0.0"},
    [FAULT_SIZE] = {.text = OPT_MSG_MAIL_TOOBIG,
	.enhanced = "5.3.4",
	.event = "data"},
    [FAULT_HEADER] = {.text = OPT_MSG_HEADER_TOOBIG,
	.enhanced = "5.3.4",
	.event = "data"},
    [FAULT_HOPS] = {.text = OPT_MSG_TRANSACTION_FALIED,
	.enhanced = "5.4.6",
	.extra = "(too many hops)",
	.event = "data"},
    [FAULT_NEWLINE] = {.text = OPT_MSG_TRANSACTION_FALIED,
	.enhanced = "5.6.0",
	.extra = "(bare CR or LF)",
	.event = "data"},
    [FAULT_DISK] = {.text = OPT_MSG_NODISK_SPACE,
	.enhanced = "4.3.1",
	.event = "data"},
    [FAULT_DENIED] = {.text = OPT_MSG_PERM_DENY,
	.enhanced = "4.3.0",
	.event = "data"},
    [FAULT_INTERNAL] = {.text = OPT_MSG_INTERNAL_ERROR,
	.enhanced = "4.3.0",
	.is_temp = true,
	.event = "data"},
};

/* The reply that rules gave, at the end of a chunk. */
static void
reply_held(struct session *s)
{
	struct held *h = &s->rule->held;
	bool closes = h->closes;

	smtp_reply_raw(s, h->reply, h->len);
	rule_held_clear(s->rule);
	if (closes)
		smtp_reply_close(s);
}

static void
reply_fault(struct session *s, int fault)
{
	if (fault == FAULT_RULE)
		reply_held(s);
	else
		smtp_reply_full(s, &fault_replies[fault]);
	smtp_reset(s);
}

static void
begin(struct session *s)
{
	if (!rule_ask(s, RULE_DATA_CMD))
		smtp_data_decided(s);
}

/* Data_reply! of an earlier event; that of the message comes first (A22). */
static const char *
data_reply(const struct session *s)
{
	if (s->tx->data_reply != NULL || s->rule == NULL)
		return s->tx->data_reply;
	return s->rule->data_reply;
}

void
smtp_data_decided(struct session *s)
{
	struct smtp_reply r = {
	    .given = data_reply(s), .enhanced = "5.7.1", .event = "data_cmd"};

	if (r.given != NULL)
		smtp_data_deny(s, &r, false);
	else if (!copy_ask(s))
		smtp_data_copied(s);
}

void
smtp_data_deny(struct session *s, const struct smtp_reply *reply, bool closes)
{
	struct smtp_reply r = *reply;

	/* A22: its text is better than none, but not than one of data_cmd. */
	if (r.given == NULL && !closes)
		r.given = data_reply(s);
	if (s->verb != COMMAND_BDAT) {
		smtp_reply_full(s, &r);
		smtp_reset(s);
		if (closes)
			smtp_reply_close(s);
		return;
	}
	if (refusal_hold(s, &r) == -1) {
		session_drop(s, "no memory");
		return;
	}
	session_log_refused(
	    s, &r, s->rule->held.reply, strcspn(s->rule->held.reply, "\r"));
	env.stats.refused++;
	s->rule->held.closes = closes;
	submit_abort(s);
	smtp_data_refused(s, FAULT_RULE);
}

void
smtp_data_failed(struct session *s)
{
	if (s->state == SMTP_RCPT)
		smtp_data_refused(s, FAULT_INTERNAL);
	else
		smtp_data_done(s, FAULT_INTERNAL);
}

void
smtp_data_copied(struct session *s)
{
	if (s->state != SMTP_RCPT) {
		if (submit_copies(s) == -1)
			smtp_data_failed(s);
		else
			commit(s);
		/* The Received field wants the name, if it is coming. */
	} else if (s->ptr_asked)
		session_wait_begin(s, WAIT_PTR);
	else
		smtp_data_named(s);
}

void
smtp_data_named(struct session *s)
{
	/* While a session waits it does not read, and so may not have heard
	 * of the end of its client: queued need not hear of such mail. */
	if (s->is_unread && session_io_is_reset(s))
		session_drop(s, "connection reset");
	else if (s->tx->content.is_open)
		smtp_data_open(s);
	else if (submit_open(s) == -1)
		smtp_data_refused(s, FAULT_INTERNAL);
}

void
smtp_data(struct session *s, const struct command *c)
{
	(void)c;
	/* RFC 3030 section 3: such content has no lines to end it. */
	if (s->tx->body == BODY_BINARYMIME) {
		smtp_reply(s, OPT_MSG_SEQUENCE_ERROR, "5.5.1");
		smtp_junk(s);
		return;
	}
	begin(s);
}

/* The octets of a chunk follow whatever we think of it. */
static void
enter_chunk(struct session *s)
{
	s->state = SMTP_CHUNK;
	content_chunk_begin(s);
}

/* A chunk that belongs to no transaction: its octets are no commands. */
static void
void_chunk(struct session *s)
{
	s->chunk_void = true;
	s->chunk_back = s->state;
	enter_chunk(s);
}

void
smtp_bdat(struct session *s, const struct command *c)
{
	s->chunk_left = c->bdat.size;
	s->chunk_last = c->bdat.last;
	s->chunk_void = false;
	if (s->state == SMTP_RCPT)
		begin(s);
	else if (s->state == SMTP_BDAT)
		enter_chunk(s);
	else
		void_chunk(s);
}

void
smtp_data_open(struct session *s)
{
	bool is_chunk = s->verb == COMMAND_BDAT;
	enum dot_kind kind = DOT_DATA;

	if (is_chunk)
		kind = s->tx->body == BODY_BINARYMIME ? DOT_BINARY : DOT_CHUNK;
	content_begin(s, kind);
	if (is_chunk) {
		/* It was for the 354 that no chunk gets. */
		rule_said_clear(s);
		enter_chunk(s);
		return;
	}
	if (s->tx->content.fault != FAULT_NONE) {
		reply_fault(s, s->tx->content.fault);
		return;
	}
	s->state = SMTP_DATA;
	smtp_reply_well(s, OPT_MSG_SEND_BODY, NULL);
}

void
smtp_data_refused(struct session *s, int fault)
{
	if (s->verb != COMMAND_BDAT) {
		reply_fault(s, fault);
		return;
	}
	s->tx->content.fault = (enum fault)fault;
	enter_chunk(s);
}

void
smtp_data_void(struct session *s)
{
	s->state = s->chunk_back;
	smtp_reply(s, OPT_MSG_SEQUENCE_ERROR, "5.5.1");
	smtp_junk(s);
}

void
smtp_data_chunk(struct session *s)
{
	s->state = SMTP_BDAT;
	smtp_reply(s, OPT_MSG_OK, "2.0.0");
}

static void
commit(struct session *s)
{
	if (submit_commit(s) == -1)
		smtp_data_done(s, FAULT_INTERNAL);
}

/* Most rules look at no file, so none is made before one is wanted. */
void
smtp_data_complete(struct session *s)
{
	if (rule_is_set(s, RULE_DATA) && rule_get(s) != NULL &&
	    rule_open(s) == 0)
		rule_fact_num(s, FACT_SIZE, s->tx->content.size);
	if (!rule_ask(s, RULE_DATA))
		commit(s);
}

void
smtp_data_stage(struct session *s)
{
	struct content *c = &s->tx->content;

	if (c->fault != FAULT_NONE || c->is_staging)
		return;
	if (c->is_staged)
		rule_spool(s);
	else if (submit_stage(s) == -1)
		smtp_data_staged(s, FAULT_INTERNAL);
}

/* Either way the rules go on; without files to their end, by apply_data. */
void
smtp_data_staged(struct session *s, int fault)
{
	if (fault == FAULT_NONE) {
		s->tx->content.is_staged = true;
		rule_spool(s);
	} else {
		content_fail(s, (enum fault)fault);
		rule_fact(s, FACT_SPOOL, "");
	}
}

void
smtp_data_commit(struct session *s)
{
	if (!copy_ask(s))
		commit(s);
}

void
smtp_data_done(struct session *s, int fault)
{
	struct smtp_reply r = fault_replies[FAULT_NONE];
	char id[ID_TEXT_MAX];

	if (fault != FAULT_NONE) {
		reply_fault(s, fault);
		return;
	}
	id_print(s->tx->content.msgid, option_text(env.opts, OPT_SID), id,
	    sizeof(id));
	r.id = id;
	if (s->rule != NULL)
		r.given = s->rule->said;
	session_log_accepted(s, id);
	s->accepted++;
	env.stats.messages++;
	env.stats.recipients += s->tx->target_count;
	env.stats.bytes += s->tx->content.size;
	s->idle = 0;
	smtp_reply_full(s, &r);
	smtp_reset(s);
}
