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
 * MAIL: the checks of a sender, in the order of selor.conf(5)'s options; see
 * RFC 5321 section 3.3 and 4.1.1.2, RFC 1870, 3030, 3461, 6531, 9422.
 */
#include <string.h>

#include "address.h"
#include "domain.h"
#include "enums.h"
#include "lookup.h"
#include "rule.h"
#include "smtp.h"
#include "smtp_reply.h"
#include "smtpd.h"
#include "submit.h"
#include "transaction.h"

/* There is no transaction behind it, so RCPT is out of sequence until another
 * MAIL. */
static void
refuse(struct session *s, enum option_id text, const char *enhanced,
    const char *extra)
{
	struct smtp_reply r = {.text = text,
	    .enhanced = enhanced,
	    .extra = extra,
	    .event = "from"};

	smtp_reply_full(s, &r);
	smtp_reset(s);
}

/* Whether this session may begin one more message. */
static bool
may_begin(struct session *s)
{
	int64_t lavg = session_num(s, OPT_LAVG_NEGATIVE);

	if (env.is_paused || env.is_stopping) {
		smtp_reply_421(s, "4.3.2", "no mail is taken at the moment");
		return false;
	}
	/* RFC 9422: what MAILMAX announced. */
	if (s->mails >= session_num(s, OPT_MAX_MSGS_PER_CNX)) {
		smtp_reply_421(s, "4.7.0", "too many messages, come again");
		return false;
	}
	if (lavg > 0 && env.load > lavg * 100) {
		refuse(s, OPT_MSG_LAVG, "4.3.2", NULL);
		return false;
	}
	return true;
}

static const char *
address_code(enum address_error e)
{
	switch (e) {
	case ADDRESS_NEEDS_UTF8:
		return "5.6.7";
	case ADDRESS_BAD_DOMAIN:
		return "5.1.8";
	default:
		return "5.1.7";
	}
}

/* -1: refused. */
static int
parse_sender(struct session *s, const struct command *c, struct address *a)
{
	const char *df = session_text(s, OPT_DF_DOMAIN);
	unsigned int flags = ADDRESS_NULL | ADDRESS_LONG;
	enum address_error e;

	if (c->mail.smtputf8)
		flags |= ADDRESS_UTF8;
	if (*df != '\0')
		flags |= ADDRESS_BARE;
	if (option_num(env.opts, OPT_PROTO_LEVEL_CHECK) != 0)
		flags |= ADDRESS_BRACKETS;
	e = address_parse(a, c->path.p, c->path.len, flags);
	if (e == ADDRESS_OK && address_is_bare(a) &&
	    address_set_domain(a, df) == -1)
		e = ADDRESS_TOO_LONG;
	if (e != ADDRESS_OK) {
		refuse(s, OPT_MSG_INVALID_PARAM, address_code(e),
		    address_strerror(e));
		smtp_junk(s);
		return -1;
	}
	/* Such a name could pass for an option of a program (A13). */
	if (address_has_leading_dash(a)) {
		refuse(s, OPT_MSG_INVALID_PARAM, "5.1.7",
		    "leading dash is not accepted");
		return -1;
	}
	return 0;
}

static void
set_parameters(struct transaction *t, const struct command *c)
{
	static const uint8_t bodies[] = {
	    [COMMAND_BODY_NONE] = BODY_7BIT,
	    [COMMAND_BODY_7BIT] = BODY_7BIT,
	    [COMMAND_BODY_8BITMIME] = BODY_8BITMIME,
	    [COMMAND_BODY_BINARYMIME] = BODY_BINARYMIME,
	};
	static const uint8_t rets[] = {
	    [COMMAND_RET_NONE] = RET_NONE,
	    [COMMAND_RET_FULL] = RET_FULL,
	    [COMMAND_RET_HDRS] = RET_HDRS,
	};

	t->body = bodies[c->mail.body];
	t->ret = rets[c->mail.ret];
	t->utf8 = c->mail.smtputf8;
	t->declared = c->mail.has_size ? c->mail.size : 0;
	if (c->mail.envid.p != NULL && c->mail.envid.len <= ENVID_MAX)
		memcpy(t->envid, c->mail.envid.p, c->mail.envid.len);
}

