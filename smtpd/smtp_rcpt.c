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
 * RCPT: who the recipient is, where it leads, whether this client may send
 * there.  RFC 5321 section 4.1.1.3 and 7.9, selor.conf(5), A21, A41, A61.
 */
#include <string.h>

#include "address.h"
#include "domain.h"
#include "enums.h"
#include "lookup.h"
#include "netset.h"
#include "refusal.h"
#include "rule.h"
#include "session_wait.h"
#include "smtp.h"
#include "smtp_auth.h"
#include "smtp_reply.h"
#include "smtpd.h"
#include "srs_rcpt.h"
#include "transaction.h"

static void
refuse_how(struct session *s, const struct smtp_reply *reply, unsigned int how)
{
	const struct asked *q = s->tx->asked;
	struct smtp_reply r = *reply;

	r.event = "rcpt";
	r.rcpt = q != NULL ? q->address.text : NULL;
	refusal_rcpt(s, &r, how);
}

/* Ends the question; the transaction goes on without this recipient. */
static void
refuse(struct session *s, enum option_id text, const char *enhanced,
    const char *extra)
{
	struct smtp_reply r = {
	    .text = text, .enhanced = enhanced, .extra = extra};

	refuse_how(s, &r, 0);
}

/* For now: whatever the option's text says, the client shall come again. */
static void
refuse_temp(struct session *s, enum option_id text, const char *enhanced)
{
	struct smtp_reply r = {
	    .text = text, .enhanced = enhanced, .is_temp = true};

	refuse_how(s, &r, 0);
}

static const char *
address_code(enum address_error e)
{
	switch (e) {
	case ADDRESS_NEEDS_UTF8:
		return "5.6.7";
	case ADDRESS_BAD_DOMAIN:
		return "5.1.2";
	default:
		return "5.1.3";
	}
}

enum address_error
smtp_rcpt_address(
    const struct session *s, const struct command *c, struct address *a)
{
	const char *df = session_text(s, OPT_DF_DOMAIN);
	unsigned int flags = ADDRESS_POSTMASTER | ADDRESS_LONG;
	enum address_error e;

	if (s->tx->utf8)
		flags |= ADDRESS_UTF8;
	if (*df != '\0')
		flags |= ADDRESS_BARE;
	if (option_num(env.opts, OPT_PROTO_LEVEL_CHECK) != 0)
		flags |= ADDRESS_BRACKETS;
	e = address_parse(a, c->path.p, c->path.len, flags);
	/* "postmaster" alone is the server's: lookupd knows whose that is. */
	if (e == ADDRESS_OK && address_is_bare(a) &&
	    !address_is_postmaster(a) && address_set_domain(a, df) == -1)
		e = ADDRESS_TOO_LONG;
	return e;
}

/* -1: refused. */
static int
parse_rcpt(struct session *s, const struct command *c, struct address *a)
{
	enum address_error e = smtp_rcpt_address(s, c, a);
	struct smtp_reply r = {.text = OPT_MSG_INVALID_PARAM,
	    .enhanced = address_code(e),
	    .extra = address_strerror(e)};

	if (e != ADDRESS_OK) {
		refuse_how(s, &r, REFUSAL_JUNK);
		return -1;
	}
	if (address_has_leading_dash(a)) {
		refuse(s, OPT_MSG_INVALID_PARAM, "5.1.3",
		    "leading dash is not accepted");
		return -1;
	}
	return 0;
}

/* NOTIFY's bits are the same in commands and in messages. */
_Static_assert(COMMAND_NOTIFY_NEVER == NOTIFY_NEVER &&
	COMMAND_NOTIFY_SUCCESS == NOTIFY_SUCCESS &&
	COMMAND_NOTIFY_FAILURE == NOTIFY_FAILURE &&
	COMMAND_NOTIFY_DELAY == NOTIFY_DELAY,
    "NOTIFY");

/* Most rules neither refuse nor change the recipient: lookupd is asked while
 * they run.  It is ahead of its turn, which comes with their verdict. */
