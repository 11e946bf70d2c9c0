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
    "bare newline", "disk full", "denied", "internal"};

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
	TAILQ_INIT(&t->found);
	RB_INIT(&t->tree);
	t->content.fd = -1;
	return t;
}

static void
free_list(struct target_list *list)
{
	struct target *x;

	while ((x = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, x, link);
		free(x);
	}
}

void
transaction_free(struct transaction *t)
{
	if (t == NULL)
		return;
	transaction_answered(t);
	free_list(&t->targets);
	if (t->content.fd != -1)
		close(t->content.fd);
	free(t);
}

int
transaction_ask(struct transaction *t, const struct address *a)
{
	transaction_answered(t);
	if ((t->asked = calloc(1, sizeof(*t->asked))) == NULL)
		return -1;
	t->asked->address = *a;
	return 0;
}

void
transaction_answered(struct transaction *t)
{
	free_list(&t->found);
	t->found_count = 0;
	free(t->asked);
	t->asked = NULL;
}

int
transaction_found(
    struct transaction *t, uint8_t route, uint8_t kind, const char *address)
{
	const struct rcpt_asked *r = t->asked;
	size_t a = strlen(address) + 1, o = r->address.len + 1u;
	size_t size = a + o + strlen(r->orcpt) + 1;
	struct target *x;

	if (t->target_count + t->found_count >= TARGETS_MAX ||
	    size > UINT16_MAX || (x = malloc(sizeof(*x) + size)) == NULL) {
		t->asked->is_full = true;
		return -1;
	}
	x->route = route;
	x->kind = kind;
	x->notify = r->notify;
	x->original = (uint16_t)a;
	x->orcpt = (uint16_t)(a + o);
	memcpy(x->text, address, a);
	memcpy(x->text + a, r->address.text, o);
	memcpy(x->text + a + o, r->orcpt, size - a - o);
	TAILQ_INSERT_TAIL(&t->found, x, link);
	t->found_count++;
	return 0;
}

int
transaction_accept(struct transaction *t)
{
	struct target *x;

	if (t->asked->is_full)
		return -1;
	while ((x = TAILQ_FIRST(&t->found)) != NULL) {
		TAILQ_REMOVE(&t->found, x, link);
		if (RB_INSERT(target_tree, &t->tree, x) != NULL) {
			free(x);
			continue;
		}
		TAILQ_INSERT_TAIL(&t->targets, x, link);
		t->target_count++;
	}
	t->found_count = 0;
	t->rcpts++;
	return 0;
}
