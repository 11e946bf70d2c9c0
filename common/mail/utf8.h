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
 * UTF-8 of RFC 3629, strictly: no overlong forms, no surrogates, nothing
 * above U+10FFFF.  Also the one cleaner for text from outside that goes into
 * replies, header fields and logs.
 */

#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes the character at s[0..len).  Returns its length in octets (1 to 4)
 * and sets *cp, or 0 when what stands there is no well-formed character.
 */
size_t utf8_decode(const char *s, size_t len, uint32_t *cp);

/* All of s[0..len) is well-formed UTF-8.  Empty text is. */
bool utf8_is_valid(const char *s, size_t len);

/*
 * Well-formed, and fit for an address or one line of text: no control
 * characters of C0, DEL or C1, no line or paragraph separator, no
 * bidirectional embedding, override or isolate, no noncharacter.
 */
bool utf8_is_text(const char *s, size_t len);

/* No octet above 0x7f. */
bool utf8_is_ascii(const char *s, size_t len);

/*
 * Copies src[0..len) to dst (size octets, always terminated when size > 0) as
 * one line of printable text: runs of CR, LF, TAB become one blank, any other
 * control character '?'.  Octets above 0x7f become '?' each, or with keep
 * stay where they form text in the sense of utf8_is_text().  What does not
 * fit is cut, never inside a character.  Returns the length of dst.
 */
size_t
utf8_clean(char *dst, size_t size, const char *src, size_t len, bool keep);

#endif /* UTF8_H */
