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
 * One SMTP command line into verb, argument and parameters: RFC 5321 section
 * 4.1, with RFC 1870 (SIZE), 3030 (BDAT), 3207 (STARTTLS), 3461 (DSN), 4954
 * (AUTH), 6152 (BODY), 6531 (SMTPUTF8), 2033 (LHLO).  The line comes without
 * its CRLF, counted, and may hold any octet.  Nothing is allocated: spans
 * point into the line, which must outlive the struct.
 */

#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

/* Longest lines that a server should read, without CRLF. */
#define COMMAND_LINE_MAX 2048 /* any command; RFC 5321 512 and parameters */
#define COMMAND_AUTH_MAX 12288 /* AUTH and its answers, RFC 4954 section 4 */

#define COMMAND_LIST(X) \
	X(HELO, "HELO") \
	X(EHLO, "EHLO") \
	X(LHLO, "LHLO") \
	X(MAIL, "MAIL") \
	X(RCPT, "RCPT") \
	X(DATA, "DATA") \
	X(BDAT, "BDAT") \
	X(RSET, "RSET") \
	X(NOOP, "NOOP") \
	X(QUIT, "QUIT") \
	X(VRFY, "VRFY") \
	X(EXPN, "EXPN") \
	X(HELP, "HELP") \
	X(AUTH, "AUTH") \
	X(STARTTLS, "STARTTLS")

enum command_verb {
	COMMAND_UNKNOWN, /* ETRN, XCLIENT and all else */
	COMMAND_FOREIGN, /* HTTP, TLS or SSH on this port: hang up */
#define X(name, text) COMMAND_##name,
	COMMAND_LIST(X)
#undef X
	COMMAND_NVERBS
};

enum command_status {
	COMMAND_OK,
	COMMAND_BAD_VERB, /* 500 5.5.1; also 500 5.5.2 for control octets */
	COMMAND_BAD_SYNTAX, /* 501 5.5.4 */
	COMMAND_BAD_PARAM /* 555 5.5.4: parameter unknown or not offered */
};

/* Parameters that the server offers; others are COMMAND_BAD_PARAM. */
#define COMMAND_P_SIZE 0x01
#define COMMAND_P_BODY 0x02 /* 7BIT and 8BITMIME */
#define COMMAND_P_BINARY 0x04 /* BINARYMIME too */
#define COMMAND_P_SMTPUTF8 0x08
#define COMMAND_P_DSN 0x10 /* RET, ENVID, NOTIFY, ORCPT */
#define COMMAND_P_AUTH 0x20
#define COMMAND_P_ALL 0x3f

enum command_body {
	COMMAND_BODY_NONE,
	COMMAND_BODY_7BIT,
	COMMAND_BODY_8BITMIME,
	COMMAND_BODY_BINARYMIME
};

enum command_ret {
	COMMAND_RET_NONE,
	COMMAND_RET_FULL,
	COMMAND_RET_HDRS
};

/* Bits of rcpt.notify; 0: not given. */
#define COMMAND_NOTIFY_NEVER 0x1
#define COMMAND_NOTIFY_SUCCESS 0x2
#define COMMAND_NOTIFY_FAILURE 0x4
#define COMMAND_NOTIFY_DELAY 0x8

struct command {
	enum command_verb verb;
	enum command_status status;
	const char *reason; /* when not OK: a few words, static */
	/*
	 * BDAT whose count can not be told: what follows may be content, so
	 * answer and close, never read it as commands.  Any other BDAT, in
	 * error or refused, is followed by bdat.size octets to be skipped.
	 */
	bool lost;
	struct span arg; /* all behind the verb, blanks around it cut */
	/*
	 * MAIL, RCPT: the path as sent, for address_parse(), brackets and
	 * all.  HELO, EHLO, LHLO, VRFY, EXPN: the argument.
	 */
	struct span path;
	struct { /* MAIL */
		bool has_size;
		uint64_t size; /* octets; UINT64_MAX when larger still */
		enum command_body body;
		enum command_ret ret;
		bool smtputf8;
		struct span envid; /* xtext, 1 to 100 octets, or p NULL */
		struct span auth; /* xtext of a mailbox or "<>", or p NULL */
	} mail;
	struct { /* RCPT */
		unsigned int notify;
		struct span orcpt; /* type;address as sent, or p NULL */
	} rcpt;
	struct { /* BDAT */
		uint64_t size; /* octets */
		bool last;
	} bdat;
	struct { /* AUTH */
		struct span mech;
		struct span initial; /* p NULL: none; "=": empty */
	} auth;
};

/*
 * Parses line[0..len).  offered: COMMAND_P_ bits.  Returns c->status.  Blanks
 * behind "FROM:", around arguments and at the end of a line are tolerated.
 */
enum command_status command_parse(
    struct command *c, const char *line, size_t len, unsigned int offered);

/* "MAIL" and so on; "?" for COMMAND_UNKNOWN and COMMAND_FOREIGN. */
const char *command_verb_name(enum command_verb verb);

#endif /* COMMAND_H */
