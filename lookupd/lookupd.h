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
 * What main.c and the files of lookupd share: the handlers of the messages
 * that it gets.
 */
#ifndef LOOKUPD_H
#define LOOKUPD_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "msg.h"
#include "overlay.h"
#include "peer.h"

/* Handlers in the form of peer_handler, named for the file they are in. */
void mailbox_asked(struct peer *, uint64_t, const union msg *, int);
void rcpt_asked(struct peer *, uint64_t, const union msg *, int);
void exists_asked(struct peer *, uint64_t, const union msg *, int);
void ptr_asked(struct peer *, uint64_t, const union msg *, int);
void record_asked(struct peer *, uint64_t, const union msg *, int);
void login_asked(struct peer *, uint64_t, const union msg *, int);
void facts_asked(struct peer *, uint64_t, const union msg *, int);
void route_asked(struct peer *, uint64_t, const union msg *, int);
void control_list(struct peer *, uint64_t, const union msg *, int);
void control_act(struct peer *, uint64_t, const union msg *, int);

/* An address; a name alone, such as a login, is one of Df_domain or of this
 * server.  False: it is none. */
bool facts_address(
    struct address *, const char *text, const struct overlay *options);

/* An administrator's client has come; may it do more than read? */
void control_client(struct peer *, bool may_change);
bool control_may_change(const struct peer *);

#endif
