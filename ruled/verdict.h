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
 * The end of an event: what the asker is told.  A14 to A20 of the grammar
 * page, "Replies and verdicts" of selor.rules(5).
 */
#ifndef RULED_VERDICT_H
#define RULED_VERDICT_H

#include <stddef.h>

#include "run.h"

/* Settles run->verdict and completes run->reply; "" leaves it to the asker. */
void verdict_finish(struct run *run);

/*
 * Completes the reply that refuses a DATA to come (Data_reply!): "code text"
 * into out of RUN_REPLY_MAX octets.
 */
void verdict_data_reply(
    const struct run *run, const char *text, char *out, size_t size);

#endif
