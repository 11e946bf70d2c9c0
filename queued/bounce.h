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
 * bounce.h: which recipients have to be reported to the sender (RFC 3461,
 * NOTIFY), and the making of that report; or, where nobody can be told,
 * the copy in Cp_errors_path and the warning to the Postmaster.
 */

#ifndef QUEUED_BOUNCE_H
#define QUEUED_BOUNCE_H

#include "dsn.h"
#include "schedule.h"

/* Delay after which one who asked for NOTIFY=DELAY is told if the option
 * Delay_warning is 0, seconds. */
#define BOUNCE_DELAY 14400

/* Is there something to report, or to copy, about this message now? */
bool bounce_is_due(const struct entry *, int64_t now);
/*
 * Begins with it; the entry is busy until result_free_again.  False: it
 * can not be done now, entry.again says when to try.
 */
bool bounce_begin(struct entry *, int64_t now);
/* Once a turn: those that found no room are looked at again. */
void bounce_wake(int64_t now);
/* errors_copy has ended; if not well, it is to be begun anew at that time. */
void bounce_copied(struct entry *, bool done, int64_t again);
/* What a recipient is reported for if it is asked now; DSN_NONE: nothing.
 * delay: delays are told of too. */
enum dsn_action
bounce_action(const struct message *, const struct recipient *, bool delay);

#endif
