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
 * answer.h: the last answer for a recipient, as it is kept in the queue:
 * "STATUS CODE HOST TEXT": enhanced status (RFC 3463), reply code or 0,
 * the host that said it or -, and its text.  Printable ASCII only: what
 * came from other hosts is cleaned here, once, for logs, l files, reports.
 */

#ifndef QUEUED_ANSWER_H
#define QUEUED_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#define ANSWER_HOST_MAX 256
#define ANSWER_STATUS_MAX 12
#define ANSWER_TEXT_MAX 600

struct answer {
	char status[ANSWER_STATUS_MAX]; /* "5.1.1" or "" */
	unsigned int code; /* 0: no SMTP reply */
	char host[ANSWER_HOST_MAX]; /* "" if none */
	char text[ANSWER_TEXT_MAX];
};

/* Fills one from raw parts; dflt is the status if that given is none, or
 * is of another class (its first digit). */
void answer_set(
    struct answer *, const char *status, const char *dflt, const char *text);
void answer_set_host(struct answer *, unsigned int code, const char *host);
/* To and from the kept form.  Parsing takes anything. */
void answer_print(const struct answer *, char *buf, size_t size);
void answer_parse(struct answer *, const char *text);
/* Copies text with what is not printable ASCII made '?', blanks and line
 * ends one blank. */
void answer_clean(char *buf, size_t size, const char *text);

/* Says such a printed answer that the host could not be reached, or went
 * away (X.4.X of RFC 3463)? */
bool answer_is_silent(const char *text);

#endif
