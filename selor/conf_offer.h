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
 * A configuration that was read again (HUP) is offered to all daemons that
 * work: all say that they would do, then all are told to go, or none.
 */
#ifndef SELOR_CONF_OFFER_H
#define SELOR_CONF_OFFER_H

#include "selor.h"

/*
 * Reads the configuration again and offers it to all.  What is wrong with it
 * is logged, and the old one stays in force.  While there is no time for it
 * (the start, another offer, a child that begins) it is kept in mind.
 */
void conf_offer_reload(void);
/* Does what was kept in mind; who ends what stood in its way calls it. */
void conf_offer_if_wanted(void);
/* A reload was asked for and could not be begun yet. */
bool conf_offer_is_wanted(void);
/* A generation is offered and not yet in force or undone everywhere. */
bool conf_offer_is_open(void);
/*
 * What a child says to the offer; "why" is for the log.  Each child asked
 * votes once, by its answer or by its death: more is ignored.
 */
void conf_offer_vote(struct child *, bool yes, const char *why);

#endif
