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
 * The table of open questions.  It may assume that an asker's questions are
 * dropped (questions_gone) before its peer is freed.
 */
#include "question.h"

#include <stdlib.h>

#include "slot.h"

static struct slots questions;
static struct question_counts counts;

void
questions_init(void)
{
	slots_init(&questions, QUESTIONS_MAX);
}

static void
question_free(struct question *q)
{
	slot_remove(&questions, q->self);
	if (q->clear != NULL)
		q->clear(q);
	free(q);
	counts.open--;
}

void *
question_new(size_t size, struct peer *asker, uint64_t ref, enum msg_type answ)
{
	struct question *q;

	counts.asked++;
	if ((q = calloc(1, size)) == NULL)
		return NULL;
	if ((q->self = slot_add(&questions, q)) == 0) {
		counts.refused++;
		free(q);
		return NULL;
	}
	q->asker = asker;
	q->ref = ref;
	q->answ = answ;
	counts.open++;
	return q;
}

void *
question_get(uint64_t self)
{
	return slot_get(&questions, self);
}

int
question_item(struct question *q, enum msg_type type, const union msg *m)
{
	return peer_item(q->asker, type, q->ref, m, -1);
}

void
question_answer(
    struct peer *asker, enum msg_type type, uint64_t ref, const union msg *m)
{
	counts.answered++;
	(void)peer_answer(asker, type, ref, m, -1);
}

void
question_end(struct question *q, const union msg *m)
{
	question_answer(q->asker, q->answ, q->ref, m);
	question_free(q);
}

void
questions_gone(const struct peer *asker)
{
	struct question *q;
	uint32_t pos = 0;

	while ((q = slot_next(&questions, &pos)) != NULL) {
		if (q->asker != asker)
			continue;
		counts.dropped++;
		question_free(q);
	}
}

struct question_counts *
question_counts(void)
{
	return &counts;
}
