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
 * Clients whose input killed smtpd twice: the parent counts (proc_busy), and
 * they are not served again by this run of the suite.
 */
#ifndef SELOR_OUTCAST_H
#define SELOR_OUTCAST_H

#include <stdbool.h>

#include "msg.h"

/* So many are remembered; then the oldest is forgotten. */
#define OUTCAST_MAX 64

/* The address as client_text() prints it; anything else is passed over. */
void outcast_add(const char *text);
bool outcast_has(const struct msg_addr *a);

#endif
