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
 * control_act.h: between control.c, which shows, and control_act.c, which
 * changes.
 */

#ifndef QUEUED_CONTROL_ACT_H
#define QUEUED_CONTROL_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "peer.h"

/* What one call may take of a turn, in which every client waits: messages
 * looked at, and microseconds.  Then the client asks for more. */
#define CONTROL_LOOKS 5000
#define CONTROL_US 4000

/* Only root and the operator's group may change anything. */
bool control_may_change(const struct peer *);
/* The time at which a call that begins now has used up its part. */
int64_t control_until(void);
/* Has it?  Asked after each message. */
bool control_is_over(int64_t until);
/* A piece of what a resume has left to do; true: there is more. */
bool control_step(void);

#endif
