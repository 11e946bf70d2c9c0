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
 * One address of an expansion: is its domain local, is it a mailbox, is it
 * an alias, else without its tag, else the default aliases.  All that may
 * matter is asked at once, and decided when all answers of a stage are in.
 * selor-flows.md section 3, A40, A56.
 */
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "address.h"
#include "log.h"
#include "option.h"
#include "proc.h"
#include "rcpt.h"

/* What a stage came to. */
enum node_verdict {
	NODE_DONE, /* the address needs no more */
	NODE_AGAIN, /* the same stage, for more */
	NODE_NEXT /* nothing found: the next stage */
};

static void node_row(uint64_t, uint32_t, const struct account_row *);
static void node_answered(uint64_t, uint32_t, enum back_status);
static bool node_advance(struct rcpt *, struct node *);

/* The recipient itself is asked about like others; its members wait behind. */
static const struct account_client node_client = {
    false, node_row, node_answered};
static const struct account_client node_member = {
    true, node_row, node_answered};

/* The domain that was found remote last.  Of one that is, no more than that
 * will be wanted: a guess that only saves questions. */
static char last_remote[256];

/* Also counts them down: r->held bounds what one expansion may keep. */
static void
targets_clear(struct rcpt *r, struct targets *list)
{
	struct target *t;

	while ((t = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, entry);
		r->held--;
		free(t);
	}
}

/* Its questions are all answered, or the whole ends with it. */
void
node_free(struct rcpt *r, struct node *n)
{
	int i;

	for (i = 0; i < NODE_ASKS; i++)
		targets_clear(r, &n->targets[i]);
	if (r->active[n->slot] == n) {
		r->active[n->slot] = NULL;
		r->actives--;
	}
	free(n);
}

/*
 * An answer that can be given at once counts as if it had come.  The tag
 * carries the node's slot and which of its questions it is; the ref alone finds
 * the recipient's question.
 */
static void
node_ask(struct rcpt *r, struct node *n, enum node_ask ask, enum back_what what,
    const char *key)
{
	const struct account_asker asker = {r->q.self,
	    (uint32_t)n->slot << 8 | (uint32_t)ask, r->options, NULL};
	int result = account_ask(
	    what, key, n->depth > 0 ? &node_member : &node_client, &asker);

	n->status[ask] = result == -1 ? BACK_TEMP : BACK_NO;
	if (result == 0)
		n->open++;
}

/* NULL: the question or the address is over. */
static struct node *
node_of(struct rcpt *r, uint32_t tag)
{
	if (r == NULL || tag >> 8 >= RCPT_ACTIVE_MAX ||
	    (tag & 0xff) >= NODE_ASKS)
		return NULL;
	return r->active[tag >> 8];
}

/* Keeps a target until its node knows whether it counts. */
static void
node_row(uint64_t ref, uint32_t tag, const struct account_row *row)
{
	struct rcpt *r = question_get(ref);
	struct node *n = node_of(r, tag);
	const char *text;
	struct target *t;
	size_t len;

	if (n == NULL || r->failed != LOOK_OK)
		return;
	if ((tag & 0xff) == ASK_MAILBOX && !n->is_list) {
		n->over = account_is_over(row);
		return;
	}
	if (r->held + r->looked + r->count > RCPT_TARGETS_MAX) {
		rcpt_fail(r, LOOK_LOOP);
		return;
	}
	text = row->domain[0] != '\0' ? row->domain : row->address.text;
	len = strlen(text) + 1;
	if ((t = malloc(sizeof(*t) + len)) == NULL) {
		rcpt_fail(r, LOOK_TEMP);
		return;
	}
	t->broadcast = row->domain[0] != '\0';
	memcpy(t->text, text, len);
	STAILQ_INSERT_TAIL(&n->targets[tag & 0xff], t, entry);
	r->held++;
}

