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
 * Destinations: grouping, turns, limits, and that a list of any length
 * does not stand before a single message.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../queued/dest.h"
#include "../../queued/route.h"

static struct entry *
entry(uint64_t id)
{
	struct entry *e = calloc(1, sizeof(*e));

	assert_non_null(e);
	e->message = message_new(id);
	return e;
}

static void
done(struct entry *e)
{
	struct task *t;

	assert_int_equal(e->tasks, 0);
	t = LIST_FIRST(&e->list);
	assert_null(t);
	message_free(e->message);
	free(e);
}

/* Recipients first to end of a message go to a domain. */
static void
add(struct entry *e, const char *domain, uint32_t n, struct task_list *made)
{
	enum task_class class =
	    e->message->flags & MSG_QLIMIT ? TASK_LOW : TASK_FIRST;
	struct dest *d = dest_get(false, domain);
	uint32_t i;

	while (e->message->nrcpts < n)
		assert_int_not_equal(message_add_rcpt(e->message, "a@b"), -1);
	for (i = 0; i < n; i++)
		assert_int_equal(dest_add(d, e, i, class, made), 0);
}

static struct task *
next(unsigned int each, bool local_only, unsigned int silent)
{
	struct dest_limits l = {
	    .each = each, .silent = silent, .local_only = local_only};

	return dest_next(&l);
}

static void
sent(struct task *t)
{
	struct dest *d = t->dest;

	dest_sent(d);
	task_free(t);
	dest_ended(d);
	dest_drop(d);
}

