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
 * The parts of smtpd that know no sockets: PROXY headers, the ring of
 * connections (A59), the wheel of timers, sets of networks.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../smtpd/netset.h"
#include "../../smtpd/proxy.h"
#include "../../smtpd/ring.h"
#include "../../smtpd/wheel.h"

#define SIG "\r\n\r\n\0\r\nQUIT\n"
#define A4 "\xcb\0\x71\x09\x7f\0\0\1\x30\x39\0\x19"
#define A6                                       \
	"\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1" \
	"\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2\x30\x39\0\x19"

static const struct proxy_case {
	const char *in;
	size_t len;
	enum proxy_status status;
	const char *client; /* NULL: the connection's own */
	size_t used;
} proxy_cases[] = {
#define P(in, status, client, used)                      \
	{                                                \
		in, sizeof(in) - 1, status, client, used \
	}
    P("PROXY TCP4 203.0.113.9 127.0.0.1 12345 25\r\nEHLO", PROXY_DONE,
	"203.0.113.9", 43),
    P("PROXY TCP6 2001:db8::1 2001:db8::2 12345 25\r\n", PROXY_DONE,
	"2001:db8::1", 45),
    P("PROXY UNKNOWN\r\n", PROXY_DONE, NULL, 15),
    P("PROXY UNKNOWN anything at all\r\n", PROXY_DONE, NULL, 31),
    P("PROXY TCP4 203.0.113.9 127.0.0.1 12345 25\n", PROXY_BAD, NULL, 0),
    P("PROXY TCP4 203.0.113.9 127.0.0.1 12345\r\n", PROXY_BAD, NULL, 0),
    P("PROXY TCP4 203.0.113.9 127.0.0.1 1 2 3\r\n", PROXY_BAD, NULL, 0),
    P("PROXY TCP4 203.0.113.9 127.0.0.1 65536 25\r\n", PROXY_BAD, NULL, 0),
    P("PROXY TCP4 203.0.113.9  127.0.0.1 1 25\r\n", PROXY_BAD, NULL, 0),
    P("PROXY TCP4 2001:db8::1 127.0.0.1 1 25\r\n", PROXY_BAD, NULL, 0),
    P("PROXY TCP5 203.0.113.9 127.0.0.1 1 25\r\n", PROXY_BAD, NULL, 0),
    P("PROXY \r\n", PROXY_BAD, NULL, 0),
    P("PROXY TCP4 203.0.113.9\0 127.0.0.1 1 25\r\n", PROXY_BAD, NULL, 0),
    P("proxy TCP4 203.0.113.9 127.0.0.1 1 25\r\n", PROXY_BAD, NULL, 0),
    P("EHLO x\r\n", PROXY_BAD, NULL, 0),
    P("\r\nQUIT\r\n", PROXY_BAD, NULL, 0),
    P("PRO", PROXY_MORE, NULL, 0),
    P("PROXY TCP4 203.0.113.9", PROXY_MORE, NULL, 0),
    P(SIG "\x21\x11\0\x0c" A4 "EHLO", PROXY_DONE, "203.0.113.9", 28),
    P(SIG "\x21\x21\0\x24" A6, PROXY_DONE, "2001:db8::1", 52),
    P(SIG "\x21\x11\0\x10" A4 "\4\0\1x", PROXY_DONE, "203.0.113.9", 32),
    P(SIG "\x20\0\0\0", PROXY_DONE, NULL, 16),
    P(SIG "\x20\x11\0\x0c" A4, PROXY_DONE, NULL, 28),
    P(SIG "\x21\0\0\0", PROXY_DONE, NULL, 16),
    P(SIG "\x21\x31\0\0", PROXY_DONE, NULL, 16),
    P(SIG "\x21\x12\0\x0c" A4, PROXY_BAD, NULL, 0),
    P(SIG "\x21\x11\0\x0b" A4, PROXY_BAD, NULL, 0),
    P(SIG "\x21\x21\0\x0c" A4, PROXY_BAD, NULL, 0),
    P(SIG "\x11\x11\0\x0c" A4, PROXY_BAD, NULL, 0),
    P(SIG "\x22\x11\0\x0c" A4, PROXY_BAD, NULL, 0),
    P(SIG "\x21\x11\xff\xff", PROXY_BAD, NULL, 0),
    P(SIG "\x21\x11\0", PROXY_MORE, NULL, 0),
    P(SIG "\x21\x11\0\x0c\1", PROXY_MORE, NULL, 0),
    P("", PROXY_MORE, NULL, 0),
#undef P
};

