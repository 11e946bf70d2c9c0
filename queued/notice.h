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
 * notice.h: warnings to the Postmaster: from the null sender, never
 * reported on, gathered and sent at most once per NOTICE_PAUSE.
 */

#ifndef QUEUED_NOTICE_H
#define QUEUED_NOTICE_H

#include "message.h"

/* Seconds between two messages to the Postmaster. */
#define NOTICE_PAUSE 600

/* Adds one line about a message (NULL: about the queue itself): what is
 * the case, and why. */
void notice_add(const struct message *, const char *what, const char *why);
/* About once a second: sends what has gathered. */
void notice_tick(int64_t now);

#endif
