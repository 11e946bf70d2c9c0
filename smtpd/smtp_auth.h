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
 * AUTH, RFC 4954: PLAIN and LOGIN, and what a login means to a session.
 */
#ifndef SELOR_SMTP_AUTH_H
#define SELOR_SMTP_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"
#include "session.h"

struct smtp_reply;

/* Whether this session may log in: a module can tell, and nobody on the way
 * would read the password (Auth_require_tls). */
bool smtp_auth_is_offered(const struct session *s);
/* Whether input that begins so may hold a password. */
bool smtp_auth_is_secret(const struct session *s, const char *p, size_t len);
/* As whom it has logged in, or NULL. */
const char *smtp_auth_login(const struct session *s);

/* The command; a line that answers a challenge. */
void smtp_auth(struct session *s, const struct command *c);
void smtp_auth_line(struct session *s, const char *line, size_t len);
/* The exchange is over without a result. */
void smtp_auth_cancel(struct session *s);
/* Rules let the login pass: is it right? */
void smtp_auth_check(struct session *s);
/* It is not, or rules did not let it; closes: and that is the end. */
void smtp_auth_fail(struct session *s, const struct smtp_reply *r, bool closes);
/* What lookupd said; status is an enum look_status. */
void smtp_auth_answer(struct session *s, int status, const char *login);
/* The delay of a failure is over. */
void smtp_auth_delayed(struct session *s);
void smtp_auth_free(struct session *s);

#endif
