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
 * Spf_test!: the policy of the sender's domain, RFC 7208; by the HELO name
 * where the sender is null.  All that a run of the check has missed is asked
 * at once, then it runs again.
 */
#include <sys/time.h>

#include <event2/event.h>

#include "ask_dns.h"
#include "pending.h"
#include "ruled.h"
#include "run.h"
#include "spf_check.h"

/* RFC 7208 section 4.6.4 asks for 20 seconds at least. */
#define SPF_SECONDS 20

struct spf {
	struct pending pending;
	struct spf_check *check;
	uint32_t open; /* questions under way */
	struct event *timer;
	bool has_answer;
	enum spf_result result;
};

/* Also in the middle of a check: its questions find no owner. */
static void
spf_end(struct run_op *op)
{
	struct spf *x = op->data;

	if (x->timer != NULL)
		event_free(x->timer);
	if (x->check != NULL)
		spf_check_free(x->check);
	pending_free(&x->pending);
}

/* Not a permanent error: a slow name server says nothing about the sender. */
static void
spf_too_late(evutil_socket_t fd, short what, void *arg)
{
	struct spf *x = arg;

	(void)fd;
	(void)what;
	x->has_answer = true;
	x->result = SPF_TEMPERROR;
	pending_resume(&x->pending);
}

/* What is answered is kept by the check; the run of rules goes on when all of a
 * round is there. */
static void
spf_told(uint64_t ref, uint32_t tag, const struct ask_dns_answer *a)
{
	struct spf *x = pending_get(ref);

	spf_check_answer(x->check, tag, a);
	if (--x->open == 0)
		pending_resume(&x->pending);
}

/* What can not be asked is a failure of the DNS. */
static void
ask_missed(struct run *run, struct spf *x)
{
	static const struct ask_dns_answer failed = {.status = ASK_DNS_TEMP};
	struct ask_dns_owner owner = {x->pending.self, 0, spf_told};
	enum ask_dns_type type;
	const char *name;
	int nth;

	while ((nth = spf_check_question(x->check, &name, &type)) != -1) {
		owner.tag = (uint32_t)nth;
		if (ask_dns(run, name, type, &owner) == 0)
			x->open++;
		else
			spf_check_answer(x->check, owner.tag, &failed);
	}
}

/* NULL: no memory. What was made so far hangs on the run, which frees it. */
static struct spf *
spf_begin(struct run *run)
{
	const struct timeval tv = {.tv_sec = SPF_SECONDS};
	const struct policy *p = run->policy;
	const struct spf_identity id = {p->client, p->helo, p->sender};
	struct spf *x = pending_new(run, sizeof(*x));

	if (x == NULL)
		return NULL;
	pending_hang(run, &x->pending, spf_end);
	x->check = spf_check_new(&id);
	x->timer = ruled.base != NULL ?
	    evtimer_new(ruled.base, spf_too_late, x) :
	    NULL;
	if (x->check == NULL || x->timer == NULL ||
	    evtimer_add(x->timer, &tv) == -1)
		return NULL;
	return x;
}

/* Round after round: each check runs over what is known, and what it has missed
 * is asked. SPF_QUESTIONS_MAX bounds the rounds. */
enum step
word_spf_test(struct run *run, const struct rule_item *item)
{
	struct spf *x = run->op.data;
	struct policy *p = run->policy;

	(void)item;
	if (x == NULL && (x = spf_begin(run)) == NULL)
		return STEP_FAILED;
	while (!x->has_answer && x->open == 0) {
		x->has_answer = spf_check_run(x->check, &x->result);
		if (!x->has_answer)
			ask_missed(run, x);
	}
	if (!x->has_answer)
		return STEP_WAIT;
	p->spf = (uint8_t)x->result;
	run_show(run, "%s", spf_result_names[x->result]);
	return STEP_YES;
}
