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
 * The messages of askers.  A session's event is a call whose effects go out
 * as items before its answer.  A client whose event has ended this process
 * twice is answered "not now" from then on.
 */
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "poison.h"
#include "proc.h"

#include "ruled.h"
#include "run.h"

#define KEY_MAX 128

/* Lost means that the asker's pair is gone or full; its call ends by itself
 * then. */
static void
answer(struct peer *peer, uint64_t ref, const struct msg_rule_event_answ *a)
{
	union msg m = {.rule_event_answ = *a};

	if (peer_answer(peer, MSG_RULE_EVENT_ANSW, ref, &m, -1) == -1)
		log_warnx("the answer for an event was lost");
}

static void
answer_temp(struct peer *peer, uint64_t ref)
{
	struct msg_rule_event_answ a = {
	    .verdict = VERDICT_TEMP, .reply = "", .rule = ""};

	answer(peer, ref, &a);
}

/* verdict.c has made reply and verdict fit; place is the line that decided. */
static void
event_done(struct run *run)
{
	struct msg_rule_event_answ a = {
	    .verdict = run->verdict, .reply = run->reply, .rule = run->place};

	answer(run->policy->asker, run->ask, &a);
}

/* One way: an event of a session that found no room is answered "not now". */
void
serve_open(struct peer *peer, uint64_t ref, const union msg *m, int fd)
{
	(void)ref;
	(void)fd;
	if (policy_open(peer, &m->rule_open) == -1)
		log_warnx(
		    "no room for another session: %u are open", policy_count());
}

/* One way too. A fact that does not fit is logged: rules then go by less than
 * there is. */
void
serve_fact(struct peer *peer, uint64_t ref, const union msg *m, int fd)
{
	(void)ref;
	(void)fd;
	if (policy_fact(peer, &m->rule_fact) == -1)
		log_warnx("a fact could not be kept: %s",
		    m->rule_fact.fact < FACT_COUNT ?
			rule_fact_names[m->rule_fact.fact] :
			"unknown");
}

/* Also in the middle of an event, which is given up. */
void
serve_close(struct peer *peer, uint64_t ref, const union msg *m, int fd)
{
	(void)ref;
	(void)fd;
	policy_close(peer, m->rule_close.session);
}

/* What ended the process, should it end: the event, and whose. */
static void
busy_key(const struct policy *p, uint8_t event, char *key, size_t size)
{
	snprintf(key, size, "rules %s %s", rule_event_names[event],
	    p->client_text[0] != '\0' ? p->client_text :
		p->id != NULL         ? p->id :
					"");
}

/* In shared memory, as a process that crashes can tell nobody. */
void
serve_busy(const struct policy *p, const struct run *run)
{
	char key[KEY_MAX];

	if (run == NULL) {
		proc_busy("");
		return;
	}
	/* What explain breaks is no reason to refuse a client. */
	if (run->watch != NULL)
		strlcpy(key, EXPLAIN_BUSY, sizeof(key));
	else
		busy_key(p, run->event, key, sizeof(key));
	proc_busy(key);
}

/* Each call is answered, at once or by event_done; a second event of a session
 * while one runs is a defect of its asker. */
void
serve_event(struct peer *peer, uint64_t ref, const union msg *m, int fd)
{
	const uint8_t event = m->rule_event.event;
	struct policy *p = policy_find(peer, m->rule_event.session);
	char key[KEY_MAX];

	(void)fd;
	if (p == NULL || p->run != NULL || event >= RULE_EVENT_COUNT) {
		answer_temp(peer, ref);
		return;
	}
	busy_key(p, event, key, sizeof(key));
	if (poison_is(key)) {
		answer_temp(peer, ref);
		return;
	}
	if (run_start(p, event, ref, NULL, event_done) == -1)
		answer_temp(peer, ref);
}
