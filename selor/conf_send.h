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
 * Options and descriptors to the daemons, in generations.  A child is greeted,
 * offered the generation in force, and begins when it has agreed.
 */
#ifndef SELOR_CONF_SEND_H
#define SELOR_CONF_SEND_H

#include "selor.h"

/* Greets a child that was just started; the rest follows its answer. */
void conf_send_hello(struct child *);
/* A child died in that state: a vote that waits for it is lost. */
void conf_send_lost(struct child *, enum child_state was);
/*
 * Sends a child all that a generation is made of and asks for its vote.  -1:
 * not all could be sent; it will not vote, and must not be told to go.
 */
int conf_send_generation(
    struct child *, const struct options *, uint32_t generation);
/* Begins with those that came up while an offer was open. */
void conf_send_waiting(void);
/* Whether a child is between its first options and its work. */
bool conf_send_is_any_beginning(void);
/*
 * Runs "done" when every daemon has dealt with all that it was sent so far:
 * what is then said to be in force is.  One at a time; perhaps at once.
 */
void conf_send_barrier(void (*done)(void));
/* Log descriptors to a child, or to all: after opening them anew. */
void conf_send_logs(struct child *);
void conf_send_logs_all(void);

#endif
