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
 * The grammar of RFC 7208 section 12, term by term; see spf_record.h.
 */
#include "spf_record.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct part {
	const char *at;
	size_t len;
};

struct mending {
	bool is_ip4;
	char *out;
	size_t len;
	bool is_full;
	bool has_all, has_exp;
	struct part redirect; /* at NULL: none */
};

/* Prefix lengths; -1: not given. */
struct cidr {
	int four, six;
};

/* What does not fit makes the record a bad one in the end; it is never cut. */
static void
put(struct mending *m, const char *text, size_t len)
{
	if (len >= SPF_RECORD_MAX - m->len) {
		m->is_full = true;
		return;
	}
	memcpy(m->out + m->len, text, len);
	m->len += len;
	m->out[m->len] = '\0';
}

static void
put_text(struct mending *m, const char *text)
{
	put(m, text, strlen(text));
}

/* Of ASCII: isalnum depends on a locale for the rest. */
static bool
is_alnum(char c)
{
	return isascii((unsigned char)c) && isalnum((unsigned char)c);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "%{" letter digits "r" delimiters "}", "%%", "%_", "%-"; its length, 0:
 * none.  c, r and t are for explanations alone. */
static size_t
macro_len(struct part p)
{
	size_t i = 3, digits;
	unsigned int value = 0;

	if (p.len < 2)
		return 0;
	if (strchr("%_-", p.at[1]) != NULL)
		return 2;
	if (p.at[1] != '{' || p.len < 4 ||
	    strchr("slodiphvSLODIPHV", p.at[2]) == NULL)
		return 0;
	for (digits = 0; i < p.len && is_digit(p.at[i]); i++, digits++)
		value = value < 1000 ? value * 10 + (unsigned)(p.at[i] - '0') :
				       value;
	if (digits > 0 && value == 0)
		return 0;
	if (i < p.len && (p.at[i] == 'r' || p.at[i] == 'R'))
		i++;
	while (
	    i < p.len && p.at[i] != '\0' && strchr(".-+,/_=", p.at[i]) != NULL)
		i++;
	return i < p.len && p.at[i] == '}' ? i + 1 : 0;
}

/* macro-string; *end: where the last macro ends, or 0. */
static bool
is_macro_string(struct part p, size_t *end)
{
	size_t i = 0, n;

	*end = 0;
	while (i < p.len) {
		if (p.at[i] == '%') {
			n = macro_len((struct part){p.at + i, p.len - i});
			if (n == 0)
				return false;
			i += n;
			*end = i;
		} else if (p.at[i] <= ' ' || p.at[i] > '~')
			return false;
		else
			i++;
	}
	return true;
}

/* Ends in a macro, or in a label that may be a top one and a dot before. */
static bool
is_domain_spec(struct part p)
{
	size_t end, i, len;
	bool has_alpha = false, has_dash = false;
	const char *label;

	if (p.len == 0 || !is_macro_string(p, &end))
		return false;
	if (end == p.len)
		return true;
	if (p.at[p.len - 1] == '.')
		p.len--;
	for (i = p.len; i > end && p.at[i - 1] != '.'; i--)
		;
	if (i == 0 || i == p.len || p.at[i - 1] != '.')
		return false;
	label = p.at + i;
	len = p.len - i;
	if (label[0] == '-' || label[len - 1] == '-')
		return false;
	for (i = 0; i < len; i++) {
		if (!is_alnum(label[i]) && label[i] != '-')
			return false;
		has_alpha |= is_alnum(label[i]) && !is_digit(label[i]);
		has_dash |= label[i] == '-';
	}
	return has_alpha || has_dash;
}

/* Takes "/length" (so many slashes) off the end. -1: it is wrong. RFC 7208
 * section 5: digits without a zero in front, and not above the most. */
static int
take_cidr(struct part *p, size_t slashes, int most, int *out)
{
	size_t i = p->len, digits;
	int value = 0;

	*out = -1;
	while (i > 0 && is_digit(p->at[i - 1]))
		i--;
	digits = p->len - i;
	if (digits == 0 || i < slashes || p->at[i - 1] != '/' ||
	    (slashes == 2) != (i > 1 && p->at[i - 2] == '/'))
		return 0;
	if (digits > 3 || (digits > 1 && p->at[i] == '0'))
		return -1;
	for (p->len = i - slashes; digits > 0; digits--)
		value = value * 10 + (p->at[i++] - '0');
	*out = value;
	return value > most ? -1 : 0;
}

/* Up to a ':', a '/' or the end, or "a" would be found in "all". */
static bool
is_named(struct part term, const char *name, struct part *rest)
{
	size_t len = strlen(name);

	if (term.len < len || strncasecmp(term.at, name, len) != 0 ||
	    (term.len > len && strchr(":/", term.at[len]) == NULL))
		return false;
	rest->at = term.at + len;
	rest->len = term.len - len;
	return true;
}

/* A term that asks the DNS is counted by a lookup of a name that only the memo
 * knows, as the library counts otherwise. */
static void
put_term(struct mending *m)
{
	put_text(m, " ?exists:" SPF_TERM);
}

/* Without one it is the domain that is being checked. */
static void
put_domain(struct mending *m, struct part domain)
{
	if (domain.len > 0)
		put(m, domain.at, domain.len);
	else
		put_text(m, "%{d}");
}

/* a, mx: [":" domain] ["/" length] ["//" length] A length of 0 matches every
 * client, provided that there is any such host, which is asked for under
 * another name. */
static bool
host_term(struct mending *m, char qualifier, const char *name, struct part rest)
{
	char text[16];
	struct cidr cidr;
	int length;

	if (take_cidr(&rest, 2, 128, &cidr.six) == -1 ||
	    take_cidr(&rest, 1, 32, &cidr.four) == -1)
		return false;
	if (rest.len > 0) {
		if (*rest.at != ':')
			return false;
		rest.at++;
		rest.len--;
		if (!is_domain_spec(rest))
			return false;
	}
	length = m->is_ip4 ? cidr.four : cidr.six;
	put_term(m);
	put_text(m, " ");
	put(m, &qualifier, 1);
	if (length == 0) {
		put_text(m, "exists:");
		if (*name == 'm')
			put_text(m, SPF_ANY_MX);
		else if (!m->is_ip4)
			put_text(m, SPF_ANY_AAAA);
		put_domain(m, rest);
		return true;
	}
	put_text(m, name);
	put_text(m, ":");
	put_domain(m, rest);
	if (length > 0) {
		snprintf(
		    text, sizeof(text), "%s%d", m->is_ip4 ? "/" : "//", length);
		put_text(m, text);
	}
	return true;
}

/* ip4, ip6: ":" address ["/" length] Of the other family it matches nobody, and
 * is left out once its form was checked. A length of 0 becomes two halves,
 * which the library can do. */
static bool
address_term(struct mending *m, char qualifier, bool is_ip4, struct part rest)
{
	static const char *const halves[2][2] = {
	    {"ip6:::/1", "ip6:8000::/1"}, {"ip4:0.0.0.0/1", "ip4:128.0.0.0/1"}};
	char text[INET6_ADDRSTRLEN], length[16] = "";
	uint8_t address[16];
	int cidr, i;

	if (rest.len < 2 || *rest.at != ':' ||
	    take_cidr(&rest, 1, is_ip4 ? 32 : 128, &cidr) == -1 ||
	    rest.len - 1 >= sizeof(text))
		return false;
	memcpy(text, rest.at + 1, rest.len - 1);
	text[rest.len - 1] = '\0';
	if (inet_pton(is_ip4 ? AF_INET : AF_INET6, text, address) != 1)
		return false;
	if (is_ip4 != m->is_ip4)
		return true;
	for (i = 0; cidr == 0 && i < 2; i++) {
		put_text(m, " ");
		put(m, &qualifier, 1);
		put_text(m, halves[is_ip4][i]);
	}
	if (cidr == 0)
		return true;
	if (cidr > 0)
		snprintf(length, sizeof(length), "/%d", cidr);
	put_text(m, " ");
	put(m, &qualifier, 1);
	put_text(m, is_ip4 ? "ip4:" : "ip6:");
	put_text(m, text);
	put_text(m, length);
	return true;
}

/* include, exists, ptr; the domain of the last may be left out. The library's
 * own words, behind one that counts. */
static bool
domain_term(
    struct mending *m, char qualifier, const char *name, struct part rest)
{
	const bool is_ptr = *name == 'p';

	if (rest.len > 0 && *rest.at != ':')
		return false;
	if (rest.len > 0) {
		rest.at++;
		rest.len--;
		if (!is_domain_spec(rest))
			return false;
	} else if (!is_ptr)
		return false;
	put_term(m);
	put_text(m, " ");
	put(m, &qualifier, 1);
	put_text(m, name);
	put_text(m, ":");
	put_domain(m, rest);
	return true;
}

/* "a" behind "all" and "mx" behind "ptr" does not matter: is_named wants the
 * whole name. */
static bool
mechanism(struct mending *m, struct part term)
{
	static const char *const names[] = {"include", "exists", "ptr"};
	char qualifier = '+';
	struct part rest;
	size_t i;

	if (strchr("+-?~", *term.at) != NULL) {
		qualifier = *term.at++;
		term.len--;
	}
	if (is_named(term, "all", &rest)) {
		m->has_all = true;
		put_text(m, " ");
		put(m, &qualifier, 1);
		put_text(m, "all");
		return rest.len == 0;
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_named(term, names[i], &rest))
			return domain_term(m, qualifier, names[i], rest);
	if (is_named(term, "mx", &rest))
		return host_term(m, qualifier, "mx", rest);
	if (is_named(term, "a", &rest))
		return host_term(m, qualifier, "a", rest);
	if (is_named(term, "ip4", &rest))
		return address_term(m, qualifier, true, rest);
	if (is_named(term, "ip6", &rest))
		return address_term(m, qualifier, false, rest);
	return false;
}

/* Is it a modifier, name "=" text?  *value behind the sign. */
static bool
is_modifier(struct part term, struct part *value)
{
	size_t i;

	if (!is_alnum(*term.at) || is_digit(*term.at))
		return false;
	for (i = 0; i < term.len &&
	     (is_alnum(term.at[i]) || strchr("-_.", term.at[i]) != NULL);
	     i++)
		;
	if (i == term.len || term.at[i] != '=')
		return false;
	value->at = term.at + i + 1;
	value->len = term.len - i - 1;
	return true;
}

/* Each of the two that are known once (RFC 7208 section 6); others are allowed
 * and mean nothing. */
static bool
modifier(struct mending *m, struct part term, struct part value)
{
	size_t end, len = term.len - value.len - 1;

	if (len == 8 && strncasecmp(term.at, "redirect", 8) == 0) {
		if (m->redirect.at != NULL || !is_domain_spec(value))
			return false;
		m->redirect = value;
		return true;
	}
	if (len == 3 && strncasecmp(term.at, "exp", 3) == 0) {
		if (m->has_exp || !is_domain_spec(value))
			return false;
		m->has_exp = true;
		return true;
	}
	return is_macro_string(value, &end);
}

/* out is what the library gets. BAD: the record is SPF's, but breaks the
 * grammar, which is a permanent error for all of it. */
enum spf_record
spf_record_mend(
    const char *text, size_t len, bool is_ip4, char out[SPF_RECORD_MAX])
{
	static const char version[] = "v=spf1";
	const size_t skip = sizeof(version) - 1;
	struct mending m = {.is_ip4 = is_ip4, .out = out};
	const char *end = text + len;
	struct part term, value;

	if (len < skip || strncasecmp(text, version, skip) != 0 ||
	    (len > skip && text[skip] != ' '))
		return SPF_RECORD_OTHER;
	put_text(&m, version);
	for (text += skip; text < end; text += term.len) {
		if (*text == ' ') {
			term.len = 1;
			continue;
		}
		term.at = text;
		for (term.len = 0;
		     text + term.len < end && text[term.len] != ' '; term.len++)
			if (text[term.len] < '!' || text[term.len] > '~')
				return SPF_RECORD_BAD;
		if (!(is_modifier(term, &value) ? modifier(&m, term, value) :
						  mechanism(&m, term)))
			return SPF_RECORD_BAD;
	}
	if (m.redirect.at != NULL && !m.has_all) {
		put_term(&m);
		put_text(&m, " redirect=");
		put(&m, m.redirect.at, m.redirect.len);
	}
	return m.is_full ? SPF_RECORD_BAD : SPF_RECORD_GOOD;
}
