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
 * The content of a message from the client to queued: framing, limits,
 * header, in constant memory.
 */
#ifndef SELOR_CONTENT_H
#define SELOR_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "dot.h"
#include "session.h"
#include "transaction.h"

/* What is read and thrown away of a message that was given up. */
#define SWALLOW_CONTENT_MAX (64ull * 1024 * 1024)
/* A sender is forgiven slowness for the first of these, and measured over
 * the second; ms. */
#define RATE_GRACE 10000
#define RATE_WINDOW 60000

/* Begins: envelope and our Received field go to queued. */
void content_begin(struct session *s, enum dot_kind kind);
/* A chunk begins; one without octets ends here. */
void content_chunk_begin(struct session *s);
/* Takes content; returns how much of it was used: less than len when the
 * message ended, the chunk ended, or the session waits. */
size_t content_feed(struct session *s, const char *p, size_t len);
/* The message is given up; what is still to come is thrown away. */
void content_fail(struct session *s, enum fault f);
/* The sender is slower than Min_data_rate; asked from time to time. */
bool content_is_slow(struct session *s, int64_t now);
/* Starts the measure anew: the wait was ours. */
void content_rate_reset(struct session *s, int64_t now);

#endif
