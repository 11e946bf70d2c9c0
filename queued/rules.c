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
 * rules.c: asks ruled.  A message is a policy session named by its id, open
 * from the first event of a run to the last; facts are told when it opens.
 * While an event is under way the entry is busy, so nothing else moves it.
 */

#include "rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include "answer.h"
#include "content.h"
#include "log.h"
#include "override.h"
#include "proc.h"
#include "queued.h"
#include "result.h"
#include "rule_enums.h"
#include "rules_run.h"
#include "slot.h"
#include "spool.h"

/* Events under way at a time, sessions open at ruled. */
#define RULES_ASKS_MAX 256
/* Recipients that ruled hears of: those that rules can seek. */
#define RULES_RCPTS_MAX 1000
/* An l file that is written back may take so long, seconds. */
#define RULES_WRITE_SECONDS 10
/* Between two warnings that ruled can not be asked, seconds. */
#define RULES_WARN 60

struct ask {
	struct entry *entry;
	enum rule_event event;
	void (*report)(struct entry *, bool); /* of error_report */
	uint64_t ref;
};

static struct slots asks;
static unsigned int nasks;
static bool is_init;
static uint32_t generation = 1; /* of ruled */
static int64_t warned;
/* Those whose l file is on its way. */
static struct entry_list writing = TAILQ_HEAD_INITIALIZER(writing);

/* Not for each message: while ruled is away, all of the queue goes by here. */
static void
rules_warn(const struct entry *e, enum rule_event event, const char *why)
{
	int64_t now = queued_now();

	if (now - warned < RULES_WARN && warned != 0)
		return;
	warned = now;
	log_warnx("%s: Event.%s is left out: %s", queued_id(e->message->id),
	    rule_event_names[event], why);
}

/* Mail that a rule sent has no events, or it might send more for each. */
static bool
rules_is_set(const struct entry *e, enum rule_event event)
{
	if ((e->message->flags & (MSG_AUTOSUB | MSG_BOUNCE)) == MSG_AUTOSUB)
		return false;
	return override_text(e, rule_event_option(event))[0] != '\0';
}

/* A fact without a text is not told: unknown and empty are the same to rules,
 * but for the sender. */
static void
tell_fact(struct peer *p, const struct message *m, enum rule_fact fact,
    const char *text)
{
	union msg u = {0};

	u.rule_fact.session = m->id;
	u.rule_fact.fact = (uint8_t)fact;
	u.rule_fact.text = text;
	if (text[0] != '\0')
		peer_tell(p, MSG_RULE_FACT, &u, -1);
}

/* A fact for each line of a text. */
static void
tell_lines(struct peer *p, const struct message *m, enum rule_fact fact,
    const char *lines)
{
	char *all, *next, *line;

	if (lines[0] == '\0' || (all = strdup(lines)) == NULL)
		return;
	for (next = all; (line = strsep(&next, "\n")) != NULL;)
		tell_fact(p, m, fact, line);
	free(all);
}

/* Copies are not told: they are the rules' own work, and an event must not see
 * other recipients in its second run than in its first. */
static void
tell_rcpts(struct peer *p, const struct message *m)
{
	uint32_t i, n = m->nrcpts;

	if (n > RULES_RCPTS_MAX)
		n = RULES_RCPTS_MAX;
	for (i = 0; i < n; i++)
		if (m->rcpts[i].kind != RCPT_COPY)
			tell_fact(p, m, FACT_ACCEPTED,
			    message_text(m, m->rcpts[i].address));
	/* The current one is the last, as in the events of data (A30). */
	tell_fact(p, m, FACT_RCPT, message_text(m, m->rcpts[n - 1].address));
}

/* Once for a session; what a client can change between two events does not
 * exist any more. */
static void
tell_facts(struct peer *p, const struct message *m)
{
	union msg u = {0};
	char size[24];

	tell_fact(p, m, FACT_NAME, message_text(m, m->client_name));
	tell_fact(p, m, FACT_HELO, message_text(m, m->client_helo));
	tell_fact(p, m, FACT_LOGIN, message_text(m, m->login));
	tell_fact(p, m, FACT_AUTH, m->login != 0 ? "1" : "");
	tell_lines(p, m, FACT_OPTION, message_text(m, m->overrides));
	tell_lines(p, m, FACT_MARK, message_text(m, m->marks));
	/* The null sender is a fact, too. */
	u.rule_fact.session = m->id;
	u.rule_fact.fact = FACT_SENDER;
	u.rule_fact.text = message_text(m, m->sender);
	peer_tell(p, MSG_RULE_FACT, &u, -1);
	snprintf(size, sizeof(size), "%llu", (unsigned long long)m->size);
	tell_fact(p, m, FACT_SIZE, size);
	tell_fact(p, m, FACT_ID, queued_id(m->id));
	tell_fact(p, m, FACT_SPOOL, queued_directory(m));
	tell_rcpts(p, m);
}

