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
 * The envelope of a message that sendmail(8) submits: RFC 5321 section 2.3.1
 * with the DSN parameters of RFC 3461.  Addresses may lack a domain until
 * they are qualified; only then are they checked.
 */

#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Recipients of one message. */
#define ENVELOPE_RCPTS_MAX 10000
/* Octets of an envelope id as xtext: RFC 3461 section 5.4. */
#define ENVELOPE_ENVID_MAX 100
/* Text of a refusal that is kept. */
#define ENVELOPE_TEXT_MAX 512

enum rcpt_state {
	RCPT_WAITING, /* not yet told to the server, or to be told again */
	RCPT_TAKEN, /* accepted in the transaction that is open */
	RCPT_SENT, /* a message for it was accepted */
	RCPT_REFUSED /* refused for good; code and text say why */
};

struct rcpt {
	char *address; /* as given */
	char *text; /* the refusal, one line; NULL: none */
	enum rcpt_state state;
	int code;
};

struct envelope {
	char *sender; /* NULL: not given; "": the null sender */
	struct rcpt *rcpts;
	size_t count;
	size_t size; /* of rcpts as allocated */
	unsigned int notify; /* NOTIFY_* bits of enums.h; 0: not given */
	unsigned int ret; /* enum ret */
	char envid[ENVELOPE_ENVID_MAX + 1]; /* xtext; "": none */
};

void envelope_init(struct envelope *);
void envelope_clear(struct envelope *);

/* Sets the sender from a copy, brackets gone.  0, or -1: no memory. */
int envelope_set_sender(struct envelope *, const char *text, size_t len);
/*
 * Adds a recipient from a copy unless it is there already.  0, or -1: over
 * ENVELOPE_RCPTS_MAX, empty, or no memory.
 */
int envelope_add(struct envelope *, const char *text, size_t len);
/* "never" or "success,failure,delay" in any case.  0, or -1: neither. */
int envelope_set_notify(struct envelope *, const char *text);
/* "full" or "hdrs".  0, or -1: neither. */
int envelope_set_ret(struct envelope *, const char *text);
/* Plain text, made xtext.  0, or -1: empty, too long, or not printable. */
int envelope_set_envid(struct envelope *, const char *text);

/* Gives a domain to addresses that have none, but for postmaster, whom each
 * server knows.  What is no address stays as it is.  0, or -1: no memory. */
int envelope_qualify(struct envelope *, const char *domain);

/* Recipients in that state. */
size_t envelope_count(const struct envelope *, enum rcpt_state);
/* Marks one refused; the text is copied and cut. */
void envelope_refuse(struct rcpt *, int code, const char *text);

#endif /* ENVELOPE_H */
