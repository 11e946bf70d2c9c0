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
 * What explain shall suppose: the query's words as facts of a session.
 */
#ifndef RULED_EXPLAIN_FACTS_H
#define RULED_EXPLAIN_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "policy.h"

/* Octets and words of a query. */
#define EXPLAIN_QUERY_MAX 8192
#define EXPLAIN_WORDS_MAX 256

struct explain_word {
	const char *key, *value; /* in the query's text */
};

struct explain_query {
	char text[EXPLAIN_QUERY_MAX + 1];
	struct explain_word word[EXPLAIN_WORDS_MAX];
	size_t count;
	enum rule_event event;
	const char *rules; /* NULL: those of the option */
	bool is_real;
};

/* 0, or -1 with the reason (size octets). */
int explain_query(
    struct explain_query *q, const char *text, char *why, size_t size);
/*
 * Tells the session ip, name, helo, login, auth, mark, hits, option, from,
 * size, id, spool, reply, spf, lists, status, output and rcpt: the last is
 * the current one, those before were accepted.  As explain_query.
 */
int explain_facts(
    struct policy *p, const struct explain_query *q, char *why, size_t size);

#endif
