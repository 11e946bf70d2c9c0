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
 * Options and descriptors to the daemons, in generations: all say that they
 * would do, then all are told to go, or none.
 */
#ifndef SELOR_CONF_SEND_H
#define SELOR_CONF_SEND_H

#include "selor.h"

/* Greets a child that was just started; the rest follows its answer. */
void conf_send_hello(struct child *);
/* A child died in that state: a vote that waits for it is lost. */
void conf_send_lost(struct child *, enum child_state was);
/*
 * Reads the configuration again and offers it to all.  What is wrong with it
 * is logged, and the old one stays in force.
 */
void conf_send_reload(void);
/* Log descriptors to a child, or to all: after opening them anew. */
void conf_send_logs(struct child *);
void conf_send_logs_all(void);

#endif
