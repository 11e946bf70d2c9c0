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
 * The questions to ruled; see rule.h.  Facts are told as they become known,
 * one way; an event is a call, whose effects come before its answer and are
 * carried out when that is there.
 */
#include "rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "effect.h"
#include "id.h"
#include "log.h"
#include "proc.h"
#include "session_io.h"
#include "session_wait.h"
#include "smtp.h"
#include "smtp_auth.h"
#include "smtp_reply.h"
#include "smtpd.h"
#include "transaction.h"
#include "verdict.h"

#define BIT(event) (1u << (event))
/* Events before a message: those have no transaction to tell of. */
#define BEFORE_MAIL                                                \
	(BIT(RULE_LIMIT) | BIT(RULE_CONNECTION) | BIT(RULE_HELO) | \
	    BIT(RULE_AUTH))
/* Path of the spool: Queue_path and a directory in it. */
#define SPOOL_MAX (OPTION_TEXT_MAX + 16)

/* Event.rcpt alone may be changed for one connection, by Def!; all others are
 * the generation's. */
bool
rule_is_set(const struct session *s, enum rule_event event)
{
	/* Nobody connects, and the HELO is our own sendmail's. */
	if (s->kind == SESSION_LOCAL && event != RULE_AUTH &&
	    (BIT(event) & BEFORE_MAIL) != 0)
		return false;
	if (event == RULE_RCPT && s->rule != NULL &&
	    overlay_has(s->rule->options, OPT_EVENT_RCPT))
		return *session_text(s, OPT_EVENT_RCPT) != '\0';
	return (env.settings.events & BIT(event)) != 0;
}

/* Rules that may name a message must have its id from MAIL on (%d), so queued
 * is asked then and not at DATA. */
bool
rule_wants_id(const struct session *s)
{
	return rule_is_set(s, RULE_RCPT) ||
	    (env.settings.events &
		(BIT(RULE_FROM) | BIT(RULE_DATA_CMD) | BIT(RULE_DATA))) != 0;
}

/* What a session has because of rules, made at first need: most have none.
 * NULL: no memory. */
struct rule *
rule_get(struct session *s)
{
	struct rule *r;

	if (s->rule != NULL || (r = calloc(1, sizeof(*r))) == NULL)
		return s->rule;
	STAILQ_INIT(&r->effects);
	STAILQ_INIT(&r->marks);
	STAILQ_INIT(&r->headers);
	s->rule = r;
	return r;
}

/* Whether they were carried out or not; logins among them are wiped. */
static void
drop_effects(struct rule *r)
{
	struct effect *e;

	while ((e = STAILQ_FIRST(&r->effects)) != NULL) {
		STAILQ_REMOVE_HEAD(&r->effects, link);
		if (e->secret != NULL)
			freezero(e->secret, strlen(e->secret));
		free(e);
	}
	r->effect_count = 0;
	r->effect_size = 0;
	r->is_overrun = false;
}

void
rule_held_clear(struct rule *r)
{
	free(r->held.reply);
	free(r->held.rule);
	memset(&r->held, 0, sizeof(r->held));
}

static void
rule_free(struct rule *r)
{
	drop_effects(r);
	rule_held_clear(r);
	note_free_all(&r->marks);
	note_free_all(&r->headers);
	overlay_free(r->options);
	free(r->data_reply);
	free(r->said);
	free(r->helo);
	free(r->rcpt);
	free(r);
}

/* One way: if ruled is away its loss is noted elsewhere, and the event that
 * follows fails. */
static int
tell(enum msg_type type, const union msg *m)
{
	struct peer *p = proc_peer(PROC_RULED, 0);

	return p == NULL ? -1 : peer_tell(p, type, m, -1);
}

static bool
is_heard(const struct session *s)
{
	return s->rule != NULL && s->rule->is_open && !s->rule->is_lost;
}

static void
tell_fact(const struct session *s, enum rule_fact fact, const char *text)
{
	union msg m = {
	    .rule_fact = {.session = s->id, .fact = fact, .text = text}};

	(void)tell(MSG_RULE_FACT, &m);
}

/* What had time until the next word to ruled, so that it alone wakes nobody.  A
 * new sender is the end of the message before by itself. */
static void
catch_up(struct session *s, enum rule_fact next)
{
	struct rule *r = s->rule;

	if (r->is_reset_due && next != FACT_SENDER)
		tell_fact(s, FACT_RESET, "");
	if (r->is_accepted_due)
		tell_fact(s, FACT_ACCEPTED, r->rcpt);
	r->is_reset_due = r->is_accepted_due = false;
}

/* Facts are told to a policy that is open only; rule_open tells what was known
 * before. */
void
rule_fact(struct session *s, enum rule_fact fact, const char *text)
{
	if (!is_heard(s))
		return;
	catch_up(s, fact);
	tell_fact(s, fact, text);
}

