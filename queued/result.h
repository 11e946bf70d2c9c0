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
 * result.h: what deliverd says about recipients, and what follows for the
 * message: recorded, retried, reported, or gone.
 */

#ifndef QUEUED_RESULT_H
#define QUEUED_RESULT_H

#include "dest.h"
#include "peer.h"

/* Handlers of DLV_RESULT and DLV_DONE. */
void result_rcpt(struct peer *, uint64_t, const union msg *, int);
void result_done(struct peer *, uint64_t, const union msg *, int);

/* Something about the message changed: look at it at the turn's end. */
void result_touch(struct entry *);
/* This recipient changed: it is to be journalled. */
void result_dirty(struct entry *, uint32_t rcpt);
/* What ended without an answer counts as an attempt. */
void result_count(struct task *, int64_t now);
/* Fails every recipient that is still active, as expired. */
void result_expire(struct entry *);
/* What is to be told about a message that waits for its next attempt does
 * not wait with it. */
void result_tell(struct entry *, int64_t now);
/* Holds a message that something is wrong with, and says so in the
 * Warning_log and to the postmaster. */
void result_hold(struct entry *, const char *why);
/* No copy of the content in memory any more. */
void result_forget_content(struct entry *);
/* A report on the message, or a copy of it, is finished; again: not before
 * this time may another be tried. */
void result_free_again(struct entry *, int64_t again);
/* Looks at all that was touched. */
void result_settle(int64_t now);
/* Journals what changed of one message. */
void result_record(struct entry *);
/* The message goes, whatever state it is in. */
void result_remove(struct entry *);

#endif
