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
 * The dialogue with queued about one message.
 */
#ifndef SELOR_SUBMIT_H
#define SELOR_SUBMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session.h"

/* Asks for an id: WAIT_OPEN.  -1: queued is not there. */
int submit_open(struct session *s);
/* What an enum queue_status means here, an enum fault. */
int submit_fault(uint8_t status);
/* Tells of targets that were not told yet. */
int submit_targets(struct session *s);
/* Tells sender and recipients of a message that is open. */
int submit_envelope(struct session *s);
/* Content of at most CONTENT_PIECE.  An enum fault, FAULT_NONE if taken. */
int submit_content(struct session *s, const char *p, size_t len);
/* Asks for a descriptor: WAIT_FILE.  -1 as above. */
int submit_file(struct session *s);
/* Asks for the message to be made durable: WAIT_COMMIT.  -1 as above. */
int submit_commit(struct session *s);
/* Gives the message up, if there is one. */
void submit_abort(struct session *s);
/* The session has gone. */
void submit_closed(struct session *s);
/* queued has as much queued as it may. */
bool submit_is_full(void);

#endif