static void
look_meanwhile(struct session *s)
{
	struct asked *q = s->tx != NULL ? s->tx->asked : NULL;

	if (q == NULL || s->rule->event != RULE_RCPT ||
	    (s->wait != WAIT_RULE && s->wait != WAIT_NAME))
		return;
	q->is_ahead = true;
	if (q->state == ASKED_NOT)
		(void)lookup_rcpt(s, q);
}

/* Max_rcpts is checked first: a recipient beyond it is not looked up, but rules
 * hear of it. */
void
smtp_rcpt(struct session *s, const struct command *c)
{
	struct asked_options o = {c->rcpt.notify, c->rcpt.orcpt};
	struct transaction *t = s->tx;
	struct address a;

	if (t->rcpts >= session_num(s, OPT_MAX_RCPTS)) {
		if (smtp_rcpt_address(s, c, &a) == ADDRESS_OK)
			rule_fact(s, FACT_RCPT, a.text);
		refuse(s, OPT_MSG_TOOMANY_RCPTS, "4.5.3", NULL);
		return;
	}
	if (parse_rcpt(s, c, &a) == -1)
		return;
	if (transaction_ask(t, s->ref, &a, &o) == -1) {
		refuse_temp(s, OPT_MSG_INTERNAL_ERROR, "4.3.0");
		return;
	}
	rule_fact(s, FACT_RCPT, a.text);
	if (!rule_ask(s, RULE_RCPT))
		smtp_rcpt_look(s);
	else
		look_meanwhile(s);
}

/* The answer may be there already, asked ahead, or on its way; in each case
 * there is one question. */
void
smtp_rcpt_look(struct session *s)
{
	struct asked *q = s->tx->asked;

	q->is_ahead = false;
	if (q->state == ASKED_DONE)
		smtp_rcpt_answer(s);
	else if (q->state == ASKED_NOT && lookup_rcpt(s, q) == -1)
		refuse_temp(s, OPT_MSG_MAILBOX_UNAVAIBBLE, "4.3.0");
	else
		session_wait_begin(s, WAIT_RCPT);
}

/* Its targets are known: it is accepted, once it is known who may send to
 * those. */
static void
accept_rcpt(struct session *s)
{
	if (srs_rcpt_ask_sender(s))
		return;
	if (srs_rcpt_forward(s) == -1) {
		refuse_temp(s, OPT_MSG_INTERNAL_ERROR, "4.3.0");
		return;
	}
	if (transaction_accept(s->tx) == -1) {
		refuse(s, OPT_MSG_TOOMANY_RCPTS, "4.5.3", NULL);
		return;
	}
	rule_rcpt_accepted(s, s->tx->asked->address.text);
	transaction_answered(s->tx);
	s->state = SMTP_RCPT;
	smtp_reply_well(s, OPT_MSG_ALLOWED_RCPT, "2.1.5");
}

/* LOOK_NO is ours too: the domain is, whoever the user was. */
void
smtp_rcpt_sender(struct session *s, int status)
{
	s->tx->sender_kind = SENDER_FOREIGN;
	if (status == LOOK_OK || status == LOOK_NO)
		s->tx->sender_kind = SENDER_LOCAL;
	accept_rcpt(s);
}

/* With -1 at either option these refusals are left to rules; what they let
 * through will come back as a bounce (A41). */
static bool
refuses_users(void)
{
	return option_num(env.opts, OPT_RCPT_LEVEL_CHECK) != -1 &&
	    option_num(env.opts, OPT_FROM_LEVEL_CHECK) != -1;
}

/* Slowly, as who guesses names of users tries thousands. */
static void
refuse_user(struct session *s)
{
	static const struct smtp_reply r = {
	    .text = OPT_MSG_NO_MAILBOX, .enhanced = "5.1.1"};

	refuse_how(s, &r, REFUSAL_SLOW);
}

static void
no_mailbox(struct session *s)
{
	struct asked *q = s->tx->asked;

	if (!refuses_users()) {
		asked_found(q, ROUTE_LOCAL, ADDRESS_UNKNOWN, q->address.text);
		accept_rcpt(s);
		return;
	}
	refuse_user(s);
}

/* No target of a recipient that exists is an alias that leads nowhere for now.
 */