/* May end the whole question: r is not to be used after rcpt_run. */
static void
node_answered(uint64_t ref, uint32_t tag, enum back_status status)
{
	struct rcpt *r = question_get(ref);
	struct node *n = node_of(r, tag);

	if (n == NULL)
		return;
	n->status[tag & 0xff] = (uint8_t)status;
	if (--n->open > 0 && r->failed == LOOK_OK)
		return;
	if (r->failed == LOOK_OK && node_advance(r, n))
		node_free(r, n);
	rcpt_run(r);
}

/* Takes the targets of one answer as further addresses. */
static void
node_take(struct rcpt *r, struct node *n, enum node_ask ask)
{
	bool broadcasts = rcpt_num(r, OPT_ALLOW_BROADCASTS);
	struct address a, own;
	struct target *t;

	if (n->depth == 0 && r->kind == ADDRESS_UNKNOWN)
		r->kind = ADDRESS_ALIAS;
	(void)address_parse(&own, n->text, strlen(n->text), ADDRESS_INTERNAL);
	STAILQ_FOREACH(t, &n->targets[ask], entry)
	{
		if (r->failed != LOOK_OK)
			break;
		if (t->broadcast) {
			if (broadcasts)
				rcpt_push(r, t->text, n->depth + 1u, true);
			else
				log_warnx("%s: broadcast to @%s is not allowed",
				    n->text, t->text);
			continue;
		}
		/* A name alone is one of the alias's own domain. */
		if (address_parse(&a, t->text, strlen(t->text),
			ADDRESS_INTERNAL) != ADDRESS_OK ||
		    (address_is_bare(&a) &&
			address_set_domain(&a, address_domain(&own)) == -1))
			continue;
		rcpt_push(r, a.text, n->depth + 1u, false);
	}
	targets_clear(r, &n->targets[ask]);
}

/*
 * A mailbox was found.  A mailbox among the members of an alias is delivered
 * to, full or not: only the recipient that the client named can be refused for
 * it.
 */
static void
node_mailbox(struct rcpt *r, struct node *n)
{
	if (n->depth == 0) {
		r->kind = ADDRESS_MAILBOX;
		r->over = n->over;
	}
	rcpt_emit(r, ROUTE_LOCAL,
	    n->depth == 0 ? ADDRESS_MAILBOX : ADDRESS_ALIAS, n->text);
}

static const char *
node_domain(const struct node *n)
{
	return strrchr(n->text, '@') + 1;
}

/* The domain is not ours. */
static enum node_verdict
node_remote(struct rcpt *r, struct node *n)
{
	strlcpy(last_remote, node_domain(n), sizeof(last_remote));
	if (n->depth == 0)
		rcpt_fail(r, LOOK_REMOTE);
	else if (r->guessed && n->depth == 1) {
		n->stage = NODE_DEFAULT;
		return NODE_NEXT;
	} else
		rcpt_emit(r, ROUTE_REMOTE, ADDRESS_ALIAS, n->text);
	return NODE_DONE;
}

/* Answers about an address, with or without its tag, are in. */
static enum node_verdict
node_decide_address(struct rcpt *r, struct node *n)
{
	const uint8_t *s = n->status;

	if (s[ASK_DOMAIN] == BACK_NO)
		return node_remote(r, n);
	if (s[ASK_DOMAIN] == BACK_TEMP || s[ASK_MAILBOX] == BACK_TEMP) {
		rcpt_fail(r, LOOK_TEMP);
		return NODE_DONE;
	}
	strlcpy(r->local_domain, node_domain(n), sizeof(r->local_domain));
	if (n->only_domain) {
		n->only_domain = false;
		last_remote[0] = '\0';
		return NODE_AGAIN;
	}
	if (s[ASK_MAILBOX] == BACK_YES) {
		node_mailbox(r, n);
		if (!rcpt_num(r, OPT_FORCE_ALIAS_SEEK))
			return NODE_DONE;
	}
	if (s[ASK_ALIAS] == BACK_TEMP) {
		rcpt_fail(r, LOOK_TEMP);
		return NODE_DONE;
	}
	if (s[ASK_ALIAS] == BACK_YES)
		node_take(r, n, ASK_ALIAS);
	return s[ASK_ALIAS] == BACK_YES || s[ASK_MAILBOX] == BACK_YES ?
	    NODE_DONE :
	    NODE_NEXT;
}

