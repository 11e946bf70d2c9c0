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
 * Strict UTF-8 and the cleaner for text from outside.  RFC 3629; the
 * characters kept out of text are those that could forge what a terminal or
 * a log shows.
 */

#include "utf8.h"

#include <string.h>

/* The least character that needs a sequence of so many octets. */
static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

size_t
utf8_decode(const char *s, size_t len, uint32_t *cp)
{
	uint32_t c;
	unsigned char lead;
	size_t i, n;

	if (len == 0)
		return 0;
	lead = (unsigned char)s[0];
	if (lead < 0x80) {
		*cp = lead;
		return 1;
	}
	if (lead >= 0xc2 && lead < 0xe0) {
		n = 2;
		c = lead & 0x1f;
	} else if (lead >= 0xe0 && lead < 0xf0) {
		n = 3;
		c = lead & 0x0f;
	} else if (lead >= 0xf0 && lead < 0xf5) {
		n = 4;
		c = lead & 0x07;
	} else
		return 0;
	if (n > len)
		return 0;
	for (i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*cp = c;
	return n;
}

bool
utf8_is_valid(const char *s, size_t len)
{
	uint32_t cp;
	size_t n;

	for (; len > 0; s += n, len -= n) {
		if ((n = utf8_decode(s, len, &cp)) == 0)
			return false;
	}
	return true;
}

static bool
is_text(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return false;
	if (cp == 0x2028 || cp == 0x2029)
		return false;
	if ((cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069))
		return false;
	if ((cp >= 0xfdd0 && cp <= 0xfdef) || (cp & 0xfffe) == 0xfffe)
		return false;
	return true;
}

bool
utf8_is_text(const char *s, size_t len)
{
	uint32_t cp;
	size_t n;

	for (; len > 0; s += n, len -= n) {
		if ((n = utf8_decode(s, len, &cp)) == 0 || !is_text(cp))
			return false;
	}
	return true;
}

bool
utf8_is_ascii(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if ((unsigned char)s[i] >= 0x80)
			return false;
	}
	return true;
}

size_t
utf8_clean(char *dst, size_t size, const char *src, size_t len, bool keep)
{
	uint32_t cp;
	size_t n, out = 0;
	bool blank = false;

	if (size == 0)
		return 0;
	for (; len > 0; src += n, len -= n) {
		if (*src == '\r' || *src == '\n' || *src == '\t') {
			n = 1;
			if (!blank && out + 1 < size)
				dst[out++] = ' ';
			blank = true;
			continue;
		}
		blank = false;
		n = utf8_decode(src, len, &cp);
		if (n == 0 || !is_text(cp) || (n > 1 && !keep)) {
			/* Each octet by itself: a bad one hides no other. */
			n = 1;
			if (out + 1 >= size)
				break;
			dst[out++] = '?';
			continue;
		}
		if (out + n >= size)
			break;
		memcpy(dst + out, src, n);
		out += n;
	}
	dst[out] = '\0';
	return out;
}
