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
 * SRS at RCPT; see srs_rcpt.h.  An SRS address is only looked behind when
 * its domain is found to be local: that of another host is for that one.
 */
#include "srs_rcpt.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "enums.h"
#include "lookup.h"
#include "rule.h"
#include "session_wait.h"
#include "smtpd.h"
#include "srs.h"
#include "transaction.h"

/* Read for each use: a reload may have changed the key, after which addresses
 * of the old one are none of ours. */
static struct srs
srs_of(const struct session *s)
{
	struct srs srs = {.key = session_text(s, OPT_SRS_KEY),
	    .shift = (unsigned int)session_num(s, OPT_SRS_SHIFT),
	    .now = time(NULL)};

	return srs;
}

/* Its address may well be right: the client shall come again. */
static enum srs_rcpt
not_now(struct asked *q)
{
	q->status = LOOK_TEMP;
	return SRS_RCPT_NONE;
}

/* Once for a recipient: what stands behind an SRS address is not looked behind
 * again, or a forged one could nest without end. */
enum srs_rcpt
srs_rcpt_decode(struct session *s)
{
	struct transaction *t = s->tx;
	struct asked *q = t->asked;
	struct srs srs = srs_of(s);
	struct address a;

	if (*srs.key == '\0' || t->is_srs || !srs_is(&q->address) ||
	    (q->status != LOOK_OK && q->status != LOOK_NO))
		return SRS_RCPT_NONE;
	if (srs_reverse(&srs, &q->address, &a) != SRS_OK)
		return SRS_RCPT_BAD;
	if (q->given == NULL && (q->given = strdup(q->address.text)) == NULL)
		return not_now(q);
	q->address = a;
	t->is_srs = true;
	asked_forget(q);
	if (lookup_rcpt(s, q) == -1)
		return not_now(q);
	session_wait_begin(s, WAIT_RCPT);
	return SRS_RCPT_ASKED;
}

/* A copy that leaves this host by an alias, A57. */
static bool
is_redirected(const struct target *x)
{
	return x->route == ROUTE_REMOTE && x->kind == ADDRESS_ALIAS;
}

/* Only with a key, for a copy that leaves by an alias; never for the null
 * sender, which nobody can answer, and never over a sender that a rule gave. */
static bool
wants_forward(const struct session *s)
{
	const struct transaction *t = s->tx;
	const struct target *x;

	if (*session_text(s, OPT_SRS_KEY) == '\0' ||
	    session_num(s, OPT_SRS_ALIAS_REDIR) == 0 ||
	    *t->sender.text == '\0' || way_has(t->way, ROUTE_SENDER))
		return false;
	TAILQ_FOREACH (x, &t->asked->found, link)
		if (is_redirected(x))
			return true;
	return false;
}

/* Once for a message. False also where it can not be asked: the sender then
 * counts as foreign. */
bool
srs_rcpt_ask_sender(struct session *s)
{
	struct transaction *t = s->tx;
	struct asked_options o = {.notify = 0};

	if (t->sender_kind != SENDER_UNKNOWN || !wants_forward(s))
		return false;
	asked_free(t->sender_asked);
	t->sender_asked = asked_new(s->ref, &t->sender, &o);
	if (t->sender_asked == NULL)
		return false;
	t->sender_asked->is_sender = true;
	if (lookup_rcpt(s, t->sender_asked) == -1)
		return false;
	session_wait_begin(s, WAIT_SRS);
	return true;
}

/* A sender of this host needs no other: its SPF record names us, and one that
 * we have rewritten before is ours too.  In doubt it is rewritten. */
int
srs_rcpt_forward(struct session *s)
{
	struct transaction *t = s->tx;
	const char *domain = address_domain(&t->asked->address);
	struct srs srs = srs_of(s);
	struct address a;
	int what;

	if (t->sender_kind == SENDER_LOCAL || !wants_forward(s))
		return 0;
	if (*domain == '\0')
		domain = session_text(s, OPT_SERVER_NAME);
	/* One too long for that keeps its sender. */
	if (srs_forward(&srs, &t->sender, domain, &a) != SRS_OK)
		return 0;
	for (what = 0; t->way != NULL && what < ROUTE_WHAT_COUNT; what++)
		if (way_has(t->way, what) &&
		    way_set(&t->far, what, t->way->text[what],
			t->way->secret != NULL ? t->way->secret : "") == -1)
			return -1;
	return way_set(&t->far, ROUTE_SENDER, a.text, "");
}
