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
 * When agents sync: what they were given is gathered, and they are told all
 * at the same time, since one disk serves them and the journal.  The first
 * delivery after a quiet time is synced at once; the next ones wait until
 * Delivery_sync_time has passed since the last round began, or until so many
 * are gathered that it is worth it.
 */
#ifndef AGENTS_PACE_H
#define AGENTS_PACE_H

#include <event2/event.h>
#include <stdbool.h>

#include "option.h"

int agents_pace_init(struct event_base *);
void agents_pace_configure(const struct options *);
/* Whether agents are to wait for AGENT_SYNC at all. */
bool agents_pace_holds(void);
/* One more delivery was given to an agent. */
void agents_pace_add(void);
/* Begins a round where one is due; once a turn. */
void agents_pace_turn_end(void);
/* Nothing waits any more: a stop waits for answers. */
void agents_pace_stop(void);

#endif
