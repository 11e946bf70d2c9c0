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
 * When messages are due, and that none outlives its window: by injected
 * time, with thousands of made-up lives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../queued/schedule.h"

#define T0 1700000000
#define LIVES 3000

static struct schedule_conf conf = {
    .retry = 900,
    .low_retry = 480,
    .scan = 60,
    .start = T0,
    .attempts = 48,
    .reports = 3,
    .immediate = 2,
};

/* One recipient, never tried. */
static struct message *
make(uint64_t id, int64_t arrival)
{
	struct message *m = message_new(id);

	assert_non_null(m);
	assert_int_equal(message_add_rcpt(m, "a@b.test"), 0);
	m->arrival = arrival;
	return m;
}

/* The schedule lets go of a message before it is freed. */
static void
forget(struct schedule *s, struct entry *e)
{
	struct message *m = e->message;

	schedule_free(s, e);
	assert_null(m->sched);
	message_free(m);
}

/* By time, and among those of one time by arrival in the list. */
static void
order(void **state)
{
	static const int64_t due[] = {T0 + 30, T0 + 10, T0 + 20, T0 + 10};
	static const uint64_t expect[] = {2, 4, 3, 1};
	struct schedule s;
	struct entry *e[4];
	size_t i;

	(void)state;
	schedule_init(&s);
	for (i = 0; i < 4; i++) {
		e[i] = schedule_add(&s, make(i + 1, T0));
		schedule_put(&s, e[i], due[i], T0);
	}
	assert_int_equal(s.nwaits, 4);
	assert_null(schedule_next(&s, T0 + 9));
	assert_int_equal(schedule_wake(&s), T0 + 10);
	for (i = 0; i < 4; i++)
		assert_int_equal(
		    schedule_next(&s, T0 + 30)->message->id, expect[i]);
	assert_null(schedule_next(&s, T0 + 99));
	assert_int_equal(schedule_wake(&s), SCHEDULE_NEVER);
	for (i = 0; i < 4; i++)
		forget(&s, e[i]);
}

/* However many are tried again, new mail has most of the turns, also that
 * which waited for its time; and those tried again have some. */
static void
backlog(void **state)
{
	struct schedule s;
	struct entry *e, *fresh[10];
	int i, taken = 0, old = 0;

	(void)state;
	schedule_init(&s);
	for (i = 0; i < 1000; i++) {
		e = schedule_add(&s, make((uint64_t)i + 1, T0));
		e->is_patient = true;
		schedule_put(&s, e, i % 2 == 0 ? T0 : T0 + 5, T0);
	}
	for (i = 0; i < 10; i++) {
		fresh[i] = schedule_add(&s, make((uint64_t)i + 2000, T0));
		schedule_put(&s, fresh[i], i < 5 ? T0 : T0 + 5, T0);
	}
	while (schedule_ripen(&s, T0 + 5, 100) == 100)
		;
	assert_int_equal(s.nwaits, 0);
	assert_int_equal(s.ndue, 1010);
	for (i = 0; i < 10; taken++) {
		e = schedule_next(&s, T0 + 5);
		if (e->is_patient)
			old++;
		else
			assert_ptr_equal(e, fresh[i++]);
		forget(&s, e);
	}
	assert_in_range(taken, 12, 15);
	assert_in_range(old, 2, 5);
	assert_null(schedule_next_new(&s, T0 + 5));
	while ((e = schedule_next(&s, T0 + 5)) != NULL) {
		forget(&s, e);
		taken++;
	}
	assert_int_equal(taken, 1010);
}

