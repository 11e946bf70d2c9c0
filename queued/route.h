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
 * route.h: where and as whom a recipient is sent, as rules said: Mx_dest!,
 * Mx_auth!, Mx_source!, So_mark!, Fchange! and Srs!.  Each recipient has its
 * own in the message; what holds for all of a message on its way in, or for
 * one run, is a struct routes, and counts where there is no own one (A30).
 */

#ifndef QUEUED_ROUTE_H
#define QUEUED_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "entry.h"
#include "rule_enums.h"

/* Stored for the null sender, as "" is the message's own. */
#define ROUTE_NULL_SENDER "<>"
/* "host port" at most: the destination of a task. */
#define ROUTE_DEST_MAX 319

struct routes {
	char *text[ROUTE_WHAT_COUNT]; /* owned, NULL: not set */
	uint32_t so_mark;
};

/* Takes a word of the rules over; the secret is that of Mx_auth!, else "".
 * -1: not as it should be, or no memory; nothing changed. */
int routes_set(
    struct routes *, enum route_what, const char *text, const char *secret);
void routes_clear(struct routes *); /* wiped */
bool routes_is_empty(const struct routes *);

/* The same for one recipient of a message. */
int route_set(struct message *, struct recipient *, enum route_what,
    const char *const text[2]);
/* Gives a recipient what it has not of its own; -1: no memory. */
int route_inherit(struct message *, struct recipient *, const struct routes *);

/*
 * What holds for a recipient in this run: "" and 0 where nothing does.
 * Mx_auth is "user LF password".
 */
const char *
route_text(const struct entry *, const struct recipient *, enum route_what);
uint32_t route_mark(const struct entry *, const struct recipient *);
/* The envelope sender that it is sent with, and gets the reports. */
const char *route_sender(const struct entry *, const struct recipient *);
const char *route_sender_of(const struct message *, const struct recipient *);
/* Mail for it stays here: no rule sends it elsewhere. */
bool route_is_local(const struct entry *, const struct recipient *);
/* May both travel in one task, their destination being the same? */
bool route_is_same(
    const struct entry *, const struct recipient *, const struct recipient *);
/* One line: no byte that could end one. */
bool route_is_line(const char *);

#endif
