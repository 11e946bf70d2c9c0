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
 * session.h: with Immed_delivery 1 the local mail of an SMTP session is
 * delivered when the client has disconnected.  Remembers which messages
 * wait for the end of which session.
 */

#ifndef QUEUED_SESSION_H
#define QUEUED_SESSION_H

#include <stdint.h>

#include "schedule.h"

struct session;

/* The session of that smtpd, made when it is new; a commit of it is under
 * way.  NULL: no memory, or too many; the message does not wait then. */
struct session *session_begin(uint32_t instance, uint64_t session);
/* That commit has ended; e is its message, or NULL if it failed.  True
 * when the message has to wait for the end of the session. */
bool session_end(struct session *, struct entry *);
/* Client gone: all that waited is due now. */
void session_closed(uint32_t instance, uint64_t session, int64_t now);
/* All sessions of that smtpd are over. */
void session_gone(uint32_t instance, int64_t now);
/* The entry waits for nothing any more. */
void session_forget(struct entry *);

#endif