/* Whether the option Postmaster says more than the node's own address. */
static bool
node_postmaster(const struct node *n, struct address *a)
{
	const char *to = option_text(proc_options(), OPT_POSTMASTER);
	struct address own;

	return option_is_set(proc_options(), OPT_POSTMASTER) &&
	    address_parse(&own, n->text, strlen(n->text), ADDRESS_INTERNAL) ==
	    ADDRESS_OK &&
	    address_parse(a, to, strlen(to), ADDRESS_UTF8) == ADDRESS_OK &&
	    !address_equal_fold(a, &own);
}

/*
 * Each of our domains has a postmaster, and so has the server itself (RFC
 * 5321 section 4.5.1), though no table names one: whom the option names, and
 * where it names nobody the first mailbox there is.  A server without any
 * mailbox asks to try again, until the administrator has set the option.
 */
static enum node_verdict
node_decide_first(struct rcpt *r, struct node *n)
{
	const struct target *t = STAILQ_FIRST(&n->targets[ASK_ALIAS]);
	struct address a;

	if (n->depth == 0)
		r->kind = ADDRESS_ALIAS;
	if (node_postmaster(n, &a))
		rcpt_push(r, a.text, n->depth + 1u, false);
	else if (n->status[ASK_ALIAS] == BACK_TEMP)
		rcpt_fail(r, LOOK_TEMP);
	else if (t == NULL) {
		log_warnx("set Postmaster: mail for %s finds no way", n->text);
		rcpt_fail(r, LOOK_TEMP);
	} else {
		log_warnx("set Postmaster: mail for %s goes to %s, the first "
			  "mailbox",
		    n->text, t->text);
		if (rcpt_is_new(r, t->text))
			rcpt_emit(r, ROUTE_LOCAL, ADDRESS_ALIAS, t->text);
	}
	return NODE_DONE;
}

/* The default aliases: that of the domain counts before that of all. */
static enum node_verdict
node_decide_default(struct rcpt *r, struct node *n)
{
	static const enum node_ask order[] = {ASK_ALIAS, ASK_DEFAULT};
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (n->status[order[i]] == BACK_TEMP) {
			rcpt_fail(r, LOOK_TEMP);
			return NODE_DONE;
		}
		if (n->status[order[i]] == BACK_YES) {
			node_take(r, n, order[i]);
			return NODE_DONE;
		}
	}
	return NODE_NEXT;
}

/*
 * All addresses of a domain, each a mailbox of its own.  Rows of another domain
 * are passed over: a module that lists too much does not widen a broadcast.
 */
static enum node_verdict
node_decide_list(struct rcpt *r, struct node *n)
{
	bool force = rcpt_num(r, OPT_FORCE_ALIAS_SEEK);
	struct target *t;

	if (n->status[ASK_MAILBOX] == BACK_TEMP ||
	    n->status[ASK_DOMAIN] == BACK_TEMP)
		rcpt_fail(r, LOOK_TEMP);
	else if (n->status[ASK_DOMAIN] == BACK_NO)
		log_warnx("%s: broadcast to a domain that is not ours: %s",
		    r->root, n->text);
	else
		STAILQ_FOREACH(t, &n->targets[ASK_MAILBOX], entry)
		{
			if (strcmp(strrchr(t->text, '@') + 1, n->text) != 0)
				continue;
			if (force)
				rcpt_push(r, t->text, n->depth + 1u, false);
			else if (rcpt_is_new(r, t->text))
				rcpt_emit(
				    r, ROUTE_LOCAL, ADDRESS_ALIAS, t->text);
		}
	return NODE_DONE;
}

