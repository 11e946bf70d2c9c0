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
 * A peer whose callbacks close it, and peers that do not read, send what
 * nobody awaits or half close: nothing may be used after it is freed, and
 * nothing may pile up without an end.  Run with SAN=1 for the first half.
 */
#include <sys/resource.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "enums.h"
#include "imsg.h"
#include "peer.h"

static struct event_base *base;
/* smtpd's end to queued; "other" is what it is connected to. */
static struct peer *p;
static int other = -1;
static time_t later;
static struct {
	int done, gone, again;
	enum peer_result result;
	char why[200];
	bool free_in_done, breach_in_done, call_in_done;
} seen;

int __real_clock_gettime(clockid_t, struct timespec *);
int __wrap_clock_gettime(clockid_t, struct timespec *);

/* Deadlines pass without waiting for them. */
int
__wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int r = __real_clock_gettime(id, ts);

	ts->tv_sec += later;
	return r;
}

static void
on_gone(struct peer *q, const char *why)
{
	assert_ptr_equal(q, p);
	seen.gone++;
	strlcpy(seen.why, why == NULL ? "" : why, sizeof(seen.why));
	p = NULL;
}

static const struct peer_hooks hooks = {.gone = on_gone};

/* Does to its own peer, from within, whatever the test asks for. */
static void
on_done(uint64_t ref, enum peer_result r, const union msg *answ, int fd)
{
	union msg m = {.queue_open = {1, 0, 0}};

	(void)ref;
	(void)answ;
	assert_int_equal(fd, -1);
	seen.done++;
	seen.result = r;
	if (p == NULL)
		return;
	if (seen.call_in_done &&
	    peer_call(p, MSG_QUEUE_OPEN, &m, -1, PEER_THEN(on_done, 9)) == 0)
		seen.again++;
	if (seen.breach_in_done)
		peer_breach(p, "too slow");
	if (seen.free_in_done) {
		peer_free(p);
		p = NULL;
	}
}

static int
set_up(void **state)
{
	int sv[2];

	(void)state;
	memset(&seen, 0, sizeof(seen));
	later = 0;
	base = event_base_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	p = peer_new(base, sv[0], PROC_SMTPD, PEER_ID(PROC_QUEUED, 0), &hooks);
	other = sv[1];
	return p == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	seen.free_in_done = seen.breach_in_done = seen.call_in_done = false;
	peer_free(p);
	p = NULL;
	if (other != -1)
		close(other);
	other = -1;
	event_base_free(base);
	return 0;
}

