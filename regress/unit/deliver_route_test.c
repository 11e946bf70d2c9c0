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
 * Routes: what of a destination's hosts is left when we are among them.
 */
#include "../../deliverd/route.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proc.h"

static struct options *opts;

/* In place of the daemon's: only what route.c asks for. */
const struct options *
proc_options(void)
{
	return opts;
}

/* Hosts are "preference name address", the result what is left of them. */
static const struct {
	const char *listen, *name;
	uint16_t port;
	const char *hosts[4];
	int cut;
	size_t left;
} cases[] = {
    {"192.0.2.1:25", "us.test", 25,
	{"10 a.test 192.0.2.7", "20 b.test 2001:db8::1"}, 0, 2},
    {"192.0.2.1:25", "us.test", 25,
	{"10 a.test 192.0.2.7", "20 b.test 192.0.2.1", "30 c.test 192.0.2.9"},
	0, 1},
    {"192.0.2.1:25", "us.test", 25, {"10 a.test 192.0.2.1"}, -1, 0},
    {"192.0.2.1:2525", "us.test", 25, {"10 a.test 192.0.2.1"}, 0, 1},
    {"192.0.2.1:25", "us.test", 25, {"10 US.test. 192.0.2.7"}, -1, 0},
    {"192.0.2.1:25", "us.test", 25,
	{"10 a.test 192.0.2.7", "10 us.test 192.0.2.8"}, -1, 0},
    {"[2001:db8::1]:25", "us.test", 25, {"10 a.test 2001:db8::1"}, -1, 0},
    {"*:25", "us.test", 25, {"10 a.test 127.0.0.2"}, -1, 0},
    {"0.0.0.0:25", "us.test", 25, {"10 a.test 127.9.9.9"}, -1, 0},
    {"*:25", "us.test", 25, {"10 a.test ::ffff:127.0.0.1"}, -1, 0},
    {"192.0.2.1:25", "us.test", 25, {"10 a.test ::ffff:192.0.2.1"}, -1, 0},
    {"*:2525", "us.test", 25, {"10 a.test 127.0.0.2"}, 0, 1},
    {"*:25", "us.test", 25, {"10 a.test 198.51.100.77"}, 0, 1},
};

/* "preference name address" as one host of a destination. */
static void
add(struct route_list *r, const char *text, uint16_t port)
{
	char name[64], ip[64];
	struct msg_addr a;
	unsigned int preference;

	memset(&a, 0, sizeof(a));
	assert_int_equal(
	    3, sscanf(text, "%u %63s %63s", &preference, name, ip));
	a.family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET;
	assert_int_equal(1, inet_pton(a.family, ip, a.ip));
	route_add(r, name, (uint16_t)preference, &a, port);
}

/*
 * RFC 5321 section 5.1: from ourselves on, hosts of equal or worse preference
 * are dropped, or mail would go round in circles.  We are known by address and
 * port as well as by name.
 */
static void
test_cut(void **state)
{
	struct route_list *r;
	char listen[80];
	size_t i, k;
	int cut;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		opts = options_new();
		snprintf(listen, sizeof(listen), "%s", cases[i].listen);
		assert_int_equal(0, option_set(opts, OPT_LISTEN, listen, NULL));
		assert_int_equal(
		    0, option_set(opts, OPT_SERVER_NAME, cases[i].name, NULL));
		route_configure(opts);
		r = route_new(false);
		for (k = 0; k < 4 && cases[i].hosts[k] != NULL; k++)
			add(r, cases[i].hosts[k], cases[i].port);
		cut = route_cut(r);
		if (cut != cases[i].cut || r->count != cases[i].left)
			fail_msg("case %zu: %d, %zu left; wanted %d, %zu", i,
			    cut, r->count, cases[i].cut, cases[i].left);
		route_unref(r);
		options_free(opts);
	}
}