/* In one list at a time, whatever is done with it. */
static void
one_place(void **state)
{
	struct entry_list list = TAILQ_HEAD_INITIALIZER(list);
	struct schedule s;
	struct entry *e;

	(void)state;
	schedule_init(&s);
	e = schedule_add(&s, make(1, T0));
	schedule_put(&s, e, T0, T0);
	schedule_put(&s, e, T0 + 9, T0);
	assert_int_equal(s.ndue, 0);
	assert_int_equal(s.nwaits, 1);
	schedule_park(&s, e, &list);
	assert_int_equal(s.nwaits, 0);
	assert_int_equal(s.nparked, 1);
	assert_null(schedule_next(&s, T0 + 99));
	schedule_put(&s, TAILQ_FIRST(&list), T0, T0);
	assert_true(TAILQ_EMPTY(&list));
	assert_int_equal(s.nparked, 0);
	assert_ptr_equal(schedule_next(&s, T0), e);
	schedule_park(&s, e, &list);
	forget(&s, e);
	assert_true(TAILQ_EMPTY(&list));
}

/*
 * Immed_delivery of the manual: which mail waits for the next scan of the
 * queue.
 */
static void
immediate(void **state)
{
	static const struct {
		uint8_t mode;
		bool local;
		int64_t now, due;
	} cases[] = {
	    {0, true, T0 + 1, T0 + 60},
	    {0, true, T0 + 60, T0 + 120},
	    {0, false, T0 + 1, 0},
	    {1, true, T0 + 61, T0 + 120},
	    {1, false, T0 + 61, 0},
	    {2, true, T0 + 1, 0},
	    {2, false, T0 + 1, 0},
	};
	struct schedule_conf c = conf;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c.immediate = cases[i].mode;
		assert_int_equal(
		    schedule_first(&c, cases[i].local, cases[i].now),
		    cases[i].due);
	}
}

/* Exactly Max_attempts, for reports Max_error_report; not one fewer. */
static void
attempts(void **state)
{
	struct message *m = make(1, T0);
	int64_t now = T0;
	int i;

	(void)state;
	for (i = 1; i < 48; i++, now += 900) {
		assert_false(schedule_failed(&conf, m, &m->rcpts[0], now));
		assert_int_equal(m->rcpts[0].state, RCPT_DEFERRED);
		assert_int_equal(m->rcpts[0].next, now + 900);
		assert_int_equal(schedule_due(m), now + 900);
	}
	assert_true(schedule_failed(&conf, m, &m->rcpts[0], now));
	assert_int_equal(m->rcpts[0].state, RCPT_FAILED);
	assert_int_equal(schedule_due(m), SCHEDULE_NEVER);
	message_free(m);
	m = make(2, T0);
	m->flags |= MSG_BOUNCE;
	assert_false(schedule_failed(&conf, m, &m->rcpts[0], T0));
	assert_false(schedule_failed(&conf, m, &m->rcpts[0], T0));
	assert_true(schedule_failed(&conf, m, &m->rcpts[0], T0));
	message_free(m);
}

/*
 * A life: tried whenever it is due, each try fails for now, is put off
 * without counting, or is lost by whoever had it.  It must end within its
 * window and a sweep, and by its attempts alone unless tries were lost.
 */
static void
live(struct schedule *s, uint64_t id)
{
	struct message *m = make(id, T0 + (int64_t)(id % 5000));
	struct entry *e = schedule_add(s, m);
	int64_t now = m->arrival, window = schedule_window(&conf, m);
	bool counted = true;
	int chance = rand() % 4;

	schedule_put(s, e, now, now);
	while (m->rcpts[0].state != RCPT_FAILED) {
		now += 60;
		schedule_tick(s, true, now);
		assert_true(now <= m->arrival + window + 2 * conf.retry + 120);
		if (schedule_is_over(s, &conf, e, now)) {
			assert_false(counted);
			break;
		}
		if (schedule_next(s, now) == NULL)
			continue;
		if (chance > 0 && rand() % 4 < chance) {
			/* Put off or lost: no attempt. */
			counted = false;
			m->rcpts[0].next = now + rand() % 1800;
		} else
			schedule_failed(&conf, m, &m->rcpts[0], now);
		if (schedule_due(m) != SCHEDULE_NEVER)
			schedule_put(s, e, schedule_due(m), now);
	}
	if (counted)
		assert_int_equal(m->rcpts[0].attempts, conf.attempts);
	schedule_free(s, e);
	message_free(m);
}

