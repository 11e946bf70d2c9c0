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
 * The order in which hosts and addresses are tried.
 */
#include "../../lookupd/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static uint8_t ips[32][16];

/*
 * So many addresses of each family; which ones does not matter for the order.
 */
static void
host(struct route_host *h, unsigned int preference, uint32_t chance, int six,
    int four)
{
	memset(h, 0, sizeof(*h));
	h->preference = (uint16_t)preference;
	h->chance = chance;
	h->ip[ROUTE_IP6] = ips;
	h->ip[ROUTE_IP4] = ips;
	h->count[ROUTE_IP6] = (uint8_t)six;
	h->count[ROUTE_IP4] = (uint8_t)four;
}

/*
 * Preference first; within a host the families take turns, IPv6 first, so that
 * one broken family costs one address and not all.
 */
static void
test_order(void **state)
{
	static const struct {
		unsigned int preference;
		enum route_family family;
	} want[] = {{5, ROUTE_IP4}, {10, ROUTE_IP6}, {10, ROUTE_IP4},
	    {10, ROUTE_IP6}, {10, ROUTE_IP4}, {10, ROUTE_IP4}, {20, ROUTE_IP6}};
	struct route_host h[3];
	struct route_step step[100];
	size_t i, n;

	(void)state;
	host(&h[0], 20, 1, 1, 0);
	host(&h[1], 10, 2, 2, 3);
	host(&h[2], 5, 3, 0, 1);
	n = route_order(h, 3, step, 100);
	assert_int_equal(n, 7);
	for (i = 0; i < n; i++) {
		assert_int_equal(step[i].host->preference, want[i].preference);
		assert_int_equal(step[i].family, want[i].family);
	}
	assert_int_equal(route_order(h, 3, step, 2), 2);
	assert_int_equal(route_order(h, 0, step, 100), 0);
}

/*
 * RFC 5321 section 5.1: hosts of one preference in random order, so that they
 * share the load.
 */
static void
test_chance(void **state)
{
	struct route_host h[3];
	struct route_step step[3];

	(void)state;
	host(&h[0], 10, 30, 0, 1);
	host(&h[1], 10, 10, 0, 1);
	host(&h[2], 10, 20, 0, 1);
	assert_int_equal(route_order(h, 3, step, 3), 3);
	assert_int_equal(step[0].host->chance, 10);
	assert_int_equal(step[1].host->chance, 20);
	assert_int_equal(step[2].host->chance, 30);
}

/* RFC 7505: only where it stands alone. */
static void
test_null_mx(void **state)
{
	static const struct {
		enum dns_type type;
		size_t count;
		const char *name;
		bool want;
	} cases[] = {
	    {DNS_MX, 1, ".", true},
	    {DNS_MX, 2, ".", false},
	    {DNS_MX, 1, "a.test", false},
	    {DNS_MX, 1, "", false},
	    {DNS_PTR, 1, ".", false},
	};
	struct dns_record record[2];
	struct dns_answer a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&a, 0, sizeof(a));
		memset(record, 0, sizeof(record));
		memcpy(
		    record[0].name, cases[i].name, strlen(cases[i].name) + 1);
		a.type = cases[i].type;
		a.status = DNS_OK;
		a.count = cases[i].count;
		a.record = record;
		assert_int_equal(route_is_null_mx(&a), cases[i].want);
	}
}

/*
 * "This host" and multicast are no hosts that mail can be sent to; loopback may
 * be, for tests and for gateways.
 */
static void
test_refused(void **state)
{
	static const struct {
		enum route_family family;
		uint8_t ip[16];
		bool want;
	} cases[] = {
	    {ROUTE_IP4, {0, 0, 0, 0}, true},
	    {ROUTE_IP4, {0, 1, 2, 3}, true},
	    {ROUTE_IP4, {224, 0, 0, 1}, true},
	    {ROUTE_IP4, {255, 255, 255, 255}, true},
	    {ROUTE_IP4, {192, 0, 2, 1}, false},
	    {ROUTE_IP4, {127, 0, 0, 1}, false},
	    {ROUTE_IP6, {0}, true},
	    {ROUTE_IP6, {0xff, 2}, true},
	    {ROUTE_IP6, {0x20, 1, 0xd, 0xb8}, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(route_is_refused(cases[i].family, cases[i].ip),
		    cases[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_chance),
	    cmocka_unit_test(test_null_mx),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
