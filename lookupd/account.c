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
 * The order of modules, and checks of what they answer.  selor-flows.md
 * section 3 and 12; selor.conf(5), Modseq_domain, Modseq_mail, Modseq_alias.
 */
#include "account.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account_row.h"
#include "log.h"
#include "module.h"
#include "monotime.h"
#include "proc.h"
#include "question.h"
#include "slot.h"
#include "worker.h"

#define BACK_KINDS (BACK_FIRST + 1)
/*
 * Questions under way through all modules together; one more is answered "not
 * now".
 */
#define ACCOUNT_QUERIES_MAX 32768
/* A module's nonsense is logged once in so many milliseconds. */
#define ACCOUNT_WARN_MS 10000

struct order {
	uint8_t count, module[WORKERS_MAX];
};

/* One question on its way through the modules. */
struct query {
	uint64_t self, ref;
	const struct account_client *client;
	uint32_t tag;
	enum back_what what;
	uint8_t pos; /* in the order */
	bool bad; /* a row was not what it should be */
	bool any; /* BACK_LIST: some module had something */
	struct order order;
	char *secret; /* wiped with the query; NULL: none */
	char key[];
};

static struct {
	struct order order[BACK_KINDS];
	struct slots queries;
	struct monotime warned;
} account;

/* The option that orders the modules for each kind of question. */
static const enum option_id account_seq[BACK_KINDS] = {
    [BACK_DOMAIN] = OPT_MODSEQ_DOMAIN,
    [BACK_MAILBOX] = OPT_MODSEQ_MAIL,
    [BACK_ALIAS] = OPT_MODSEQ_ALIAS,
    [BACK_LIST] = OPT_MODSEQ_MAIL,
    [BACK_AUTH] = OPT_MODSEQ_AUTH,
    [BACK_FIRST] = OPT_MODSEQ_MAIL,
};

static void account_row(uint64_t, const struct msg_back_row *);
static void account_done(uint64_t, enum back_status);

/* For questions that are alone, and for an expansion's. */
static const struct worker_client account_worker[] = {
    {false, account_row, account_done}, {true, account_row, account_done}};

/* The place of the module of that name, or -1. */
static int
account_find(const struct options *o, const char *name, size_t len)
{
	size_t i, n = option_count(o, OPT_MODULE);
	struct module m;

	for (i = 0; i < n && i < WORKERS_MAX; i++)
		if (module_parse(option_nth(o, OPT_MODULE, i), &m) == 0 &&
		    strlen(m.name) == len && memcmp(m.name, name, len) == 0)
			return (int)i;
	return -1;
}

/*
 * Reads one Modseq_* option: modules that it leaves out are not asked; an
 * empty one means all, as they stand in selor.conf.  -1: *bad is a name that
 * no module has.
 */
static int
account_order(
    struct order *ord, const struct options *o, const char *s, const char **bad)
{
	size_t i, len, n = option_count(o, OPT_MODULE);
	int module;

	ord->count = 0;
	if (module_next(&s) == 0)
		for (i = 0; i < n && i < WORKERS_MAX; i++)
			ord->module[ord->count++] = (uint8_t)i;
	for (; (len = module_next(&s)) > 0; s += len) {
		if ((module = account_find(o, s, len)) == -1) {
			*bad = s;
			return -1;
		}
		if (ord->count < WORKERS_MAX)
			ord->module[ord->count++] = (uint8_t)module;
	}
	return 0;
}

/*
 * Asked before the generation is agreed to: a name that nobody bears would make
 * lookupd skip a module without a word.  BACK_FIRST shares its option with
 * BACK_LIST.
 */
int
account_check(const struct options *o, char *why, size_t size)
{
	struct order ord;
	const char *bad;
	int i;

	for (i = BACK_DOMAIN; i <= BACK_LIST; i++) {
		if (account_order(
			&ord, o, option_text(o, account_seq[i]), &bad) == 0)
			continue;
		snprintf(why, size,
		    "%s names a module that is not loaded: "
		    "%.*s",
		    option_row(account_seq[i])->name, (int)strcspn(bad, " \t"),
		    bad);
		return -1;
	}
	return 0;
}

/* Workers first: the orders name them by their places. */
void
account_apply(const struct options *o)
{
	const char *bad;
	int i;

	if (account.queries.most == 0)
		slots_init(&account.queries, ACCOUNT_QUERIES_MAX);
	workers_apply(o);
	for (i = BACK_DOMAIN; i < BACK_KINDS; i++)
		if (account_order(&account.order[i], o,
			option_text(o, account_seq[i]), &bad) == -1)
			log_warnx("%s names a module that is not loaded",
			    option_row(account_seq[i])->name);
}

/*
 * Local parts are compared without regard to case here, though RFC 5321 section
 * 2.4 lets a host tell them apart: two mailboxes that differ in case alone
 * would be asking for mail to go astray.
 */
