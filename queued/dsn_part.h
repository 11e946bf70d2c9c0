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
 * dsn_part.h: the parts of a notification.
 */

#ifndef QUEUED_DSN_PART_H
#define QUEUED_DSN_PART_H

#include "dsn.h"

/* Does it need the forms of RFC 6533? */
bool dsn_part_is_global(const struct dsn *);
/* The recipients and what is known of each, for people. */
void dsn_part_list(struct out *, const struct dsn *);
/* Each part with its boundary and header on top. */
void dsn_part_people(struct out *, const struct dsn *, const struct out *text);
void dsn_part_status(struct out *, const struct dsn *, bool global);
void dsn_part_original(
    struct out *, const struct dsn *, enum dsn_action gist, bool global);

#endif
