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
 * Addresses, ports and networks as selor.conf writes them.
 */

#include "netaddr.h"

#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* "address port", as the system prints them. */
static const char *
print(const struct netaddr *addr)
{
	static char buf[128];
	char host[64], port[8];

	if (getnameinfo((const struct sockaddr *)&addr->ss, addr->len, host,
		sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return "unprintable";
	snprintf(buf, sizeof(buf), "%s %s", host, port);
	return buf;
}

static const struct {
	const char *text, *want; /* NULL: refused */
	bool any;
} hostports[] = {
    {"127.0.0.1:25", "127.0.0.1 25", false},
    {"[::1]:587", "::1 587", false},
    {"*:25", ":: 25", true},
    {"[2001:db8::1]:65535", "2001:db8::1 65535", false},
    {"::1:25", NULL, false},
    {"127.0.0.1", NULL, false},
    {"127.0.0.1:", NULL, false},
    {"127.0.0.1:0", NULL, false},
    {"127.0.0.1:65536", NULL, false},
    {"127.0.0.1:+25", NULL, false},
    {"127.0.0.1:smtp", NULL, false},
    {"127.1:25", NULL, false},
    {"[127.0.0.1]:25", NULL, false},
    {"[::1:25", NULL, false},
    {"[]:25", NULL, false},
    {":25", NULL, false},
    {"localhost:25", NULL, false},
    {"", NULL, false},
};

/*
 * A port is never optional, and IPv6 needs its brackets: "::1:25" would be read
 * as an address alone.
 */
static void
test_hostport(void **state)
{
	struct netaddr addr;
	const char *got;
	bool any;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hostports) / sizeof(hostports[0]); i++) {
		any = false;
		got = netaddr_parse_hostport(hostports[i].text, &addr, &any) ==
			0 ?
		    print(&addr) :
		    "refused";
		if (strcmp(got,
			hostports[i].want ? hostports[i].want : "refused") !=
			0 ||
		    any != hostports[i].any)
			fail_msg("%s: got %s", hostports[i].text, got);
	}
	assert_int_equal(netaddr_parse_hostport("*:25", &addr, NULL), -1);
}

static const struct {
	const char *text, *want;
} ats[] = {
    {"127.0.0.1@5353", "127.0.0.1 5353"},
    {"127.0.0.1", "127.0.0.1 53"},
    {"::1@53", "::1 53"},
    {"[::1]@5353", "::1 5353"},
    {"2001:db8::53", "2001:db8::53 53"},
    {"127.0.0.1@", "refused"},
    {"127.0.0.1:53", "refused"},
    {"@53", "refused"},
    {"dns.example@53", "refused"},
};

/* The form of libunbound, with a port that may be missing. */
static void
test_at(void **state)
{
	struct netaddr addr;
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ats) / sizeof(ats[0]); i++) {
		got = netaddr_parse_at(ats[i].text, 53, &addr) == 0 ?
		    print(&addr) :
		    "refused";
		if (strcmp(got, ats[i].want) != 0)
			fail_msg("%s: want %s, got %s", ats[i].text,
			    ats[i].want, got);
	}
}

static const struct {
	const char *net, *addr;
	bool in;
} nets[] = {
    {"10.0.0.0/8", "10.255.255.255", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"192.0.2.128/25", "192.0.2.127", false},
    {"192.0.2.128/25", "192.0.2.128", true},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.2", false},
    {"192.0.2.1", "::ffff:192.0.2.1", true},
    {"0.0.0.0/0", "203.0.113.9", true},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"::/0", "203.0.113.9", true},
    {"2001:db8::/33", "2001:db8:7fff::1", true},
    {"2001:db8::/33", "2001:db8:8000::1", false},
    {"::1", "::1", true},
    {"::1", "::2", false},
};

/*
 * IPv4 clients on an IPv6 socket are in IPv4 networks; a prefix that is too
 * long is refused and not cut.
 */
static void
test_nets(void **state)
{
	static const char *const bad[] = {"", "/", "10.0.0.0/33", "::/129",
	    "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0/8", "host/8"};
	struct netaddr addr;
	struct netaddr_net net;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		assert_int_equal(netaddr_parse_net(nets[i].net, &net), 0);
		assert_int_equal(netaddr_parse(nets[i].addr, &addr), 0);
		if (netaddr_in_net((const struct sockaddr *)&addr.ss, &net) !=
		    nets[i].in)
			fail_msg("%s in %s: want %d", nets[i].addr, nets[i].net,
			    nets[i].in);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (netaddr_parse_net(bad[i], &net) == 0)
			fail_msg("accepted: %s", bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hostport),
	    cmocka_unit_test(test_at),
	    cmocka_unit_test(test_nets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
