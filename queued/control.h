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
 * control.h: what an administrator asks and orders: CTL_LIST, CTL_ACT.
 * Queries are words: "sender=ADDRESS", "rcpt-domain=DOMAIN", "older=SECONDS",
 * "state=pending|deferred|held|failed", "after=ID", "limit=N", "id=ID" or an
 * id alone, "all".  selorctl(8).
 */

#ifndef QUEUED_CONTROL_H
#define QUEUED_CONTROL_H

#include "peer.h"

void control_up(struct peer *, bool may_change);
void control_gone(struct peer *);
void control_list(struct peer *, uint64_t, const union msg *, int);
void control_act(struct peer *, uint64_t, const union msg *, int);

#endif