static void
turn(void)
{
	int i;

	for (i = 0; i < 6; i++) {
		peer_flush_all();
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
}

static void
call(int count)
{
	union msg m = {.queue_open = {1, 0, 0}};

	while (count-- > 0)
		assert_int_equal(
		    peer_call(p, MSG_QUEUE_OPEN, &m, -1, PEER_THEN(on_done, 1)),
		    0);
}

/* Past every deadline; the peer looks once a second. */
static void
time_out(void)
{
	int i;

	later = 1000;
	for (i = 0; i < 30 && seen.done == 0; i++) {
		usleep(100 * 1000);
		turn();
	}
}

/*
 * Closed in the middle of the walk over late calls: the others still end, each
 * once.
 */
static void
closed_in_time_out(void **state)
{
	(void)state;
	call(3);
	seen.breach_in_done = true;
	time_out();
	assert_int_equal(seen.done, 3);
	assert_int_equal(seen.gone, 1);
	assert_string_equal(seen.why, "too slow");
	assert_null(p);
}

/* The gone hook does not run for who freed the peer himself. */
static void
freed_in_time_out(void **state)
{
	(void)state;
	call(3);
	seen.free_in_done = true;
	time_out();
	assert_int_equal(seen.done, 3);
	assert_int_equal(seen.gone, 0);
}

/* The same while the end of the pair is being told. */
static void
freed_in_gone_call(void **state)
{
	(void)state;
	call(3);
	seen.free_in_done = true;
	close(other);
	other = -1;
	turn();
	assert_int_equal(seen.done, 3);
	assert_int_equal(seen.result, PEER_GONE);
}

/* A call into a peer that ends is refused: nobody would end it. */
static void
called_while_freed(void **state)
{
	(void)state;
	call(20);
	seen.call_in_done = true;
	peer_free(p);
	p = NULL;
	/* Each that was taken would have to end too. */
	assert_int_equal(seen.done, 20 + seen.again);
	assert_int_equal(seen.again, 0);
}

/* Nobody reads: the end is a breach, not a lost message. */
static void
never_reads(void **state)
{
	static uint8_t data[16000];
	union msg m = {.queue_data = {1, data, sizeof(data)}};
	int i;

	(void)state;
	for (i = 0; i < 6000; i++)
		if (peer_tell(p, MSG_QUEUE_DATA, &m, -1) == -1)
			break;
	assert_true(i < 6000);
	assert_int_equal(seen.gone, 0);
	turn();
	assert_int_equal(seen.gone, 1);
	assert_non_null(strstr(seen.why, "does not read"));
}

/* Descriptors that nobody takes do not use up ours. */
static void
never_takes_descriptors(void **state)
{
	union msg m = {.queue_file_answ = {QUEUE_OK}};
	int i, fd = open("/dev/null", O_RDONLY), sv[2];
	int first = open("/dev/null", O_RDONLY), last;
	struct peer *q;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	q = p;
	p = peer_new(base, sv[0], PROC_QUEUED, PEER_ID(PROC_SMTPD, 0), &hooks);
	for (i = 0; i < 20000; i++) {
		if ((last = dup(fd)) == -1)
			break;
		if (peer_answer(p, MSG_QUEUE_FILE_ANSW, 1, &m, last) == -1) {
			close(last);
			break;
		}
	}
	close(fd);
	assert_in_range(i, 256, 9000);
	turn();
	assert_int_equal(seen.gone, 1);
	assert_null(p);
	/* All are closed. */
	last = dup(first);
	assert_in_range(last, 0, first + 40);
	close(last);
	close(first);
	close(sv[1]);
	p = q;
}

/* It takes nothing more and still is not gone: to be cut off at once. */
static void
half_closed(void **state)
{
	union msg m = {.queue_abort = {1}};

	(void)state;
	peer_pause(p);
	shutdown(other, SHUT_RD);
	assert_int_equal(peer_tell(p, MSG_QUEUE_ABORT, &m, -1), 0);
	turn();
	assert_int_equal(seen.gone, 1);
}

/* More than any message could announce, in one go. */
static void
too_many_descriptors(void **state)
{
	union {
		struct cmsghdr hdr;
		char buf[CMSG_SPACE(sizeof(int) * 100)];
	} c;
	struct iovec iov = {(char[]){"x"}, 1};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = c.buf,
	    .msg_controllen = sizeof(c.buf)};
	int i, fds[100];

	(void)state;
	memset(&c, 0, sizeof(c));
	c.hdr.cmsg_level = SOL_SOCKET;
	c.hdr.cmsg_type = SCM_RIGHTS;
	c.hdr.cmsg_len = CMSG_LEN(sizeof(fds));
	for (i = 0; i < 100; i++)
		fds[i] = other;
	memcpy(CMSG_DATA(&c.hdr), fds, sizeof(fds));
	assert_int_equal(sendmsg(other, &msg, 0), 1);
	turn();
	assert_int_equal(seen.gone, 1);
	assert_non_null(strstr(seen.why, "descriptors"));
}

/* An answer to a call that timed out, however often its slot was used. */
static void
late_answer(void **state)
{
	union msg m = {.queue_open_answ = {1, 0}};
	struct imsg_hdr h = {0, MSG_QUEUE_OPEN_ANSW, 0, 0};
	uint8_t buf[64];
	struct imsg_hdr got;
	int i;

	(void)state;
	h.len = (uint32_t)msg_encode(
	    MSG_QUEUE_OPEN_ANSW, &m, buf + sizeof(h), sizeof(buf) - sizeof(h));
	for (i = 0; i < 40000; i++) {
		call(1);
		peer_flush_all();
		assert_int_equal(
		    recv(other, &got, sizeof(got), 0), (ssize_t)sizeof(got));
		assert_int_equal(recv(other, buf + 40, got.len, 0), got.len);
		h.id = got.id;
		memcpy(buf, &h, sizeof(h));
		assert_int_equal(write(other, buf, sizeof(h) + h.len),
		    (ssize_t)(sizeof(h) + h.len));
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(seen.done, 40000);
	/* The first call's id: slot 0 as it always was, generation 0. */
	h.id = got.id & 0xffff;
	memcpy(buf, &h, sizeof(h));
	assert_int_equal(
	    write(other, buf, sizeof(h) + h.len), (ssize_t)(sizeof(h) + h.len));
	turn();
	assert_int_equal(seen.gone, 0);
	assert_int_equal(seen.done, 40000);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	struct rlimit r;
	const struct CMUnitTest tests[] = {
	    ROW(closed_in_time_out),
	    ROW(freed_in_time_out),
	    ROW(freed_in_gone_call),
	    ROW(called_while_freed),
	    ROW(never_reads),
	    ROW(never_takes_descriptors),
	    ROW(half_closed),
	    ROW(too_many_descriptors),
	    ROW(late_answer),
	};

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
