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
 * What rules explain shall suppose of a session: as the user says, or as the
 * queue or Central_log still know.
 */

#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "settings.h"

/* Octets of a query, and facts in it: CTL_LIST takes no more. */
#define FACTS_QUERY_MAX 8192
#define FACTS_MAX 250

struct fact {
	char *key, *value; /* owned */
	bool is_given; /* by the user, not found */
};

struct facts {
	struct fact fact[FACTS_MAX];
	size_t count;
	size_t dropped; /* recipients for which there was no room */
};

/* Below: 0, or -1 after a line on stderr. */

/* "key=value" as the user has typed it. */
int facts_add_word(struct facts *f, const char *word);
/* A fact found out; one that the user gave stands instead. */
int facts_add(struct facts *f, const char *key, const char *value);
/* Those of a message in the queue. */
int facts_message(struct facts *f, struct settings *s, const char *id);
/* Those of a session in Central_log, as it was when it ended. */
int facts_session(struct facts *f, struct settings *s, const char *id);
/* What was found out of that kind is forgotten: all, or the last alone. */
void facts_forget(struct facts *f, const char *key);
void facts_drop(struct facts *f, const char *key);
/* As ruled reads them. */
int facts_query(const struct facts *f, char query[FACTS_QUERY_MAX]);
void facts_clear(struct facts *f);

#endif /* FACTS_H */
