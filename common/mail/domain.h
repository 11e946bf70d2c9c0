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
 * Domain names and address literals as SMTP uses them (RFC 5321 sections
 * 2.3.5 and 4.1.3, RFC 1123, RFC 5890), without any look-up.
 *
 * The canonical form, the only one stored and compared: a name in lower case
 * A-labels, no trailing dot, 1 to 253 octets, labels of 1 to 63 octets of
 * letters, digits, '-' (not at an end) and '_', the last label not all
 * digits; or a literal "[192.0.2.1]" or "[IPv6:2001:db8::1]" as inet_ntop(3)
 * prints it.
 */

#ifndef DOMAIN_H
#define DOMAIN_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>

/* Longest canonical domain; buffers are DOMAIN_MAX + 1. */
#define DOMAIN_MAX 255
#define DOMAIN_NAME_MAX 253
#define DOMAIN_LABEL_MAX 63

/* What domain_parse() may accept beside a name in ASCII. */
#define DOMAIN_UTF8 0x01 /* U-labels; converted to A-labels */
#define DOMAIN_LITERAL 0x02 /* address literals */

/* What stood behind HELO, EHLO, LHLO. */
enum domain_helo {
	DOMAIN_HELO_NAME, /* a name; *out is canonical */
	DOMAIN_HELO_LITERAL, /* an address literal; *out is canonical */
	DOMAIN_HELO_ODD, /* neither, but harmless: printable, no blank */
	DOMAIN_HELO_BAD /* empty, too long, or holds what never passes */
};

/*
 * Parses s[0..len) and writes the canonical form, terminated, to out of
 * DOMAIN_MAX + 1 octets.  One trailing dot is dropped.  Returns 0, or -1 and
 * an empty out.
 */
int domain_parse(char *out, const char *s, size_t len, unsigned int flags);

/*
 * Sorts the argument of HELO, EHLO or LHLO, one argument without blanks
 * around it.  Underscores, bare addresses and other things seen in the field
 * are ODD and copied to out (DOMAIN_MAX + 1 octets, terminated) as they are;
 * BAD leaves out empty.  U-labels are accepted with utf8.
 */
enum domain_helo
domain_parse_helo(char *out, const char *s, size_t len, bool utf8);

/* The canonical domain is a literal. */
bool domain_is_literal(const char *domain);

/*
 * Address of a literal (with its brackets, canonical or not; "IPv6:" in any
 * case, no scope id).  Port is 0.  Returns 0 or -1.
 */
int
domain_literal_address(const char *s, size_t len, struct sockaddr_storage *ss);

/*
 * Prints an address of AF_INET or AF_INET6 as a literal.  An IPv4-mapped IPv6
 * address is printed as the IPv4 one.  Returns the length, or -1 when it does
 * not fit or the family is another.
 */
int domain_print_literal(char *buf, size_t size, const struct sockaddr *sa);

/*
 * Equal as domains: whatever the case, a trailing dot or A- or U-labels.
 * Arguments that are no domains are equal only when their octets are, ASCII
 * case apart.
 */
bool domain_equal(const char *a, const char *b);

/* The canonical name is parent or lies below it.  Literals: only equal. */
bool domain_is_within(const char *name, const char *parent);

/*
 * The name for people: A-labels that are valid become U-labels, into buf
 * (size octets, terminated).  Falls back to the name as it is.  Returns the
 * length or -1 when it does not fit.
 */
int domain_print_unicode(char *buf, size_t size, const char *domain);

#endif /* DOMAIN_H */
