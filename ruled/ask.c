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
 * Questions to lookupd about addresses and the client's name.  What comes
 * back goes into the policy, where whoever asks again finds it.  An answer
 * for an address that is no longer the one is dropped by its number.
 */
#include "ask.h"

#include <stdlib.h>
#include <string.h>

#include "enums.h"
#include "log.h"
#include "proc.h"

#include "pending.h"
#include "ruled.h"

/* As LOOK_ADDRESS carries them. */
#define OPTIONS_MAX 1024

/* A question about an address; its session's facts know its number. */
struct question {
	struct pending pending;
};

/* What Def! may have changed that lookupd goes by. Those of the connection
 * alone; lookupd has the generation's own. */
static bool
is_lookups(enum option_id id)
{
	switch (id) {
	case OPT_MODSEQ_DOMAIN:
	case OPT_MODSEQ_MAIL:
	case OPT_MODSEQ_ALIAS:
	case OPT_FORCE_ALIAS_SEEK:
	case OPT_ALLOW_BROADCASTS:
	case OPT_DF_DOMAIN:
		return true;
	default:
		return false;
	}
}

/* -1: they are too long for a question. As lines "Name value". A question
 * without one of them would be answered for another set of aliases, so it fails
 * instead. */
static int
options_of(const struct policy *p, char *out, size_t size)
{
	const char *line;
	unsigned int i;

	*out = '\0';
	for (i = 0; (line = overlay_line(p->options, i)) != NULL; i++) {
		if (!is_lookups(overlay_id(p->options, i)))
			continue;
		if (strlcat(out, line, size) >= size ||
		    strlcat(out, "\n", size) >= size)
			return -1;
	}
	return 0;
}

/* The facts that a question was asked for, if they still want its answer. */
static struct address_facts *
facts_of(struct policy *p, uint64_t asked)
{
	struct address_facts *all[] = {
	    &p->of_sender, &p->of_rcpt, &p->of_login};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->asked == asked)
			return all[i];
	return NULL;
}

/* All or nothing, as a home without its user would open files in nobody's name.
 */
static void
fill_facts(struct address_facts *f, const struct msg_look_address_answ *a)
{
	f->is_known = true;
	f->is_local = a->is_local;
	f->kind = a->kind;
	f->over_quota = a->over_quota;
	if ((*a->home != '\0' && policy_set(&f->home, a->home) == -1) ||
	    (*a->user != '\0' && policy_set(&f->user, a->user) == -1))
		address_facts_clear(f);
}

/* The facts may belong to another address by now: then no number fits, and the
 * answer is dropped. */
static void
address_told(uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	struct question *q = pending_get(ref);
	struct address_facts *facts = NULL;
	struct policy *p;
	uint64_t policy;

	(void)fd;
	if (q == NULL)
		return;
	policy = q->pending.policy;
	pending_free(&q->pending);
	if ((p = policy_get(policy)) == NULL ||
	    (facts = facts_of(p, ref)) == NULL)
		return;
	facts->asked = 0;
	if (result == PEER_ANSWER && m->look_address_answ.status == LOOK_OK)
		fill_facts(facts, &m->look_address_answ);
	facts->has_failed = !facts->is_known;
	run_resume(policy);
}

/* ASK_WAIT: the run is resumed when the answer is there, and asks again, which
 * is answered at once from the facts. A failure is told once and not kept, so
 * the next item tries anew. */
enum asked
ask_address(struct run *run, const char *address, struct address_facts *facts)
{
	char options[OPTIONS_MAX];
	union msg m = {
	    .look_address = {.address = address, .options = options}};
	struct peer *lookupd = proc_peer(PROC_LOOKUPD, 0);
	struct question *q;

	if (facts->is_known)
		return ASK_GOT;
	if (facts->asked != 0)
		return ASK_WAIT;
	if (facts->has_failed) {
		/* This item ends its line; the next one asks anew. */
		facts->has_failed = false;
		run_warn(run, "what %.200s is here could not be told", address);
		return ASK_FAILED;
	}
	if (lookupd == NULL ||
	    options_of(run->policy, options, sizeof(options)) == -1 ||
	    (q = pending_new(run, sizeof(*q))) == NULL) {
		run_warn(run, "what %.200s is here can not be asked", address);
		return ASK_FAILED;
	}
	if (peer_call(lookupd, MSG_LOOK_ADDRESS, &m, -1,
		PEER_THEN(address_told, q->pending.self)) == -1) {
		pending_free(&q->pending);
		return ASK_FAILED;
	}
	facts->asked = q->pending.self;
	return ASK_WAIT;
}

/* A name that does not lead back is kept: Rev_fail? tells the two apart, and
 * the name itself is worth a look. */
static void
name_told(uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	struct question *q = pending_get(ref);
	const struct msg_look_ptr_answ *a = &m->look_ptr_answ;
	struct policy *p;
	uint64_t policy;

	(void)fd;
	if (q == NULL)
		return;
	policy = q->pending.policy;
	pending_free(&q->pending);
	if ((p = policy_get(policy)) == NULL)
		return;
	p->asking_name = false;
	p->reverse = REVERSE_TEMP;
	if (result == PEER_ANSWER && a->status != LOOK_TEMP)
		p->reverse = a->confirmed ? REVERSE_CONFIRMED :
		    *a->host != '\0'      ? REVERSE_FOUND :
					    REVERSE_NONE;
	if (result == PEER_ANSWER && *a->host != '\0' &&
	    policy_set(&p->name, a->host) == -1)
		p->reverse = REVERSE_TEMP;
	run_resume(policy);
}

/* A name that could not be told stays so for the connection: whoever delays
 * its name servers does not make each event wait for them. */
enum asked
ask_name(struct run *run)
{
	struct policy *p = run->policy;
	union msg m = {.look_ptr = {.address = p->client}};
	struct peer *lookupd = proc_peer(PROC_LOOKUPD, 0);
	struct question *q;

	if (p->reverse != REVERSE_UNASKED)
		return ASK_GOT;
	if (p->asking_name)
		return ASK_WAIT;
	if (p->client.family == 0) {
		p->reverse = REVERSE_NONE;
		return ASK_GOT;
	}
	if (lookupd == NULL || (q = pending_new(run, sizeof(*q))) == NULL)
		return ASK_FAILED;
	if (peer_call(lookupd, MSG_LOOK_PTR, &m, -1,
		PEER_THEN(name_told, q->pending.self)) == -1) {
		pending_free(&q->pending);
		return ASK_FAILED;
	}
	p->asking_name = true;
	return ASK_WAIT;
}