/* A rule's host may have our name: address and port tell who it is. */
static void
test_chosen(void **state)
{
	struct route_list *r;

	(void)state;
	opts = options_new();
	assert_int_equal(0, option_set(opts, OPT_LISTEN, "192.0.2.1:25", NULL));
	assert_int_equal(0, option_set(opts, OPT_SERVER_NAME, "us.test", NULL));
	route_configure(opts);
	r = route_new(true);
	add(r, "0 us.test 192.0.2.1", 10025);
	add(r, "0 us.test 127.0.0.1", 25);
	assert_int_equal(0, route_cut(r));
	assert_int_equal(2, r->count);
	route_unref(r);
	r = route_new(true);
	add(r, "0 us.test 192.0.2.1", 25);
	assert_int_equal(-1, route_cut(r));
	route_unref(r);
	r = route_new(true);
	assert_int_equal(0, route_address(r, "2001:db8::1", 25));
	assert_int_equal(-1, route_address(r, "us.test", 25));
	assert_int_equal(1, r->count);
	route_unref(r);
	options_free(opts);
}

/*
 * Addresses that mean "this host" are never connected to; and a domain of a
 * thousand hosts costs no more than ROUTE_HOSTS_MAX.
 */
static void
test_bounds(void **state)
{
	struct route_list *r = route_new(false);
	char text[64];
	int i;

	(void)state;
	add(r, "10 zero.test 0.0.0.0", 25);
	add(r, "10 zero.test ::", 25);
	assert_int_equal(0, r->count);
	for (i = 0; i < 1000; i++) {
		snprintf(
		    text, sizeof(text), "%d h.test 192.0.2.%d", i, i % 250);
		add(r, text, 25);
	}
	assert_int_equal(ROUTE_HOSTS_MAX, r->count);
	route_unref(r);
}

/* Names are refused where an address is meant: nothing here may ask the DNS. */
static void
test_direct(void **state)
{
	static const struct {
		const char *text;
		int lmtp, literal;
	} t[] = {{"unix:/run/lmtp", 0, -1}, {"127.0.0.1:24", 0, -1},
	    {"[::1]:24", 0, -1}, {"localhost:24", -1, -1}, {"", -1, -1},
	    {"[127.0.0.1]", -1, 0}, {"[IPv6:::1]", -1, 0},
	    {"[nonsense]", -1, -1}, {"[0.0.0.0]", -1, -1}};
	struct route_list *r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		r = route_new(false);
		if (route_lmtp(r, t[i].text) != t[i].lmtp)
			fail_msg("lmtp %s: not %d", t[i].text, t[i].lmtp);
		route_unref(r);
		r = route_new(false);
		if (route_literal(r, t[i].text, 25) != t[i].literal)
			fail_msg("%s: not %d", t[i].text, t[i].literal);
		route_unref(r);
	}
}

/* Equals change places as whole hosts, all others stay. */
static void
test_nth(void **state)
{
	static const char *const hosts[] = {"10 a.test 192.0.2.1",
	    "10 a.test 2001:db8::1", "10 b.test 192.0.2.2",
	    "10 c.test 192.0.2.3", "20 d.test 192.0.2.4", "30 e.test 192.0.2.5",
	    "30 f.test 192.0.2.6"};
	static const char *const orders[] = {
	    "aabcdef", "bcaadfe", "caabdef", "aabcdfe", "bcaadef", "caabdfe"};
	char got[8];
	struct route_list *r = route_new(false);
	uint32_t chance;
	size_t n;

	(void)state;
	for (n = 0; n < 7; n++)
		add(r, hosts[n], 25);
	for (chance = 0; chance < 6; chance++) {
		for (n = 0; n < 7; n++)
			got[n] = route_nth(r, n, chance)->name[0];
		got[n] = '\0';
		assert_string_equal(got, orders[chance]);
	}
	route_unref(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_chosen),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_direct),
	    cmocka_unit_test(test_nth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
