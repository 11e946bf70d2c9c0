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
 * What rules did at an event, carried out; see effect.h.  Scope follows the
 * event: before MAIL it is the connection, at RCPT that recipient, else the
 * message.  What comes when queued has the envelope already is told at once.
 */
#include "effect.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "copy.h"
#include "log.h"
#include "lookup.h"
#include "session_log.h"
#include "smtpd.h"
#include "submit_rule.h"
#include "transaction.h"

/* The client sees nothing of it: what a rule wants beyond our limits is no
 * fault of the sender's. */
static void
failed(const struct session *s, const struct effect *e)
{
	char ip[CLIENT_TEXT_MAX];

	log_warnx("client %s: what rules want can not be done: %s",
	    client_text(&s->client, ip), rule_effect_names[e->what]);
}

/* Whether queued has the envelope: more of it is told at once. */
static bool
is_told(const struct session *s)
{
	return s->tx != NULL && s->tx->content.is_open &&
	    s->tx->content.is_told;
}

/* The old text stays where there is no memory for the new. */
static int
set_text(char **to, const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return -1;
	free(*to);
	*to = copy;
	return 0;
}

/* Before the content goes it becomes part of it; afterwards it is queued's, and
 * only other hosts see it (A62). */
static int
do_hadd(struct session *s, const struct effect *e)
{
	if (s->tx == NULL)
		return note_add(&s->rule->headers, e->text, HEADERS_MAX);
	if (is_told(s))
		return submit_header(s, e->text);
	return note_add(&s->tx->headers, e->text, HEADERS_MAX);
}

/* Only noted: copies are asked for when the recipients are known, so that their
 * own effects can not come between. */
static int
do_cp(struct session *s, const struct effect *e)
{
	return note_add(&s->tx->copies, e->text, COPIES_MAX);
}

static int
do_sender(struct session *s, const struct effect *e)
{
	struct address a;

	if (address_parse(&a, e->text, strlen(e->text),
		ADDRESS_INTERNAL | ADDRESS_NULL) != ADDRESS_OK)
		return -1;
	s->tx->sender = a;
	return is_told(s) ? submit_sender(s) : 0;
}

/* The address that is checked and delivered to; the client sees its own. */
static int
do_rcpt(struct session *s, const struct effect *e)
{
	struct asked *q = s->tx->asked;
	struct address a;

	if (address_parse(&a, e->text, strlen(e->text), ADDRESS_INTERNAL) !=
	    ADDRESS_OK)
		return -1;
	if (q->given == NULL && (q->given = strdup(q->address.text)) == NULL)
		return -1;
	return transaction_ask_anew(s->tx, &a);
}

/* At RCPT the way of that recipient, later of all without their own (A30). */
static int
do_way(struct session *s, enum rule_event event, enum route_what what,
    const struct effect *e)
{
	struct transaction *t = s->tx;
	struct way **w = event == RULE_RCPT ? &t->way : &t->all;

	if (way_set(w, what, e->text, e->secret != NULL ? e->secret : "") == -1)
		return -1;
	return is_told(s) ? submit_ways(s) : 0;
}

static int
do_qlimit(struct session *s)
{
	if (s->tx == NULL) {
		s->rule->is_qlimited = true;
		return 0;
	}
	s->tx->is_qlimited = true;
	return is_told(s) ? submit_spool(s) : 0;
}

static int
do_relay(struct session *s, enum rule_event event, const struct effect *e)
{
	uint8_t relay = strcmp(e->text, "1") == 0 ? RELAY_YES : RELAY_NO;

	if (event == RULE_RCPT)
		s->tx->rcpt_relay = relay;
	else if (s->tx != NULL)
		s->tx->relay = relay;
	else
		s->rule->relay = relay;
	return 0;
}

/* What lookupd was asked ahead of these rules was by other options. */
static void
forget_asked(struct transaction *t)
{
	struct address a;

	transaction_drop_ahead(t);
	if (t->asked == NULL || !t->asked->is_ahead)
		return;
	a = t->asked->address;
	if (transaction_ask_anew(t, &a) == -1)
		log_warnx("no memory to ask lookupd anew");
}