/* A session that this ruled knows of is not opened again, so that marks and
 * hits last from the first event of a run to its last. */
static void
rules_open(struct peer *p, struct entry *e)
{
	const struct message *m = e->message;
	struct msg_addr *a;
	union msg u = {0};

	if (e->policy == generation)
		return;
	u.rule_open.session = m->id;
	a = &u.rule_open.client;
	if (inet_pton(AF_INET, message_text(m, m->client_ip), a->ip) == 1)
		a->family = AF_INET;
	else if (inet_pton(AF_INET6, message_text(m, m->client_ip), a->ip) == 1)
		a->family = AF_INET6;
	peer_tell(p, MSG_RULE_OPEN, &u, -1);
	tell_facts(p, m);
	e->policy = generation;
}

static void
rules_close(struct entry *e)
{
	struct peer *p = proc_peer(PROC_RULED, 0);
	union msg u = {0};

	if (e->policy == generation && p != NULL) {
		u.rule_close.session = e->message->id;
		peer_tell(p, MSG_RULE_CLOSE, &u, -1);
	}
	e->policy = 0;
}

static const char *
verdict_why(enum peer_result r, uint8_t verdict)
{
	if (r == PEER_TIMEOUT)
		return "ruled did not answer in time";
	if (r != PEER_ANSWER)
		return "ruled has gone";
	return verdict == VERDICT_TEMP ? "the rules could not be run" : NULL;
}

/* The end of an event, whatever it was. */
static void
rules_done(uint64_t ref, enum peer_result r, const union msg *answ, int fd)
{
	struct ask *ask = slot_get(&asks, ref);
	uint8_t verdict =
	    r == PEER_ANSWER ? answ->rule_event_answ.verdict : VERDICT_TEMP;
	const char *why = verdict_why(r, verdict);
	struct entry *e;

	(void)fd;
	if (ask == NULL)
		return;
	e = ask->entry;
	if (why != NULL)
		rules_warn(e, ask->event, why);
	slot_remove(&asks, ref);
	nasks--;
	if (ask->event == RULE_ERROR_REPORT) {
		ask->report(e, verdict != VERDICT_DENY);
		free(ask);
		return;
	}
	/* A23: there is nothing to refuse here. */
	if (verdict == VERDICT_DENY || verdict == VERDICT_CLOSE)
		log_warnx("%s: %s: Deny! and Close! do nothing in Event.%s",
		    queued_id(e->message->id), answ->rule_event_answ.rule,
		    rule_event_names[ask->event]);
	e->rules = ask->event == RULE_QSTART ? RULES_STARTED : RULES_ENDED;
	free(ask);
	result_free_again(e, e->again);
}

/* 0: asked; -1: with a warning, it goes on without. While it is asked the entry
 * is busy: neither a task nor a report nor an administrator moves it, and
 * rules_done frees it in any case, be it with an error. */
static int
rules_ask(struct entry *e, enum rule_event event, struct ask *ask)
{
	struct peer *p = proc_peer(PROC_RULED, 0);
	union msg u = {0};

	u.rule_event.session = e->message->id;
	u.rule_event.event = (uint8_t)event;
	ask->entry = e;
	ask->event = event;
	if ((ask->ref = slot_add(&asks, ask)) != 0) {
		nasks++;
		rules_open(p, e);
		if (peer_call(p, MSG_RULE_EVENT, &u, -1,
			PEER_THEN(rules_done, ask->ref)) == 0) {
			e->is_busy = true;
			return 0;
		}
		slot_remove(&asks, ask->ref);
		nasks--;
	}
	rules_warn(e, event, "ruled can not be told");
	free(ask);
	return -1;
}

/* May an event be begun?  Its files are there then, for its programs. */
static struct ask *
rules_prepare(struct entry *e, enum rule_event event)
{
	struct peer *p = proc_peer(PROC_RULED, 0);
	struct ask *ask = NULL;

	if (!is_init) {
		/* Reports find room when runs have to wait. */
		slots_init(&asks, 2 * RULES_ASKS_MAX);
		is_init = true;
	}
	if (p == NULL)
		rules_warn(e, event, "ruled is not there");
	else if (event != RULE_QEND &&
	    content_write_files(env.spool, e->message) == -1)
		rules_warn(e, event, "its files can not be written");
	else if ((ask = calloc(1, sizeof(*ask))) == NULL)
		rules_warn(e, event, "no memory");
	return ask;
}

/* Full for now: tried again in a moment, which is no failure. */
static bool
rules_is_full(void)
{
	struct peer *p = proc_peer(PROC_RULED, 0);

	return p != NULL && (nasks >= RULES_ASKS_MAX || peer_is_full(p));
}

