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
 * Delivery agents: a process for each user that has mail now, started by the
 * parent (PRIV_AGENT), kept while it has work and a little longer.
 */
#ifndef AGENTS_H
#define AGENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "local.h"

/* Agents at a time; the parent allows more. */
#define AGENTS_MAX 64
/* Seconds without work after which one is closed. */
#define AGENTS_IDLE 30

struct agent;

int agents_init(void);
/* An agent by its ref, or NULL: it has gone. */
struct agent *agents_get(uint64_t ref);
/* j->user, j->path and j->how say where; ends the job when it is durable. */
void agents_deliver(struct job *);
/* Once a second. */
void agents_tick(void);
/* How many are there, and how many deliveries they have. */
void agents_count(unsigned int *agents, unsigned int *calls);
/* AGENT_SYNC to those that were given more since the last one, or to all. */
void agents_sync(bool hold, bool all);

#endif
