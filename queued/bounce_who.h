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
 * bounce_who.h: whom reports are about, and who gets them.
 */

#ifndef QUEUED_BOUNCE_WHO_H
#define QUEUED_BOUNCE_WHO_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

/* Who hears of a recipient; "": nobody. */
const char *bounce_who_to(const struct message *, const struct recipient *);
/* The first of whom something is to be said, or NULL. */
const struct recipient *bounce_who_first(const struct message *, int64_t now);
/* Is it time for the one delay warning? */
bool bounce_who_is_delayed(
    const struct message *, const struct recipient *, int64_t now);

#endif
