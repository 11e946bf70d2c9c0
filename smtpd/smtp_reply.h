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
 * What we say.  Every reply goes through here: its text from a Msg_* option
 * or ours, its enhanced code, the log, and the close that a 421 brings.
 */
#ifndef SELOR_SMTP_REPLY_H
#define SELOR_SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "option.h"
#include "session.h"

/* What a configured reply is composed of; unused pointers are NULL. */
struct smtp_reply {
	enum option_id text;
	const char *given; /* "code text" by rules, in place of the option's */
	int code; /* if not 0, whatever the text says */
	bool is_temp; /* 451 unless the text is a 4xx: trouble that passes */
	const char *enhanced;
	const char *id; /* before the text */
	const char *extra; /* after it */
	/* The step for Refused_log, or NULL when that is not to know. */
	const char *event;
	const char *rcpt; /* for Refused_log */
	const char *rule; /* "file:line" for Refused_log */
};

void smtp_reply(struct session *s, enum option_id text, const char *enhanced);
void smtp_reply_full(struct session *s, const struct smtp_reply *r);
/* As smtp_reply, unless rules want something else said. */
void
smtp_reply_well(struct session *s, enum option_id text, const char *enhanced);
/* Composes into REPLY_OUT_MAX octets; the length. */
size_t smtp_reply_compose(
    const struct session *s, const struct smtp_reply *r, char *buf);
/* Says what was composed, and tells Refused_log where r wants that. */
void smtp_reply_send(
    struct session *s, const struct smtp_reply *r, const char *buf, size_t len);
/* What was said was the last; input that is not read must not cut it off. */
void smtp_reply_close(struct session *s);
/* A text of ours; with a NULL enhanced none. */
void smtp_reply_text(
    struct session *s, int code, const char *enhanced, const char *text);
/* "421 4.x.x Server_name text", and the end. */
void smtp_reply_421(struct session *s, const char *enhanced, const char *text);
/* Bytes that are a whole reply already. */
void smtp_reply_raw(struct session *s, const char *p, size_t len);

#endif
