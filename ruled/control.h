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
 * What an administrator may ask ruled: CTL_LIST of stats, options and
 * explain.  It has nothing to act on.
 */
#ifndef RULED_CONTROL_H
#define RULED_CONTROL_H

#include "peer.h"

void control_client(struct peer *peer, bool may_change);
/* A peer of any kind has gone. */
void control_gone(struct peer *peer);
/* CTL_LIST and CTL_ACT. */
void control_list(struct peer *peer, uint64_t ref, const union msg *m, int fd);
void control_act(struct peer *peer, uint64_t ref, const union msg *m, int fd);

#endif
