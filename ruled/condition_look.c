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
 * Conditions on what only lookupd knows of an address.
 */
#include "enums.h"

#include "ask.h"
#include "field.h"
#include "ruled.h"

#define RUN_YES(x) ((x) ? STEP_YES : STEP_NO)

/* STEP_YES: the facts are there. STEP_WAIT has the whole item done again, from
 * its parameter on; facts that are there make that cheap. */
static enum step
facts_of(struct run *run, const char *address, struct address_facts *facts)
{
	if (facts->is_known)
		return STEP_YES;
	switch (ask_address(run, address, facts)) {
	case ASK_GOT:
		return STEP_YES;
	case ASK_WAIT:
		return STEP_WAIT;
	default:
		return STEP_FAILED;
	}
}

/* No address is unknown here, and in no domain. */
static enum step
kind_is(struct run *run, const struct rule_item *item, const char *address,
    struct address_facts *facts)
{
	enum step step;
	int64_t kind;
	uint8_t known = ADDRESS_UNKNOWN;

	if ((step = field_number(run, item, &kind)) != STEP_YES)
		return step;
	if (address != NULL) {
		step = facts_of(run, address, facts);
		if (step != STEP_YES)
			return step;
		known = facts->kind;
	}
	run_show(run, "%u, %lld", known, (long long)kind);
	return RUN_YES(known == kind);
}

enum step
word_from_type(struct run *run, const struct rule_item *item)
{
	struct policy *p = run->policy;

	return kind_is(run, item, p->sender, &p->of_sender);
}

enum step
word_to_type(struct run *run, const struct rule_item *item)
{
	struct policy *p = run->policy;

	return kind_is(run, item, p->rcpt, &p->of_rcpt);
}

/* False for the null sender, and before there is a recipient. */
static enum step
is_local(struct run *run, const char *address, struct address_facts *facts)
{
	enum step step;

	run_show(run, "\"%s\"", address != NULL ? address : "");
	if (address == NULL)
		return STEP_NO;
	step = facts_of(run, address, facts);
	return step == STEP_YES ? RUN_YES(facts->is_local) : step;
}

enum step
word_internal_from(struct run *run, const struct rule_item *item)
{
	(void)item;
	return is_local(run, run->policy->sender, &run->policy->of_sender);
}

enum step
word_internal_rcpt(struct run *run, const struct rule_item *item)
{
	(void)item;
	return is_local(run, run->policy->rcpt, &run->policy->of_rcpt);
}

/* Without a recipient nobody is over anything. */
enum step
word_to_over_quota(struct run *run, const struct rule_item *item)
{
	struct policy *p = run->policy;
	enum step step;

	(void)item;
	run_show(run, "\"%s\"", p->rcpt != NULL ? p->rcpt : "");
	if (p->rcpt == NULL)
		return STEP_NO;
	step = facts_of(run, p->rcpt, &p->of_rcpt);
	return step == STEP_YES ? RUN_YES(p->of_rcpt.over_quota) : step;
}
