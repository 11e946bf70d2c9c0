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
 * intake.h: messages on their way in, from QUEUE_OPEN to the answer of
 * QUEUE_COMMIT, which is given when the message is durable.
 */

#ifndef QUEUED_INTAKE_H
#define QUEUED_INTAKE_H

#include <stdint.h>

#include "peer.h"

/* Handlers of QUEUE_*. */
void intake_open(struct peer *, uint64_t, const union msg *, int);
void intake_sender(struct peer *, uint64_t, const union msg *, int);
void intake_rcpt(struct peer *, uint64_t, const union msg *, int);
void intake_data(struct peer *, uint64_t, const union msg *, int);
void intake_file(struct peer *, uint64_t, const union msg *, int);
void intake_commit(struct peer *, uint64_t, const union msg *, int);
void intake_abort(struct peer *, uint64_t, const union msg *, int);
void intake_spool(struct peer *, uint64_t, const union msg *, int);
void intake_option(struct peer *, uint64_t, const union msg *, int);
void intake_header(struct peer *, uint64_t, const union msg *, int);
void intake_mark(struct peer *, uint64_t, const union msg *, int);
void intake_route(struct peer *, uint64_t, const union msg *, int);
void intake_closed(struct peer *, uint64_t, const union msg *, int);

/* That smtpd has gone: what it had not committed is dropped, what waits
 * for an end of one of its sessions waits no longer. */
void intake_gone(struct peer *);
/* Messages on their way in, and bytes of them in memory. */
unsigned int intake_count(void);
size_t intake_bytes(void);
/* How the file system looks, asked at most once a second. */
void intake_check_disk(int64_t now);

#endif
