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
 * Questions about recipients; see asked.h.
 */
#include "asked.h"

#include <stdlib.h>
#include <string.h>

#include "smtpd.h"

/* Their ways belong to the transaction and stay. */
static void
drop_found(struct asked *q)
{
	struct target *x;

	while ((x = TAILQ_FIRST(&q->found)) != NULL) {
		TAILQ_REMOVE(&q->found, x, link);
		free(x);
	}
	q->found_count = 0;
}

/* The parser has checked the form; one that is longer than we keep is left out,
 * as no report could hold it. */
static size_t
orcpt_len(const struct asked_options *o)
{
	if (o->orcpt.p == NULL || o->orcpt.len > ORCPT_MAX)
		return 0;
	return o->orcpt.len;
}

/* Holds copies of all that it is asked about: by the time of the answer the
 * command's line is gone. NULL: no memory, or no ref. */
struct asked *
asked_new(
    uint64_t session, const struct address *a, const struct asked_options *o)
{
	struct asked *q;
	size_t len = orcpt_len(o);

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return NULL;
	if ((q->ref = slot_add(&env.asked, q)) == 0) {
		free(q);
		return NULL;
	}
	TAILQ_INIT(&q->found);
	q->session = session;
	q->address = *a;
	q->notify = (uint8_t)o->notify;
	if (len > 0)
		memcpy(q->orcpt, o->orcpt.p, len);
	return q;
}

/* An answer that comes later finds no ref. Takes NULL. */
void
asked_free(struct asked *q)
{
	if (q == NULL)
		return;
	slot_remove(&env.asked, q->ref);
	drop_found(q);
	free(q->given);
	free(q);
}

bool
asked_is(const struct asked *q, const struct address *a,
    const struct asked_options *o)
{
	size_t len = orcpt_len(o);

	return strcmp(q->address.text, a->text) == 0 &&
	    q->notify == o->notify && strlen(q->orcpt) == len &&
	    (len == 0 || memcmp(q->orcpt, o->orcpt.p, len) == 0);
}

/* One more target, from lookupd: no number of them is believed, and what was
 * asked ahead is cut early and asked again in its turn. */
void
asked_found(struct asked *q, uint8_t route, uint8_t kind, const char *address)
{
	const char *original = q->given != NULL ? q->given : q->address.text;
	size_t a = strlen(address) + 1, o = strlen(original) + 1;
	size_t size = a + o + strlen(q->orcpt) + 1;
	struct target *x;

	if (q->is_ahead && q->found_count >= AHEAD_TARGETS)
		q->is_cut = true;
	if (q->is_cut)
		return;
	if (q->found_count >= TARGETS_MAX || size > UINT16_MAX ||
	    (x = malloc(sizeof(*x) + size)) == NULL) {
		q->is_full = true;
		return;
	}
	x->route = route;
	x->kind = kind;
	x->notify = q->notify;
	x->way = NULL;
	x->original = (uint16_t)a;
	x->orcpt = (uint16_t)(a + o);
	memcpy(x->text, address, a);
	memcpy(x->text + a, original, o);
	memcpy(x->text + a + o, q->orcpt, size - a - o);
	TAILQ_INSERT_TAIL(&q->found, x, link);
	q->found_count++;
}

/* As if it had never been asked; the address stays. */
void
asked_forget(struct asked *q)
{
	drop_found(q);
	q->is_cut = q->is_full = false;
	q->state = ASKED_NOT;
}