void
rule_fact_num(struct session *s, enum rule_fact fact, uint64_t n)
{
	char text[24];

	if (s->rule == NULL)
		return;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	rule_fact(s, fact, text);
}

void
rule_spool(struct session *s)
{
	const char *path = option_text(env.opts, OPT_QUEUE_PATH);
	bool is_qlimited = s->rule->is_qlimited || s->tx->is_qlimited;
	size_t len = strlen(path);
	char text[SPOOL_MAX];

	while (len > 1 && path[len - 1] == '/')
		len--;
	snprintf(text, sizeof(text), "%.*s%s", (int)len, path,
	    is_qlimited ? "/qlimit" : "");
	rule_fact(s, FACT_SPOOL, text);
}

/* A message begins: what MAIL has said. Null sender and no size are facts as
 * well. */
void
rule_begin(struct session *s)
{
	char id[ID_TEXT_MAX];

	if (s->rule == NULL || !s->rule->is_open ||
	    (env.settings.events & ~BEFORE_MAIL) == 0)
		return;
	rule_fact(s, FACT_SENDER, s->tx->sender.text);
	if (s->tx->declared != 0)
		rule_fact_num(s, FACT_SIZE, s->tx->declared);
	if (!s->tx->content.is_open)
		return;
	id_print(s->tx->content.msgid, option_text(env.opts, OPT_SID), id,
	    sizeof(id));
	rule_fact(s, FACT_ID, id);
}

/* A policy that begins within a transaction: its recipients so far. */
static void
tell_accepted(struct session *s)
{
	const struct target *x;
	const char *last = NULL;

	TAILQ_FOREACH (x, &s->tx->targets, link) {
		if (last == NULL || strcmp(last, x->text + x->original) != 0)
			rule_fact(s, FACT_ACCEPTED, x->text + x->original);
		last = x->text + x->original;
	}
	if (last != NULL)
		rule_fact(s, FACT_RCPT, last);
}

/* Once for a session, at its first event. -1: ruled is not there. */
int
rule_open(struct session *s)
{
	union msg m = {.rule_open = {.session = s->id, .client = s->client}};

	if (s->rule->is_open)
		return 0;
	if (tell(MSG_RULE_OPEN, &m) == -1)
		return -1;
	s->rule->is_open = true;
	if (s->helo != NULL)
		rule_fact(s, FACT_HELO, s->helo);
	if (smtp_auth_login(s) != NULL) {
		rule_fact(s, FACT_LOGIN, smtp_auth_login(s));
		rule_fact(s, FACT_AUTH, "1");
	}
	if (s->tx == NULL)
		return 0;
	rule_begin(s);
	tell_accepted(s);
	if (s->tx->asked != NULL)
		rule_fact(s, FACT_RCPT, s->tx->asked->address.text);
	return 0;
}

/* A policy that is gone took its marks and options with it: the session can not
 * go on as if they had never been. True: it is closed. */
bool
rule_is_lost(struct session *s)
{
	if (s->rule == NULL || !s->rule->is_lost)
		return false;
	smtp_reply_421(s, "4.3.0", "rules can not be asked, try again");
	return true;
}

/* Effects first, then the verdict, which may end the transaction that they are
 * about. What was more than we hold fails the event for now, never lets it
 * pass. */
static void
event_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	struct session *s = session_wait_end(ref, WAIT_RULE);
	struct verdict v = {.verdict = VERDICT_TEMP, .reply = "", .rule = ""};

	(void)fd;
	if (s == NULL)
		return;
	if (r == PEER_GONE) {
		s->rule->is_lost = true;
		(void)rule_is_lost(s);
		return;
	}
	if (r == PEER_ANSWER && !s->rule->is_overrun) {
		v.verdict = m->rule_event_answ.verdict;
		v.reply = m->rule_event_answ.reply;
		v.rule = m->rule_event_answ.rule;
	}
	effect_apply(s, s->rule->event, &s->rule->effects);
	drop_effects(s->rule);
	verdict_apply(s, s->rule->event, &v);
	session_wait_resume(s);
}

/* Facts and the event leave together, at the end of the turn. */
static void
ask(struct session *s, enum rule_event event)
{
	static const struct verdict temp = {VERDICT_TEMP, "", ""};
	struct peer *p = proc_peer(PROC_RULED, 0);
	struct rule *r = s->rule;
	union msg m = {.rule_event = {.session = s->id, .event = event}};

	r->event = event;
	drop_effects(r);
	if (p == NULL || rule_open(s) == -1) {
		verdict_apply(s, event, &temp);
		return;
	}
	if (s->ptr != NULL && !r->has_name) {
		r->has_name = true;
		rule_fact(s, FACT_NAME, s->ptr);
	}
	catch_up(s, FACT_COUNT);
	if (peer_call(
		p, MSG_RULE_EVENT, &m, -1, PEER_THEN(event_done, s->ref)) == -1)
		verdict_apply(s, event, &temp);
	else
		session_wait_begin(s, WAIT_RULE);
}

