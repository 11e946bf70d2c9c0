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
 * What the answer of rules does to a session; see verdict.h.  A refusal here
 * is as final as a built-in one, and the client can not tell them apart but
 * by the text; Refused_log names the line of the rules.
 */
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

#include "enums.h"
#include "refusal.h"
#include "rule.h"
#include "session_log.h"
#include "smtp.h"
#include "smtp_auth.h"
#include "smtp_reply.h"
#include "smtpd.h"
#include "submit.h"
#include "transaction.h"

/* RFC 5321 section 3.1: what a greeting refuses with. */
#define CODE_GREETING_REFUSED 554

/* VERDICT_TEMP is one as well: rules that could not run let nothing in. */
static bool
refuses(const struct verdict *v)
{
	return v->verdict == VERDICT_DENY || v->verdict == VERDICT_CLOSE ||
	    v->verdict == VERDICT_TEMP;
}

/* The reply of a refusal: that of the rules, else the option's. */
static struct smtp_reply
reply_of(
    const struct session *s, enum rule_event event, const struct verdict *v)
{
	struct smtp_reply r = {.text = OPT_MSG_REFUSED,
	    .enhanced = "5.7.1",
	    .event = rule_event_names[event],
	    .rule = v->rule};

	if (v->verdict == VERDICT_TEMP) {
		r.text = OPT_MSG_INTERNAL_ERROR;
		r.enhanced = "4.3.0";
		r.is_temp = true;
	} else if (*v->reply != '\0')
		r.given = v->reply;
	if (s->tx != NULL && s->tx->asked != NULL)
		r.rcpt = s->tx->asked->address.text;
	return r;
}

/* No verdict lets a flood in, as before; the others cut it off, without a
 * word if rules gave none (A19). */
static void
apply_limit(struct session *s, const struct verdict *v)
{
	struct smtp_reply r = reply_of(s, RULE_LIMIT, v);

	if (v->verdict == VERDICT_TEMP)
		smtp_reply_421(s, "4.3.0", "rules can not be run now");
	else if (!refuses(v))
		session_admit(s);
	else if (r.given != NULL) {
		r.enhanced = NULL;
		smtp_reply_full(s, &r);
		smtp_reply_close(s);
	} else {
		env.stats.refused++;
		session_log_refused(s, &r, "", 0);
		session_drop(s, "rules");
	}
}

/* Before the greeting there is no session: each refusal closes (RFC 5321
 * section 3.1). */
static void
apply_connection(struct session *s, const struct verdict *v)
{
	struct smtp_reply r = reply_of(s, RULE_CONNECTION, v);

	if (v->verdict == VERDICT_TEMP)
		smtp_reply_421(s, "4.3.0", "rules can not be run now");
	else if (!refuses(v))
		session_welcome(s, r.given);
	else {
		r.enhanced = NULL;
		if (r.given == NULL)
			r.code = CODE_GREETING_REFUSED;
		smtp_reply_full(s, &r);
		smtp_reply_close(s);
	}
}

/* Without the code, which the answer to HELO has of its own. */
static const char *
text_of(const char *reply)
{
	if (*reply == '\0')
		return NULL;
	reply += strspn(reply, "0123456789");
	return *reply == ' ' ? reply + 1 : reply;
}

static void
apply_helo(struct session *s, const struct verdict *v)
{
	struct smtp_reply r = reply_of(s, RULE_HELO, v);

	if (!refuses(v)) {
		smtp_helo_done(s, text_of(v->reply));
		return;
	}
	/* The name was not accepted: the one before it stands. */
	free(s->rule->helo);
	s->rule->helo = NULL;
	rule_fact(s, FACT_HELO, s->helo != NULL ? s->helo : "");
	smtp_reply_full(s, &r);
	if (v->verdict == VERDICT_CLOSE)
		smtp_reply_close(s);
}

static void
apply_auth(struct session *s, const struct verdict *v)
{
	struct smtp_reply r = reply_of(s, RULE_AUTH, v);

	r.text = OPT_MSG_AUTH_FALIED;
	r.enhanced = "5.7.8";
	if (v->verdict == VERDICT_TEMP)
		smtp_auth_answer(s, LOOK_TEMP, NULL);
	else if (!refuses(v))
		smtp_auth_check(s);
	else
		smtp_auth_fail(s, &r, v->verdict == VERDICT_CLOSE);
}

static void
apply_from(struct session *s, const struct verdict *v)
{
	struct smtp_reply r = reply_of(s, RULE_FROM, v);

	if (!refuses(v)) {
		smtp_mail_check(s, v->verdict == VERDICT_ACCEPT);
		return;
	}
	smtp_reply_full(s, &r);
	smtp_reset(s);
	if (v->verdict == VERDICT_CLOSE)
		smtp_reply_close(s);
}

/* Accept! passes over checks of domains, not over the question whether the
 * recipient exists. */
static void
apply_rcpt(struct session *s, const struct verdict *v)
{
	struct smtp_reply r = reply_of(s, RULE_RCPT, v);

	if (!refuses(v)) {
		s->tx->is_accepted = v->verdict == VERDICT_ACCEPT;
		smtp_rcpt_look(s);
	} else if (v->verdict == VERDICT_CLOSE) {
		smtp_reply_full(s, &r);
		smtp_reply_close(s);
	} else
		refusal_rcpt(s, &r, 0);
}

static void
apply_data_cmd(struct session *s, const struct verdict *v)
{
	struct smtp_reply r = reply_of(s, RULE_DATA_CMD, v);

	if (refuses(v))
		smtp_data_deny(s, &r, v->verdict == VERDICT_CLOSE);
	else
		smtp_data_decided(s);
}

/* queued's message is given up before the client hears of it. */
static void
apply_data(struct session *s, const struct verdict *v)
{
	struct smtp_reply r = reply_of(s, RULE_DATA, v);

	/* It could not be laid out for them. */
	if (s->tx->content.fault != FAULT_NONE) {
		smtp_data_done(s, s->tx->content.fault);
		return;
	}
	if (!refuses(v)) {
		smtp_data_commit(s);
		return;
	}
	submit_abort(s);
	smtp_reply_full(s, &r);
	smtp_reset(s);
	if (v->verdict == VERDICT_CLOSE)
		smtp_reply_close(s);
}

/* What is said in place of our own words when all goes well. */
static void
keep_reply(struct session *s, const struct verdict *v)
{
	free(s->rule->said);
	s->rule->said = NULL;
	if (!refuses(v) && *v->reply != '\0')
		s->rule->said = strdup(v->reply);
}

/* Only where there is still somebody to tell: effects may have ended the
 * session. */
void
verdict_apply(struct session *s, enum rule_event event, const struct verdict *v)
{
	if (s->is_dead || s->state == SMTP_CLOSE)
		return;
	keep_reply(s, v);
	switch (event) {
	case RULE_LIMIT:
		apply_limit(s, v);
		break;
	case RULE_CONNECTION:
		apply_connection(s, v);
		break;
	case RULE_HELO:
		apply_helo(s, v);
		break;
	case RULE_FROM:
		apply_from(s, v);
		break;
	case RULE_RCPT:
		apply_rcpt(s, v);
		break;
	case RULE_LRCPT_REFUSED:
		refusal_decided(s, v);
		break;
	case RULE_DATA_CMD:
		apply_data_cmd(s, v);
		break;
	case RULE_DATA:
		apply_data(s, v);
		break;
	case RULE_AUTH:
		apply_auth(s, v);
		break;
	default:
		break;
	}
}
