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
 * DNS answers: packets made by hand, whole and broken.
 */
#include "../../lookupd/dns_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A packet under construction. */
struct build {
	uint8_t p[16384];
	size_t len;
};

static void
put16(struct build *b, unsigned int v)
{
	b->p[b->len++] = (uint8_t)(v >> 8);
	b->p[b->len++] = (uint8_t)v;
}

/* "a.b" as labels; octets above 0x7f and others as they are. */
static void
put_name(struct build *b, const char *s)
{
	size_t n;

	for (; *s != '\0'; s += n + (s[n] == '.')) {
		n = strcspn(s, ".");
		b->p[b->len++] = (uint8_t)n;
		memcpy(b->p + b->len, s, n);
		b->len += n;
	}
	b->p[b->len++] = 0;
}

/* Header and question, as a resolver repeats them. */
static void
begin(struct build *b, unsigned int rcode, unsigned int answers,
    const char *name, enum dns_type type)
{
	b->len = 0;
	put16(b, 1);
	put16(b, 0x8180 | rcode);
	put16(b, 1);
	put16(b, answers);
	put16(b, 0);
	put16(b, 0);
	put_name(b, name);
	put16(b, type);
	put16(b, 1);
}

/* An answer whose data are a preference (or -1) and a name. */
static void
put_name_rr(struct build *b, const char *owner, enum dns_type type,
    int preference, const char *name)
{
	size_t at;

	put_name(b, owner);
	put16(b, type);
	put16(b, 1);
	put16(b, 0);
	put16(b, 60);
	at = b->len;
	put16(b, 0);
	if (preference >= 0)
		put16(b, (unsigned int)preference);
	put_name(b, name);
	b->p[at] = (uint8_t)((b->len - at - 2) >> 8);
	b->p[at + 1] = (uint8_t)(b->len - at - 2);
}

static void
put_a(struct build *b, const char *owner, unsigned int last)
{
	put_name(b, owner);
	put16(b, DNS_A);
	put16(b, 1);
	put16(b, 0);
	put16(b, 60);
	put16(b, 4);
	put16(b, 0xc000);
	put16(b, 0x0200 | last);
}

/*
 * A name that no host can have stays in the list as "": the host is passed
 * over, but its preference is known.  "." is the null MX of RFC 7505.
 */
static void
test_mx(void **state)
{
	struct dns_answer a;
	struct build b;

	(void)state;
	begin(&b, 0, 3, "d.test", DNS_MX);
	put_name_rr(&b, "D.Test", DNS_MX, 20, "B.test");
	put_name_rr(&b, "d.test", DNS_MX, 10, "bad name.test");
	put_name_rr(&b, "d.test", DNS_MX, 0, "");
	dns_answer_parse(&a, "d.test", DNS_MX, b.p, b.len);
	assert_int_equal(a.status, DNS_OK);
	assert_int_equal(a.count, 3);
	assert_int_equal(a.record[0].preference, 20);
	assert_string_equal(a.record[0].name, "b.test");
	assert_string_equal(a.record[1].name, "");
	assert_string_equal(a.record[2].name, ".");
	assert_false(a.alias);
	dns_answer_clear(&a);
}

/*
 * Only NXDOMAIN says that a name does not exist.  SERVFAIL and all others are
 * temporary: mail must not be returned for them.
 */
static void
test_statuses(void **state)
{
	static const struct {
		unsigned int rcode;
		enum dns_status want;
	} cases[] = {{0, DNS_NODATA}, {3, DNS_NXDOMAIN}, {2, DNS_TEMP},
	    {5, DNS_TEMP}, {1, DNS_TEMP}};
	struct dns_answer a;
	struct build b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&b, cases[i].rcode, 0, "d.test", DNS_A);
		dns_answer_parse(&a, "d.test", DNS_A, b.p, b.len);
		assert_int_equal(a.status, cases[i].want);
	}
	dns_answer_parse(&a, "d.test", DNS_A, b.p, 0);
	assert_int_equal(a.status, DNS_TEMP);
}

/* CNAMEs in any order; a stranger's record counts for nothing. */
static void
test_alias(void **state)
{
	struct dns_answer a;
	struct build b;

	(void)state;
	begin(&b, 0, 4, "a.test", DNS_A);
	put_a(&b, "stranger.test", 9);
	put_name_rr(&b, "b.test", DNS_CNAME, -1, "c/d.test");
	put_a(&b, "c/d.test", 1);
	put_name_rr(&b, "a.test", DNS_CNAME, -1, "b.test");
	dns_answer_parse(&a, "a.test", DNS_A, b.p, b.len);
	assert_int_equal(a.status, DNS_OK);
	assert_true(a.alias);
	assert_int_equal(a.count, 1);
	assert_int_equal(a.record[0].ip[3], 1);
	dns_answer_clear(&a);

	begin(&b, 0, 2, "a.test", DNS_A);
	put_name_rr(&b, "a.test", DNS_CNAME, -1, "b.test");
	put_name_rr(&b, "b.test", DNS_CNAME, -1, "a.test");
	dns_answer_parse(&a, "a.test", DNS_A, b.p, b.len);
	assert_int_equal(a.status, DNS_TEMP);
}

/*
 * As many as are kept, from an answer that has more; the others are no error.
 */
static void
test_limit(void **state)
{
	struct dns_answer a;
	struct build b;
	unsigned int i;

	(void)state;
	begin(&b, 0, 500, "d.test", DNS_A);
	for (i = 0; i < 500; i++)
		put_a(&b, "d.test", i & 255);
	dns_answer_parse(&a, "d.test", DNS_A, b.p, b.len);
	assert_int_equal(a.status, DNS_OK);
	assert_int_equal(a.count, DNS_RECORDS_MAX);
	dns_answer_clear(&a);
}

/* Cut anywhere, or with any octet turned over, it does no harm. */
static void
test_broken(void **state)
{
	struct dns_answer a;
	struct build b, c;
	size_t i;

	(void)state;
	begin(&b, 0, 2, "d.test", DNS_MX);
	put_name_rr(&b, "d.test", DNS_MX, 10, "mail.d.test");
	put_name_rr(&b, "d.test", DNS_MX, 20, "mail2.d.test");
	for (i = 0; i < b.len; i++) {
		dns_answer_parse(&a, "d.test", DNS_MX, b.p, i);
		if (a.status != DNS_TEMP)
			fail_msg("cut at %zu of %zu: status %d", i, b.len,
			    (int)a.status);
		c = b;
		c.p[i] ^= 0xff;
		dns_answer_parse(&a, "d.test", DNS_MX, c.p, c.len);
		dns_answer_clear(&a);
	}
}

/* Compression that leads forward, to itself, or round in circles. */
static void
test_compression(void **state)
{
	static const uint8_t pointers[][2] = {
	    {0xc0, 0x0c}, {0xc0, 0x18}, {0xff, 0xff}, {0xc0, 0x1a}};
	struct dns_answer a;
	struct build b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
		begin(&b, 0, 1, "d.test", DNS_A);
		memcpy(b.p + b.len, pointers[i], 2);
		b.len += 2;
		put16(&b, DNS_A);
		put16(&b, 1);
		put16(&b, 0);
		put16(&b, 60);
		put16(&b, 4);
		put16(&b, 0x7f00);
		put16(&b, 1);
		dns_answer_parse(&a, "d.test", DNS_A, b.p, b.len);
		assert_int_equal(a.status, i == 0 ? DNS_OK : DNS_TEMP);
		dns_answer_clear(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mx),
	    cmocka_unit_test(test_statuses),
	    cmocka_unit_test(test_alias),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_compression),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