/* One header, whole. */
static void
check_proxy(const struct proxy_case *c, size_t n)
{
	struct proxy x;
	char ip[64] = "";
	enum proxy_status st = proxy_parse(&x, c->in, c->len);

	if (st != c->status)
		fail_msg("case %zu: got %d, want %d", n, st, c->status);
	if (st != PROXY_DONE)
		return;
	assert_int_equal(x.len, c->used);
	assert_int_equal(x.is_local, c->client == NULL);
	if (c->client == NULL)
		return;
	inet_ntop(x.client.family, x.client.ip, ip, sizeof(ip));
	assert_string_equal(ip, c->client);
	assert_int_equal(x.client.port, 12345);
}

/*
 * Whoever stands before us decides who the client is: a header that is not
 * exactly one is refused, not guessed at.
 */
static void
test_proxy(void **state)
{
	char line[200];
	struct proxy x;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(proxy_cases) / sizeof(proxy_cases[0]); i++) {
		const struct proxy_case *c = &proxy_cases[i];

		check_proxy(c, i);
		/* Whatever comes late, the outcome is the same. */
		for (n = 0; c->status == PROXY_DONE && n < c->used; n++)
			assert_int_equal(proxy_parse(&x, c->in, n), PROXY_MORE);
	}
	/* A line that does not end within its limit. */
	memset(line, ' ', sizeof(line));
	memcpy(line, "PROXY UNKNOWN", 13);
	assert_int_equal(proxy_parse(&x, line, 106), PROXY_MORE);
	assert_int_equal(proxy_parse(&x, line, 107), PROXY_BAD);
	memcpy(line + 105, "\r\n", 2);
	assert_int_equal(proxy_parse(&x, line, 200), PROXY_DONE);
	memcpy(line + 106, "\r\n", 2);
	assert_int_equal(proxy_parse(&x, line, 200), PROXY_BAD);
}

static struct msg_addr
addr(const char *ip)
{
	struct msg_addr a = {0};

	a.family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(a.family, ip, a.ip), 1);
	return a;
}

static size_t
add(struct ring *r, const char *ip, int64_t ms)
{
	struct msg_addr a = addr(ip);

	return ring_add(r, &a, ms, 1000);
}

static void
test_ring(void **state)
{
	struct ring r = {0};
	struct msg_addr none = {0};
	int i;

	(void)state;
	assert_int_equal(add(&r, "192.0.2.1", 1), 0);
	assert_int_equal(ring_resize(&r, 4), 0);
	assert_int_equal(ring_add(&r, &none, 1, 1000), 0);
	assert_int_equal(add(&r, "192.0.2.1", 5000), 1);
	assert_int_equal(add(&r, "192.0.2.1", 5999), 2);
	/* A gap of the limit itself ends the run. */
	assert_int_equal(add(&r, "192.0.2.1", 6999), 1);
	assert_int_equal(add(&r, "192.0.2.2", 7000), 1);
	/* Others between do not break it. */
	assert_int_equal(add(&r, "192.0.2.1", 7500), 2);
	assert_int_equal(add(&r, "192.0.2.2", 7501), 2);
	assert_int_equal(add(&r, "192.0.2.1", 8400), 3);
	/* One host of IPv6 is a /64. */
	assert_int_equal(add(&r, "2001:db8::1", 9000), 1);
	assert_int_equal(add(&r, "2001:db8::ffff:1", 9001), 2);
	assert_int_equal(add(&r, "2001:db8:0:1::1", 9002), 1);
	/* No run is longer than the ring. */
	for (i = 0; i < 10; i++)
		add(&r, "192.0.2.9", 20000 + i);
	assert_int_equal(add(&r, "192.0.2.9", 20011), 4);
	assert_int_equal(ring_resize(&r, 0), 0);
	assert_int_equal(add(&r, "192.0.2.9", 20012), 0);
	/* Another size begins anew; 192.0.2.9 is none of IPv6. */
	assert_int_equal(ring_resize(&r, 5), 0);
	assert_int_equal(add(&r, "192.0.2.9", 20013), 1);
	assert_int_equal(add(&r, "0:ffff:c000:20a::1", 20014), 1);
	assert_true(munmap(r.memory, sizeof(*r.memory)) == 0);
}

