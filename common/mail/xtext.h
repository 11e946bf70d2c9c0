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
 * xtext of RFC 3461 section 4 (ENVID, ORCPT, AUTH=, XCLIENT) and the address
 * forms of RFC 6533 section 3 that ORCPT may hold.
 */

#ifndef XTEXT_H
#define XTEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Encodes src[0..len) into dst (size octets, terminated).  Every octet that
 * is not printable ASCII, and '+' and '=', becomes +HH.  3 * len + 1 octets
 * always suffice.  Returns the length or -1 when it does not fit.
 */
int xtext_encode(char *dst, size_t size, const char *src, size_t len);

/*
 * Decodes src[0..len) into dst (size octets, terminated; len + 1 suffice).
 * Returns the length, or -1 when it is no xtext, does not fit, or decodes to
 * a control character (NUL, CR and LF with them) or to non-ASCII.
 */
int xtext_decode(char *dst, size_t size, const char *src, size_t len);

/* Well-formed xtext; says nothing of what it decodes to. */
bool xtext_is_valid(const char *s, size_t len);

/*
 * A value of ORCPT: addr-type ";" and an address.  For type "utf-8" the forms
 * of RFC 6533 are accepted (\x{HEX}, and raw UTF-8 with utf8), for others
 * xtext.  No more than 500 octets (RFC 3461 section 5.2).
 */
bool xtext_is_orcpt(const char *s, size_t len, bool utf8);

#endif /* XTEXT_H */
