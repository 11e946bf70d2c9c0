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
 * Both ends of a pair in one loop: calls, items, descriptors, deadlines, and
 * every breach that must cut the sender off and leave the receiver alive.
 */
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
#include <unistd.h>

#include <cmocka.h>

#include "enums.h"
#include "imsg.h"
#include "peer.h"

static struct event_base *base;
/* a is smtpd's end to queued, b is queued's end to smtpd. */
static struct peer *a, *b;
static struct {
	int opens, rcpts, done, gone, targets, drained;
	enum peer_result result;
	uint64_t ref, call, msgid;
	int fd;
	uint64_t bytes;
	char text[400], why[200];
	bool no_answer, close_in_handler;
} seen;

static void
on_open(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg answ = {.queue_open_answ = {m->queue_open.size + 1, 0}};

	assert_int_equal(fd, -1);
	seen.opens++;
	seen.call = ref;
	if (seen.close_in_handler) {
		peer_free(p);
		b = NULL;
		return;
	}
	if (!seen.no_answer)
		peer_answer(p, MSG_QUEUE_OPEN_ANSW, ref, &answ, -1);
}

static void
on_file(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg answ = {.queue_file_answ = {QUEUE_OK}};

	(void)m;
	(void)fd;
	peer_answer(
	    p, MSG_QUEUE_FILE_ANSW, ref, &answ, open("/dev/null", O_RDWR));
}

static void
on_rcpt(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)fd;
	seen.rcpts++;
	strlcpy(seen.text, m->queue_rcpt.rcpt, sizeof(seen.text));
}

static void
on_data(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)fd;
	seen.bytes += m->queue_data.data_len;
}

static void
on_gone(struct peer *p, const char *why)
{
	seen.gone++;
	strlcpy(seen.why, why == NULL ? "" : why, sizeof(seen.why));
	if (p == a)
		a = NULL;
	if (p == b)
		b = NULL;
}

static void
on_drained(struct peer *p)
{
	(void)p;
	seen.drained++;
}

static void
on_done(uint64_t ref, enum peer_result r, const union msg *answ, int fd)
{
	seen.done++;
	seen.ref = ref;
	seen.result = r;
	seen.fd = fd;
	if (answ != NULL)
		seen.msgid = answ->queue_open_answ.msgid;
}

static peer_handler *const handlers[MSG_MAX] = {
    [MSG_QUEUE_OPEN] = on_open,
    [MSG_QUEUE_FILE] = on_file,
    [MSG_QUEUE_RCPT] = on_rcpt,
    [MSG_QUEUE_DATA] = on_data,
};
static const struct peer_hooks hooks = {.handlers = handlers,
    .gone = on_gone,
    .drained = on_drained};

/* Turns of the loop until nothing more happens at once. */
static void
turn(void)
{
	int i;

	for (i = 0; i < 6; i++) {
		peer_flush_all();
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
}

static int raw = -1;

static int
set_up(void **state)
{
	int sv[2];

	(void)state;
	memset(&seen, 0, sizeof(seen));
	base = event_base_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	a = peer_new(base, sv[0], PROC_SMTPD, PEER_ID(PROC_QUEUED, 0), &hooks);
	b = peer_new(base, sv[1], PROC_QUEUED, PEER_ID(PROC_SMTPD, 7), &hooks);
	return a == NULL || b == NULL;
}

/* The same with a raw descriptor in place of smtpd's end. */
static int
set_up_raw(void **state)
{
	int sv[2];

	(void)state;
	memset(&seen, 0, sizeof(seen));
	base = event_base_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	raw = sv[0];
	a = NULL;
	b = peer_new(base, sv[1], PROC_QUEUED, PEER_ID(PROC_SMTPD, 7), &hooks);
	return b == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	if (a != NULL)
		peer_free(a);
	if (b != NULL)
		peer_free(b);
	if (raw != -1)
		close(raw);
	raw = -1;
	event_base_free(base);
	return 0;
}

static void
call_open(uint64_t size, uint64_t ref)
{
	union msg m = {.queue_open = {1, 0, size}};

	assert_int_equal(
	    peer_call(a, MSG_QUEUE_OPEN, &m, -1, PEER_THEN(on_done, ref)), 0);
}

/* The answer comes in a later turn, never from within peer_call. */
static void
call(void **state)
{
	(void)state;
	call_open(41, 99);
	assert_int_equal(seen.done, 0);
	turn();
	assert_int_equal(seen.opens, 1);
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.result, PEER_ANSWER);
	assert_int_equal(seen.ref, 99);
	assert_int_equal(seen.msgid, 42);
	assert_int_equal(peer_calls(a), 0);
	assert_int_equal(peer_instance(b), 7);
}

