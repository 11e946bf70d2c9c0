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
 * A question that lookupd works on for another daemon: who asked, under
 * which ref, and a ref of our own by which answers of workers and of DNS
 * find it again.  A question whose asker has gone is freed; answers that
 * come later find nothing.
 */
#ifndef QUESTION_H
#define QUESTION_H

#include <stddef.h>
#include <stdint.h>

#include "msg.h"
#include "peer.h"

/* At the same time; one more is a temporary failure. */
#define QUESTIONS_MAX 8192

/* The first member of every kind of question. */
struct question {
	struct peer *asker;
	uint64_t ref; /* of the asker's call */
	uint64_t self; /* ours */
	enum msg_type answ; /* the type of the answer */
	void (*clear)(struct question *); /* frees what it holds, or NULL */
};

struct question_counts {
	uint64_t asked, answered, temp, refused, dropped;
	uint32_t open;
};

void questions_init(void);
/*
 * Makes a zeroed object of that size (its first member a struct question).
 * NULL: too many; the caller answers with a temporary failure.
 */
void *
question_new(size_t size, struct peer *asker, uint64_t ref, enum msg_type answ);
/* The question of a ref of ours, or NULL when it has gone. */
void *question_get(uint64_t self);
/* Sends an item of the answer.  -1: not sent, and an answer that counts it
 * would be a lie: the question is to end as failed. */
int question_item(struct question *, enum msg_type, const union msg *);
/* Sends the answer and frees the question. */
void question_end(struct question *, const union msg *);
/* Answers without a question: for what needs no waiting. */
void
question_answer(struct peer *, enum msg_type, uint64_t ref, const union msg *);
/* An asker has gone: its questions go too. */
void questions_gone(const struct peer *asker);

struct question_counts *question_counts(void);

#endif
