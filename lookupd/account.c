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

#include "domain.h"
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
/* Bytes with their NUL, as messages.def and the parent have them. */
#define ACCOUNT_USER_MAX 64
#define ACCOUNT_PATH_MAX 1024

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

/* Full means that not one octet is left: a quota of 0 is none. */
bool
account_is_over(const struct account_row *row)
{
	return row->quota > 0 && row->used >= row->quota;
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

/* The asker may ask anew from within, so the query is gone before. */
static void
query_end(struct query *q, enum back_status status)
{
	const struct account_client *client = q->client;
	uint64_t ref = q->ref;
	uint32_t tag = q->tag;

	slot_remove(&account.queries, q->self);
	free(q);
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

	if (q->pos >= ord->count)
		return 0;
	return worker_ask(ord->module[q->pos++], q->what, q->key,
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
	q->client = client;
	q->ref = asker->ref;
	q->tag = asker->tag;
	q->order = order;
	q->what = what;
	q->pos = 0;
	q->bad = q->any = false;
	memcpy(q->key, key, len);
	if ((q->self = slot_add(&account.queries, q)) == 0) {
		free(q);
		return -1;
	}
	if (query_next(q) != 1) {
		slot_remove(&account.queries, q->self);
		free(q);
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

/* Names of users as they pass to the parent, which looks them up. */
static bool
account_is_user(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len < ACCOUNT_USER_MAX && *s != '-' && *s != '.' &&
	    strspn(s,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

/* Absolute, printable, and without a step upward. */
static bool
account_is_path(const char *s)
{
	const char *p;

	if (*s != '/' || strlen(s) >= ACCOUNT_PATH_MAX)
		return false;
	for (p = s; *p != '\0'; p++) {
		if ((uint8_t)*p < 0x20 || *p == 0x7f)
			return false;
		if (strncmp(p, "/..", 3) == 0 && (p[3] == '/' || p[3] == '\0'))
			return false;
	}
	return true;
}

/* A row as a module gave it into what the rest of lookupd may believe.
 * NULL, or what is wrong with it. */
static const char *
account_convert(
    enum back_what what, const struct msg_back_row *in, struct account_row *out)
{
	size_t len = strlen(in->address);

	memset(out, 0, sizeof(*out));
	switch (what) {
	case BACK_MAILBOX:
	case BACK_AUTH:
		if (!account_is_user(in->user))
			return "no name of a user";
		if (!account_is_path(in->home))
			return "no path of a home";
		if (*in->dlocal != '\0' && !account_is_path(in->dlocal))
			return "no path of a program";
		out->user = in->user;
		out->home = in->home;
		out->dlocal = in->dlocal;
		out->quota = in->quota;
		out->used = in->used;
		return NULL;
	case BACK_ALIAS:
		if (in->address[0] == '@')
			return domain_parse(out->domain, in->address + 1,
				   len - 1, DOMAIN_UTF8) == -1 ?
			    "no domain of a broadcast" :
			    NULL;
		return address_parse(&out->address, in->address, len,
			   ADDRESS_UTF8 | ADDRESS_BARE | ADDRESS_LONG) !=
			ADDRESS_OK ?
		    "no address of a target" :
		    NULL;
	case BACK_LIST:
	case BACK_FIRST:
		return address_parse(&out->address, in->address, len,
			   ADDRESS_UTF8 | ADDRESS_LONG) != ADDRESS_OK ?
		    "no address in a list" :
		    NULL;
	case BACK_DOMAIN:
		break;
	}
	return "a row that was not asked for";
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
	why = account_convert(q->what, in, &row);
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