/* The same memory in several processes, as the parent gives it. */
static int
shared(struct ring *r)
{
	int fd = memfd_create("ring", 0), copy;

	assert_int_equal(ftruncate(fd, sizeof(struct ring_memory)), 0);
	copy = dup(fd);
	memset(r, 0, sizeof(*r));
	ring_map(r, fd);
	assert_non_null(r->memory);
	return copy;
}

static void
test_ring_shared(void **state)
{
	struct ring r, other = {0};
	pid_t pid[4];
	int i, j, fd, status;

	(void)state;
	fd = shared(&r);
	assert_int_equal(ring_resize(&r, 5000), 0);
	/* One process sees what another took. */
	ring_map(&other, dup(fd));
	assert_int_equal(ring_resize(&other, 5000), 0);
	assert_ptr_not_equal(r.memory, other.memory);
	assert_int_equal(add(&r, "192.0.2.1", 100), 1);
	assert_int_equal(add(&other, "192.0.2.1", 101), 2);
	assert_int_equal(add(&r, "192.0.2.1", 102), 3);
	/* One warning for all. */
	assert_true(ring_may_warn(&r, 102, 1000));
	assert_false(ring_may_warn(&other, 103, 1000));
	assert_true(ring_may_warn(&other, 1102, 1000));
	/* All at once: none is lost. */
	for (i = 0; i < 4; i++) {
		assert_true((pid[i] = fork()) != -1);
		if (pid[i] == 0) {
			for (j = 0; j < 500; j++)
				add(&r, "192.0.2.2", 5000);
			_exit(0);
		}
	}
	for (i = 0; i < 4; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(add(&r, "192.0.2.2", 5001), 2001);
	/* Memory of another size is not taken. */
	close(fd);
	fd = memfd_create("ring", 0);
	memset(&other, 0, sizeof(other));
	ring_map(&other, fd);
	assert_null(other.memory);
	munmap(r.memory, sizeof(*r.memory));
}

/* Whatever stands there, the walk ends and no run is longer than the ring. */
static void
test_ring_rubbish(void **state)
{
	static const int64_t times[] = {0, -1, INT64_MIN, INT64_MAX, 1 << 20};
	struct ring r;
	size_t i, j;

	(void)state;
	close(shared(&r));
	assert_int_equal(ring_resize(&r, 64), 0);
	/* One that died while it wrote: its slot does not count, nor hold
	 * anybody up. */
	assert_int_equal(add(&r, "192.0.2.1", 100), 1);
	assert_int_equal(add(&r, "192.0.2.1", 101), 2);
	atomic_store(&r.memory->slot[1].seal, 0);
	atomic_fetch_add(&r.memory->next, 1);
	assert_int_equal(add(&r, "192.0.2.1", 102), 2);
	/* It counts again when the ring comes round. */
	for (i = 0; i < 70; i++)
		add(&r, "192.0.2.1", 103);
	assert_int_equal(add(&r, "192.0.2.1", 104), 64);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		for (j = 0; j < 64; j++)
			atomic_store(&r.memory->slot[j].ms, times[i]);
		assert_int_equal(add(&r, "192.0.2.1", 5000), 1);
	}
	for (i = 0; i < 10000; i++) {
		for (j = 0; j < sizeof(r.memory->slot[0]) * 64; j++)
			((volatile uint8_t *)r.memory)[16 + j] =
			    (uint8_t)random();
		atomic_store(&r.memory->next,
		    (uint64_t)random() << 33 | (uint64_t)random());
		assert_in_range(add(&r, "192.0.2.1", 5000), 1, 64);
	}
	atomic_store(&r.memory->next, UINT64_MAX);
	assert_in_range(add(&r, "192.0.2.1", 5000), 1, 64);
	assert_in_range(add(&r, "192.0.2.1", 5000), 1, 64);
	atomic_store(&r.memory->warned, INT64_MAX);
	assert_true(ring_may_warn(&r, 5000, 1000));
	munmap(r.memory, sizeof(*r.memory));
}

