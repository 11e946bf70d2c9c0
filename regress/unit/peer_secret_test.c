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
 * What must not stay and what must not be waited for: a SECRET is gone from
 * the memory of both ends once it was used, however it came in; an answer
 * that can not be said ends its call at once.
 */
#include <sys/socket.h>

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "enums.h"
#include "imsg.h"
#include "peer.h"

#define SECRET_WORD "hunter2-but-longer"
#define SECRET_LEN (sizeof(SECRET_WORD) - 1)

static struct event_base *base;
static struct peer *asker, *asked;
static const char *where; /* in the receiver's buffer */
static int seen, done;
static enum peer_result result;
static size_t host_len;

/* Notes where the secret lay, to look there afterwards. */
static void
on_query(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg a = {.back_query_answ = {BACK_YES, 0}};

	assert_int_equal(fd, -1);
	assert_string_equal(m->back_query.secret, SECRET_WORD);
	where = m->back_query.secret;
	seen++;
	assert_int_equal(peer_answer(p, MSG_BACK_QUERY_ANSW, ref, &a, -1), 0);
}

/* An answer that is longer than its field may be, or not. */
static void
on_ptr(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	char host[400];
	union msg a = {.look_ptr_answ = {LOOK_OK, host, 1}};

	(void)m;
	assert_int_equal(fd, -1);
	memset(host, 'x', sizeof(host));
	host[host_len] = '\0';
	assert_int_equal(peer_answer(p, MSG_LOOK_PTR_ANSW, ref, &a, -1),
	    host_len > 256 ? -1 : 0);
}

static void
on_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	(void)m;
	assert_int_equal(ref, 7);
	assert_int_equal(fd, -1);
	result = r;
	done++;
}

static void
on_gone(struct peer *p, const char *why)
{
	(void)p;
	fail_msg("the pair closed: %s", why == NULL ? "" : why);
}

static peer_handler *const handlers[MSG_MAX] = {
    [MSG_BACK_QUERY] = on_query,
    [MSG_LOOK_PTR] = on_ptr,
};
static const struct peer_hooks hooks = {.handlers = handlers, .gone = on_gone};

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
set_up(enum proc_id from, enum proc_id to)
{
	int sv[2];

	seen = done = 0;
	base = event_base_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	asker = peer_new(base, sv[0], from, PEER_ID(to, 0), &hooks);
	asked = peer_new(base, sv[1], to, PEER_ID(from, 0), &hooks);
	assert_non_null(asker);
	assert_non_null(asked);
}

static void
tear_down(void)
{
	peer_free(asker);
	peer_free(asked);
	event_base_free(base);
}

/* The place is looked at after the handler and the answer. */
static void
wiped_after_handler(void **state)
{
	union msg m = {.back_query = {BACK_AUTH, "user", SECRET_WORD}};

	(void)state;
	set_up(PROC_LOOKUPD, PROC_BACKEND);
	assert_int_equal(
	    peer_call(asker, MSG_BACK_QUERY, &m, -1, PEER_THEN(on_done, 7)), 0);
	turn();
	assert_int_equal(seen, 1);
	assert_int_equal(done, 1);
	assert_int_equal(result, PEER_ANSWER);
	/* The buffer is still the peer's; only what it held is gone. */
	assert_memory_not_equal(where, SECRET_WORD, SECRET_LEN);
	tear_down();
}

/* How often the word stands there. */
static int
count(const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len, *at;
	int n = 0;

	for (; (at = memmem(p, (size_t)(end - p), SECRET_WORD, SECRET_LEN)) !=
	     NULL;
	     p = at + 1)
		n++;
	return n;
}

/* The sender's copy goes with the write that took it. */
static void
wiped_after_write(void **state)
{
	struct imsg_hdr hdr = {SECRET_LEN, MSG_BACK_QUERY, 0, 1};
	struct imsgbuf *b;
	uint8_t *at;
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	b = imsgbuf_new(sv[0]);
	assert_non_null(b);
	at = imsg_reserve(b, SECRET_LEN);
	assert_non_null(at);
	memcpy(at, SECRET_WORD, SECRET_LEN);
	imsg_keep_secret(b);
	assert_int_equal(imsg_commit(b, &hdr, -1), 0);
	assert_int_equal(count(at, SECRET_LEN), 1);
	assert_int_equal(imsg_flush(b), 1);
	assert_int_equal(count(at, SECRET_LEN), 0);
	imsgbuf_free(b);
	close(sv[1]);
}

/* The first half of a message moves when the second comes: no copy stays. */
static void
moved_without_a_copy(void **state)
{
	struct imsg_hdr small = {900, MSG_BACK_QUERY, 0, 1};
	struct imsg_hdr hdr = {SECRET_LEN + 8, MSG_BACK_QUERY, 0, 2};
	static uint8_t data[2 * sizeof(struct imsg_hdr) + 900 + SECRET_LEN + 8];
	struct imsgbuf *b;
	struct imsg im;
	uint8_t *in;
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	b = imsgbuf_new(sv[0]);
	memcpy(data, &small, sizeof(small));
	memcpy(data + sizeof(small) + 900, &hdr, sizeof(hdr));
	memcpy(data + 2 * sizeof(hdr) + 900, SECRET_WORD, SECRET_LEN);
	assert_int_equal(
	    write(sv[1], data, sizeof(data) - 1), (ssize_t)sizeof(data) - 1);
	assert_true(imsg_read(b) > 0);
	assert_int_equal(imsg_get(b, &im), 1);
	in = im.data - sizeof(small);
	assert_int_equal(count(in, sizeof(data)), 1);
	assert_int_equal(imsg_get(b, &im), 0);
	assert_int_equal(write(sv[1], data + sizeof(data) - 1, 1), 1);
	assert_true(imsg_read(b) > 0);
	assert_int_equal(imsg_get(b, &im), 1);
	assert_ptr_equal(im.data, in + sizeof(hdr));
	assert_int_equal(count(in, sizeof(data)), 1);
	imsgbuf_free(b);
	close(sv[1]);
}

/*
 * The asker hears at once that no answer comes, and does not wait for its
 * deadline; the pair lives on.
 */
static void
unsaid(void **state)
{
	union msg m = {.look_ptr = {{0}}};
	static const size_t lens[] = {256, 257, 10};
	size_t i;

	(void)state;
	set_up(PROC_SMTPD, PROC_LOOKUPD);
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		host_len = lens[i];
		assert_int_equal(peer_call(asker, MSG_LOOK_PTR, &m, -1,
				     PEER_THEN(on_done, 7)),
		    0);
		turn();
		assert_int_equal(done, i + 1);
		assert_int_equal(
		    result, host_len > 256 ? PEER_UNSAID : PEER_ANSWER);
		assert_int_equal(peer_calls(asker), 0);
	}
	tear_down();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wiped_after_handler),
	    cmocka_unit_test(wiped_after_write),
	    cmocka_unit_test(moved_without_a_copy),
	    cmocka_unit_test(unsaid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
