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
 * Every row of messages.def: fields at random and at their bounds go through
 * the encoder and come back the same; every shorter or longer buffer is
 * refused; secrets are neither printed nor left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "msg.h"

#define ROUNDS 40

static char texts[16][MSG_PAYLOAD_MAX];
static uint8_t blobs[2][MSG_PAYLOAD_MAX];
static unsigned int text_used, blob_used;
/*
 * 0: random, 1: least, 2: greatest How the fillers choose: the bounds find what
 * random numbers do not.
 */
static int how;

static uint64_t
number(uint64_t most)
{
	if (how == 1)
		return 0;
	if (how == 2)
		return most;
	return ((uint64_t)(unsigned int)random() << 32 |
		   (unsigned int)random()) &
	    most;
}

static const char *
text(size_t max)
{
	char *t = texts[text_used++];
	size_t i, len = how == 1 ? 0 : how == 2 ? max : number(max) % (max + 1);

	if (how == 0)
		len = (size_t)random() % (max + 1);
	for (i = 0; i < len; i++)
		t[i] = (char)(1 + random() % 255);
	t[len] = '\0';
	return t;
}

static const uint8_t *
blob(uint32_t *len, size_t max)
{
	uint8_t *b = blobs[blob_used++];
	size_t i;

	*len = (uint32_t)(how == 1 ? 0 :
		how == 2           ? max :
				     (size_t)random() % (max + 1));
	for (i = 0; i < *len; i++)
		b[i] = (uint8_t)random();
	return b;
}

static struct msg_addr
addr(void)
{
	struct msg_addr a;
	size_t i;

	memset(&a, 0, sizeof(a));
	a.family = random() % 2 ? AF_INET : AF_INET6;
	for (i = 0; i < sizeof(a.ip); i++)
		a.ip[i] = (uint8_t)random();
	a.port = (uint16_t)random();
	return a;
}

/* Fillers and comparers, from the list. */
#define U8(n) s->n = (uint8_t)number(UINT8_MAX);
#define U16(n) s->n = (uint16_t)number(UINT16_MAX);
#define U32(n) s->n = (uint32_t)number(UINT32_MAX);
#define U64(n) s->n = number(UINT64_MAX);
#define STR(n, max) s->n = text(max);
#define SECRET(n, max) s->n = text(max);
#define BLOB(n, max) s->n = blob(&s->n##_len, max);
#define ADDR(n) s->n = addr();
#define NONE s->none = 0;
#define FILL(sname, fields)                        \
	static void fill_##sname(union msg *m)     \
	{                                          \
		struct msg_##sname *s = &m->sname; \
		fields                             \
	}
#define CALL(type, name, from, to, fd, secs, fields) FILL(name, fields)
#define ANSW(type, name, from, to, fd, fields) FILL(name##_answ, fields)
#define ITEM(type, name, from, to, fd, fields) FILL(name, fields)
#define TELL(type, name, from, to, fd, fields) FILL(name, fields)
#include "messages.def"