static int fired[4];
static struct wheel wheel;
static struct wheel_entry timers[4];
static int64_t again;

static void
on_fire(struct wheel_entry *e)
{
	fired[e - timers]++;
	if (again > 0)
		wheel_set(&wheel, e, again, 1000);
}

static void
test_wheel(void **state)
{
	int64_t t, start = 1000000;

	(void)state;
	wheel_init(&wheel, start);
	wheel_set(&wheel, &timers[0], start, 2000);
	wheel_set(&wheel, &timers[1], start, 1000 * 1000);
	wheel_set(&wheel, &timers[2], start, 2000);
	wheel_set(&wheel, &timers[3], start, 600000);
	wheel_clear(&timers[2]);
	/* Nearer than it was. */
	wheel_set(&wheel, &timers[3], start, 3000);
	for (t = start; t < start + 1999; t += 100) {
		wheel_run(&wheel, t, on_fire);
		assert_int_equal(fired[0], 0);
	}
	wheel_run(&wheel, start + 2500, on_fire);
	assert_int_equal(fired[0], 1);
	assert_false(timers[0].is_set);
	wheel_run(&wheel, start + 3500, on_fire);
	assert_int_equal(fired[3], 1);
	/* Moved on while it hung: later, and once. */
	wheel_set(&wheel, &timers[0], start + 3500, 1000);
	wheel_set(&wheel, &timers[0], start + 4000, 5000);
	wheel_run(&wheel, start + 8900, on_fire);
	assert_int_equal(fired[0], 1);
	wheel_run(&wheel, start + 9500, on_fire);
	assert_int_equal(fired[0], 2);
	/* More than one turn of the wheel away. */
	for (t = start + 9500; t < start + 1000 * 1000; t += 500)
		wheel_run(&wheel, t, on_fire);
	assert_int_equal(fired[1], 0);
	/* A leap of the clock runs what is due, once. */
	wheel_run(&wheel, start + 9000 * 1000, on_fire);
	assert_int_equal(fired[1], 1);
	assert_int_equal(fired[2], 0);
	/* Set again by its own end. */
	again = start + 9000 * 1000;
	wheel_set(&wheel, &timers[0], again, 500);
	wheel_run(&wheel, again + 500, on_fire);
	assert_int_equal(fired[0], 3);
	assert_true(timers[0].is_set);
}

static void
test_netset(void **state)
{
	static const struct {
		const char *text, *ip;
		bool is_in;
	} cases[] = {
	    {"", "127.0.0.1", false},
	    {"127.0.0.1", "127.0.0.1", true},
	    {"10.0.0.0/8, 127.0.0.0/8", "127.9.9.9", true},
	    {"10.0.0.0/8,127.0.0.0/8", "11.0.0.1", false},
	    {" ::1  2001:db8::/32 ", "2001:db8:1::1", true},
	    {"2001:db8::/32", "2001:db9::1", false},
	};
	struct msg_addr a, none = {0};
	struct netset n;
	char why[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    netset_parse(&n, cases[i].text, why, sizeof(why)), 0);
		a = addr(cases[i].ip);
		assert_int_equal(netset_has(&n, &a), cases[i].is_in);
		assert_false(netset_has(&n, &none));
		netset_clear(&n);
	}
	assert_int_equal(
	    netset_parse(&n, "10.0.0.0/8 x/9", why, sizeof(why)), -1);
	assert_string_equal(why, "no network: x/9");
	assert_int_equal(n.count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_proxy),
	    cmocka_unit_test(test_ring),
	    cmocka_unit_test(test_ring_shared),
	    cmocka_unit_test(test_ring_rubbish),
	    cmocka_unit_test(test_wheel),
	    cmocka_unit_test(test_netset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
