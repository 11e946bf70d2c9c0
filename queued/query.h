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
 * query.h: which messages an administrator means: the words of a query.
 */

#ifndef QUEUED_QUERY_H
#define QUEUED_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

#define QUERY_TEXT_MAX 320

enum query_state {
	QUERY_ANY,
	QUERY_PENDING, /* some recipient was never tried */
	QUERY_DEFERRED, /* some recipient failed for now */
	QUERY_HELD,
	QUERY_FAILED /* some recipient failed for good */
};

struct query {
	uint64_t id; /* 0: any */
	uint64_t after; /* only ids above */
	int64_t older; /* seconds; 0: any */
	uint32_t limit; /* lines */
	enum query_state state;
	bool has_sender, has_domain;
	bool is_all; /* said in so many words */
	char sender[QUERY_TEXT_MAX]; /* "" or "<>": the null sender */
	char domain[QUERY_TEXT_MAX];
};

/*
 * Parses words separated by blanks: an id, or id=ID after=ID sender=ADDRESS
 * rcpt-domain=DOMAIN older=SECONDS state=WORD limit=N all.  0, or -1.
 */
int query_parse(struct query *, const char *text);
/* Does it say anything beside after and limit? */
bool query_is_given(const struct query *);
bool query_matches(const struct query *, const struct message *, int64_t now);
/* The state shown for a message: one word. */
const char *query_state_name(const struct message *);

#endif
