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
 * dsn.h: the text of delivery status notifications: multipart/report of
 * three parts (RFC 3462, RFC 3464), the global forms where addresses need
 * UTF-8 (RFC 6533); and of warnings to the Postmaster.
 */

#ifndef QUEUED_DSN_H
#define QUEUED_DSN_H

#include "message.h"
#include "out.h"

/* Original content returned whole: where asked for, and unasked. */
#define DSN_FULL_MAX (1024 * 1024)
#define DSN_FULL_UNASKED 51200
/* Header of the original returned, at most. */
#define DSN_HEADER_MAX (64 * 1024)
/* A whole notification, at most; recipients in one. */
#define DSN_MAX (8 * 1024 * 1024)
#define DSN_RCPTS_MAX 5000
/* What the recipients of one may take; the rest is the original's. */
#define DSN_RCPTS_BYTES (6 * 1024 * 1024)

/* The Action field; also what a recipient is reported for. */
enum dsn_action {
	DSN_NONE,
	DSN_FAILED,
	DSN_DELAYED,
	DSN_DELIVERED,
	DSN_RELAYED,
	DSN_EXPANDED
};
extern const char *const dsn_action_names[];

struct dsn {
	const struct message *about;
	const char *to; /* whose the report is */
	struct message *report; /* its flags are set to what the text needs */
	/* What to say of a recipient; DSN_NONE: nothing. */
	enum dsn_action (*action)(
	    const struct message *, const struct recipient *);
	int64_t now;
	int64_t until; /* when attempts end, for delays */
	/* Random, as the original that is returned may try to guess it. */
	char boundary[32];
};

/* Fills o (init here), which is failed if it could not be made. */
void dsn_print(struct out *o, struct dsn *);
/* A warning: lines with CRLF ends, and how many did not find room. */
void dsn_notice(struct out *o, struct message *report, const char *lines,
    unsigned int left_out);
/* The value of a Subject: as it is, or encoded (RFC 2047) where it holds
 * more than ASCII. */
void dsn_subject(struct out *o, const char *text);

#endif
