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
 * Lines about sessions in the manual's logs.
 */
#ifndef SELOR_SESSION_LOG_H
#define SELOR_SESSION_LOG_H

#include <stddef.h>

#include "session.h"

struct smtp_reply;

/* Room for the text of an address or "local". */
#define CLIENT_TEXT_MAX 64

/* "192.0.2.1", "2001:db8::1", "local" or "unknown". */
const char *client_text(const struct msg_addr *a, char buf[CLIENT_TEXT_MAX]);

/* Notes for the parent whose input is worked on, should it be the last. */
void session_log_busy(const struct session *s);

void session_log_connect(const struct session *s);
void session_log_end(const struct session *s, const char *why);
/* The command under way and the reply to it (len bytes, its first line). */
void
session_log_command(const struct session *s, const char *reply, size_t len);
/* Refused_log: the reply that refuses (len bytes, its first line). */
void session_log_refused(const struct session *s, const struct smtp_reply *r,
    const char *reply, size_t len);
/* Sumary_log: the message of this transaction is accepted. */
void session_log_accepted(const struct session *s, const char *id);

/* Notes the line of the command that begins, until it is answered. */
/* Of a line with a password what may be logged; len 0: nothing. */
void session_log_hidden(const char *line, size_t len);
void session_log_line(const char *line, size_t len);
/* Keeps it over a wait. */
void session_log_keep(struct session *s);
void session_log_forget(struct session *s);

#endif