/* A28: until the client disconnects, and with each message from here on. */
static int
do_option(struct session *s, const struct effect *e)
{
	enum option_id id;

	if (overlay_set(&s->rule->options, e->text, &id, NULL) == -1)
		return -1;
	if (s->tx != NULL && (option_row(id)->to & FOR_LOOKUPD) != 0)
		forget_asked(s->tx);
	return is_told(s) ? submit_option(s, id) : 0;
}

/* A22, but what the connection's own events said holds for each message. */
static int
do_data_reply(struct session *s, const struct effect *e)
{
	return set_text(
	    s->tx == NULL ? &s->rule->data_reply : &s->tx->data_reply, e->text);
}

/* ruled knows the name; whether it leads back, the Received field asks. */
static int
do_name(struct session *s)
{
	s->rule->has_name = true;
	return s->ptr != NULL || s->ptr_asked ? 0 : lookup_ptr(s);
}

static int
do_mark(struct session *s, const struct effect *e)
{
	const struct note *n;

	STAILQ_FOREACH(n, &s->rule->marks, link)
	if (strcmp(n->text, e->text) == 0)
		return 0;
	if (note_add(&s->rule->marks, e->text, MARKS_MAX) == -1)
		return -1;
	return is_told(s) ? submit_mark(s, e->text) : 0;
}

/* Whether it has what it is about: ruled sends nothing else. A ruled gone bad
 * could send anything: nothing here is reached through a pointer that may be
 * NULL. */
static bool
has_subject(
    const struct session *s, enum rule_event event, const struct effect *e)
{
	switch (e->what) {
	case EFFECT_RCPT:
	case EFFECT_RCPT_SENDER:
		return event == RULE_RCPT && s->tx != NULL &&
		    s->tx->asked != NULL;
	case EFFECT_CP:
	case EFFECT_SENDER:
	case EFFECT_MX_DEST:
	case EFFECT_MX_AUTH:
	case EFFECT_MX_SOURCE:
	case EFFECT_SO_MARK:
		return s->tx != NULL;
	default:
		return event != RULE_RCPT || s->tx != NULL;
	}
}

/* -1: no memory, beyond a limit, or not at this event. */
static int
effect_do(struct session *s, enum rule_event event, const struct effect *e)
{
	if (!has_subject(s, event, e))
		return -1;
	switch ((enum rule_effect)e->what) {
	case EFFECT_HADD:
		return do_hadd(s, e);
	case EFFECT_CP:
		return do_cp(s, e);
	case EFFECT_SENDER:
		return do_sender(s, e);
	case EFFECT_RCPT_SENDER:
		return do_way(s, event, ROUTE_SENDER, e);
	case EFFECT_RCPT:
		return do_rcpt(s, e);
	case EFFECT_MX_DEST:
		return do_way(s, event, ROUTE_MX_DEST, e);
	case EFFECT_MX_AUTH:
		return do_way(s, event, ROUTE_MX_AUTH, e);
	case EFFECT_MX_SOURCE:
		return do_way(s, event, ROUTE_MX_SOURCE, e);
	case EFFECT_SO_MARK:
		return do_way(s, event, ROUTE_SO_MARK, e);
	case EFFECT_QLIMIT:
		return do_qlimit(s);
	case EFFECT_RELAY:
		return do_relay(s, event, e);
	case EFFECT_OPTION:
		return do_option(s, e);
	case EFFECT_DATA_REPLY:
		return do_data_reply(s, e);
	case EFFECT_NAME:
		return do_name(s);
	case EFFECT_MARK:
		return do_mark(s, e);
	case EFFECT_STAGE:
	case EFFECT_COUNT:
		break;
	}
	return -1;
}

/* In their order, before the verdict: what is refused afterwards has had its
 * effects all the same, as in selor.rules(5). */
void
effect_apply(
    struct session *s, enum rule_event event, const struct effect_list *effects)
{
	const struct effect *e;

	STAILQ_FOREACH(e, effects, link)
	if (effect_do(s, event, e) == -1)
		failed(s, e);
}
