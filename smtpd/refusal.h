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
 * A refused RCPT on its way to the client: Event.lrcpt_refused comes before
 * it, and may change its words but not its outcome (A44).
 */
#ifndef SELOR_REFUSAL_H
#define SELOR_REFUSAL_H

#include <stdbool.h>

#include "session.h"
#include "smtp_reply.h"
#include "verdict.h"

/* What comes with it. */
#define REFUSAL_JUNK 0x1u /* counts as a wrong command */
#define REFUSAL_SLOW 0x2u /* after No_mailbox_delay */

/* Refuses the recipient under way; it is forgotten after. */
void
refusal_rcpt(struct session *s, const struct smtp_reply *r, unsigned int how);
/* The rules have seen it. */
void refusal_decided(struct session *s, const struct verdict *v);

/* Keeps a composed reply for later.  -1: no memory. */
int refusal_hold(struct session *s, const struct smtp_reply *r);

#endif
