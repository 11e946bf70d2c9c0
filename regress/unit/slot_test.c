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
 * Slots and generations, and message ids.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "calls.h"
#include "id.h"
#include "slot.h"

static void
generations(void **state)
{
	struct slots t;
	uint64_t r1, r2;
	int x, y;

	(void)state;
	slots_init(&t, 4);
	r1 = slot_add(&t, &x);
	assert_true(r1 != 0);
	assert_ptr_equal(slot_get(&t, r1), &x);
	slot_remove(&t, r1);
	assert_null(slot_get(&t, r1));
	r2 = slot_add(&t, &y);
	/* The same slot, another generation: the old ref finds nothing. */
	assert_int_equal((uint32_t)r1, (uint32_t)r2);
	assert_true(r1 != r2);
	assert_null(slot_get(&t, r1));
	assert_ptr_equal(slot_get(&t, r2), &y);
	slot_remove(&t, r1);
	assert_ptr_equal(slot_get(&t, r2), &y);
	assert_null(slot_get(&t, 0));
	assert_null(slot_get(&t, UINT64_MAX));
	slots_clear(&t);
}

static void
limit(void **state)
{
	struct slots t;
	uint32_t pos = 0;
	int i, n = 0;
	int x;

	(void)state;
	slots_init(&t, 20);
	for (i = 0; i < 20; i++)
		assert_true(slot_add(&t, &x) != 0);
	assert_int_equal(slot_add(&t, &x), 0);
	while (slot_next(&t, &pos) != NULL)
		n++;
	assert_int_equal(n, 20);
	slots_clear(&t);
}

/* Never called: the test ends its calls itself. */
static void
on_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	(void)ref;
	(void)r;
	(void)m;
	(void)fd;
}

/*
 * UINT32_MAX is the id of no call (peer.c): neither the last slot nor the last
 * generation may make it, or a busy peer would breach the protocol.
 */
static void
call_ids(void **state)
{
	struct calls t;
	int64_t slot = -1;
	uint32_t i, n = UINT16_MAX + 1u;

	(void)state;
	calls_init(&t);
	for (i = 0; i < n; i++) {
		slot = calls_slot(&t);
		assert_int_equal(slot, i);
		calls_start(&t, i, on_done, 0, MSG_QUEUE_OPEN);
	}
	assert_int_equal(calls_slot(&t), -1);
	for (i = 0; i <= n; i++) {
		(void)calls_end(&t, n - 1);
		assert_int_equal(calls_slot(&t), n - 1);
		assert_true(calls_id(&t, n - 1) != UINT32_MAX);
		calls_start(&t, n - 1, on_done, 0, MSG_QUEUE_OPEN);
	}
	calls_clear(&t);
}

static void
ids(void **state)
{
	static const char *const wrong[] = {"", "1", "1_", "_1", "1_1_", "1_1",
	    "01_0001", "1_0001_../x", "1_0001/..", "1_0001_a b",
	    "99999999999999999999_0001", "1_1048576",
	    "1_0001_waytoolongforasid", "-1_0001", "1_0001 ", "c1_0001"};
	char text[ID_TEXT_MAX], sid[ID_SID_MAX];
	uint64_t id, back, last = 0;
	size_t i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		id = id_new(0);
		assert_true(id > last);
		last = id;
	}
	assert_true(id_new(last + 5000000000u) > last + 5000000000u);
	id_print(id, "mx-1", text, sizeof(text));
	assert_int_equal(id_parse(text, &back, sid, sizeof(sid)), 0);
	assert_true(back == id);
	assert_string_equal(sid, "mx-1");
	id_print(id, NULL, text, sizeof(text));
	assert_int_equal(id_parse(text, &back, sid, sizeof(sid)), 0);
	assert_string_equal(sid, "");
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (id_parse(wrong[i], &back, sid, sizeof(sid)) != -1)
			fail_msg("\"%s\" passed as an id", wrong[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(generations),
	    cmocka_unit_test(limit),
	    cmocka_unit_test(call_ids),
	    cmocka_unit_test(ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
