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
 * A refused RCPT on its way to the client; see refusal.h.
 */
#include "refusal.h"

#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "rule.h"
#include "session_io.h"
#include "session_log.h"
#include "session_time.h"
#include "smtp.h"
#include "smtpd.h"
#include "transaction.h"

/* The reply is composed now, as what it was made of is gone when ruled answers.
 * -1: no memory. */
int
refusal_hold(struct session *s, const struct smtp_reply *r)
{
	struct rule *rule = rule_get(s);
	char buf[REPLY_OUT_MAX];
	struct held *h;

	if (rule == NULL)
		return -1;
	h = &rule->held;
	rule_held_clear(rule);
	h->len = smtp_reply_compose(s, r, buf);
	if ((h->reply = strdup(buf)) == NULL)
		return -1;
	if (r->rule != NULL && (h->rule = strdup(r->rule)) == NULL)
		return -1;
	return 0;
}

static void
slow_down(struct session *s, unsigned int how)
{
	/* What was said before this is not delayed with it. */
	if (how & REFUSAL_SLOW)
		(void)session_io_flush(s);
}

/* The question ends, and what was told of its recipient is taken back, so that
 * it does not stay the current one for rules. */
static void
finish(struct session *s, unsigned int how)
{
	if (s->tx != NULL)
		transaction_answered(s->tx);
	rule_rcpt_back(s);
	if (how & REFUSAL_JUNK)
		smtp_junk(s);
	if (how & REFUSAL_SLOW)
		session_time_delay(
		    s, option_num(env.opts, OPT_NO_MAILBOX_DELAY) * 1000);
}

/* The text alone, as %P shows it. */
static void
tell_reply(struct session *s, const struct held *h)
{
	size_t n = strcspn(h->reply, "\r");
	char text[REPLY_FOLD + 1];

	if (n >= sizeof(text))
		n = sizeof(text) - 1;
	memcpy(text, h->reply, n);
	text[n] = '\0';
	rule_fact(s, FACT_REPLY, text);
}

/* Event.lrcpt_refused may put another reply in its place, but can not take it
 * back: a recipient that was refused is never accepted by it. */
void
refusal_rcpt(struct session *s, const struct smtp_reply *r, unsigned int how)
{
	if (!rule_is_set(s, RULE_LRCPT_REFUSED)) {
		slow_down(s, how);
		smtp_reply_full(s, r);
		finish(s, how);
		return;
	}
	if (rule_is_lost(s))
		return;
	if (refusal_hold(s, r) == -1) {
		session_drop(s, "no memory");
		return;
	}
	s->rule->held.is_junk = (how & REFUSAL_JUNK) != 0;
	s->rule->held.is_slow = (how & REFUSAL_SLOW) != 0;
	if (rule_open(s) == 0)
		tell_reply(s, &s->rule->held);
	(void)rule_ask(s, RULE_LRCPT_REFUSED);
}

/* What was held is taken out first: a reply that closes the session frees the
 * rest. */
void
refusal_decided(struct session *s, const struct verdict *v)
{
	struct rule *rule = s->rule;
	struct held h = rule->held;
	const struct asked *q = s->tx->asked;
	unsigned int how = 0;
	struct smtp_reply r = {.event = rule_event_names[RULE_RCPT],
	    .enhanced = "5.7.1",
	    .rcpt = q != NULL ? q->address.text : NULL,
	    .rule = h.rule};

	memset(&rule->held, 0, sizeof(rule->held));
	how |= h.is_junk ? REFUSAL_JUNK : 0;
	how |= h.is_slow ? REFUSAL_SLOW : 0;
	slow_down(s, how);
	if (*v->reply != '\0' && v->verdict != VERDICT_TEMP) {
		r.given = v->reply;
		r.rule = h.rule != NULL ? h.rule : v->rule;
		smtp_reply_full(s, &r);
	} else
		smtp_reply_send(s, &r, h.reply, h.len);
	free(h.reply);
	free(h.rule);
	if (v->verdict == VERDICT_CLOSE)
		smtp_reply_close(s);
	finish(s, how);
}