/* True: the answer goes on from here, also where there is none. False: no such
 * event, and the caller goes on. */
bool
rule_ask(struct session *s, enum rule_event event)
{
	struct rule *r;

	if (!rule_is_set(s, event))
		return false;
	if (rule_is_lost(s))
		return true;
	if ((r = rule_get(s)) == NULL) {
		session_drop(s, "no memory");
		return true;
	}
	rule_said_clear(s);
	/* Rules may want the name; the ring has to be fast. */
	if (s->ptr_asked && event != RULE_LIMIT) {
		r->event = event;
		session_wait_begin(s, WAIT_NAME);
	} else
		ask(s, event);
	return true;
}

/* Reply! holds for the answer to the command whose event said it, and not for
 * the next. */
void
rule_said_clear(struct session *s)
{
	if (s->rule == NULL)
		return;
	free(s->rule->said);
	s->rule->said = NULL;
}

/* What was told of a recipient that is refused does not stay (A30). */
void
rule_rcpt_back(struct session *s)
{
	if (s->rule != NULL && s->rule->rcpt != NULL)
		rule_fact(s, FACT_RCPT, s->rule->rcpt);
}

/* The address as the client gave it or as Tchange! made it, not what aliases
 * made of it. */
void
rule_rcpt_accepted(struct session *s, const char *address)
{
	if (s->rule == NULL)
		return;
	if (is_heard(s))
		catch_up(s, FACT_ACCEPTED);
	free(s->rule->rcpt);
	s->rule->rcpt = strdup(address);
	if (!is_heard(s))
		return;
	s->rule->is_accepted_due = s->rule->rcpt != NULL;
	if (s->rule->rcpt == NULL)
		tell_fact(s, FACT_ACCEPTED, address);
}

void
rule_reset(struct session *s)
{
	if (s->rule == NULL)
		return;
	free(s->rule->rcpt);
	s->rule->rcpt = NULL;
	s->rule->is_accepted_due = false;
	s->rule->is_reset_due = is_heard(s);
}

/* The name has come, or will not: the event that waited for it is asked. */
void
rule_named(struct session *s)
{
	ask(s, s->rule->event);
}

/* Kept until the answer: an event whose ruled dies half-way has no effect at
 * all. Bounded in number and octets, as a rule may loop. */
void
rule_on_effect(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_rule_effect *q = &m->rule_effect;
	struct session *s = slot_get(&env.sessions, ref);
	size_t size = strlen(q->text) + 1;
	struct effect *e = NULL;
	struct rule *r;

	(void)p;
	(void)fd;
	if (s == NULL || s->is_dead || s->wait != WAIT_RULE ||
	    q->effect >= EFFECT_COUNT)
		return;
	r = s->rule;
	/* This one the rules wait for. */
	if (q->effect == EFFECT_STAGE) {
		if (r->event == RULE_DATA)
			smtp_data_stage(s);
		return;
	}
	if (r->effect_count >= EFFECTS_MAX ||
	    r->effect_size + size > EFFECTS_SIZE_MAX ||
	    (e = calloc(1, sizeof(*e) + size)) == NULL ||
	    (*q->secret != '\0' && (e->secret = strdup(q->secret)) == NULL)) {
		free(e);
		r->is_overrun = true;
		return;
	}
	e->what = q->effect;
	memcpy(e->text, q->text, size);
	STAILQ_INSERT_TAIL(&r->effects, e, link);
	r->effect_count++;
	r->effect_size += size;
}

/* With the session; ruled forgets all that it was told. */
void
rule_closed(struct session *s)
{
	union msg m = {.rule_close = {.session = s->id}};

	if (s->rule == NULL)
		return;
	if (s->rule->is_open && !s->rule->is_lost)
		(void)tell(MSG_RULE_CLOSE, &m);
	rule_free(s->rule);
	s->rule = NULL;
}

/* Sessions that have told nothing yet begin anew with the next ruled; the
 * others end at their next step. */
void
rule_peer_gone(void)
{
	struct session *s;
	uint32_t pos = 0;

	while ((s = slot_next(&env.sessions, &pos)) != NULL)
		if (s->rule != NULL && s->rule->is_open)
			s->rule->is_lost = true;
}

/* The connection's own value where a rule has set one. */
int64_t
session_num(const struct session *s, enum option_id id)
{
	if (s->rule == NULL)
		return option_num(env.opts, id);
	return overlay_num(s->rule->options, env.opts, id);
}

const char *
session_text(const struct session *s, enum option_id id)
{
	if (s->rule == NULL)
		return option_text(env.opts, id);
	return overlay_text(s->rule->options, env.opts, id);
}
