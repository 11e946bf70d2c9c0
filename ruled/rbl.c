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
 * Rbl_test!: is the client in lists of the DNS?  RFC 5782.  All zones are
 * asked at once; then, of the first in their order that has it, the text.
 *
 * Only answers in 127.0.0.0/8 are listings: a zone that answers otherwise
 * has been given up, or answers for everything.  A zone that can not be
 * asked counts as one that does not list, with a warning; when none at all
 * could be asked nothing is known, and the line ends here.
 */
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask_dns.h"
#include "field.h"
#include "pending.h"
#include "run.h"

/* Zones of one Rbl_test!. */
#define RBL_ZONES_MAX 64
#define RBL_NAME_MAX 254
#define RBL_TEXT_MAX 512
/* The tag of the question for the text. */
#define RBL_TEXT_TAG RBL_ZONES_MAX

enum rbl_result {
	RBL_UNTOLD,
	RBL_CLEAN,
	RBL_LISTED,
	RBL_ODD, /* it answers what no list does */
	RBL_FAILED
};
static const char *const rbl_result_names[] = {
    "?", "not listed", "listed", "odd answer", "failed"};

struct rbl {
	struct pending pending;
	uint32_t zones, open, listed;
	bool has_asked_text;
	uint8_t result[RBL_ZONES_MAX];
	char text[RBL_TEXT_MAX];
	char name[RBL_ZONES_MAX][RBL_NAME_MAX];
	uint32_t zone_at; /* where the zone begins in its name */
};

/* Answers that are still to come find no owner. */
static void
rbl_end(struct run_op *op)
{
	struct rbl *x = op->data;

	pending_free(&x->pending);
}

/* "2.0.0.127." or 32 nibbles; its length. */
static size_t
reverse_of(const struct msg_addr *a, char *out, size_t size)
{
	size_t len = 0;
	int i;

	if (a->family == AF_INET)
		return (size_t)snprintf(out, size, "%u.%u.%u.%u.", a->ip[3],
		    a->ip[2], a->ip[1], a->ip[0]);
	for (i = 15; i >= 0; i--)
		len += (size_t)snprintf(out + len, size - len, "%x.%x.",
		    a->ip[i] & 15, a->ip[i] >> 4);
	return len;
}

/* RFC 5782 section 2.1. */
static enum rbl_result
listing(const struct ask_dns_answer *a)
{
	uint32_t i;

	if (a->status == ASK_DNS_TEMP)
		return RBL_FAILED;
	for (i = 0; i < a->count; i++)
		if (a->records[i].len == 4 && a->data[a->records[i].at] == 127)
			return RBL_LISTED;
	return a->count > 0 ? RBL_ODD : RBL_CLEAN;
}

/* Each question counts once, however it ended; the last one has the run go on.
 */
static void
rbl_told(uint64_t ref, uint32_t tag, const struct ask_dns_answer *a)
{
	struct rbl *x = pending_get(ref);

	if (tag == RBL_TEXT_TAG) {
		if (a->count > 0)
			ask_dns_text(a->data + a->records[0].at,
			    a->records[0].len, x->text, sizeof(x->text));
	} else
		x->result[tag] = (uint8_t)listing(a);
	if (--x->open == 0)
		pending_resume(&x->pending);
}

/* What can not be asked is answered at once, as a failure. */
static void
rbl_ask(struct run *run, struct rbl *x, uint32_t nth, enum ask_dns_type type)
{
	const bool is_text = type == ASK_DNS_TXT;
	const struct ask_dns_owner owner = {
	    x->pending.self, is_text ? RBL_TEXT_TAG : nth, rbl_told};

	if (ask_dns(run, x->name[nth], type, &owner) == 0)
		x->open++;
	else if (!is_text)
		x->result[nth] = RBL_FAILED;
}

/* A zone that is written twice must not count twice. */
static bool
is_known(const struct rbl *x, const char *name)
{
	uint32_t i;

	for (i = 0; i < x->zones; i++)
		if (strcasecmp(x->name[i], name) == 0)
			return true;
	return false;
}

/* The zones of the text, each once. */
static void
take_zones(struct run *run, struct rbl *x, const char *text)
{
	char name[RBL_NAME_MAX];
	size_t len, at = reverse_of(&run->policy->client, name, sizeof(name));

	x->zone_at = (uint32_t)at;
	for (; *text != '\0'; text += len) {
		text += strspn(text, " \t");
		len = strcspn(text, " \t");
		if (len == 0)
			continue;
		if (x->zones == RBL_ZONES_MAX || len >= sizeof(name) - at) {
			run_warn(run, "a list is left out: %.*s",
			    (int)(len < 64 ? len : 64), text);
			continue;
		}
		memcpy(name + at, text, len);
		name[at + len] = '\0';
		if (!is_known(x, name))
			memcpy(x->name[x->zones++], name, at + len + 1);
	}
}

/* Counts, and says which zones are of no use.  The first that lists. */
static uint32_t
count_listed(struct run *run, struct rbl *x)
{
	uint32_t i, first = x->zones, failed = 0;

	x->listed = 0;
	for (i = 0; i < x->zones; i++) {
		run_show(run, "%s: %s", x->name[i] + x->zone_at,
		    rbl_result_names[x->result[i]]);
		if (x->result[i] == RBL_LISTED) {
			x->listed++;
			if (first == x->zones)
				first = i;
		} else if (x->result[i] == RBL_ODD)
			run_warn(run,
			    "%s answers with an address that no list gives",
			    x->name[i] + x->zone_at);
		else if (x->result[i] == RBL_FAILED) {
			failed++;
			run_warn(run, "%s could not be asked",
			    x->name[i] + x->zone_at);
		}
	}
	if (x->zones > 0 && failed == x->zones)
		return UINT32_MAX;
	return first;
}

/* All at once: ten lists take as long as the slowest. */
static enum step
rbl_begin(struct run *run, const char *zones)
{
	struct rbl *x = pending_new(run, sizeof(*x));
	uint32_t i;

	if (x == NULL)
		return STEP_FAILED;
	pending_hang(run, &x->pending, rbl_end);
	take_zones(run, x, zones);
	for (i = 0; i < x->zones; i++)
		rbl_ask(run, x, i, ASK_DNS_A);
	return STEP_YES;
}

/* Called twice where a text is wanted: the count is known by then, and kept. */
static enum step
rbl_finish(struct run *run, struct rbl *x)
{
	struct policy *p = run->policy;
	uint32_t first = 0;

	if (!x->has_asked_text) {
		first = count_listed(run, x);
		p->lists = 0;
		policy_set(&p->list_text, "");
		if (first == UINT32_MAX)
			return STEP_FAILED;
		x->has_asked_text = true;
		if (first < x->zones)
			rbl_ask(run, x, first, ASK_DNS_TXT);
		if (x->open > 0)
			return STEP_WAIT;
	}
	p->lists = x->listed;
	return policy_set(&p->list_text, x->text) == -1 ? STEP_FAILED :
							  STEP_YES;
}

/* A session without a client is in no list, and the line goes on. */
enum step
word_rbl_test(struct run *run, const struct rule_item *item)
{
	struct rbl *x = run->op.data;
	struct text zones;
	enum step step;

	if (run->policy->client.family == 0)
		return STEP_YES;
	if (x == NULL) {
		step = field_text(run, item, 0, EXPAND_LINE, &zones);
		if (step != STEP_YES)
			return step;
		if ((step = rbl_begin(run, zones.at)) != STEP_YES)
			return step;
		x = run->op.data;
	}
	return x->open > 0 ? STEP_WAIT : rbl_finish(run, x);
}