/* The table of calls grows under calls that are in flight. */
static void
many_calls(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 3000; i++)
		call_open((uint64_t)i, (uint64_t)i);
	for (i = 0; i < 200 && seen.done < 3000; i++)
		turn();
	assert_int_equal(seen.done, 3000);
	assert_int_equal(seen.gone, 0);
}

/* It arrives with its own message, usable. */
static void
descriptor(void **state)
{
	union msg m = {.queue_file = {5}};

	(void)state;
	assert_int_equal(
	    peer_call(a, MSG_QUEUE_FILE, &m, -1, PEER_THEN(on_done, 1)), 0);
	turn();
	assert_int_equal(seen.result, PEER_ANSWER);
	assert_true(seen.fd >= 0);
	assert_int_equal(write(seen.fd, "x", 1), 1);
	close(seen.fd);
}

/* A call whose answerer dies ends; a plain end of file is no breach. */
static void
gone(void **state)
{
	(void)state;
	seen.no_answer = true;
	call_open(1, 5);
	turn();
	assert_int_equal(seen.opens, 1);
	peer_free(b);
	b = NULL;
	turn();
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.result, PEER_GONE);
	assert_int_equal(seen.gone, 1);
	assert_string_equal(seen.why, "");
}

/* The second message is not delivered to a peer that has gone. */
static void
closed_in_handler(void **state)
{
	(void)state;
	seen.close_in_handler = true;
	call_open(1, 5);
	call_open(2, 6);
	turn();
	assert_int_equal(seen.opens, 1);
	assert_int_equal(seen.done, 2);
	assert_int_equal(seen.result, PEER_GONE);
}

/* Over its bound it is refused here; the pair lives on. */
static void
not_sent(void **state)
{
	static char longer[400];
	union msg m = {.queue_rcpt = {1, 0, 0, longer, "", "", 0}};

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	assert_int_equal(peer_tell(a, MSG_QUEUE_RCPT, &m, -1), -1);
	longer[320] = '\0';
	assert_int_equal(peer_tell(a, MSG_QUEUE_RCPT, &m, -1), 0);
	turn();
	assert_int_equal(seen.rcpts, 1);
	assert_string_equal(seen.text, longer);
}

