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
 * SMTP replies, RFC 5321 section 4.2, with enhanced codes of RFC 3463 and
 * RFC 2034.  First half: what a server said to us, read as it arrives and
 * within limits.  Second half: what we say, composed of an administrator's
 * text and of text from outside, such that it is always one reply.
 */

#ifndef REPLY_H
#define REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

#define REPLY_LINE_MAX 4096 /* octets of one line; longer is malformed */
#define REPLY_LINES_MAX 512 /* lines of one reply; more is malformed */
#define REPLY_BYTES_MAX 65536 /* octets of one reply; more is malformed */
#define REPLY_TEXT_MAX 2048 /* octets of text kept; the rest is dropped */
#define REPLY_OUT_MAX 4096 /* buffer that takes what reply_compose() makes */
#define REPLY_FOLD 510 /* octets of a line that we send, without CRLF */

struct reply_enhanced {
	uint16_t class; /* 2, 4, 5; 0: there is none */
	uint16_t subject; /* 0 to 999 */
	uint16_t detail; /* 0 to 999 */
};

/* A server's reply, and the state of reading it.  Holds no pointer. */
struct reply {
	uint16_t code; /* 200 to 599 once REPLY_DONE */
	uint16_t lines; /* complete lines read */
	struct reply_enhanced enhanced; /* the first that fits the code */
	bool cut; /* text was longer than REPLY_TEXT_MAX */
	/* text of all lines without codes, '\n' between them, cleaned */
	uint16_t len;
	char text[REPLY_TEXT_MAX + 1];
	/* private to reply.c */
	uint8_t state, last;
	uint16_t this_code, line_len, line_at;
	uint32_t bytes;
};

enum reply_status {
	REPLY_DONE, /* one reply is complete */
	REPLY_MORE, /* wants more octets */
	REPLY_BAD /* malformed or over a limit; close, temporary failure */
};

void reply_init(struct reply *r);

/*
 * Reads from in[0..len) up to the end of one reply; *used tells how much, the
 * rest belongs to the next (call reply_init() before).  After REPLY_DONE or
 * REPLY_BAD nothing more is read.  A line may end in LF alone.
 */
enum reply_status
reply_feed(struct reply *r, const char *in, size_t len, size_t *used);

/*
 * The whole as one line for logs and reports, "550 5.1.1 no such user here":
 * lines joined by a blank.  Cut to size, terminated.  Returns the length.
 */
size_t reply_print(const struct reply *r, char *buf, size_t size);

/* 2, 3, 4 or 5; 4 for anything that is not a complete reply. */
int reply_class(const struct reply *r);

/*
 * Walks over the keyword lines of an answer to EHLO, the first line left
 * out.  *pos is 0 at first.  keyword is never empty and has only letters,
 * digits and '-'; params has the rest of the line, blanks around cut.  Spans
 * point into r.  False at the end.
 */
bool reply_ehlo_next(const struct reply *r, size_t *pos, struct span *keyword,
    struct span *params);

/*
 * Reads an enhanced code at the start of s[0..len), followed by its end or a
 * blank.  Returns the octets it takes, or 0 and class 0.
 */
size_t
reply_parse_enhanced(const char *s, size_t len, struct reply_enhanced *e);

/* What reply_compose() is told; unused pointers are NULL. */
struct reply_spec {
	const char *text; /* "550 No such user"; the code may be missing */
	int code; /* used when text has none (A16); 200 to 599 */
	const char *enhanced; /* "5.1.1"; its class follows the code's */
	const char *id; /* put before the text, as in "250 <id> Ok" */
	const char *extra; /* put after the text, as a domain or a name */
};

/*
 * Composes one complete reply with its CRLF into buf (size octets, at least
 * REPLY_OUT_MAX): code, enhanced code unless the text brings one or the code
 * is 3xx, id, text, extra.  CR and LF become blanks, other control characters
 * and non-ASCII '?'; what is longer than a line is folded into more lines of
 * the same reply, at blanks where there are; what does not fit is cut.
 * Returns the length; buf is terminated.
 */
size_t reply_compose(char *buf, size_t size, const struct reply_spec *spec);

/*
 * One line of a reply that the caller builds itself (EHLO, HELP): code, '-'
 * or when last ' ', text cleaned and cut to a line, CRLF.  Returns the
 * length, or 0 when size is less than REPLY_FOLD + 3.
 */
size_t
reply_print_line(char *buf, size_t size, int code, bool last, const char *text);

/* The code that a configured text begins with, or code when it has none. */
int reply_text_code(const char *text, int code);

#endif /* REPLY_H */