/* It may be its turn for a report alone. */
static bool
rules_has_due(const struct message *m, int64_t now)
{
	uint32_t i;

	for (i = 0; i < m->nrcpts; i++)
		if ((m->rcpts[i].state == RCPT_PENDING ||
			m->rcpts[i].state == RCPT_DEFERRED) &&
		    m->rcpts[i].next <= now)
			return true;
	return false;
}

/* False: go on, tasks may be made. True: not now; it is asked, or waits for its
 * turn to ask. */
bool
rules_begin(struct entry *e, int64_t now)
{
	struct ask *ask;

	if (e->rules != RULES_NONE || e->cursor > 0 ||
	    !rules_has_due(e->message, now))
		return false;
	rules_run_forget(e);
	if (!rules_is_set(e, RULE_QSTART)) {
		e->rules = RULES_STARTED;
		return false;
	}
	if (rules_is_full()) {
		schedule_put(&env.schedule, e, now + 1, now);
		return true;
	}
	e->rules = RULES_STARTED;
	if ((ask = rules_prepare(e, RULE_QSTART)) == NULL)
		return false;
	return rules_ask(e, RULE_QSTART, ask) == 0;
}

/* The l file of a message that rests upon it is replaced by a checkpoint;
 * the event waits for that. */
bool
rules_end(struct entry *e, int64_t now)
{
	if (e->rules != RULES_STARTED)
		return false;
	if (!rules_is_set(e, RULE_QEND)) {
		e->rules = RULES_ENDED;
		return false;
	}
	e->rules = RULES_WRITING;
	result_record(e);
	content_write_files(env.spool, e->message);
	e->is_busy = true;
	e->writing = now + RULES_WRITE_SECONDS;
	schedule_park(&env.schedule, e, &writing);
	queued_kick();
	return true;
}

/* Those whose files are written by now, and those that have waited long enough:
 * the event then runs with what is there. */
void
rules_tick(int64_t now)
{
	struct entry *e, *next;
	struct ask *ask;

	TAILQ_FOREACH_SAFE (e, &writing, link.list, next) {
		if (rules_is_full())
			return;
		if (!content_is_written(e->message) && now < e->writing)
			continue;
		schedule_take(&env.schedule, e);
		if ((ask = rules_prepare(e, RULE_QEND)) != NULL &&
		    rules_ask(e, RULE_QEND, ask) == 0)
			continue;
		e->rules = RULES_ENDED;
		result_free_again(e, e->again);
	}
}

/* False: there is no such event, or nobody to ask, and the report is made. Else
 * done is called, later. */
bool
rules_report(struct entry *e, const struct recipient *r,
    void (*done)(struct entry *, bool))
{
	const struct message *m = e->message;
	struct peer *p = proc_peer(PROC_RULED, 0);
	struct answer a;
	struct ask *ask;

	if (!rules_is_set(e, RULE_ERROR_REPORT) ||
	    (ask = rules_prepare(e, RULE_ERROR_REPORT)) == NULL)
		return false;
	ask->report = done;
	rules_open(p, e);
	answer_parse(&a, message_text(m, r->answer));
	tell_fact(p, m, FACT_RCPT, message_text(m, r->address));
	tell_fact(p, m, FACT_REPLY, a.text);
	return rules_ask(e, RULE_ERROR_REPORT, ask) == 0;
}

/* The run is over: the next one begins with a new session and its own first
 * event. */
void
rules_reset(struct entry *e)
{
	e->rules = RULES_NONE;
	rules_close(e);
}

/* For an entry that goes. An event under way holds the entry, so there is none.
 */
void
rules_free(struct entry *e)
{
	rules_close(e);
	rules_run_forget(e);
}

/* Sessions of an earlier ruled are not known to this one: the number tells them
 * apart. */
void
rules_up(void)
{
	if (++generation == 0)
		generation = 1;
}

/* Effects come before the answer of their event; any that comes at another time
 * finds no ask. */
void
rules_effect(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_rule_effect *f = &m->rule_effect;
	struct ask *ask = is_init ? slot_get(&asks, ref) : NULL;
	int r = -1;

	(void)p;
	(void)fd;
	if (ask == NULL)
		return;
	/* A name found, or a mark, is ruled's own until the run ends. */
	if (f->effect == EFFECT_NAME || f->effect == EFFECT_MARK)
		return;
	if (f->effect == EFFECT_OPTION)
		r = override_add(ask->entry, f->text);
	else if (ask->event == RULE_QSTART)
		r = rules_run_apply(ask->entry, f);
	if (r == -1)
		log_warnx("%s: %s has no effect in Event.%s",
		    queued_id(ask->entry->message->id),
		    f->effect < EFFECT_COUNT ? rule_effect_names[f->effect] :
					       "something unknown",
		    rule_event_names[ask->event]);
}
