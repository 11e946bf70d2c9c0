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
 * errors.h: copies of c and l in Cp_errors_path, for mail that could not
 * be delivered and whose sender can not be told.
 */

#ifndef QUEUED_ERRORS_H
#define QUEUED_ERRORS_H

#include "schedule.h"

/*
 * Copies a message if Cp_errors says so, and warns the Postmaster.  In
 * pieces and synced before it counts; ends with bounce_copied, never from
 * within.  The entry is busy meanwhile.
 */
void errors_copy(struct entry *, const char *why);
/* A piece of the copying under way; true: there is more to do now. */
bool errors_step(void);

/* An administrator asks for another try now. */
void errors_again(void);

#endif
