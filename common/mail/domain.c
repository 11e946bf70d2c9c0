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
 * Domain names, address literals and what stands behind EHLO.  RFC 5321
 * section 4.1.3, RFC 1123 section 2.1; U-labels by libidn2 (RFC 5891 with
 * the mapping of UTS 46).  Everything is checked after any conversion, so
 * a character that maps to a dot or a blank gains nothing.
 */

#include "domain.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <idn2.h>

#include "utf8.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Of a label; capitals were folded before.  '_' is seen in real hosts. */
static bool
is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

static char
to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The label that begins at s: its length, or 0 when it is none. */
static size_t
label_length(const char *s)
{
	size_t n;

	for (n = 0; is_label_char(s[n]); n++)
		;
	if (n == 0 || n > DOMAIN_LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
		return 0;
	return n;
}

/* Folded ASCII; a last label of digits alone would be a bare address. */
static bool
is_canonical_name(const char *s)
{
	const char *p = s;
	size_t i, n;

	if (strlen(s) > DOMAIN_NAME_MAX)
		return false;
	for (;;) {
		if ((n = label_length(p)) == 0)
			return false;
		if (p[n] == '\0')
			break;
		if (p[n] != '.')
			return false;
		p += n + 1;
	}
	for (i = 0; i < n && is_digit(p[i]); i++)
		;
	return i < n;
}

/* U-labels to A-labels in place; buf is DOMAIN_MAX + 1 octets. */
static int
to_ascii(char *buf)
{
	char *ascii = NULL;
	int ret = -1;

	if (!utf8_is_text(buf, strlen(buf)))
		return -1;
	if (idn2_to_ascii_8z(
		buf, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return -1;
	if (strlcpy(buf, ascii, DOMAIN_MAX + 1) <= DOMAIN_MAX)
		ret = 0;
	idn2_free(ascii);
	return ret;
}

static int
parse_name(char *out, const char *s, size_t len, unsigned int flags)
{
	size_t i;

	if (len == 0 || len > DOMAIN_MAX || memchr(s, '\0', len) != NULL)
		return -1;
	memcpy(out, s, len);
	out[len] = '\0';
	if (!utf8_is_ascii(out, len)) {
		if ((flags & DOMAIN_UTF8) == 0 || to_ascii(out) == -1)
			return -1;
		len = strlen(out);
	}
	if (len > 1 && out[len - 1] == '.')
		out[--len] = '\0';
	for (i = 0; i < len; i++)
		out[i] = to_lower(out[i]);
	return is_canonical_name(out) ? 0 : -1;
}

int
domain_parse(char *out, const char *s, size_t len, unsigned int flags)
{
	struct sockaddr_storage ss;
	const void *sa = &ss;
	int ret = -1;

	if (len > 0 && s[0] == '[') {
		if ((flags & DOMAIN_LITERAL) != 0 &&
		    domain_literal_address(s, len, &ss) == 0 &&
		    domain_print_literal(out, DOMAIN_MAX + 1, sa) != -1)
			ret = 0;
	} else
		ret = parse_name(out, s, len, flags);
	if (ret == -1)
		out[0] = '\0';
	return ret;
}

enum domain_helo
domain_parse_helo(char *out, const char *s, size_t len, bool utf8)
{
	size_t i;

	if (domain_parse(
		out, s, len, DOMAIN_LITERAL | (utf8 ? DOMAIN_UTF8 : 0)) == 0)
		return domain_is_literal(out) ? DOMAIN_HELO_LITERAL :
						DOMAIN_HELO_NAME;
	if (len == 0 || len > DOMAIN_MAX)
		return DOMAIN_HELO_BAD;
	for (i = 0; i < len; i++) {
		if (s[i] <= ' ' || s[i] >= 0x7f)
			return DOMAIN_HELO_BAD;
	}
	memcpy(out, s, len);
	out[len] = '\0';
	return DOMAIN_HELO_ODD;
}

bool
domain_is_literal(const char *domain)
{
	return domain[0] == '[';
}

int
domain_literal_address(const char *s, size_t len, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6};
	struct sockaddr_in sin = {.sin_family = AF_INET};
	char text[INET6_ADDRSTRLEN];
	bool is_v6;

	if (len < 2 || s[0] != '[' || s[len - 1] != ']')
		return -1;
	s++;
	len -= 2;
	is_v6 = len > 5 && strncasecmp(s, "IPv6:", 5) == 0;
	if (is_v6) {
		s += 5;
		len -= 5;
	}
	if (len >= sizeof(text) || memchr(s, '\0', len) != NULL)
		return -1;
	memcpy(text, s, len);
	text[len] = '\0';
	memset(ss, 0, sizeof(*ss));
	if (is_v6) {
		if (inet_pton(AF_INET6, text, &sin6.sin6_addr) != 1)
			return -1;
		memcpy(ss, &sin6, sizeof(sin6));
		return 0;
	}
	if (inet_pton(AF_INET, text, &sin.sin_addr) != 1)
		return -1;
	memcpy(ss, &sin, sizeof(sin));
	return 0;
}

int
domain_print_literal(char *buf, size_t size, const struct sockaddr *sa)
{
	struct sockaddr_in6 sin6;
	struct sockaddr_in sin;
	char text[INET6_ADDRSTRLEN];
	const char *tag = "";
	int n;

	if (sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		inet_ntop(AF_INET, &sin.sin_addr, text, sizeof(text));
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&sin6, sa, sizeof(sin6));
		if (IN6_IS_ADDR_V4MAPPED(&sin6.sin6_addr))
			inet_ntop(AF_INET, &sin6.sin6_addr.s6_addr[12], text,
			    sizeof(text));
		else {
			tag = "IPv6:";
			inet_ntop(
			    AF_INET6, &sin6.sin6_addr, text, sizeof(text));
		}
	} else
		return -1;
	n = snprintf(buf, size, "[%s%s]", tag, text);
	return n < 0 || (size_t)n >= size ? -1 : n;
}

bool
domain_equal(const char *a, const char *b)
{
	char ca[DOMAIN_MAX + 1], cb[DOMAIN_MAX + 1];
	const unsigned int all = DOMAIN_UTF8 | DOMAIN_LITERAL;

	if (domain_parse(ca, a, strlen(a), all) == 0 &&
	    domain_parse(cb, b, strlen(b), all) == 0)
		return strcmp(ca, cb) == 0;
	return strcasecmp(a, b) == 0;
}

bool
domain_is_within(const char *name, const char *parent)
{
	size_t n = strlen(name), p = strlen(parent);

	if (n < p || p == 0 || strcmp(name + n - p, parent) != 0)
		return false;
	if (n == p)
		return true;
	return !domain_is_literal(name) && name[n - p - 1] == '.';
}

int
domain_print_unicode(char *buf, size_t size, const char *domain)
{
	char *wide = NULL;
	const char *text = domain;
	size_t n;

	if (!domain_is_literal(domain) &&
	    idn2_to_unicode_8z8z(domain, &wide, 0) == IDN2_OK &&
	    utf8_is_text(wide, strlen(wide)))
		text = wide;
	n = strlcpy(buf, text, size);
	idn2_free(wide);
	return n >= size ? -1 : (int)n;
}
