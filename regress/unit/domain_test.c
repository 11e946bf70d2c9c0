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
 * Domains, literals and EHLO arguments.
 */

#include "domain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ALL (DOMAIN_UTF8 | DOMAIN_LITERAL)

/*
 * One form for each domain: lower case, A-labels, no dot at the end.  All
 * numbers are refused, for they would be taken for an address somewhere.
 */
static void
parses(void **state)
{
	static const struct {
		const char *in;
		unsigned int flags;
		const char *out; /* NULL: refused */
	} cases[] = {
	    {"Example.ORG", 0, "example.org"},
	    {"example.org.", 0, "example.org"},
	    {"a", 0, "a"},
	    {"3com.com", 0, "3com.com"},
	    {"a.b1", 0, "a.b1"},
	    {"_dmarc.example", 0, "_dmarc.example"},
	    {"", ALL, NULL},
	    {".", ALL, NULL},
	    {"a..", ALL, NULL},
	    {".a", ALL, NULL},
	    {"a b", ALL, NULL},
	    {"a\nb", ALL, NULL},
	    {"a/../b", ALL, NULL},
	    {"1.2.3.4", ALL, NULL},
	    {"123", ALL, NULL},
	    {"-a.b", ALL, NULL},
	    {"a-.b", ALL, NULL},
	    {L63 ".a", 0, L63 ".a"},
	    {"a" L63 ".a", 0, NULL},
	    {L63 "." L63 "." L63 "." L63, 0, NULL},
	    {"[192.0.2.1]", DOMAIN_LITERAL, "[192.0.2.1]"},
	    {"[192.0.2.1]", 0, NULL},
	    {"[IPv6:::ffff:192.0.2.1]", ALL, "[192.0.2.1]"},
	    {"[IPv6:2001:db8::A]", ALL, "[IPv6:2001:db8::a]"},
	    {"[IPv6:]", ALL, NULL},
	    {"[IPv6:1:2:3:4:5:6:7:8:9]", ALL, NULL},
	    {"[", ALL, NULL},
	    {"[]", ALL, NULL},
	    {"b\xc3\xbc"
	     "cher.de",
		ALL, "xn--bcher-kva.de"},
	    {"b\xc3\xbc"
	     "cher.de",
		0, NULL},
	    {"\xe2\x80\xae.de", ALL, NULL},
	    {"\xff.de", ALL, NULL},
	};
	char out[DOMAIN_MAX + 1];
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ret = domain_parse(
		    out, cases[i].in, strlen(cases[i].in), cases[i].flags);
		if ((ret == 0) != (cases[i].out != NULL))
			print_error("%s: %d\n", cases[i].in, ret);
		assert_int_equal(ret, cases[i].out != NULL ? 0 : -1);
		assert_string_equal(
		    out, cases[i].out != NULL ? cases[i].out : "");
	}
	assert_int_equal(domain_parse(out, "a\0b", 3, ALL), -1);
	assert_int_equal(domain_parse(out, "[1.2.3.4\0]", 10, ALL), -1);
}

/* RFC 1035 section 2.3.4, from both sides of the limit. */
static void
bounds_names(void **state)
{
	char name[300], out[DOMAIN_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(name); i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	assert_int_equal(domain_parse(out, name, 253, 0), 0);
	assert_int_equal(strlen(out), 253);
	/* The dot at the end is not part of the name. */
	assert_int_equal(domain_parse(out, name, 254, 0), 0);
	assert_int_equal(strlen(out), 253);
	assert_int_equal(domain_parse(out, name, 255, 0), -1);
	assert_int_equal(domain_parse(out, name, 256, 0), -1);
	assert_int_equal(domain_parse(out, name, 300, 0), -1);
}

/*
 * A HELO that is no name is kept for the log and the rules if it is harmless;
 * RFC 5321 section 4.1.4 forbids refusing it for not matching.
 */
static void
sorts_helo(void **state)
{
	static const struct {
		const char *in;
		enum domain_helo kind;
		const char *out;
	} cases[] = {
	    {"Mail.Example.org", DOMAIN_HELO_NAME, "mail.example.org"},
	    {"[192.0.2.1]", DOMAIN_HELO_LITERAL, "[192.0.2.1]"},
	    {"192.0.2.1", DOMAIN_HELO_ODD, "192.0.2.1"},
	    {"PC-of Bob", DOMAIN_HELO_BAD, ""},
	    {"$(x)", DOMAIN_HELO_ODD, "$(x)"},
	    {"[::1]", DOMAIN_HELO_ODD, "[::1]"},
	    {"[IPv6:fe80::1%lo]", DOMAIN_HELO_ODD, "[IPv6:fe80::1%lo]"},
	    {"a\rb", DOMAIN_HELO_BAD, ""},
	    {"a\x7f", DOMAIN_HELO_BAD, ""},
	    {"a\xff", DOMAIN_HELO_BAD, ""},
	    {"", DOMAIN_HELO_BAD, ""},
	};
	char out[DOMAIN_MAX + 1], big[300];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(domain_parse_helo(out, cases[i].in,
				     strlen(cases[i].in), false),
		    cases[i].kind);
		assert_string_equal(out, cases[i].out);
	}
	memset(big, '$', sizeof(big));
	assert_int_equal(
	    domain_parse_helo(out, big, 255, false), DOMAIN_HELO_ODD);
	assert_int_equal(
	    domain_parse_helo(out, big, 256, false), DOMAIN_HELO_BAD);
}

/* A domain is within another only at a dot: "ab.c" is not of "b.c". */
static void
compares(void **state)
{
	(void)state;
	assert_true(domain_equal("A.b.", "a.B"));
	assert_true(domain_equal("b\xc3\xbc"
				 "cher.de",
	    "XN--BCHER-KVA.de"));
	assert_true(domain_equal("[IPv6:::1]", "[ipv6:0::1]"));
	assert_false(domain_equal("a.b", "a.c"));
	assert_false(domain_equal("a b", "a.b"));
	assert_true(domain_is_within("a.b.c", "b.c"));
	assert_true(domain_is_within("b.c", "b.c"));
	assert_false(domain_is_within("ab.c", "b.c"));
	assert_false(domain_is_within("c", "b.c"));
	assert_false(domain_is_within("b.c", ""));
	assert_true(domain_is_literal("[1.2.3.4]"));
	assert_false(domain_is_literal("a"));
}

/* What can not be shown as Unicode is shown as it is. */
static void
prints(void **state)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct sockaddr sa = {.sa_family = AF_UNIX};
	const void *p = &sin;
	char buf[64];

	(void)state;
	inet_pton(AF_INET, "192.0.2.9", &sin.sin_addr);
	assert_int_equal(domain_print_literal(buf, sizeof(buf), p), 11);
	assert_string_equal(buf, "[192.0.2.9]");
	assert_int_equal(domain_print_literal(buf, 11, p), -1);
	assert_int_equal(domain_print_literal(buf, sizeof(buf), &sa), -1);
	assert_int_equal(
	    domain_print_unicode(buf, sizeof(buf), "xn--bcher-kva.de"), 10);
	assert_string_equal(buf,
	    "b\xc3\xbc"
	    "cher.de");
	assert_int_equal(domain_print_unicode(buf, sizeof(buf), "xn--\x7f"), 5);
	assert_int_equal(domain_print_unicode(buf, 3, "abc"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parses),
	    cmocka_unit_test(bounds_names),
	    cmocka_unit_test(sorts_helo),
	    cmocka_unit_test(compares),
	    cmocka_unit_test(prints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
