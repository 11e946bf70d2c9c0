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
 * Delivery programs: Dlocal, or the mailbox's own where Adlocal_allowed has
 * it.  The parent builds the command and runs it as the user.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "local.h"

int program_init(void);
/* Runs the program for this recipient; ends the job. */
void program_start(struct job *);
/* PRIV_EXIT. */
peer_handler program_on_exit;
/* Once a second: time limits. */
void program_tick(void);
unsigned int program_count(void);

/* For program_place.c: how many run for one user. */
unsigned int program_of_user(const char *user);
/*
 * Runs a job that has its place.  The pipe is ours before the parent is asked,
 * so that a failure costs nothing.
 */
void program_run(struct job *);

#endif
