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
 * xtext, RFC 3461 section 4, and the address forms of ORCPT, RFC 6533
 * section 3.  Input is any octets, counted.
 */

#include "xtext.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "utf8.h"

#define ORCPT_MAX 500

static const char hex_digits[] = "0123456789ABCDEF";

/* RFC 3461: only capitals are hexadecimal digits of an xtext. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool
is_xchar(char c)
{
	return c > ' ' && c < 0x7f && c != '+' && c != '=';
}

int
xtext_encode(char *dst, size_t size, const char *src, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (n + 4 > size && !(is_xchar(src[i]) && n + 2 <= size))
			return -1;
		if (is_xchar(src[i])) {
			dst[n++] = src[i];
			continue;
		}
		dst[n++] = '+';
		dst[n++] = hex_digits[(unsigned char)src[i] >> 4];
		dst[n++] = hex_digits[(unsigned char)src[i] & 0xf];
	}
	if (n >= size)
		return -1;
	dst[n] = '\0';
	return (int)n;
}

/* The octet at *pos, which moves on, or -1. */
static int
next_octet(const char *s, size_t len, size_t *pos)
{
	int high, low;

	if (is_xchar(s[*pos]))
		return s[(*pos)++];
	if (s[*pos] != '+' || len - *pos < 3)
		return -1;
	high = hex_value(s[*pos + 1]);
	low = hex_value(s[*pos + 2]);
	if (high == -1 || low == -1)
		return -1;
	*pos += 3;
	return high << 4 | low;
}

int
xtext_decode(char *dst, size_t size, const char *src, size_t len)
{
	size_t n = 0, pos = 0;
	int c;

	while (pos < len) {
		c = next_octet(src, len, &pos);
		if (c < 0x20 || c > 0x7e || n + 1 >= size)
			return -1;
		dst[n++] = (char)c;
	}
	if (n >= size)
		return -1;
	dst[n] = '\0';
	return (int)n;
}

bool
xtext_is_valid(const char *s, size_t len)
{
	size_t pos = 0;

	while (pos < len) {
		if (next_octet(s, len, &pos) == -1)
			return false;
	}
	return true;
}

/*
 * \x{HEX} of RFC 6533 section 3: two to six capitals that name a character
 * outside of what xtext writes by itself.  Returns its length or 0.
 */
static size_t
embedded_char(const char *s, size_t len)
{
	uint32_t cp = 0;
	size_t i;
	int digit;

	if (len < 6 || memcmp(s, "\\x{", 3) != 0)
		return 0;
	for (i = 3; i < len && i < 10 && s[i] != '}'; i++) {
		if ((digit = hex_value(s[i])) == -1)
			return 0;
		cp = cp << 4 | (uint32_t)digit;
	}
	if (i >= len || s[i] != '}' || i < 5)
		return 0;
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp > 0x10ffff ||
	    (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	return i + 1;
}

static bool
is_utf8_address(const char *s, size_t len, bool utf8)
{
	size_t n;
	uint32_t cp;

	for (; len > 0; s += n, len -= n) {
		if (*s == '\\' && (n = embedded_char(s, len)) > 0)
			continue;
		n = utf8_decode(s, len, &cp);
		if (n == 1 && *s != '\\' && is_xchar(*s))
			continue;
		if (n > 1 && utf8 && utf8_is_text(s, n))
			continue;
		return false;
	}
	return true;
}

bool
xtext_is_orcpt(const char *s, size_t len, bool utf8)
{
	const char *semi;
	size_t i, type;

	if (len > ORCPT_MAX || (semi = memchr(s, ';', len)) == NULL)
		return false;
	type = (size_t)(semi - s);
	if (type == 0 || type + 1 == len)
		return false;
	/* addr-type is an atom, RFC 3461 section 4.2. */
	for (i = 0; i < type; i++) {
		if (!is_xchar(s[i]) || strchr("()<>@,:\\\"[].", s[i]) != NULL)
			return false;
	}
	if (type == 5 && strncasecmp(s, "utf-8", 5) == 0)
		return is_utf8_address(semi + 1, len - type - 1, utf8);
	return xtext_is_valid(semi + 1, len - type - 1);
}
