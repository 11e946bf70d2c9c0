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
 * What rules said of how a task goes out: Mx_dest!, Mx_auth!, Mx_source!,
 * So_mark!, and those of the options changed by Def! that all messages of a
 * connection must agree on.  Tasks share connections only where their ways
 * are the same.  NULL is the way of mail that no rule has touched.
 */
#ifndef WAY_H
#define WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "msg.h"
#include "option.h"
#include "overlay.h"

#include "scram.h"

struct way {
	unsigned int refs;
	char *host; /* of Mx_dest!: a name or an address; NULL: none */
	uint16_t port;
	char *user, *password; /* of Mx_auth!; NULL: none */
	struct msg_addr source; /* of Mx_source!; family 0: none */
	uint32_t mark; /* of So_mark!; 0: none */
	struct overlay *options;
	const char *bad; /* what of it can not be done; NULL: all can */
	struct scram_salted salted; /* what the last login computed */
};

struct way *way_ref(struct way *); /* of NULL, too */
void way_unref(struct way *); /* the last one wipes it; NULL is fine */

/*
 * Takes one DLV_ROUTE.  *w is made when needed; it must not be shared yet.
 * What can not be read makes the way bad, for mail must not go out another
 * way than was said.  -1: no memory.
 */
int way_set(struct way **w, uint8_t what, const char *text, const char *secret);
/* Keeps those options that connections have in common.  -1: no memory. */
int way_set_options(struct way **w, const struct overlay *);
/* Only the options are left: the mail stays here. */
void way_drop_route(struct way **w);

/* <0, 0, >0: an order of all ways; 0: connections may be shared. */
int way_compare(const struct way *, const struct way *);
/* Mx_auth!: a connection has to log in first. */
bool way_has_login(const struct way *);

/* Options as they are for this way. */
int64_t way_num(const struct way *, enum option_id);
const struct overlay *way_options(const struct way *);

#endif
