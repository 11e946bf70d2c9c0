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
 * Parses paths of RFC 5321 section 4.1.2 and makes the canonical mailbox of
 * them.  The input is any octets, counted.  A local part is first brought
 * into raw form, without quotes, then checked, then written in wire form:
 * what two spellings mean alike becomes the same text.
 */

#include "address.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "domain.h"
#include "utf8.h"

static const char *const error_text[] = {
    [ADDRESS_OK] = "ok",
    [ADDRESS_SYNTAX] = "bad address syntax",
    [ADDRESS_TOO_LONG] = "address too long",
    [ADDRESS_NEEDS_UTF8] = "non-ASCII address without SMTPUTF8",
    [ADDRESS_BAD_UTF8] = "bad UTF-8 in address",
    [ADDRESS_NO_BRACKETS] = "address must be inside <>",
    [ADDRESS_NO_DOMAIN] = "address without domain",
    [ADDRESS_BAD_DOMAIN] = "bad domain in address",
    [ADDRESS_IS_NULL] = "null address not allowed",
};

/* What is left to read of a path. */
struct input {
	const char *p;
	size_t len;
};

static void
skip(struct input *in, size_t n)
{
	in->p += n;
	in->len -= n;
}

/* RFC 5322 section 3.2.3; octets above 0x7f are judged with the whole. */
static bool
is_atext(char c)
{
	if ((unsigned char)c >= 0x80)
		return true;
	return isalnum((unsigned char)c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* A raw local part that needs no quotes. */
static bool
is_dot_string(const char *s, size_t len)
{
	size_t i;
	bool want_atext = true;

	for (i = 0; i < len; i++) {
		if (s[i] == '.') {
			if (want_atext)
				return false;
			want_atext = true;
		} else if (is_atext(s[i]))
			want_atext = false;
		else
			return false;
	}
	return !want_atext;
}

/* "@a,@b:" in front of a mailbox: checked and dropped, RFC 5321 app. C. */
static enum address_error
skip_route(struct input *in, unsigned int flags)
{
	char domain[DOMAIN_MAX + 1];
	const unsigned int dflags =
	    DOMAIN_LITERAL | ((flags & ADDRESS_UTF8) != 0 ? DOMAIN_UTF8 : 0);
	size_t n;
	char end;

	do {
		if (in->len == 0 || *in->p != '@')
			return ADDRESS_SYNTAX;
		skip(in, 1);
		n = 0;
		if (in->len > 0 && *in->p == '[') {
			while (n < in->len && in->p[n] != ']')
				n++;
		}
		while (n < in->len && in->p[n] != ',' && in->p[n] != ':')
			n++;
		if (n == in->len)
			return ADDRESS_SYNTAX;
		if (domain_parse(domain, in->p, n, dflags) == -1)
			return ADDRESS_BAD_DOMAIN;
		end = in->p[n];
		skip(in, n + 1);
	} while (end == ',');
	return ADDRESS_OK;
}

/*
 * Reads "quoted text" into raw, any octets of it: check_raw() judges them.
 * in is left behind the closing quote.
 */
static enum address_error
read_quoted(struct input *in, char *raw, size_t *raw_len)
{
	size_t n = 0;
	char c;

	for (skip(in, 1); in->len > 0; skip(in, 1)) {
		c = *in->p;
		if (c == '"') {
			skip(in, 1);
			*raw_len = n;
			return ADDRESS_OK;
		}
		if (c == '\\') {
			if (in->len < 2)
				return ADDRESS_SYNTAX;
			skip(in, 1);
			c = *in->p;
		}
		if (n == ADDRESS_MAX)
			return ADDRESS_TOO_LONG;
		raw[n++] = c;
	}
	return ADDRESS_SYNTAX;
}

static enum address_error
read_local(struct input *in, char *raw, size_t *raw_len)
{
	size_t n;

	if (in->len > 0 && *in->p == '"')
		return read_quoted(in, raw, raw_len);
	for (n = 0; n < in->len && in->p[n] != '@'; n++)
		;
	if (!is_dot_string(in->p, n))
		return ADDRESS_SYNTAX;
	if (n > ADDRESS_MAX)
		return ADDRESS_TOO_LONG;
	memcpy(raw, in->p, n);
	*raw_len = n;
	skip(in, n);
	return ADDRESS_OK;
}

static enum address_error
check_raw(const char *raw, size_t len, unsigned int flags)
{
	size_t i;

	if (len == 0)
		return ADDRESS_SYNTAX;
	for (i = 0; i < len; i++) {
		if (is_control(raw[i]))
			return ADDRESS_SYNTAX;
	}
	if (utf8_is_ascii(raw, len))
		return ADDRESS_OK;
	if ((flags & ADDRESS_UTF8) == 0)
		return ADDRESS_NEEDS_UTF8;
	return utf8_is_text(raw, len) ? ADDRESS_OK : ADDRESS_BAD_UTF8;
}

/* Writes the wire form of raw at the start of a->text. */
static enum address_error
put_local(struct address *a, const char *raw, size_t len, unsigned int flags)
{
	const size_t max =
	    (flags & ADDRESS_LONG) != 0 ? ADDRESS_MAX : ADDRESS_LOCAL_MAX;
	size_t i, n = 0;

	a->utf8 = !utf8_is_ascii(raw, len);
	a->quoted = !is_dot_string(raw, len);
	if (a->quoted)
		a->text[n++] = '"';
	for (i = 0; i < len; i++) {
		/* Room for this octet, a backslash and the last quote. */
		if (n + 3 > ADDRESS_MAX)
			return ADDRESS_TOO_LONG;
		if (raw[i] == '"' || raw[i] == '\\')
			a->text[n++] = '\\';
		a->text[n++] = raw[i];
	}
	if (a->quoted)
		a->text[n++] = '"';
	if (n > max)
		return ADDRESS_TOO_LONG;
	a->text[n] = '\0';
	a->local_len = a->len = (uint16_t)n;
	return ADDRESS_OK;
}

static enum address_error
put_domain(struct address *a, const char *s, size_t len, unsigned int flags)
{
	char domain[DOMAIN_MAX + 1];
	const unsigned int dflags =
	    DOMAIN_LITERAL | ((flags & ADDRESS_UTF8) != 0 ? DOMAIN_UTF8 : 0);
	size_t n;

	if (!utf8_is_ascii(s, len)) {
		if ((flags & ADDRESS_UTF8) == 0)
			return ADDRESS_NEEDS_UTF8;
		if (!utf8_is_text(s, len))
			return ADDRESS_BAD_UTF8;
	}
	if (len > DOMAIN_MAX)
		return ADDRESS_TOO_LONG;
	if (domain_parse(domain, s, len, dflags) == -1)
		return ADDRESS_BAD_DOMAIN;
	n = strlen(domain);
	if (a->local_len + 1 + n > ADDRESS_MAX)
		return ADDRESS_TOO_LONG;
	a->text[a->local_len] = '@';
	memcpy(a->text + a->local_len + 1, domain, n + 1);
	a->len = (uint16_t)(a->local_len + 1 + n);
	return ADDRESS_OK;
}

static enum address_error
check_bare(const struct address *a, unsigned int flags)
{
	if ((flags & ADDRESS_BARE) != 0)
		return ADDRESS_OK;
	if ((flags & ADDRESS_POSTMASTER) != 0 && address_is_postmaster(a))
		return ADDRESS_OK;
	return ADDRESS_NO_DOMAIN;
}

/* A mailbox, or a local part alone: no brackets, no route. */
static enum address_error
parse_mailbox(struct address *a, struct input *in, unsigned int flags)
{
	char raw[ADDRESS_MAX];
	enum address_error e;
	size_t len;

	if ((e = read_local(in, raw, &len)) != ADDRESS_OK)
		return e;
	if ((e = check_raw(raw, len, flags)) != ADDRESS_OK)
		return e;
	if ((e = put_local(a, raw, len, flags)) != ADDRESS_OK)
		return e;
	if (in->len == 0)
		return check_bare(a, flags);
	if (*in->p != '@')
		return ADDRESS_SYNTAX;
	skip(in, 1);
	return put_domain(a, in->p, in->len, flags);
}

enum address_error
address_parse(struct address *a, const char *s, size_t len, unsigned int flags)
{
	struct input in = {s, len};
	enum address_error e = ADDRESS_OK;

	memset(a, 0, sizeof(*a));
	if (len > 0 && s[0] == '<') {
		if (len < 2 || s[len - 1] != '>')
			return ADDRESS_SYNTAX;
		skip(&in, 1);
		in.len--;
	} else if ((flags & ADDRESS_BRACKETS) != 0)
		return ADDRESS_NO_BRACKETS;
	if (in.len == 0)
		return (flags & ADDRESS_NULL) != 0 ? ADDRESS_OK :
						     ADDRESS_IS_NULL;
	if (*in.p == '@')
		e = skip_route(&in, flags);
	if (e == ADDRESS_OK)
		e = parse_mailbox(a, &in, flags);
	if (e != ADDRESS_OK)
		memset(a, 0, sizeof(*a));
	return e;
}

enum address_error
address_make(struct address *a, const char *local, size_t len,
    const char *domain, unsigned int flags)
{
	enum address_error e;

	memset(a, 0, sizeof(*a));
	e = check_raw(local, len, flags);
	if (e == ADDRESS_OK)
		e = put_local(a, local, len, flags);
	if (e == ADDRESS_OK && *domain == '\0')
		e = check_bare(a, flags);
	else if (e == ADDRESS_OK)
		e = put_domain(a, domain, strlen(domain), flags);
	if (e != ADDRESS_OK)
		memset(a, 0, sizeof(*a));
	return e;
}

int
address_set_domain(struct address *a, const char *domain)
{
	if (!address_is_bare(a))
		return -1;
	if (put_domain(a, domain, strlen(domain), ADDRESS_UTF8) != ADDRESS_OK)
		return -1;
	return 0;
}

const char *
address_strerror(enum address_error e)
{
	return error_text[e];
}
