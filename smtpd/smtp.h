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
 * The SMTP server's dialogue, RFC 5321: commands by state.
 */
#ifndef SELOR_SMTP_H
#define SELOR_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "command.h"
#include "session.h"

struct smtp_reply;

/* Wrong commands that end a session. */
#define JUNK_MAX 20
/* Commands since the last message that carry no message on. */
#define IDLE_MAX 1000
/* Octets of one line that are passed over before the session ends. */
#define SWALLOW_LINE_MAX (1024u * 1024)

/* Reads a line as this session's state wants it; nothing is done. */
void smtp_parse(
    const struct session *s, struct command *c, const char *line, size_t len);
/* One line without its line end. */
void smtp_line(struct session *s, const char *line, size_t len);
/* A line that is no command, whatever it holds; is_endless: its end was not
 * seen, and will not be waited for. */
void smtp_bad_line(struct session *s, const char *why, bool is_endless);
/* One more wrong command; ends the session when it is one too many. */
void smtp_junk(struct session *s);
/* Ends the transaction, and queued's part of it. */
void smtp_reset(struct session *s);

/* The name of HELO was accepted; first: what rules want said, or NULL. */
void smtp_helo_done(struct session *s, const char *first);

/* smtp_mail.c */
void smtp_mail(struct session *s, const struct command *c);
/* queued gave an id early, for rules; or did not, by fault. */
void smtp_mail_open(struct session *s);
void smtp_mail_refused(struct session *s, int fault);
/* Rules let the sender pass: the built-in check, if it is not skipped. */
void smtp_mail_check(struct session *s, bool is_accepted);
/* What lookupd said of its domain; status is an enum look_status. */
void smtp_mail_answer(struct session *s, int status);
/* smtp_rcpt.c */
void smtp_rcpt(struct session *s, const struct command *c);
/* Rules let the recipient pass: where does it lead? */
void smtp_rcpt_look(struct session *s);
/* The address of a RCPT as the options in force want it read. */
enum address_error smtp_rcpt_address(
    const struct session *s, const struct command *c, struct address *a);
/* Whether the sender is of this host, an enum look_status. */
void smtp_rcpt_sender(struct session *s, int status);
/* lookupd has answered about the recipient; about its domain, status is an
 * enum look_status. */
void smtp_rcpt_answer(struct session *s);
void smtp_rcpt_domain(struct session *s, int status);
/* smtp_ahead.c: asks for the RCPT commands at the head of input that waits
 * behind the one under way. */
void smtp_ahead(struct session *s, const char *p, size_t len);
/* smtp_data.c */
void smtp_data(struct session *s, const struct command *c);
void smtp_bdat(struct session *s, const struct command *c);
/* What the client is called is known, or will not be: go on. */
void smtp_data_named(struct session *s);
/* Rules let DATA or BDAT pass. */
void smtp_data_decided(struct session *s);
/* They did not: r is the reply, at the end of a chunk; and then the end. */
void smtp_data_deny(struct session *s, const struct smtp_reply *r, bool closes);
/* Where copies go is known, or can not be told now. */
void smtp_data_copied(struct session *s);
void smtp_data_failed(struct session *s);
/* Content is complete; rules want to see it as files; queued has laid it out,
 * or not, by fault; they let it pass. */
void smtp_data_complete(struct session *s);
void smtp_data_stage(struct session *s);
void smtp_data_staged(struct session *s, int fault);
void smtp_data_commit(struct session *s);
/* queued gave an id; or did not, by fault. */
void smtp_data_open(struct session *s);
void smtp_data_refused(struct session *s, int fault);
/* The octets of a chunk were read: it belonged to no transaction, or was
 * taken and is not the last. */
void smtp_data_void(struct session *s);
void smtp_data_chunk(struct session *s);
/* The message is durable, or is not, by fault. */
void smtp_data_done(struct session *s, int fault);

#endif