#define U8(n) assert_int_equal(a->n, b->n);
#define U16(n) assert_int_equal(a->n, b->n);
#define U32(n) assert_int_equal(a->n, b->n);
#define U64(n) assert_int_equal(a->n, b->n);
#define STR(n, max) assert_string_equal(a->n, b->n);
#define SECRET(n, max) assert_string_equal(a->n, b->n);
#define BLOB(n, max)                              \
	assert_int_equal(a->n##_len, b->n##_len); \
	assert_memory_equal(a->n, b->n, a->n##_len);
#define ADDR(n) assert_memory_equal(a->n.ip, b->n.ip, 16);
#define NONE assert_int_equal(a->none, b->none);
#define SAME(sname, fields)                                              \
	static void same_##sname(const union msg *x, const union msg *y) \
	{                                                                \
		const struct msg_##sname *a = &x->sname, *b = &y->sname; \
		fields                                                   \
	}
#define CALL(type, name, from, to, fd, secs, fields) SAME(name, fields)
#define ANSW(type, name, from, to, fd, fields) SAME(name##_answ, fields)
#define ITEM(type, name, from, to, fd, fields) SAME(name, fields)
#define TELL(type, name, from, to, fd, fields) SAME(name, fields)
#include "messages.def"

static const struct {
	void (*fill)(union msg *);
	void (*same)(const union msg *, const union msg *);
} rows[MSG_MAX] = {
#define CALL(type, name, from, to, fd, secs, fields) \
	[MSG_##type] = {fill_##name, same_##name},
#define ANSW(type, name, from, to, fd, fields) \
	[MSG_##type##_ANSW] = {fill_##name##_answ, same_##name##_answ},
#define ITEM(type, name, from, to, fd, fields) \
	[MSG_##type] = {fill_##name, same_##name},
#define TELL(type, name, from, to, fd, fields) \
	[MSG_##type] = {fill_##name, same_##name},
#include "messages.def"
};

/* Texts and blobs stay valid until the next call. */
static int
fill_and_encode(int type, union msg *m, uint8_t *buf)
{
	text_used = blob_used = 0;
	memset(m, 0, sizeof(*m));
	rows[type].fill(m);
	return msg_encode((enum msg_type)type, m, buf, MSG_PAYLOAD_MAX);
}

/*
 * A row whose greatest message does not fit could never be sent, and only be
 * found out on the day it is needed.
 */
static void
round_trip(void **state)
{
	static uint8_t buf[MSG_PAYLOAD_MAX + 1];
	union msg m, back;
	int type, round, len;

	(void)state;
	for (type = 0; type < MSG_MAX; type++)
		for (round = 0; round < ROUNDS; round++) {
			how = round < 3 ? round : 0;
			len = fill_and_encode(type, &m, buf);
			/* A row must fit a message even at its bounds. */
			assert_true(len > 0);
			assert_int_equal(msg_decode((enum msg_type)type, buf,
					     (size_t)len, &back),
			    0);
			rows[type].same(&m, &back);
		}
}

/*
 * A taken-over daemon sends what it likes: nothing but the exact length
 * decodes.
 */
static void
wrong_length(void **state)
{
	static uint8_t buf[MSG_PAYLOAD_MAX + 1];
	union msg m, back;
	uint8_t *copy;
	int type, len, cut;

	(void)state;
	how = 0;
	for (type = 0; type < MSG_MAX; type++) {
		len = fill_and_encode(type, &m, buf);
		for (cut = 0; cut < len; cut += 1 + len / 50) {
			/* Its own allocation: a read past it is seen. */
			copy = malloc((size_t)cut + 1);
			assert_non_null(copy);
			memcpy(copy, buf, (size_t)cut);
			assert_int_equal(msg_decode((enum msg_type)type, copy,
					     (size_t)cut, &back),
			    -1);
			free(copy);
		}
		buf[len] = 0;
		assert_int_equal(msg_decode((enum msg_type)type, buf,
				     (size_t)len + 1, &back),
		    -1);
	}
}

/* The sender finds it out, so that it is not ended by the receiver. */
static void
over_bound(void **state)
{
	static char longer[400];
	uint8_t buf[MSG_PAYLOAD_MAX];
	union msg m;

	(void)state;
	memset(longer, 'a', 321);
	memset(&m, 0, sizeof(m));
	m.dlv_resolve.address = longer;
	assert_int_equal(msg_encode(MSG_DLV_RESOLVE, &m, buf, sizeof(buf)), -1);
	longer[320] = '\0';
	assert_true(msg_encode(MSG_DLV_RESOLVE, &m, buf, sizeof(buf)) > 0);
	/* No room. */
	assert_int_equal(msg_encode(MSG_DLV_RESOLVE, &m, buf, 100), -1);
}

/*
 * Such a text would have one length here and another in each function that
 * takes a string.
 */
static void
nul_inside(void **state)
{
	uint8_t buf[64];
	union msg m, back;
	int len;

	(void)state;
	memset(&m, 0, sizeof(m));
	m.dlv_resolve.address = "a@b.example";
	len = msg_encode(MSG_DLV_RESOLVE, &m, buf, sizeof(buf));
	assert_true(len > 4);
	buf[3] = '\0';
	assert_int_equal(
	    msg_decode(MSG_DLV_RESOLVE, buf, (size_t)len, &back), -1);
}

/*
 * What is traced shows stars of one length; what was sent is gone from the
 * buffer.
 */
static void
secrets(void **state)
{
	uint8_t buf[512];
	char line[512];
	union msg m;
	int len;

	(void)state;
	memset(&m, 0, sizeof(m));
	m.back_query.key = "user";
	m.back_query.secret = "s3cr3t-word";
	len = msg_encode(MSG_BACK_QUERY, &m, buf, sizeof(buf));
	assert_true(len > 0);
	assert_non_null(memmem(buf, (size_t)len, "s3cr3t-word", 11));
	msg_print(MSG_BACK_QUERY, &m, line, sizeof(line));
	assert_null(strstr(line, "s3cr3t"));
	assert_non_null(strstr(line, "secret=***"));
	msg_wipe(MSG_BACK_QUERY, buf, (size_t)len);
	assert_null(memmem(buf, (size_t)len, "s3cr3t-word", 11));
}

/* A trace is read on a terminal. */
static void
printed(void **state)
{
	char line[200];
	union msg m;

	(void)state;
	memset(&m, 0, sizeof(m));
	m.dlv_resolve.address = "a\n\x1b[31m\"@b";
	msg_print(MSG_DLV_RESOLVE, &m, line, sizeof(line));
	assert_string_equal(line,
	    "DLV_RESOLVE address=\"a\\x0a\\x1b[31m\\x22@b\" "
	    "options=\"\"");
}

static void
pairs(void **state)
{
	(void)state;
	/* What DESIGN promises: no daemon reaches another but by a row. */
	assert_true(msg_is_pair(PROC_SMTPD, PROC_QUEUED));
	assert_false(msg_is_pair(PROC_QUEUED, PROC_LOOKUPD));
	assert_false(msg_is_pair(PROC_SMTPD, PROC_DELIVERD));
	assert_false(msg_is_pair(PROC_SMTPD, PROC_SMTPD));
	assert_false(msg_is_pair(PROC_AGENT, PROC_QUEUED));
}

static void
parent_is_asked_by(void **state)
{
	const uint32_t may = P_DELIVERD | P_LOOKUPD | P_RULED;
	int type;

	(void)state;
	/* smtpd, queued and keys have nothing to ask the parent. */
	for (type = 0; type < MSG_MAX; type++)
		if (msg_row((enum msg_type)type)->form == MSG_FORM_CALL &&
		    msg_row((enum msg_type)type)->to & P_SELOR)
			assert_int_equal(
			    msg_row((enum msg_type)type)->from & ~may, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(wrong_length),
	    cmocka_unit_test(over_bound),
	    cmocka_unit_test(nul_inside),
	    cmocka_unit_test(secrets),
	    cmocka_unit_test(printed),
	    cmocka_unit_test(pairs),
	    cmocka_unit_test(parent_is_asked_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