void
account_key(char *key, const struct address *a)
{
	struct address folded = *a;

	address_fold(&folded);
	memcpy(key, folded.text, (size_t)folded.len + 1);
}

bool
account_base(char *key, const struct address *a)
{
	const char *marks =
	    option_text(proc_options(), OPT_RECIPIENT_DELIMITER);
	struct address base, best;
	const char *tag;
	size_t len;
	bool found = false;

	/* The first mark in the address counts, whatever their order. */
	for (; *marks != '\0'; marks++) {
		if (!address_split_tag(a, *marks, &base, &tag, &len) ||
		    (found && base.local_len > best.local_len))
			continue;
		best = base;
		found = true;
	}
	if (found)
		account_key(key, &best);
	return found;
}

static void
query_free(struct query *q)
{
	if (q->self != 0)
		slot_remove(&account.queries, q->self);
	if (q->secret != NULL)
		freezero(q->secret, strlen(q->secret));
	free(q);
}

/* The asker may ask anew from within, so the query is gone before. */
static void
query_end(struct query *q, enum back_status status)
{
	const struct account_client *client = q->client;
	uint64_t ref = q->ref;
	uint32_t tag = q->tag;

	query_free(q);
	client->done(ref, tag, status);
}

/*
 * Asks the next module.  1 asked, 0 there is none, -1 not now.  The module is
 * asked by place; one that can not take the question counts as one that failed.
 */
static int
query_next(struct query *q)
{
	const struct order *ord = &q->order;
	const struct worker_question question = {q->what, q->key, q->secret};

	if (q->pos >= ord->count)
		return 0;
	return worker_ask(ord->module[q->pos++], &question,
		   &account_worker[q->client->bulk], q->self) == -1 ?
	    -1 :
	    1;
}

/* As Def! has it for this question; a module that is not loaded: as in
 * selor.conf. */
static void
account_order_for(
    struct order *ord, enum back_what what, const struct overlay *changed)
{
	const enum option_id id = account_seq[what];
	const struct options *o = proc_options();
	const char *bad;

	if (!overlay_has(changed, id) ||
	    account_order(ord, o, overlay_text(changed, o, id), &bad) == -1)
		*ord = account.order[what];
}

/*
 * 1: no module is named for that kind, so nobody can say yes or no; what that
 * means is the asker's to decide.  -1: not now.
 */
int
account_ask(enum back_what what, const char *key,
    const struct account_client *client, const struct account_asker *asker)
{
	size_t len = strlen(key) + 1;
	struct order order;
	struct query *q;

	account_order_for(&order, what, asker->options);
	if (order.count == 0)
		return 1;
	if ((q = malloc(sizeof(*q) + len)) == NULL)
		return -1;
	q->self = 0;
	q->secret = NULL;
	q->client = client;
	q->ref = asker->ref;
	q->tag = asker->tag;
	q->order = order;
	q->what = what;
	q->pos = 0;
	q->bad = q->any = false;
	memcpy(q->key, key, len);
	if ((asker->secret != NULL &&
		(q->secret = strdup(asker->secret)) == NULL) ||
	    (q->self = slot_add(&account.queries, q)) == 0 ||
	    query_next(q) != 1) {
		query_free(q);
		return -1;
	}
	return 0;
}

/*
 * A module that fails ends the question: the next one's "no" would make an
 * unknown user of one whose table can not be read.
 */
static void
account_done(uint64_t ref, enum back_status status)
{
	struct query *q = slot_get(&account.queries, ref);
	int next;

	if (q == NULL)
		return;
	if (q->bad)
		status = BACK_TEMP;
	if (status == BACK_YES && q->what == BACK_LIST)
		q->any = true;
	if (status == BACK_TEMP ||
	    (status == BACK_YES && q->what != BACK_LIST)) {
		query_end(q, status);
		return;
	}
	if ((next = query_next(q)) == 1)
		return;
	query_end(q, next == -1 ? BACK_TEMP : q->any ? BACK_YES : BACK_NO);
}

/*
 * What a module says is judged here before anybody sees it: it may be a
 * database that others write to.  A query with one bad row fails as a whole,
 * since the rest may be cut or shifted.
 */
static void
account_row(uint64_t ref, const struct msg_back_row *in)
{
	struct query *q = slot_get(&account.queries, ref);
	struct account_row row;
	struct monotime now;
	const char *why;

	if (q == NULL || q->bad)
		return;
	why = account_row_parse(&row, q->what, in);
	if (why == NULL) {
		q->client->row(q->ref, q->tag, &row);
		return;
	}
	q->bad = true;
	now = monotime_now();
	if (account.warned.us == 0 ||
	    monotime_diff_ms(now, account.warned) > ACCOUNT_WARN_MS) {
		account.warned = now;
		log_warnx("module %s answers for %s: %s",
		    worker_name(q->order.module[q->pos - 1]), q->key, why);
	}
}
