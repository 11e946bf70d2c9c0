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
 * stage.h: a message that programs look at before it is accepted
 * (Event.data): its c file is complete and an l file says "incoming", which
 * no start takes for mail.  What they did to the content is looked at when
 * it is committed (A45).
 */

#ifndef QUEUED_STAGE_H
#define QUEUED_STAGE_H

#include "peer.h"

struct intake;

/* Handler of QUEUE_STAGE. */
void stage_on_call(struct peer *, uint64_t, const union msg *, int);
/* Its spool was changed: the files follow.  0 or -1. */
int stage_move(struct intake *);

enum stage_result {
	STAGE_SAME, /* as it was shown: the commit goes on */
	STAGE_READING, /* changed: done runs when it was read again */
	STAGE_BAD /* no file any more that could be taken */
};
/* At the commit. */
enum stage_result
stage_check(struct intake *, void (*done)(struct intake *, int error));

#endif