static void
local_rcpt(struct session *s)
{
	const struct asked *q = s->tx->asked;

	if (q->over_quota && refuses_users())
		refuse(s, OPT_MSG_FULL_MAILBOX, "5.2.2", NULL);
	else if (q->found_count == 0)
		refuse_temp(s, OPT_MSG_MAILBOX_UNAVAIBBLE, "4.3.0");
	else
		accept_rcpt(s);
}

/* What rules say comes before all else, and the nearest word counts (A26). */
static enum relay
relay_by_rules(const struct session *s)
{
	if (s->tx->rcpt_relay != RELAY_UNSAID)
		return s->tx->rcpt_relay;
	if (s->tx->relay != RELAY_UNSAID || s->rule == NULL)
		return s->tx->relay;
	return s->rule->relay;
}

/* An open relay is found within hours: what nobody has allowed is refused. */
static bool
may_relay(const struct session *s)
{
	enum relay relay = relay_by_rules(s);

	if (relay != RELAY_UNSAID)
		return relay == RELAY_YES;
	if (s->tx->is_srs)
		return true;
	if (smtp_auth_login(s) != NULL && session_num(s, OPT_AUTH_RELAY) != 0)
		return true;
	switch (s->kind) {
	case SESSION_LOCAL:
		return true;
	case SESSION_SUBMISSION:
		/* Only for those who have logged in, wherever they are. */
		return false;
	default:
		return netset_has(&env.settings.relay_from, &s->client);
	}
}

static void
relay_rcpt(struct session *s)
{
	struct asked *q = s->tx->asked;

	asked_found(q, ROUTE_REMOTE, ADDRESS_UNKNOWN, q->address.text);
	accept_rcpt(s);
}

static void
remote_rcpt(struct session *s)
{
	const char *domain = address_domain(&s->tx->asked->address);

	if (!may_relay(s)) {
		/* A21: Msg_auth_required where a login would help. */
		if (smtp_auth_login(s) == NULL && env.settings.can_auth &&
		    relay_by_rules(s) == RELAY_UNSAID &&
		    session_num(s, OPT_AUTH_RELAY) != 0)
			refuse(s, OPT_MSG_AUTH_REQUIRED, "5.7.1", NULL);
		else
			refuse(s, OPT_MSG_RELAY_DENIED, "5.7.1", NULL);
	} else if (s->tx->is_accepted ||
	    option_num(env.opts, OPT_RCPT_LEVEL_CHECK) != 1 ||
	    domain_is_literal(domain))
		relay_rcpt(s);
	else if (lookup_domain(s, domain, 1, WAIT_DOMAIN) == -1)
		smtp_rcpt_domain(s, LOOK_TEMP);
}

void
smtp_rcpt_answer(struct session *s)
{
	switch (srs_rcpt_decode(s)) {
	case SRS_RCPT_NONE:
		break;
	case SRS_RCPT_ASKED:
		return;
	case SRS_RCPT_BAD:
		refuse_user(s);
		return;
	}
	switch (s->tx->asked->status) {
	case LOOK_OK:
		local_rcpt(s);
		break;
	case LOOK_NO:
		no_mailbox(s);
		break;
	case LOOK_REMOTE:
		remote_rcpt(s);
		break;
	case LOOK_LOOP:
		/* For the administrator to mend; no mail is lost by it. */
		refuse_temp(s, OPT_MSG_MAILBOX_UNAVAIBBLE, "4.4.6");
		break;
	default:
		refuse_temp(s, OPT_MSG_MAILBOX_UNAVAIBBLE, "4.3.0");
	}
}

/* RFC 7505: a null MX is a refusal for good, with a code of its own. */
void
smtp_rcpt_domain(struct session *s, int status)
{
	char domain[DOMAIN_MAX + 1];

	strlcpy(domain, address_domain(&s->tx->asked->address), sizeof(domain));
	switch (status) {
	case LOOK_OK:
	case LOOK_REMOTE:
		relay_rcpt(s);
		break;
	case LOOK_NO:
		refuse(s, OPT_MSG_INVALID_DOMAIN, "5.1.2", domain);
		break;
	case LOOK_NULLMX:
		refuse(s, OPT_MSG_INVALID_DOMAIN, "5.1.10", domain);
		break;
	default:
		refuse_temp(s, OPT_MSG_INTERNAL_ERROR, "4.4.3");
	}
}
