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
 * Hands a message to smtpd over the local submission socket: RFC 5321, with
 * SIZE, 8BITMIME, SMTPUTF8 and DSN where they are needed.
 */

#ifndef SUBMIT_H
#define SUBMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "envelope.h"
#include "letter.h"
#include "submit_line.h"

enum submit_status {
	SUBMIT_OK, /* recipients are RCPT_SENT or RCPT_REFUSED */
	SUBMIT_AWAY, /* the suite is not there: keep it for later */
	SUBMIT_TEMP, /* refused for now; text says why */
	SUBMIT_PERM /* refused for good, all of it; text says why */
};

struct submit {
	struct submit_line line;
	char server[256]; /* name it greets with; a domain */
	char text[ENVELOPE_TEXT_MAX]; /* of a failure, one line */
	int code; /* of a failure, 0: none */
	uint64_t size_max; /* 0: none told */
	bool reached; /* the socket took the connection */
	bool has_size, has_8bit, has_utf8, has_dsn;
};

/* Connects and says EHLO; when all is well, call submit_close() later. */
enum submit_status submit_open(struct submit *, const char *path, bool verbose);
/*
 * Sends the letter to all recipients that wait.  Addresses without a domain
 * get the server's name.  More recipients than the server takes at once go
 * in further transactions.
 */
enum submit_status
submit_send(struct submit *, struct envelope *, const struct letter *);
void submit_close(struct submit *);

/* The code of sysexits(3) that a refusal of that code gives. */
int submit_exit_code(int code, bool is_rcpt);

#endif /* SUBMIT_H */
