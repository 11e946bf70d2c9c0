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
 * Memory of one mail transaction; see transaction.h.  A session has one from
 * MAIL to the end of the message and no longer: an idle session is small.
 */
#include "transaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const fault_names[] = {"none", "size", "header size", "hops",
    "bare newline", "disk full", "denied", "rules", "internal"};

/* Route and address: two aliases that lead to one mailbox deliver once. */
static int
target_compare(struct target *a, struct target *b)
{
	if (a->route != b->route)
		return a->route < b->route ? -1 : 1;
	return strcmp(a->text, b->text);
}

/* The static forms of the system's header warn of what is not used. */
#define UNUSED_STATIC static __attribute__((unused))
RB_PROTOTYPE_INTERNAL(
    target_tree, target, by_address, target_compare, UNUSED_STATIC)
RB_GENERATE_INTERNAL(
    target_tree, target, by_address, target_compare, UNUSED_STATIC)

struct transaction *
transaction_new(void)
{
	struct transaction *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	TAILQ_INIT(&t->targets);
	TAILQ_INIT(&t->ahead);
	RB_INIT(&t->tree);
	STAILQ_INIT(&t->headers);
	STAILQ_INIT(&t->copies);
	STAILQ_INIT(&t->ways);
	t->content.fd = -1;
	return t;
}

static void
free_targets(struct transaction *t)
{
	struct target *x;

	while ((x = TAILQ_FIRST(&t->targets)) != NULL) {
		TAILQ_REMOVE(&t->targets, x, link);
		free(x);
	}
}

void
transaction_free(struct transaction *t)
{
	if (t == NULL)
		return;
	transaction_answered(t);
	transaction_drop_ahead(t);
	free_targets(t);
	note_free_all(&t->headers);
	note_free_all(&t->copies);
	way_free_all(&t->ways);
	way_free(t->all);
	asked_free(t->sender_asked);
	free(t->data_reply);
	if (t->content.fd != -1)
		close(t->content.fd);
	free(t);
}

/* The next that was asked ahead is what is asked now, unless the options
 * have changed meanwhile or a command between them was refused. */
static struct asked *
take_ahead(struct transaction *t, const struct address *a,
    const struct asked_options *o)
{
	struct asked *q = TAILQ_FIRST(&t->ahead);

	if (q == NULL)
		return NULL;
	if (!asked_is(q, a, o)) {
		transaction_drop_ahead(t);
		return NULL;
	}
	TAILQ_REMOVE(&t->ahead, q, link);
	t->ahead_count--;
	q->is_ahead = false;
	return q;
}

int
transaction_ask(struct transaction *t, uint64_t session,
    const struct address *a, const struct asked_options *o)
{
	transaction_answered(t);
	if ((t->asked = take_ahead(t, a, o)) == NULL)
		t->asked = asked_new(session, a, o);
	return t->asked == NULL ? -1 : 0;
}

int
transaction_ask_anew(struct transaction *t, const struct address *a)
{
	struct asked *old = t->asked, *q;
	struct asked_options o = {
	    .notify = old->notify, .orcpt = {old->orcpt, strlen(old->orcpt)}};

	/* Its answer would find the new address under the old reference. */
	if ((q = asked_new(old->session, a, &o)) == NULL)
		return -1;
	q->given = old->given;
	old->given = NULL;
	t->asked = q;
	asked_free(old);
	return 0;
}

/* With or without success the question is over: nothing of it must hold for the
 * next recipient. */
void
transaction_answered(struct transaction *t)
{
	asked_free(t->asked);
	t->asked = NULL;
	way_free(t->way);
	way_free(t->far);
	t->way = t->far = NULL;
	t->is_srs = false;
	t->rcpt_relay = 0;
	t->is_accepted = false;
}

void
transaction_drop_ahead(struct transaction *t)
{
	struct asked *q;

	while ((q = TAILQ_FIRST(&t->ahead)) != NULL) {
		TAILQ_REMOVE(&t->ahead, q, link);
		asked_free(q);
	}
	t->ahead_count = 0;
}

/* One target more.  Who is one already gets the way that he had none of, but
 * is no copy. */
static void
add_target(struct transaction *t, struct target *x)
{
	struct way *way = t->way;
	struct target *same;

	if (t->far != NULL && x->route == ROUTE_REMOTE)
		way = t->far;
	x->way = way;
	if ((same = RB_INSERT(target_tree, &t->tree, x)) != NULL) {
		if (same->way == NULL && !way_has(way, ROUTE_COPY))
			same->way = way;
		free(x);
		return;
	}
	TAILQ_INSERT_TAIL(&t->targets, x, link);
	t->target_count++;
}

/* -1: more recipients than a message may have; none of these is taken, as half
 * an alias would be lost mail. */
static int
take_found(struct transaction *t)
{
	struct asked *q = t->asked;
	struct target *x;

	if (q->is_full || t->target_count + q->found_count > TARGETS_MAX)
		return -1;
	while ((x = TAILQ_FIRST(&q->found)) != NULL) {
		TAILQ_REMOVE(&q->found, x, link);
		add_target(t, x);
	}
	q->found_count = 0;
	if (t->way != NULL)
		STAILQ_INSERT_TAIL(&t->ways, t->way, link);
	if (t->far != NULL)
		STAILQ_INSERT_TAIL(&t->ways, t->far, link);
	t->way = t->far = NULL;
	return 0;
}

int
transaction_accept(struct transaction *t)
{
	if (take_found(t) == -1)
		return -1;
	t->rcpts++;
	return 0;
}

int
transaction_copy(struct transaction *t)
{
	if (way_set(&t->way, ROUTE_COPY, "", "") == -1)
		return -1;
	return take_found(t);
}
