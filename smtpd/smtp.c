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
 * The table of commands, and those that are no part of a transaction: HELO,
 * EHLO, RSET, NOOP, VRFY, EXPN, HELP, QUIT.  RFC 5321 sections 4.1 and 4.3.
 */
#include "smtp.h"

#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "log.h"
#include "reply.h"
#include "rule.h"
#include "session_io.h"
#include "session_log.h"
#include "settings.h"
#include "smtp_auth.h"
#include "smtp_reply.h"
#include "smtpd.h"
#include "submit.h"
#include "transaction.h"

/* What EHLO offers of the parameters of MAIL and RCPT; HELO offers none. */
#define OFFERED                                               \
	(COMMAND_P_SIZE | COMMAND_P_BODY | COMMAND_P_BINARY | \
	    COMMAND_P_SMTPUTF8 | COMMAND_P_DSN)

#define IN(state) (1u << SMTP_##state)
#define IN_ANY (IN(START) | IN(READY) | IN(MAIL) | IN(RCPT) | IN(BDAT))

struct verb {
	unsigned int states; /* where it is allowed */
	void (*run)(struct session *, const struct command *);
	bool is_idle; /* brings no message on */
};

static void smtp_helo(struct session *, const struct command *);
static void smtp_rset(struct session *, const struct command *);
static void smtp_noop(struct session *, const struct command *);
static void smtp_vrfy(struct session *, const struct command *);
static void smtp_expn(struct session *, const struct command *);
static void smtp_help(struct session *, const struct command *);
static void smtp_quit(struct session *, const struct command *);

/* BDAT is always allowed: its content has to be read in any state. */
static const struct verb verbs[COMMAND_NVERBS] = {
    [COMMAND_HELO] = {IN_ANY, smtp_helo, true},
    [COMMAND_EHLO] = {IN_ANY, smtp_helo, true},
    [COMMAND_AUTH] = {IN(READY), smtp_auth, true},
    [COMMAND_MAIL] = {IN(READY), smtp_mail, false},
    [COMMAND_RCPT] = {IN(MAIL) | IN(RCPT), smtp_rcpt, false},
    [COMMAND_DATA] = {IN(RCPT), smtp_data, false},
    [COMMAND_BDAT] = {IN_ANY, smtp_bdat, false},
    [COMMAND_RSET] = {IN_ANY, smtp_rset, true},
    [COMMAND_NOOP] = {IN_ANY, smtp_noop, true},
    [COMMAND_QUIT] = {IN_ANY, smtp_quit, false},
    [COMMAND_VRFY] = {IN_ANY, smtp_vrfy, true},
    [COMMAND_EXPN] = {IN_ANY, smtp_expn, true},
    [COMMAND_HELP] = {IN_ANY, smtp_help, true},
};

/* A client that makes errors only is a program that guesses: it is closed, and
 * has to come again for more. */
void
smtp_junk(struct session *s)
{
	env.stats.junk++;
	if (++s->junk >= JUNK_MAX)
		smtp_reply_421(s, "4.7.0", "too many errors");
}

static void
junk_reply(struct session *s, enum option_id text, const char *enhanced,
    const char *extra)
{
	struct smtp_reply r = {
	    .text = text, .enhanced = enhanced, .extra = extra};

	smtp_reply_full(s, &r);
	smtp_junk(s);
}

/* A line without an end: nothing behind it can be told from it. */
void
smtp_bad_line(struct session *s, const char *why, bool is_endless)
{
	s->verb = COMMAND_UNKNOWN;
	if (s->state == SMTP_AUTH)
		smtp_auth_cancel(s);
	junk_reply(s, OPT_MSG_INVALID_CMD, "5.5.2", why);
	if (is_endless)
		smtp_reply_421(s, "4.5.2", why);
}

/* What the parser refused.  True: nothing is left to do. */
static bool
refuse(struct session *s, const struct command *c)
{
	switch (c->status) {
	case COMMAND_OK:
		return false;
	case COMMAND_BAD_VERB:
		junk_reply(s, OPT_MSG_INVALID_CMD, "5.5.1", NULL);
		break;
	case COMMAND_BAD_SYNTAX:
		junk_reply(s, OPT_MSG_INVALID_PARAM, "5.5.4", c->reason);
		break;
	case COMMAND_BAD_PARAM:
		smtp_reply_text(s, 555, "5.5.4",
		    c->reason != NULL ? c->reason : "parameter not known");
		smtp_junk(s);
		break;
	}
	/* A chunk of unknown length follows: nothing can be told from it. */
	if (c->lost)
		smtp_reply_421(s, "4.5.4", "length of chunk not known");
	return true;
}

void
smtp_parse(
    const struct session *s, struct command *c, const char *line, size_t len)
{
	unsigned int offered = s->is_esmtp ? OFFERED : 0;

	/* RFC 4954 section 5: its AUTH parameter is taken and not used. */
	if (offered != 0 && smtp_auth_is_offered(s))
		offered |= COMMAND_P_AUTH;
	(void)command_parse(c, line, len, offered);
}

/* A client that goes on with AUTH though it was refused says its password
 * where a command should be. */
static void
hide(struct session *s, const char *line, size_t len)
{
	if (s->verb == COMMAND_AUTH) {
		s->is_hiding = true;
		session_log_hidden(line, len);
	} else if (s->verb != COMMAND_UNKNOWN)
		s->is_hiding = false;
	else if (s->is_hiding)
		session_log_hidden(line, 0);
}

/* The order of checks is that of the harm: what is no SMTP at all (an HTTP
 * proxy's POST) closes before its body is taken for commands. */