/* Sends b raw bytes and sees it cut the pair with that word in why. */
static void
breach(
    const struct imsg_hdr *hdr, const void *data, size_t len, const char *word)
{
	if (hdr != NULL)
		assert_int_equal(write(raw, hdr, sizeof(*hdr)), sizeof(*hdr));
	if (len > 0)
		assert_int_equal(write(raw, data, len), len);
	turn();
	assert_int_equal(seen.gone, 1);
	assert_null(b);
	if (strstr(seen.why, word) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", seen.why, word);
}

/*
 * Each of the following is what a daemon that was taken over could write: the
 * receiver ends the pair and lives.
 */
static void
unknown_type(void **state)
{
	struct imsg_hdr h = {0, MSG_MAX, 0, 0};

	(void)state;
	breach(&h, NULL, 0, "unknown type");
}

/* The table says who may send what; the number alone is not enough. */
static void
wrong_sender(void **state)
{
	struct imsg_hdr h = {0, MSG_DLV_ROOM, 0, 0};

	(void)state;
	breach(&h, NULL, 0, "not from that process");
}

static void
wrong_receiver(void **state)
{
	struct imsg_hdr h = {0, MSG_LOOK_PTR, 0, 0};

	(void)state;
	breach(&h, NULL, 0, "not to this process");
}

static void
too_short(void **state)
{
	struct imsg_hdr h = {3, MSG_QUEUE_ABORT, 0, 0};

	(void)state;
	breach(&h, "abc", 3, "QUEUE_ABORT: does not decode");
}

static void
too_long(void **state)
{
	struct imsg_hdr h = {9, MSG_QUEUE_ABORT, 0, 0};

	(void)state;
	breach(&h, "123456789", 9, "does not decode");
}

/* Refused by the header alone: no memory is given to it. */
static void
huge(void **state)
{
	struct imsg_hdr h = {UINT32_MAX, MSG_QUEUE_ABORT, 0, 0};

	(void)state;
	breach(&h, NULL, 0, "not a message");
}

/* Announced and not sent: it would take that of the next message. */
static void
flag_without_descriptor(void **state)
{
	struct imsg_hdr h = {8, MSG_QUEUE_ABORT, IMSG_HAS_FD, 0};

	(void)state;
	breach(&h, "12345678", 8, "not a message");
}

static void
no_handler(void **state)
{
	struct imsg_hdr h = {8, MSG_QUEUE_ABORT, 0, 0};

	(void)state;
	breach(&h, "12345678", 8, "no handler");
}

/* A call's end can not be faked by who was not called. */
static void
unasked_answer(void **state)
{
	union msg m = {.queue_open_answ = {1, 0}};
	struct imsg_hdr h = {9, MSG_QUEUE_OPEN_ANSW, 0, 3};
	uint8_t buf[16];

	(void)state;
	assert_int_equal(
	    msg_encode(MSG_QUEUE_OPEN_ANSW, &m, buf, sizeof(buf)), 9);
	/* To smtpd's end: the raw one plays queued. */
	peer_free(b);
	b = NULL;
	close(raw);
	{
		int sv[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
		raw = sv[0];
		b = peer_new(
		    base, sv[1], PROC_SMTPD, PEER_ID(PROC_QUEUED, 0), &hooks);
	}
	breach(&h, buf, 9, "answer to nothing asked");
}

static void
descriptor_undeclared(void **state)
{
	struct imsg_hdr h = {8, MSG_QUEUE_ABORT, IMSG_HAS_FD, 0};
	struct imsgbuf *out = imsgbuf_new(dup(raw));

	(void)state;
	assert_int_equal(imsg_add(out, &h, (const uint8_t *)"12345678",
			     open("/dev/null", O_RDONLY)),
	    0);
	assert_int_equal(imsg_flush(out), 1);
	imsgbuf_free(out);
	breach(NULL, NULL, 0, "descriptor not as declared");
}

static void
byte_by_byte(void **state)
{
	union msg m = {.queue_rcpt = {1, 0, 0, "a@b.example", "", "", 0}};
	uint8_t buf[200];
	struct imsg_hdr h = {0, MSG_QUEUE_RCPT, 0, 0};
	int i;

	(void)state;
	h.len = (uint32_t)msg_encode(
	    MSG_QUEUE_RCPT, &m, buf + sizeof(h), sizeof(buf) - sizeof(h));
	memcpy(buf, &h, sizeof(h));
	for (i = 0; i < (int)(sizeof(h) + h.len); i++) {
		assert_int_equal(seen.rcpts, 0);
		assert_int_equal(write(raw, buf + i, 1), 1);
		turn();
	}
	assert_int_equal(seen.rcpts, 1);
	assert_string_equal(seen.text, "a@b.example");
}

static void
back_pressure(void **state)
{
	static uint8_t data[16000];
	union msg m = {.queue_data = {1, data, sizeof(data)}};
	int i, j;

	(void)state;
	/* Nobody reads: the socket fills, then the queue. */
	peer_pause(b);
	for (i = 0; i < 1000 && !peer_is_full(a); i++)
		assert_int_equal(peer_tell(a, MSG_QUEUE_DATA, &m, -1), 0);
	assert_true(i > 10 && i < 1000);
	turn();
	assert_int_equal(seen.drained, 0);
	peer_resume(b);
	for (j = 0; j < 200 && seen.bytes < (uint64_t)i * sizeof(data); j++)
		turn();
	assert_int_equal(seen.bytes, (uint64_t)i * sizeof(data));
	assert_int_equal(seen.drained, 1);
	assert_int_equal(seen.gone, 0);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define RAW(f) cmocka_unit_test_setup_teardown(f, set_up_raw, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ROW(call),
	    ROW(many_calls),
	    ROW(descriptor),
	    ROW(gone),
	    ROW(closed_in_handler),
	    ROW(not_sent),
	    ROW(back_pressure),
	    RAW(unknown_type),
	    RAW(wrong_sender),
	    RAW(wrong_receiver),
	    RAW(too_short),
	    RAW(too_long),
	    RAW(huge),
	    RAW(flag_without_descriptor),
	    RAW(descriptor_undeclared),
	    RAW(no_handler),
	    RAW(unasked_answer),
	    RAW(byte_by_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
