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
 * Base64 and the messages of PLAIN and LOGIN.  Input is any octets, counted;
 * bounds are computed before anything is written.  RFC 4648 section 4,
 * RFC 4616.
 */

#include "sasl.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The longest decoded message of PLAIN: three texts, two NULs. */
#define PLAIN_MAX (2 * SASL_NAME_MAX + SASL_PASSWORD_MAX + 2)

ssize_t
sasl_base64_encode(char *dst, size_t size, const void *src, size_t len)
{
	const unsigned char *s = src;
	uint32_t v;
	size_t n = 0;

	if (len > SIZE_MAX / 2 || size < SASL_BASE64_ROOM(len))
		return -1;
	for (; len >= 3; s += 3, len -= 3) {
		v = (uint32_t)s[0] << 16 | (uint32_t)s[1] << 8 | s[2];
		dst[n++] = alphabet[v >> 18];
		dst[n++] = alphabet[v >> 12 & 0x3f];
		dst[n++] = alphabet[v >> 6 & 0x3f];
		dst[n++] = alphabet[v & 0x3f];
	}
	if (len > 0) {
		v = (uint32_t)s[0] << 16;
		if (len == 2)
			v |= (uint32_t)s[1] << 8;
		dst[n++] = alphabet[v >> 18];
		dst[n++] = alphabet[v >> 12 & 0x3f];
		dst[n++] = len == 2 ? alphabet[v >> 6 & 0x3f] : '=';
		dst[n++] = '=';
	}
	dst[n] = '\0';
	return (ssize_t)n;
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	if (c == '/')
		return 63;
	return -1;
}

/* Four characters, the last pad of them '=', into 3 - pad octets. */
static int
decode_group(unsigned char *dst, const char *s, size_t pad)
{
	uint32_t v = 0;
	size_t i;
	int digit;

	for (i = 0; i < 4; i++) {
		digit = i < 4 - pad ? base64_value(s[i]) : 0;
		if (digit == -1)
			return -1;
		v = v << 6 | (uint32_t)digit;
	}
	if ((pad == 1 && (v & 0xff) != 0) || (pad == 2 && (v & 0xffff) != 0))
		return -1;
	for (i = 0; i < 3 - pad; i++)
		dst[i] = (unsigned char)(v >> (16 - 8 * i));
	return 0;
}

ssize_t
sasl_base64_decode(void *dst, size_t size, const char *src, size_t len)
{
	unsigned char *d = dst;
	size_t pad = 0, n, here;

	if (len % 4 != 0)
		return -1;
	if (len == 0)
		return 0;
	if (src[len - 1] == '=')
		pad = src[len - 2] == '=' ? 2 : 1;
	n = len / 4 * 3 - pad;
	if (n > size)
		return -1;
	for (; len > 0; src += 4, len -= 4) {
		here = len == 4 ? pad : 0;
		if (decode_group(d, src, here) == -1)
			return -1;
		d += 3 - here;
	}
	return (ssize_t)n;
}

/* Copies one text, already split off, with the checks all texts get. */
static enum sasl_error
take_text(char *dst, size_t size, const char *src, size_t len)
{
	size_t i;

	if (len >= size)
		return SASL_TOO_LONG;
	for (i = 0; i < len; i++) {
		if ((unsigned char)src[i] < 0x20 || src[i] == 0x7f)
			return SASL_CONTROL;
	}
	memcpy(dst, src, len);
	dst[len] = '\0';
	return SASL_OK;
}

static enum sasl_error
split_plain(struct sasl *s, const char *msg, size_t len)
{
	const char *user, *password;
	enum sasl_error e;
	size_t left, n;

	if ((user = memchr(msg, '\0', len)) == NULL)
		return SASL_MALFORMED;
	user++;
	left = len - (size_t)(user - msg);
	if ((password = memchr(user, '\0', left)) == NULL)
		return SASL_MALFORMED;
	password++;
	n = len - (size_t)(password - msg);
	if (memchr(password, '\0', n) != NULL)
		return SASL_MALFORMED;
	if (n == 0 || password - 1 == user)
		return SASL_MALFORMED;
	e = take_text(
	    s->authzid, sizeof(s->authzid), msg, (size_t)(user - 1 - msg));
	if (e == SASL_OK)
		e = take_text(s->user, sizeof(s->user), user,
		    (size_t)(password - 1 - user));
	if (e == SASL_OK)
		e = take_text(s->password, sizeof(s->password), password, n);
	return e;
}

/* Tells text that is too long apart from text that is no base64. */
static enum sasl_error
decode_error(const char *b64, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (base64_value(b64[i]) == -1 && b64[i] != '=')
			return SASL_BASE64;
	}
	return len % 4 != 0 ? SASL_BASE64 : SASL_TOO_LONG;
}

enum sasl_error
sasl_plain_parse(struct sasl *s, const char *b64, size_t len)
{
	char msg[PLAIN_MAX + 3];
	enum sasl_error e;
	ssize_t n;

	sasl_clear(s);
	if (len > SASL_BASE64_ROOM(PLAIN_MAX))
		return decode_error(b64, len);
	if ((n = sasl_base64_decode(msg, sizeof(msg), b64, len)) == -1)
		return SASL_BASE64;
	e = split_plain(s, msg, (size_t)n);
	explicit_bzero(msg, sizeof(msg));
	if (e != SASL_OK)
		sasl_clear(s);
	return e;
}

ssize_t
sasl_plain_print(char *buf, size_t size, const struct sasl *s)
{
	char msg[PLAIN_MAX];
	size_t z, u, p;
	ssize_t n;

	z = strlen(s->authzid);
	u = strlen(s->user);
	p = strlen(s->password);
	memcpy(msg, s->authzid, z + 1);
	memcpy(msg + z + 1, s->user, u + 1);
	memcpy(msg + z + u + 2, s->password, p);
	n = sasl_base64_encode(buf, size, msg, z + u + p + 2);
	explicit_bzero(msg, sizeof(msg));
	return n;
}

enum sasl_error
sasl_login_parse(char *out, size_t size, const char *b64, size_t len)
{
	char msg[SASL_PASSWORD_MAX + 4];
	enum sasl_error e;
	ssize_t n;

	if (size > 0)
		out[0] = '\0';
	if (len == 0)
		return SASL_MALFORMED;
	if (len > SASL_BASE64_ROOM(SASL_PASSWORD_MAX))
		return decode_error(b64, len);
	n = sasl_base64_decode(msg, sizeof(msg), b64, len);
	if (n == -1)
		e = SASL_BASE64;
	else if (n == 0)
		e = SASL_MALFORMED;
	else
		e = take_text(out, size, msg, (size_t)n);
	explicit_bzero(msg, sizeof(msg));
	return e;
}

bool
sasl_is_cancel(const char *line, size_t len)
{
	return len == 1 && line[0] == '*';
}

void
sasl_clear(struct sasl *s)
{
	explicit_bzero(s, sizeof(*s));
}
