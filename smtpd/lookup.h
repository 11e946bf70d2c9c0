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
 * Questions to lookupd, and what its answers mean to a session.  -1: it can
 * not be asked now, which is a temporary failure.
 */
#ifndef SELOR_LOOKUP_H
#define SELOR_LOOKUP_H

#include "asked.h"
#include "msg.h"
#include "peer.h"
#include "session.h"

/* The name of the client's address; the session does not wait. */
int lookup_ptr(struct session *s);
/* WAIT_SENDER or WAIT_DOMAIN: does the domain exist, by level? */
int lookup_domain(
    struct session *s, const char *domain, int level, enum session_wait wait);
/* WAIT_AUTH: is that the password of that login? */
int lookup_auth(struct session *s, const char *login, const char *password);
/* Where does the recipient lead?  The session does not wait by this. */
int lookup_rcpt(const struct session *s, struct asked *q);

/* Handler of LOOK_TARGET. */
void lookup_on_target(struct peer *p, uint64_t ref, const union msg *m, int fd);

#endif
