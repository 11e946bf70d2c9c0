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
 * What actions in several files share.
 */
#ifndef RULED_ACTION_H
#define RULED_ACTION_H

#include "address.h"

#include "run.h"

/* The nth field as a canonical address; flags of address_parse beyond those
 * of every rule. */
enum step action_address(struct run *run, const struct rule_item *item,
    unsigned int nth, unsigned int flags, struct address *a);

/*
 * A new sender by Fchange! or Srs!: for this recipient alone in rcpt, else
 * for the message (A29).  The address is canonical, "" for the null sender.
 */
enum step action_sender(struct run *run, const char *address);

#endif
