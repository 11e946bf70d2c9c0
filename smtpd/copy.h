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
 * Cp!: where the copies of a message go.  Their addresses are resolved as
 * recipients are, but need no permission to relay and count for nothing.
 */
#ifndef SELOR_COPY_H
#define SELOR_COPY_H

#include <stdbool.h>

#include "session.h"

/* Copies of one message. */
#define COPIES_MAX 100

/* Whether the session now waits for lookupd; smtp_data_copied follows.  False:
 * there are none to ask about. */
bool copy_ask(struct session *s);
/* lookupd has answered about the one under way. */
void copy_answer(struct session *s);

#endif
