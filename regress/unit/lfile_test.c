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
 * lfile_test.c: l files: what is printed is parsed to the same, and what
 * is damaged is refused with the line.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../queued/crc32c.h"
#include "../../queued/lfile.h"
#include "../../queued/record.h"

#define ID ((uint64_t)1732262400123 << 20 | 4567)
#define HEAD \
	"selor-queue 1\nid 1732262400123_4567\nsid a\nstatus queued\nsender \n"

/*
 * Texts that would break a file of lines: line ends, percent signs, blanks at
 * both ends, controls, 8-bit octets.
 */
static struct message *
sample(void)
{
	struct message *m = message_new(ID);
	struct recipient *r;

	m->arrival = 1732262400;
	m->size = 4096;
	m->header = 512;
	m->flags = MSG_BOUNCE | MSG_8BIT | MSG_RET_HDRS;
	m->attempts = 3;
	m->next = 1732263300;
	message_set(m, &m->sender, "se%nder\nrcpt evil@x\x01\x7f@example.test");
	message_set(m, &m->client_helo, "  spaces kept ");
	message_set(m, &m->hadd, "X-A: 1\r\nX-B: 2\r\n");
	message_add_rcpt(m, "one@example.test");
	assert_int_equal(message_add_rcpt(m, "two@\xc3\xa4.test"), 1);
	r = &m->rcpts[1];
	r->state = RCPT_DEFERRED;
	r->kind = RCPT_ALIAS;
	r->notify = NOTIFY_SUCCESS | NOTIFY_DELAY;
	r->so_mark = UINT32_MAX;
	r->attempts = 2;
	message_set(m, &r->mx_auth, "user%25:pass word");
	message_set(m, &r->answer, "451 4.7.1 \xff later\r\n");
	return m;
}

/* All that a message has to keep over a crash. */
static void
assert_same(const struct message *a, const struct message *b)
{
	uint32_t i;

	assert_int_equal(a->id, b->id);
	assert_int_equal(a->arrival, b->arrival);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->attempts, b->attempts);
	assert_int_equal(a->next, b->next);
	assert_int_equal(a->nrcpts, b->nrcpts);
	assert_string_equal(
	    message_text(a, a->sender), message_text(b, b->sender));
	assert_string_equal(
	    message_text(a, a->client_helo), message_text(b, b->client_helo));
	assert_string_equal(message_text(a, a->hadd), message_text(b, b->hadd));
	for (i = 0; i < a->nrcpts; i++) {
		const struct recipient *r = &a->rcpts[i], *s = &b->rcpts[i];

		assert_string_equal(
		    message_text(a, r->address), message_text(b, s->address));
		assert_string_equal(
		    message_text(a, r->mx_auth), message_text(b, s->mx_auth));
		assert_string_equal(
		    message_text(a, r->answer), message_text(b, s->answer));
		assert_int_equal(r->state, s->state);
		assert_int_equal(r->kind, s->kind);
		assert_int_equal(r->notify, s->notify);
		assert_int_equal(r->so_mark, s->so_mark);
		assert_int_equal(r->attempts, s->attempts);
	}
}

/*
 * Through the file and back, whole; cut anywhere it is refused and not half
 * read.
 */
static void
test_round(void **state)
{
	struct message *m = sample(), *again;
	struct lfile l = {.incoming = true}, l2;
	struct lfile_error error;
	char *text;
	size_t len, cut;

	(void)state;
	text = lfile_print(m, "a", &l, &len);
	assert_non_null(text);
	/* Nothing from outside begins a line. */
	assert_null(strstr(text, "\nrcpt evil"));
	again = lfile_parse(text, len, "a", &l2, &error);
	if (again == NULL)
		print_message("line %u: %s\n%s", error.line, error.why, text);
	assert_non_null(again);
	assert_true(l2.incoming);
	assert_same(m, again);
	message_free(again);
	assert_null(lfile_parse(text, len, "b", &l2, &error));
	for (cut = 0; cut < len; cut++)
		assert_null(lfile_parse(text, cut, "a", &l2, &error));
	free(text);
	message_free(m);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
	    {HEAD "end\nend\n", "text after the end"},
	    {HEAD "size 1\nsize 1\nend\n", "key given twice"},
	    {HEAD "size -1\nend\n", "bad value"},
	    {HEAD "size 99999999999999999999\nend\n", "bad value"},
	    {HEAD "attempts 65536\nend\n", "bad value"},
	    {HEAD "flags bounce,what\nend\n", "bad value"},
	    {HEAD "nonsense 1\nend\n", "unknown key"},
	    {HEAD "login a%0\nend\n", "bad escape"},
	    {HEAD "login a%00\nend\n", "bad escape"},
	    {HEAD "login a%zz\nend\n", "bad escape"},
	    {HEAD "login a\tb\nend\n", "bad escape"},
	    {HEAD "state pending\nend\n", "unknown key"},
	    {HEAD "rcpt a@b\nstate odd\nend\n", "bad value"},
	    {HEAD "novalue\nend\n", "no value"},
	    {HEAD, "cut short"},
	    {"", "cut short"},
	    {"selor-queue 2\nend\n", "not a queue file of this version"},
	    {"selor-queue 1\nid ../x\nend\n", "bad id"},
	    {"selor-queue 1\nend\n", "id, sid, status or sender missing"},
	};
	struct lfile_error error;
	struct lfile l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(lfile_parse(
		    cases[i].text, strlen(cases[i].text), "a", &l, &error));
		assert_string_equal(error.why, cases[i].why);
	}
}

static void
test_record(void **state)
{
	struct message *m = sample(), *again;
	uint8_t *data, *changes;
	size_t len, clen, content, cut;

	(void)state;
	data = record_message(m, 0, &len);
	again = record_parse_message(m->id, data, len, &content);
	assert_non_null(again);
	assert_int_equal(content, 0);
	assert_same(m, again);
	m->rcpts[1].state = RCPT_FAILED;
	m->attempts = 9;
	message_set(m, &m->rcpts[1].answer, "550 a much longer answer now");
	changes = record_state(m, 1, 1, &clen);
	for (cut = 0; cut < clen; cut++)
		assert_int_equal(record_apply_state(again, changes, cut), -1);
	assert_int_equal(record_apply_state(again, changes, clen), 0);
	assert_same(m, again);
	message_free(again);
	for (cut = 0; cut < len; cut++)
		assert_null(record_parse_message(m->id, data, cut, &content));
	free(changes);
	free(data);
	message_free(m);
}

static void
test_arena(void **state)
{
	struct message *m = message_new(1);
	char text[4000];
	int i;

	(void)state;
	message_add_rcpt(m, "one@example.test");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	/* Answers that come and go do not make it grow for ever. */
	for (i = 0; i < 10000; i++) {
		text[i % 3000 + 1] = '\0';
		message_set(m, &m->rcpts[0].answer, text);
		assert_string_equal(message_text(m, m->rcpts[0].answer), text);
		text[i % 3000 + 1] = 'x';
	}
	assert_true(message_memory(m) < 20000);
	assert_string_equal(
	    message_text(m, m->rcpts[0].address), "one@example.test");
	message_free(m);
}

static void
test_crc(void **state)
{
	uint8_t buf[1024];
	size_t i;

	(void)state;
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	for (i = 0; i < sizeof(buf); i++) {
		buf[i] = (uint8_t)(i * 7);
		assert_int_equal(crc32c(1, buf, i), crc32c_portable(1, buf, i));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_record),
	    cmocka_unit_test(test_arena),
	    cmocka_unit_test(test_crc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
