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
 * selorctl rules explain: an event told step by step to an administrator's
 * client.  Nothing is run, sent or written unless he asks for it.
 *
 * The query is "key=value" words, octets of values as %XX: event, file (the
 * rules in place of the option's), real ("1": run in earnest), and facts,
 * see explain_facts.h.  Each answer is a line of key=value words; the first
 * says what it is about: at=event, line, item, effect, warning, verdict, or
 * error, where the query was wrong.
 */
#ifndef RULED_EXPLAIN_H
#define RULED_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

struct peer;

/* Runs at once, seconds that one may take, lines of rules told of. */
#define EXPLAIN_MAX 16
#define EXPLAIN_SECONDS_MAX 50
#define EXPLAIN_LINES_MAX 5000

/* Answers the call, now or later. */
void explain_start(
    struct peer *peer, uint64_t ref, const char *query, bool may_change);
/* The client has gone, and what it asked for ends. */
void explain_gone(struct peer *peer);

#endif
