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
 * What AUTH needs: base64 of RFC 4648, strictly, and the messages of PLAIN
 * (RFC 4616) and LOGIN.  Results hold no control characters, so they can go
 * into messages and look-ups as they are.
 */

#ifndef SASL_H
#define SASL_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#define SASL_NAME_MAX 255
#define SASL_PASSWORD_MAX 255

/* Octets of base64 for n octets, with the terminator; and back. */
#define SASL_BASE64_ROOM(n) (((size_t)(n) + 2) / 3 * 4 + 1)
#define SASL_BASE64_DECODED(n) ((size_t)(n) / 4 * 3 + 3)

/* Prompts of LOGIN: "Username:" and "Password:". */
#define SASL_LOGIN_USER "VXNlcm5hbWU6"
#define SASL_LOGIN_PASSWORD "UGFzc3dvcmQ6"

enum sasl_error {
	SASL_OK,
	SASL_BASE64, /* 501 5.5.2: no base64 */
	SASL_MALFORMED, /* 501 5.5.2: not as the mechanism wants it */
	SASL_CONTROL, /* 535: control characters never pass */
	SASL_TOO_LONG /* 535: over SASL_NAME_MAX or SASL_PASSWORD_MAX */
};

/* Clear it with sasl_clear() as soon as the password was handed on. */
struct sasl {
	char authzid[SASL_NAME_MAX + 1]; /* "" when not given */
	char user[SASL_NAME_MAX + 1];
	char password[SASL_PASSWORD_MAX + 1];
};

/* Terminated.  Returns the length or -1 when it does not fit. */
ssize_t sasl_base64_encode(char *dst, size_t size, const void *src, size_t len);

/*
 * Not terminated.  Padding must be there and right, unused bits zero, nothing
 * else inside.  Returns the length, or -1 when malformed or too long.
 */
ssize_t sasl_base64_decode(void *dst, size_t size, const char *src, size_t len);

/*
 * Decodes a message of PLAIN: [authzid] NUL user NUL password.  user and
 * password are not empty.  On error *s is cleared.
 */
enum sasl_error sasl_plain_parse(struct sasl *s, const char *b64, size_t len);

/* The same as a client sends it, base64, terminated.  Length or -1. */
ssize_t sasl_plain_print(char *buf, size_t size, const struct sasl *s);

/*
 * Decodes one answer of LOGIN into out (terminated): size is SASL_NAME_MAX + 1
 * or SASL_PASSWORD_MAX + 1.  Empty is SASL_MALFORMED.
 */
enum sasl_error
sasl_login_parse(char *out, size_t size, const char *b64, size_t len);

/* The client gives up: the line is "*". */
bool sasl_is_cancel(const char *line, size_t len);

void sasl_clear(struct sasl *s);

#endif /* SASL_H */
