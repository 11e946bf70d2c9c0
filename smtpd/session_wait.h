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
 * What a session waits for.
 */
#ifndef SELOR_SESSION_WAIT_H
#define SELOR_SESSION_WAIT_H

#include <stdint.h>

#include "session.h"

/* Its input is not looked at until that has come. */
void session_wait_begin(struct session *s, enum session_wait wait);
/* The session of a ref if it waits for that, and now no more; else NULL. */
struct session *session_wait_end(uint64_t ref, enum session_wait wait);
/* What it waited for was dealt with: on with its input. */
void session_wait_resume(struct session *s);
/* queued has gone: messages under way are lost to it. */
void session_wait_queue_gone(void);
/* queued takes content again. */
void session_wait_queue_drained(void);

#endif