static void
expiry(void **state)
{
	struct schedule s;
	uint64_t id;

	(void)state;
	srand(2);
	for (id = 1; id <= LIVES; id++) {
		schedule_init(&s);
		s.open_at = 0;
		live(&s, id);
	}
}

/* Closed time expires nothing, and no clock that was set ten years on:
 * after a weekend off, or a pause, there is time for each attempt left. */
static void
closed(void **state)
{
	struct schedule s;
	struct message *m = make(1, T0);
	int64_t now = T0 + 3650 * 86400LL;
	struct entry *e;

	(void)state;
	schedule_init(&s);
	schedule_tick(&s, true, now);
	e = schedule_add(&s, m);
	assert_false(schedule_is_over(&s, &conf, e, now));
	/* Paused for another day. */
	schedule_tick(&s, false, now += 86400);
	assert_false(schedule_is_over(&s, &conf, e, now));
	schedule_tick(&s, true, now += 600);
	assert_false(schedule_is_over(&s, &conf, e, now));
	schedule_tick(&s, true, now += 40 * conf.retry);
	assert_false(schedule_is_over(&s, &conf, e, now));
	m->rcpts[0].attempts = 10;
	assert_true(schedule_is_over(&s, &conf, e, now));
	schedule_free(&s, e);
	message_free(m);
}

static unsigned int swept;

static void
count(struct message *m)
{
	(void)m;
	swept++;
}

/* Each message once a round, in pieces, however small. */
static void
sweep(void **state)
{
	struct message_tree tree = RB_INITIALIZER(&tree);
	struct message *m[10];
	struct schedule s;
	unsigned int rounds = 1;
	size_t i;

	(void)state;
	schedule_init(&s);
	for (i = 0; i < 10; i++) {
		m[i] = make(i * 7 + 1, T0);
		RB_INSERT(message_tree, &tree, m[i]);
	}
	while (!schedule_sweep(&s, &tree, 3, count))
		rounds++;
	assert_int_equal(swept, 10);
	assert_int_equal(rounds, 4);
	assert_true(schedule_sweep(&s, &tree, 100, count));
	assert_int_equal(swept, 20);
	for (i = 0; i < 10; i++)
		message_free(m[i]);
}

/* The second queue: its own time between attempts, and no turn while the
 * first has anything; attempts of its own for a message that rules gave. */
static void
low(void **state)
{
	struct schedule s;
	struct entry *e[3];
	struct recipient *r;
	int i;

	(void)state;
	schedule_init(&s);
	for (i = 0; i < 3; i++) {
		e[i] = schedule_add(&s, make((uint64_t)i + 1, T0));
		e[i]->is_patient = i == 1;
	}
	e[0]->message->flags |= MSG_QLIMIT;
	for (i = 0; i < 3; i++)
		schedule_put(&s, e[i], 0, T0);
	assert_ptr_equal(schedule_next(&s, T0), e[2]);
	assert_ptr_equal(schedule_next(&s, T0), e[1]);
	assert_null(schedule_next(&s, T0));
	assert_int_equal(s.ndue, 1);
	assert_ptr_equal(schedule_next_low(&s), e[0]);
	r = &e[0]->message->rcpts[0];
	assert_false(schedule_failed(&conf, e[0]->message, r, T0));
	assert_int_equal(r->next, T0 + 480);
	assert_true(schedule_window(&conf, e[0]->message) <
	    schedule_window(&conf, e[1]->message));
	e[0]->attempts = 2;
	assert_true(schedule_failed(&conf, e[0]->message, r, T0));
	for (i = 0; i < 3; i++)
		forget(&s, e[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(order),
	    cmocka_unit_test(backlog),
	    cmocka_unit_test(one_place),
	    cmocka_unit_test(immediate),
	    cmocka_unit_test(attempts),
	    cmocka_unit_test(expiry),
	    cmocka_unit_test(closed),
	    cmocka_unit_test(sweep),
	    cmocka_unit_test(low),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
