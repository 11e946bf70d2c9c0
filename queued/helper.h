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
 * helper.h: brings sync jobs to the helper processes (queued-sync) and
 * their ends back.  Jobs for which clients wait go to the first; the
 * others, one at a time, to the second, so that those which take long
 * stand in nobody's way.  With one helper alone that one gets all.
 */

#ifndef QUEUED_HELPER_H
#define QUEUED_HELPER_H

#include <stdbool.h>

#include "sync.h"

struct peer;

/* As struct sync_ops wants it; arg is not used. */
void helper_start(void *arg, struct sync_job *);
/* The helper came, or a turn is over: what was kept is sent; a job that
 * found no descriptor or no room is tried again so.  When it goes, its calls
 * end and with them the jobs, EIO. */
void helper_up(void);
/* More jobs than this are not for clients to cause: a commit that needs
 * one is refused for now.  The journal's own always find room. */
#define HELPER_CLIENTS 1024

/* Jobs kept or under way. */
unsigned int helper_jobs(void);

#endif
