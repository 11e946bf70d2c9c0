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
 * Logging in at the next host (RFC 4954), where Mx_auth! says so: between
 * EHLO and the first transaction.
 */
#ifndef CLIENT_AUTH_H
#define CLIENT_AUTH_H

#include "client.h"

/* A word of the server's list of mechanisms: its CAP_AUTH_*, or 0. */
uint16_t client_auth_cap(const char *word, size_t len);
/* The connection has to log in, and did not yet. */
bool client_auth_is_due(const struct client *);
void client_auth_start(struct client *);
/* A reply while CLIENT_AUTH. */
void client_auth_reply(struct client *);
/* Forgets the dialogue and wipes what was to be sent. */
void client_auth_end(struct client *);

#endif