static void
domains(void **state)
{
	static const struct {
		const char *address, *domain;
	} cases[] = {
	    {"a@b", "b"},
	    {"\"x@y\"@z.test", "z.test"},
	    {"postmaster", ""},
	    {"", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
		    dest_domain(cases[i].address), cases[i].domain);
	assert_ptr_equal(dest_get(false, "A.Test"), dest_get(false, "a.tEST"));
	assert_ptr_not_equal(dest_get(false, "a.test"), dest_get(true, ""));
	dest_drop(dest_get(false, "a.test"));
	assert_null(dest_find(false, "a.test"));
}

static void
grouped(void **state)
{
	struct task_list made = TAILQ_HEAD_INITIALIZER(made);
	struct entry *e = entry(1);
	struct task *t;
	uint32_t i, n = 0;

	(void)state;
	add(e, "many.test", 250, &made);
	assert_int_equal(e->tasks, 3);
	dest_ready(&made);
	while ((t = next(10, false, UINT_MAX)) != NULL) {
		assert_true(t->count <= DEST_RCPTS_REMOTE);
		assert_int_equal(t->open, t->count);
		for (i = 0; i < t->count; i++)
			assert_int_equal(t->rcpts[i], n++);
		sent(t);
	}
	assert_int_equal(n, 250);
	done(e);
}

/* 64 tasks of a list, then one mail of one recipient: it is second. */
static void
fair(void **state)
{
	struct task_list made = TAILQ_HEAD_INITIALIZER(made);
	struct entry *list = entry(1), *one = entry(2);
	struct task *t;
	int place = 0;

	(void)state;
	add(list, "same.test", 64 * DEST_RCPTS_REMOTE, &made);
	dest_ready(&made);
	add(one, "same.test", 1, &made);
	dest_ready(&made);
	while ((t = next(100, false, UINT_MAX)) != NULL) {
		place++;
		if (t->entry == one)
			assert_true(place <= 3);
		sent(t);
	}
	assert_int_equal(place, 65);
	done(list);
	done(one);
}

/* Many first tasks do not starve a list either. */
static void
bulk_moves(void **state)
{
	struct task_list made = TAILQ_HEAD_INITIALIZER(made);
	struct entry *list = entry(1), *one[40];
	struct task *t;
	int i, bulk = 0;

	(void)state;
	add(list, "same.test", 10 * DEST_RCPTS_REMOTE, &made);
	dest_ready(&made);
	for (i = 0; i < 40; i++) {
		one[i] = entry((uint64_t)i + 2);
		add(one[i], "same.test", 1, &made);
		dest_ready(&made);
	}
	for (i = 0; i < 20; i++) {
		t = next(100, false, UINT_MAX);
		bulk += t->entry == list;
		sent(t);
	}
	assert_true(bulk >= 4);
	while ((t = next(100, false, UINT_MAX)) != NULL)
		sent(t);
	done(list);
	for (i = 0; i < 40; i++)
		done(one[i]);
}

/* A dead domain holds its limit and no more; others take their turns. */
static void
limited(void **state)
{
	struct task_list made = TAILQ_HEAD_INITIALIZER(made);
	struct entry *e[30];
	struct task *t, *out[30] = {NULL};
	int i, n = 0, dead = 0;

	(void)state;
	for (i = 0; i < 30; i++) {
		e[i] = entry((uint64_t)i + 1);
		add(e[i], i < 20 ? "dead.test" : "live.test", 1, &made);
		dest_ready(&made);
	}
	while ((t = next(5, false, UINT_MAX)) != NULL) {
		dest_sent(t->dest);
		out[n++] = t;
		dead += strcmp(t->dest->name, "dead.test") == 0;
	}
	assert_int_equal(dead, 5);
	assert_int_equal(n, 10);
	/* One ends: one more may go, of the same destination. */
	for (i = 0; strcmp(out[i]->dest->name, "dead.test") != 0; i++)
		;
	dest_ended(out[i]->dest);
	t = next(5, false, UINT_MAX);
	assert_non_null(t);
	assert_string_equal(t->dest->name, "dead.test");
	dest_sent(t->dest);
	task_free(out[i]);
	out[i] = t;
	for (i = 0; i < n; i++) {
		struct dest *d = out[i]->dest;

		task_free(out[i]);
		dest_ended(d);
	}
	while ((t = next(100, false, UINT_MAX)) != NULL)
		sent(t);
	for (i = 0; i < 30; i++)
		done(e[i]);
}

/* What is paused gives out nothing; what waits there goes when resumed. */
static void
paused(void **state)
{
	struct task_list made = TAILQ_HEAD_INITIALIZER(made);
	struct entry *e = entry(1);
	struct dest *d = dest_get(false, "p.test");

	(void)state;
	add(e, "p.test", 1, &made);
	dest_ready(&made);
	dest_pause(d, true);
	assert_null(next(5, false, UINT_MAX));
	dest_drop(d);
	assert_ptr_equal(dest_find(false, "p.test"), d);
	dest_pause(d, false);
	sent(next(5, false, UINT_MAX));
	done(e);
}

/* A destination with its most ready says so, for each of its queues, and
 * gives those parked there back when half of it is gone. */
static void
full(void **state)
{
	struct task_list made = TAILQ_HEAD_INITIALIZER(made);
	struct dest *d = dest_get(false, "full.test");
	struct entry *e[8];
	struct schedule s;
	int i;

	(void)state;
	schedule_init(&s);
	for (i = 0; i < 8; i++) {
		e[i] = entry((uint64_t)i + 1);
		assert_false(dest_is_full(d, TASK_FIRST, 8));
		add(e[i], "full.test", 1, &made);
		assert_false(dest_is_full(d, TASK_FIRST, 8));
		dest_ready(&made);
	}
	assert_true(dest_is_full(d, TASK_FIRST, 8));
	assert_false(dest_is_full(d, TASK_BULK, 8));
	for (i = 0; i < 8; i++)
		e[i]->where = ENTRY_NOWHERE;
	assert_null(dest_parked(d, TASK_FIRST, 8));
	schedule_park(&s, e[0], &d->parked[0]);
	for (i = 0; i < 4; i++) {
		assert_null(dest_parked(d, TASK_FIRST, 8));
		sent(next(100, false, UINT_MAX));
	}
	assert_ptr_equal(dest_parked(d, TASK_FIRST, 8), &d->parked[0]);
	assert_null(dest_parked(d, TASK_BULK, 8));
	schedule_take(&s, e[0]);
	for (i = 0; i < 4; i++)
		sent(next(100, false, UINT_MAX));
	assert_null(dest_find(false, "full.test"));
	for (i = 0; i < 8; i++)
		done(e[i]);
}

/* Room that is kept for local mail is not given to others. */
static void
local_only(void **state)
{
	struct task_list made = TAILQ_HEAD_INITIALIZER(made);
	struct entry *far = entry(1), *near = entry(2);
	struct task *t;

	(void)state;
	add(far, "far.test", 1, &made);
	assert_int_equal(message_add_rcpt(near->message, "a@b"), 0);
	dest_ready(&made);
	assert_null(next(5, true, UINT_MAX));
	assert_int_equal(
	    dest_add(dest_get(true, ""), near, 0, TASK_FIRST, &made), 0);
	dest_ready(&made);
	t = next(5, true, UINT_MAX);
	assert_non_null(t);
	assert_ptr_equal(t->entry, near);
	sent(t);
	assert_null(next(5, true, UINT_MAX));
	sent(next(5, false, UINT_MAX));
	done(far);
	done(near);
}

/* Dead hosts share their part of what may be out, however many they are;
 * one that is heard of again is as all others. */
static void
silent(void **state)
{
	static const char *const dead[] = {"d1.test", "d2.test", "d3.test"};
	struct task_list made = TAILQ_HEAD_INITIALIZER(made);
	struct entry *e[4];
	struct task *t, *out[3];
	struct dest *d;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		e[i] = entry(i + 1);
		add(e[i], i < 3 ? dead[i] : "live.test", 1, &made);
		if (i < 3)
			dest_silent(dest_find(false, dead[i]), true);
	}
	dest_ready(&made);
	/* Two of the dead and the live one; then no more. */
	for (i = 0; i < 3; i++) {
		out[i] = next(5, false, 2);
		assert_non_null(out[i]);
		dest_sent(out[i]->dest);
	}
	assert_null(next(5, false, 2));
	for (i = 0; i < 3 && out[i]->entry != e[3]; i++)
		continue;
	assert_int_not_equal(i, 3);
	/* One answers: what it has out no longer counts. */
	t = out[i == 0 ? 1 : 0];
	dest_silent(t->dest, false);
	d = dest_find(false, "d3.test");
	t = next(5, false, 2);
	assert_non_null(t);
	assert_ptr_equal(t->dest, d);
	sent(t);
	for (i = 0; i < 3; i++) {
		d = out[i]->dest;
		task_free(out[i]);
		dest_ended(d);
		dest_drop(d);
	}
	for (i = 0; i < 4; i++)
		done(e[i]);
	assert_int_equal(dest_count(), 1); /* the local one */
}