/*
 * Asks what the stage wants to know.  False: nothing to ask.  Asks ahead what
 * later decisions of the stage may want, for a round trip costs more than a
 * question.  The domain is asked for once a recipient; for one that was remote
 * a moment ago it is asked alone.
 */
static bool
node_ask_stage(struct rcpt *r, struct node *n)
{
	char key[ADDRESS_MAX + 2];
	struct address a;
	const char *at;

	memset(n->status, BACK_NO, sizeof(n->status));
	if (n->stage == NODE_LIST) {
		node_ask(r, n, ASK_DOMAIN, BACK_DOMAIN, n->text);
		node_ask(r, n, ASK_MAILBOX, BACK_LIST, n->text);
		return true;
	}
	if (address_parse(&a, n->text, strlen(n->text), ADDRESS_INTERNAL) !=
		ADDRESS_OK ||
	    (at = strrchr(a.text, '@')) == NULL)
		return false;
	n->status[ASK_DOMAIN] = BACK_YES;
	if (n->stage == NODE_FIRST) {
		if (!address_is_postmaster(&a) &&
		    !(r->postmaster && n->depth == 1))
			return false;
		if (!node_postmaster(n, &a))
			node_ask(r, n, ASK_ALIAS, BACK_FIRST, "");
		return true;
	}
	if (n->stage == NODE_DEFAULT) {
		if (!option_num(proc_options(), OPT_SEEK_DF_ALIAS))
			return false;
		strlcpy(key, at, sizeof(key));
		node_ask(r, n, ASK_ALIAS, BACK_ALIAS, key);
		node_ask(r, n, ASK_DEFAULT, BACK_ALIAS, "@");
		return true;
	}
	if (n->stage == NODE_BASE && !account_base(key, &a))
		return false;
	if (n->stage == NODE_EXACT)
		account_key(key, &a);
	if (strcmp(r->local_domain, at + 1) != 0)
		node_ask(r, n, ASK_DOMAIN, BACK_DOMAIN, at + 1);
	n->only_domain = strcmp(last_remote, at + 1) == 0;
	if (n->only_domain)
		return true;
	node_ask(r, n, ASK_MAILBOX, BACK_MAILBOX, key);
	node_ask(r, n, ASK_ALIAS, BACK_ALIAS, key);
	return true;
}

/* Decides the stage whose answers are in. */
static enum node_verdict
node_decide(struct rcpt *r, struct node *n)
{
	switch ((enum node_stage)n->stage) {
	case NODE_EXACT:
	case NODE_BASE:
		return node_decide_address(r, n);
	case NODE_DEFAULT:
		return node_decide_default(r, n);
	case NODE_FIRST:
		return node_decide_first(r, n);
	case NODE_LIST:
		return node_decide_list(r, n);
	}
	return NODE_DONE;
}

/* No stage found anything. */
static void
node_unknown(struct rcpt *r, struct node *n)
{
	if (n->depth > 0)
		log_warnx("%s: an alias leads to %s, which is nobody here",
		    r->root, n->text);
}

/* Goes on from a stage whose answers are all in.  True: done. */
static bool
node_advance(struct rcpt *r, struct node *n)
{
	enum node_verdict verdict;

	while (n->open == 0) {
		verdict = node_decide(r, n);
		if (verdict == NODE_DONE || r->failed != LOOK_OK)
			return true;
		if (verdict == NODE_AGAIN && node_ask_stage(r, n))
			continue;
		do {
			if (n->stage == NODE_FIRST) {
				node_unknown(r, n);
				return true;
			}
			n->stage++;
		} while (!node_ask_stage(r, n));
	}
	return false;
}

/* True: the address needed no question, or all could be decided at once. */
bool
node_start(struct rcpt *r, struct node *n)
{
	if (!node_ask_stage(r, n))
		return true;
	return node_advance(r, n);
}