void
smtp_line(struct session *s, const char *line, size_t len)
{
	const struct verb *v;
	struct command c;

	env.stats.commands++;
	session_log_line(line, len);
	if (rule_is_lost(s))
		return;
	rule_said_clear(s);
	if (s->state == SMTP_AUTH) {
		session_log_hidden(line, 0);
		smtp_auth_line(s, line, len);
		return;
	}
	smtp_parse(s, &c, line, len);
	s->verb = (uint8_t)c.verb;
	hide(s, line, len);
	if (c.verb == COMMAND_FOREIGN) {
		smtp_reply_421(s, "4.7.0", "this is a mail server");
		return;
	}
	v = &verbs[c.verb];
	if (v->run == NULL) {
		junk_reply(s, OPT_MSG_INVALID_CMD, "5.5.1", NULL);
		return;
	}
	if (refuse(s, &c))
		return;
	if (!(v->states & 1u << s->state)) {
		junk_reply(s, OPT_MSG_SEQUENCE_ERROR, "5.5.1", NULL);
		return;
	}
	if (v->is_idle && ++s->idle > IDLE_MAX) {
		smtp_reply_421(s, "4.7.0", "too many commands, no mail");
		return;
	}
	v->run(s, &c);
}

/* RFC 5321 section 4.1.1.5. Everything of the message goes, here, at queued and
 * at ruled; the connection's own stays. */
void
smtp_reset(struct session *s)
{
	if (s->tx != NULL) {
		rule_reset(s);
		submit_abort(s);
		transaction_free(s->tx);
		s->tx = NULL;
	}
	if (s->state != SMTP_CLOSE && s->state != SMTP_START)
		s->state = SMTP_READY;
}

/* The answer to EHLO, or the line that answers HELO. */
static void
reply_helo(struct session *s, const char *first)
{
	const struct overlay *own = s->rule != NULL ? s->rule->options : NULL;
	struct reply_spec spec = {.text = first, .code = 250};
	bool auth = s->is_esmtp && smtp_auth_is_offered(s);
	char buf[REPLY_OUT_MAX], *ehlo;
	size_t len;

	if (!s->is_esmtp) {
		if (first == NULL)
			spec.text = session_text(s, OPT_SERVER_NAME);
		smtp_reply_raw(s, buf, reply_compose(buf, sizeof(buf), &spec));
	} else if (first == NULL && own == NULL) {
		smtp_reply_raw(
		    s, env.settings.ehlo[auth], env.settings.ehlo_len[auth]);
	} else {
		ehlo = settings_ehlo(own, first, auth, &len);
		smtp_reply_raw(s, ehlo, len);
		free(ehlo);
	}
}

/* Takes over the name. */
static void
accept_helo(struct session *s, char *name, const char *first)
{
	free(s->helo);
	s->helo = name;
	s->is_esmtp = s->verb == COMMAND_EHLO;
	s->state = SMTP_READY;
	smtp_reset(s);
	reply_helo(s, first);
}

/* Event.helo let it in: first is its text in place of ours. */
void
smtp_helo_done(struct session *s, const char *first)
{
	char *name = s->rule->helo;

	s->rule->helo = NULL;
	accept_helo(s, name, first);
}

/* RFC 5321 section 4.1.4: EHLO again is a RSET too. A name that is none is
 * refused; one that is wrong is for rules to judge. */
static void
smtp_helo(struct session *s, const struct command *c)
{
	char name[DOMAIN_MAX + 1], *copy;

	if (domain_parse_helo(name, c->path.p, c->path.len, true) ==
		DOMAIN_HELO_BAD ||
	    (copy = strdup(name)) == NULL) {
		junk_reply(s, OPT_MSG_INVALID_PARAM, "5.5.4", NULL);
		return;
	}
	if (!rule_is_set(s, RULE_HELO) || rule_get(s) == NULL) {
		rule_fact(s, FACT_HELO, copy);
		accept_helo(s, copy, NULL);
		return;
	}
	free(s->rule->helo);
	s->rule->helo = copy;
	if (rule_open(s) == 0)
		rule_fact(s, FACT_HELO, copy);
	(void)rule_ask(s, RULE_HELO);
}

static void
smtp_rset(struct session *s, const struct command *c)
{
	(void)c;
	smtp_reset(s);
	smtp_reply(s, OPT_MSG_OK, "2.0.0");
}

static void
smtp_noop(struct session *s, const struct command *c)
{
	(void)c;
	smtp_reply(s, OPT_MSG_OK, "2.0.0");
}

/* Nobody is told who has a mailbox but by RCPT (RFC 5321 section 7.3). */
static void
smtp_vrfy(struct session *s, const struct command *c)
{
	(void)c;
	smtp_reply_text(s, 252, "2.5.2", "Cannot verify, try RCPT");
}

static void
smtp_expn(struct session *s, const struct command *c)
{
	(void)c;
	smtp_reply_text(s, 502, "5.5.1", "EXPN is not offered");
}

static void
smtp_help(struct session *s, const struct command *c)
{
	static const char text[] = "214-2.0.0 Commands:\r\n"
				   "214-2.0.0 HELO EHLO MAIL RCPT DATA BDAT\r\n"
				   "214-2.0.0 RSET NOOP QUIT VRFY HELP\r\n"
				   "214 2.0.0 See RFC 5321 and RFC 3030\r\n";

	(void)c;
	smtp_reply_raw(s, text, sizeof(text) - 1);
}

static void
smtp_quit(struct session *s, const struct command *c)
{
	(void)c;
	smtp_reply(s, OPT_MSG_GOODBYE, "2.0.0");
	session_end(s, "quit");
}