/* One destination, but another way, sender or mark: tasks of their own, each
 * with all that belong together. */
static void
routes(void **state)
{
	static const char *const senders[] = {"", "a@x", "b@x"};
	static const char *const source[] = {"", "::1"};
	struct task_list made = TAILQ_HEAD_INITIALIZER(made);
	struct entry *e = entry(1);
	struct recipient *r;
	struct task *t;
	uint32_t i, seen = 0;
	int n = 0;

	(void)state;
	for (i = 0; i < 24; i++) {
		const char *const from[2] = {senders[i % 3], ""};
		const char *const way[2] = {source[i / 3 % 2], ""};

		message_add_rcpt(e->message, "a@b");
		r = &e->message->rcpts[i];
		if (from[0][0] != '\0')
			assert_int_equal(
			    route_set(e->message, r, ROUTE_SENDER, from), 0);
		if (way[0][0] != '\0')
			assert_int_equal(
			    route_set(e->message, r, ROUTE_MX_SOURCE, way), 0);
		if (i >= 12)
			r->so_mark = 7;
	}
	add(e, "way.test", 24, &made);
	dest_ready(&made);
	while ((t = next(100, false, UINT_MAX)) != NULL) {
		n++;
		assert_int_equal(t->count, 2);
		assert_true(route_is_same(e, &e->message->rcpts[t->rcpts[0]],
		    &e->message->rcpts[t->rcpts[1]]));
		for (i = 0; i < t->count; i++)
			seen |= 1u << t->rcpts[i];
		sent(t);
	}
	assert_int_equal(n, 12);
	assert_int_equal(seen, (1u << 24) - 1);
	done(e);
}

/* The second queue goes when nothing else of any destination is ready, and
 * not beyond its own limit. */
static void
low(void **state)
{
	struct task_list made = TAILQ_HEAD_INITIALIZER(made);
	struct dest_limits limits = {.each = 5, .silent = 5, .no_low = true};
	struct entry *e[4];
	struct task *t;
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		e[i] = entry((uint64_t)i + 1);
		if (i < 2)
			e[i]->message->flags = MSG_QLIMIT;
		add(e[i], i % 2 == 0 ? "a.test" : "b.test", 1, &made);
		dest_ready(&made);
	}
	for (i = 0; i < 2; i++) {
		t = next(5, false, 5);
		assert_ptr_equal(t->entry, e[i + 2]);
		sent(t);
	}
	assert_null(dest_next(&limits));
	limits.no_low = false;
	for (i = 0; i < 2; i++) {
		assert_non_null(t = dest_next(&limits));
		assert_true(t->entry == e[0] || t->entry == e[1]);
		sent(t);
	}
	for (i = 0; i < 4; i++)
		done(e[i]);
	assert_int_equal(dest_count(), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(domains),
	    cmocka_unit_test(grouped),
	    cmocka_unit_test(fair),
	    cmocka_unit_test(bulk_moves),
	    cmocka_unit_test(limited),
	    cmocka_unit_test(paused),
	    cmocka_unit_test(full),
	    cmocka_unit_test(local_only),
	    cmocka_unit_test(silent),
	    cmocka_unit_test(routes),
	    cmocka_unit_test(low),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
