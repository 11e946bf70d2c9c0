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
 * Our own trace field and dates: RFC 5321 section 4.4, RFC 5322 section 3.3,
 * RFC 3848 and RFC 6531 section 4.3 (the words behind "with").
 */

#ifndef RECEIVED_H
#define RECEIVED_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct address;

/* Buffers that always suffice. */
#define RECEIVED_MAX 2048
#define RECEIVED_DATE_MAX 40

/* Everything is cleaned here; unused pointers are NULL. */
struct received {
	const char *helo; /* as given by the client; NULL: no from clause */
	const char *ptr; /* confirmed name of the client; NULL: unknown */
	const char *ip; /* "192.0.2.1" or "2001:db8::1" */
	const char *server; /* Server_name */
	const char *id; /* message id */
	const struct address *rcpt; /* only when it is the only recipient */
	const char *tls; /* "TLSv1.3 with cipher ..." for a comment */
	bool esmtp; /* EHLO, not HELO */
	bool lmtp; /* LHLO */
	bool is_tls;
	bool is_auth; /* the client has logged in */
	const char *login; /* for a comment: as whom; NULL: not to be shown */
	bool utf8; /* the transaction is SMTPUTF8 */
	time_t when;
	const char *zone; /* as for received_date() */
};

/*
 * Prints the whole field, folded, lines of at most 998 octets that end in
 * CRLF.  Returns the length, or -1 when size is too small; RECEIVED_MAX
 * suffices.
 */
int received_print(char *buf, size_t size, const struct received *r);

/*
 * "Tue, 05 May 2026 10:20:30 -0300", for any date field; RECEIVED_DATE_MAX
 * octets suffice.  zone is a sign and four digits, or "" or NULL for the
 * system's; a process that enters a chroot calls tzset(3) before.  Returns
 * the length or -1.
 */
int received_date(time_t when, const char *zone, char *buf, size_t size);

/* "ESMTPSA" and so on; static. */
const char *received_protocol(const struct received *r);

/* "Return-Path: <...>" with CRLF, for delivery.  Length or -1. */
int received_return_path(char *buf, size_t size, const struct address *a);

#endif /* RECEIVED_H */
