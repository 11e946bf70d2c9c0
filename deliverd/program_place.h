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
 * Places for delivery programs: how many run at a time, and of whom.  What
 * finds no place waits here; Dlocal_max_procs, selor.conf(5).
 */
#ifndef PROGRAM_PLACE_H
#define PROGRAM_PLACE_H

#include "local.h"
#include "monotime.h"

void program_place_init(void);
/* The job runs (program_run) at once, or when there is a place for it. */
void program_place_add(struct job *);
/* Starts those that waited for one to end, in their order. */
void program_place_next(void);
/* Once a second: gives back what has waited too long. */
void program_place_tick(struct monotime now);

#endif
