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
 * Addresses: what parses, what it becomes, what is refused and why.  Lines
 * 31 to 38 and 42 of the list of hostile input.
 */

#include "address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/*
 * Lengths at their limits: 64 octets of a local part (RFC 5321 section
 * 4.5.3.1.1), 63 of a label (RFC 1035 section 2.3.4).
 */
#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16
#define L63 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define UTF ADDRESS_UTF8

static const struct parse_case {
	const char *in;
	unsigned int flags;
	enum address_error error;
	const char *text;
} parse_cases[] = {
    {"<a@b.example>", 0, ADDRESS_OK, "a@b.example"},
    {"a@b.example", 0, ADDRESS_OK, "a@b.example"},
    {"a@b.example", ADDRESS_BRACKETS, ADDRESS_NO_BRACKETS, ""},
    {"<a@b.example>", ADDRESS_BRACKETS, ADDRESS_OK, "a@b.example"},
    {"<A.User@B.Example>", 0, ADDRESS_OK, "A.User@b.example"},
    {"<a@b.example.>", 0, ADDRESS_OK, "a@b.example"},
    {"<a@localhost>", 0, ADDRESS_OK, "a@localhost"},
    {"<a@b_c.example>", 0, ADDRESS_OK, "a@b_c.example"},
    {"<>", ADDRESS_NULL, ADDRESS_OK, ""},
    {"<>", 0, ADDRESS_IS_NULL, ""},
    {"", ADDRESS_NULL, ADDRESS_OK, ""},
    {"", 0, ADDRESS_IS_NULL, ""},
    {"<", ADDRESS_NULL, ADDRESS_SYNTAX, ""},
    {"<a@b", 0, ADDRESS_SYNTAX, ""},
    {"a@b>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<<a@b>>", 0, ADDRESS_SYNTAX, ""},
    {"< a@b>", 0, ADDRESS_SYNTAX, ""},
    {"<a@b >", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a b@c>", 0, ADDRESS_SYNTAX, ""},
    {"<a@b@c>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<@>", 0, ADDRESS_SYNTAX, ""},
    {"<@b>", 0, ADDRESS_SYNTAX, ""},
    {"<a@>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@.>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@..>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@.b>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@b..c>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@b..>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@-b.c>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@b-.c>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@1.2.3.4>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@b/c>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a..b@c>", 0, ADDRESS_SYNTAX, ""},
    {"<.a@c>", 0, ADDRESS_SYNTAX, ""},
    {"<a.@c>", 0, ADDRESS_SYNTAX, ""},
    {"<a,b@c>", 0, ADDRESS_SYNTAX, ""},
    /* Source routes are dropped. */
    {"<@a,@b:c@d>", 0, ADDRESS_OK, "c@d"},
    {"<@a:c@d>", 0, ADDRESS_OK, "c@d"},
    {"<@[IPv6:::1],@[10.0.0.1]:c@d>", 0, ADDRESS_OK, "c@d"},
    {"<@a,@b:>", 0, ADDRESS_SYNTAX, ""},
    {"<@a,b:c@d>", 0, ADDRESS_SYNTAX, ""},
    {"<@a;sh:c@d>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<@a c@d>", 0, ADDRESS_SYNTAX, ""},
    {"<@[::c@d>", 0, ADDRESS_SYNTAX, ""},
    {"<@a:@b:c@d>", 0, ADDRESS_SYNTAX, ""},
    /* Quoted local parts. */
    {"<\"a\"@b>", 0, ADDRESS_OK, "a@b"},
    {"<\"\\a\\.b\"@b>", 0, ADDRESS_OK, "a.b@b"},
    {"<\"a b\"@b>", 0, ADDRESS_OK, "\"a b\"@b"},
    {"<\"a\\ b\"@b>", 0, ADDRESS_OK, "\"a b\"@b"},
    {"<\"a\\\"b\"@b>", 0, ADDRESS_OK, "\"a\\\"b\"@b"},
    {"<\"a\\\\\"@b>", 0, ADDRESS_OK, "\"a\\\\\"@b"},
    {"<\"a@x\"@b>", 0, ADDRESS_OK, "\"a@x\"@b"},
    {"<\"a>x\"@b>", 0, ADDRESS_OK, "\"a>x\"@b"},
    {"<\"a..b\"@b>", 0, ADDRESS_OK, "\"a..b\"@b"},
    {"<\".\"@b>", 0, ADDRESS_OK, "\".\"@b"},
    {"<\"\"@b>", 0, ADDRESS_SYNTAX, ""},
    {"<\"a\\\"@b>", 0, ADDRESS_SYNTAX, ""},
    {"<\"a@b>", 0, ADDRESS_SYNTAX, ""},
    {"<\"a\"b@c>", 0, ADDRESS_SYNTAX, ""},
    {"<a\"b\"@c>", 0, ADDRESS_SYNTAX, ""},
    {"<a\\b@c>", 0, ADDRESS_SYNTAX, ""},
    {"<\"a\tb\"@c>", 0, ADDRESS_SYNTAX, ""},
    {"<\"a\\\rb\"@c>", 0, ADDRESS_SYNTAX, ""},
    {"<\"a\nb\"@c>", 0, ADDRESS_SYNTAX, ""},
    {"<\"a\x7f\"@c>", 0, ADDRESS_SYNTAX, ""},
    /* What shells and old programs would like. */
    {"<;sh>", ADDRESS_BARE, ADDRESS_SYNTAX, ""},
    {"<;sh;>", 0, ADDRESS_SYNTAX, ""},
    {"<$(x)>", ADDRESS_BARE, ADDRESS_SYNTAX, ""},
    {"<|x>", 0, ADDRESS_NO_DOMAIN, ""},
    {"<`x`>", 0, ADDRESS_NO_DOMAIN, ""},
    {"<a%b@c>", 0, ADDRESS_OK, "a%b@c"},
    {"<h!a@c>", 0, ADDRESS_OK, "h!a@c"},
    {"<-f@c>", 0, ADDRESS_OK, "-f@c"},
    {"<a@c>\r\nRCPT TO:<b@d>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@c\r\n>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a\r@c>", 0, ADDRESS_SYNTAX, ""},
    /* Bare local parts. */
    {"<postmaster>", ADDRESS_POSTMASTER, ADDRESS_OK, "postmaster"},
    {"<PostMaster>", ADDRESS_POSTMASTER, ADDRESS_OK, "PostMaster"},
    {"<postmaster>", 0, ADDRESS_NO_DOMAIN, ""},
    {"<root>", ADDRESS_POSTMASTER, ADDRESS_NO_DOMAIN, ""},
    {"<root>", ADDRESS_BARE, ADDRESS_OK, "root"},
    {"root", ADDRESS_BARE, ADDRESS_OK, "root"},
    {"<root@>", ADDRESS_BARE, ADDRESS_BAD_DOMAIN, ""},
    /* Literals. */
    {"<a@[192.0.2.1]>", 0, ADDRESS_OK, "a@[192.0.2.1]"},
    {"<a@[IPv6:2001:DB8:0::1]>", 0, ADDRESS_OK, "a@[IPv6:2001:db8::1]"},
    {"<a@[ipv6:::1]>", 0, ADDRESS_OK, "a@[IPv6:::1]"},
    {"<a@[IPv6:::1%lo]>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@[IPv6:fe80::1%eth0]>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@[::1]>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@[192.0.2.256]>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@[192.0.2]>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@[192.0.2.1>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@[]>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@[x-tag:junk]>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@[192.0.2.1].b>", 0, ADDRESS_BAD_DOMAIN, ""},
    /* SMTPUTF8. */
    {"<\xc3\xbc@b>", UTF, ADDRESS_OK, "\xc3\xbc@b"},
    {"<\xc3\xbc@b>", 0, ADDRESS_NEEDS_UTF8, ""},
    {"<\"\xc3\xbc x\"@b>", UTF, ADDRESS_OK, "\"\xc3\xbc x\"@b"},
    {"<a@b\xc3\xbc"
     "cher.example>",
	UTF, ADDRESS_OK, "a@xn--bcher-kva.example"},
    {"<a@B\xc3\x9c"
     "CHER.example>",
	UTF, ADDRESS_OK, "a@xn--bcher-kva.example"},
    {"<a@bu\xcc\x88"
     "cher.example>",
	UTF, ADDRESS_OK, "a@xn--bcher-kva.example"},
    {"<a@b\xc3\xbc"
     "cher.xn--p1ai>",
	UTF, ADDRESS_OK, "a@xn--bcher-kva.xn--p1ai"},
    {"<a@b\xc3\xbc"
     "cher.example>",
	0, ADDRESS_NEEDS_UTF8, ""},
    {"<a@b\xe3\x80\x82"
     "c>",
	UTF, ADDRESS_OK, "a@b.c"},
    {"<\xc0\xaf@b>", UTF, ADDRESS_BAD_UTF8, ""},
    {"<\xe0\x80\xaf@b>", UTF, ADDRESS_BAD_UTF8, ""},
    {"<\xed\xa0\x80@b>", UTF, ADDRESS_BAD_UTF8, ""},
    {"<\xf4\x90\x80\x80@b>", UTF, ADDRESS_BAD_UTF8, ""},
    {"<a\x80@b>", UTF, ADDRESS_BAD_UTF8, ""},
    {"<a\xc2\x85@b>", UTF, ADDRESS_BAD_UTF8, ""},
    {"<a\xe2\x80\xae@b>", UTF, ADDRESS_BAD_UTF8, ""},
    {"<a\xe2\x80\xa8@b>", UTF, ADDRESS_BAD_UTF8, ""},
    {"<a@b\xff>", UTF, ADDRESS_BAD_UTF8, ""},
    {"<a@\xe2\x84\x80>", UTF, ADDRESS_BAD_DOMAIN, ""},
    /* Lengths. */
    {"<" A64 "@b>", 0, ADDRESS_OK, A64 "@b"},
    {"<a" A64 "@b>", 0, ADDRESS_TOO_LONG, ""},
    {"<a" A64 "@b>", ADDRESS_LONG, ADDRESS_OK, "a" A64 "@b"},
    {"<" A64 A64 A64 A64 A64 A64 "@b>", ADDRESS_LONG, ADDRESS_TOO_LONG, ""},
    {"<" A64 A64 A64 A64 A64 "@b>", ADDRESS_LONG, ADDRESS_TOO_LONG, ""},
    {"<\"" A64 "\"@b>", 0, ADDRESS_OK, A64 "@b"},
    {"<\"" A64 " \"@b>", 0, ADDRESS_TOO_LONG, ""},
    {"<\"" A64 A64 A64 A64 A64 A64 "\"@b>", 0, ADDRESS_TOO_LONG, ""},
    {"<a@" L63 ".c>", 0, ADDRESS_OK, "a@" L63 ".c"},
    {"<a@b" L63 ".c>", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@" L63 "." L63 "." L63 "." L63 ">", 0, ADDRESS_BAD_DOMAIN, ""},
    {"<a@" L63 "." L63 "." L63 ".bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
     "bbbbbbbbbbbbbbbbbbb>",
	0, ADDRESS_OK,
	"a@" L63 "." L63 "." L63 ".bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	"bbbbbbbbbbbbbbbbbbb"},
};

/*
 * What parses is canonical: its own text parses again, by the strictest rules,
 * to the same address in each field.  Two forms of one mailbox would pass by
 * lists, limits and duplicates.
 */
static void
parses(void **state)
{
	const struct parse_case *c;
	struct address a, again;
	enum address_error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(parse_cases) / sizeof(parse_cases[0]); i++) {
		c = &parse_cases[i];
		e = address_parse(&a, c->in, strlen(c->in), c->flags);
		if (e != c->error)
			print_error("%s: %s, not %s\n", c->in,
			    address_strerror(e), address_strerror(c->error));
		assert_int_equal(e, c->error);
		assert_string_equal(a.text, c->text);
		assert_int_equal(a.len, strlen(c->text));
		if (e != ADDRESS_OK)
			continue;
		e = address_parse(&again, a.text, a.len, ADDRESS_INTERNAL);
		assert_int_equal(e, ADDRESS_OK);
		assert_memory_equal(&a, &again, sizeof(a));
	}
}

/*
 * C strings end at a NUL, so what stands behind one would be seen by some and
 * not by others.
 */
static void
refuses_nul(void **state)
{
	static const char *const where[] = {
	    "<\0@b>", "<a@b\0>", "<a\0b@c>", "<\"\0\"@b>", "<@\0:c@d>"};
	static const size_t len[] = {5, 6, 7, 7, 8};
	struct address a;
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		assert_int_not_equal(
		    address_parse(&a, where[i], len[i], ADDRESS_INTERNAL),
		    ADDRESS_OK);
}

/* For the tests that are not about parsing. */
static void
parse(struct address *a, const char *s)
{
	assert_int_equal(
	    address_parse(a, s, strlen(s), ADDRESS_INTERNAL), ADDRESS_OK);
}

/*
 * A local part comes out without its quotes and goes in again with them; what
 * does not fit is refused and never cut.
 */
static void
tells_parts(void **state)
{
	struct address a;
	char buf[ADDRESS_MAX + 3];

	(void)state;
	parse(&a, "<\"a\\\"@ b\"@Ex.org>");
	assert_true(a.quoted);
	assert_int_equal(address_local(&a, buf, sizeof(buf)), 5);
	assert_string_equal(buf, "a\"@ b");
	assert_int_equal(address_local(&a, buf, 5), -1);
	assert_string_equal(address_domain(&a), "ex.org");
	assert_int_equal(address_print(&a, buf, sizeof(buf)), a.len + 2);
	assert_string_equal(buf, "<\"a\\\"@ b\"@ex.org>");
	assert_int_equal(address_print(&a, buf, a.len + 2u), -1);
	parse(&a, "<>");
	assert_true(address_is_null(&a));
	assert_false(address_is_bare(&a));
	assert_string_equal(address_domain(&a), "");
	assert_int_equal(address_print(&a, buf, sizeof(buf)), 2);
	assert_string_equal(buf, "<>");
	parse(&a, "<root>");
	assert_true(address_is_bare(&a));
	assert_string_equal(address_domain(&a), "");
	assert_int_equal(address_set_domain(&a, "bad domain"), -1);
	assert_int_equal(address_set_domain(&a, "Example.ORG"), 0);
	assert_string_equal(a.text, "root@example.org");
	assert_int_equal(address_set_domain(&a, "example.org"), -1);
}

/*
 * What an address could be mistaken for where it becomes an argument of a
 * program or a name of a file.
 */
static void
judges(void **state)
{
	static const struct {
		const char *in;
		bool dash, file, postmaster;
	} cases[] = {
	    {"-f@b", true, true, false},
	    {"\"-f x\"@b", true, false, false},
	    {"a-f@b", false, true, false},
	    {"\"..\"@b", false, false, false},
	    {"a/b@b", false, false, false},
	    {"POSTmaster@b", false, true, true},
	    {"postmaster2@b", false, true, false},
	    {"<>", false, false, false},
	};
	struct address a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		parse(&a, cases[i].in);
		assert_int_equal(address_has_leading_dash(&a), cases[i].dash);
		assert_int_equal(address_local_is_filename(&a), cases[i].file);
		assert_int_equal(
		    address_is_postmaster(&a), cases[i].postmaster);
	}
}

/*
 * Domains without regard to case, local parts with it: RFC 5321 section 2.4.
 * Where both do not matter the other comparison is asked for.
 */
static void
compares(void **state)
{
	struct address a, b, c;

	(void)state;
	parse(&a, "User@example.org");
	parse(&b, "<\"user\"@EXAMPLE.org.>");
	parse(&c, "user@example.com");
	assert_false(address_equal(&a, &b));
	assert_true(address_equal_fold(&a, &b));
	assert_false(address_equal_fold(&b, &c));
	assert_true(address_compare(&c, &a) < 0);
	assert_true(address_compare(&a, &c) > 0);
	address_fold(&a);
	assert_true(address_equal(&a, &b));
}

/*
 * Tags of quoted local parts are none: who quotes means what he writes.  A base
 * that would not be an address any more is none either.
 */
static void
splits_tags(void **state)
{
	static const struct {
		const char *in, *base, *tag;
	} cases[] = {
	    {"user+tag@b", "user@b", "tag"},
	    {"user+@b", "user@b", ""},
	    {"u+a+b@c.d", "u@c.d", "a+b"},
	    {"user+tag", "user", "tag"},
	    {"u+\xc3\xbc@b", "u@b", "\xc3\xbc"},
	    {"+tag@b", NULL, NULL},
	    {"user@b", NULL, NULL},
	    {"\"user x+tag\"@b", NULL, NULL},
	    {"a.+x@b", NULL, NULL},
	    {"<>", NULL, NULL},
	};
	struct address a, base, check;
	const char *tag;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		parse(&a, cases[i].in);
		if (cases[i].base == NULL) {
			assert_false(
			    address_split_tag(&a, '+', &base, &tag, &len));
			continue;
		}
		assert_true(address_split_tag(&a, '+', &base, &tag, &len));
		assert_int_equal(len, strlen(cases[i].tag));
		assert_memory_equal(tag, cases[i].tag, len);
		parse(&check, cases[i].base);
		assert_true(address_equal(&base, &check));
		assert_string_equal(base.text, check.text);
		assert_int_equal(base.utf8, check.utf8);
	}
}

/* From parts that come from a table: checked like what comes from a client. */
static void
makes(void **state)
{
	struct address a;

	(void)state;
	assert_int_equal(address_make(&a, "a b", 3, "Ex.org", 0), ADDRESS_OK);
	assert_string_equal(a.text, "\"a b\"@ex.org");
	assert_int_equal(address_make(&a, "a\nb", 3, "b", 0), ADDRESS_SYNTAX);
	assert_int_equal(address_make(&a, "a", 1, "", 0), ADDRESS_NO_DOMAIN);
	assert_int_equal(
	    address_make(&a, "a", 1, "", ADDRESS_BARE), ADDRESS_OK);
	assert_int_equal(address_make(&a, "", 0, "b", 0), ADDRESS_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parses),
	    cmocka_unit_test(refuses_nul),
	    cmocka_unit_test(tells_parts),
	    cmocka_unit_test(judges),
	    cmocka_unit_test(compares),
	    cmocka_unit_test(splits_tags),
	    cmocka_unit_test(makes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