/* mails counts those that were begun, whether they end well or not: MAILMAX of
 * RFC 9422 means MAIL commands. */
static void
accept_sender(struct session *s)
{
	s->state = SMTP_MAIL;
	s->mails++;
	smtp_reply_well(s, OPT_MSG_ALLOWED_SENDER, "2.1.0");
}

static void
begin(struct session *s)
{
	rule_begin(s);
	if (!rule_ask(s, RULE_FROM))
		smtp_mail_check(s, false);
}

void
smtp_mail_open(struct session *s)
{
	begin(s);
}

/* queued's answer at MAIL, where an id was wanted so early. */
void
smtp_mail_refused(struct session *s, int fault)
{
	struct smtp_reply r = {.text = OPT_MSG_INTERNAL_ERROR,
	    .enhanced = "4.3.0",
	    .is_temp = true,
	    .event = "from"};

	if (fault == FAULT_DISK)
		refuse(s, OPT_MSG_NODISK_SPACE, "4.3.1", NULL);
	else if (fault == FAULT_DENIED)
		refuse(s, OPT_MSG_PERM_DENY, "4.3.0", NULL);
	else {
		smtp_reply_full(s, &r);
		smtp_reset(s);
	}
}

void
smtp_mail(struct session *s, const struct command *c)
{
	struct address a;

	if (!may_begin(s) || parse_sender(s, c, &a) == -1)
		return;
	if (c->mail.has_size &&
	    c->mail.size > (uint64_t)option_num(env.opts, OPT_MAX_MAIL_SIZE)) {
		refuse(s, OPT_MSG_MAIL_TOOBIG, "5.3.4", NULL);
		return;
	}
	if ((s->tx = transaction_new()) == NULL) {
		refuse(s, OPT_MSG_INTERNAL_ERROR, "4.3.0", NULL);
		return;
	}
	s->tx->sender = a;
	set_parameters(s->tx, c);
	if (!rule_wants_id(s))
		begin(s);
	else if (submit_open(s) == -1)
		smtp_mail_refused(s, FAULT_INTERNAL);
}

void
smtp_mail_check(struct session *s, bool is_accepted)
{
	int64_t level = option_num(env.opts, OPT_FROM_LEVEL_CHECK);
	const char *domain = address_domain(&s->tx->sender);

	/* A literal needs no name, a local user no check of the domain. */
	if (is_accepted || level <= 0 || *domain == '\0' ||
	    domain_is_literal(domain) || s->kind == SESSION_LOCAL)
		accept_sender(s);
	else if (lookup_domain(s, domain, (int)level, WAIT_SENDER) == -1)
		smtp_mail_answer(s, LOOK_TEMP);
}

/* LOOK_TEMP is no refusal for good: a resolver that is away must not cost mail.
 */
void
smtp_mail_answer(struct session *s, int status)
{
	char domain[DOMAIN_MAX + 1];
	struct smtp_reply r = {.text = OPT_MSG_INTERNAL_ERROR,
	    .enhanced = "4.4.3",
	    .extra = "(sender's domain)",
	    .is_temp = true,
	    .event = "from"};

	strlcpy(domain, address_domain(&s->tx->sender), sizeof(domain));
	switch (status) {
	case LOOK_OK:
	case LOOK_REMOTE:
		accept_sender(s);
		return;
	case LOOK_NO:
		refuse(s, OPT_MSG_INVALID_DOMAIN, "5.1.8", domain);
		return;
	case LOOK_NULLMX:
		/* RFC 7505 section 4.2: nobody could answer. */
		refuse(s, OPT_MSG_INVALID_DOMAIN, "5.7.27", domain);
		return;
	default:
		smtp_reply_full(s, &r);
		smtp_reset(s);
	}
}
