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
 * Runs in a loop: their slices, their time limit; and who looks on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_fake.h"

static int
up(void **state)
{
	(void)state;
	fake_up();
	ruled.base = event_base_new();
	return ruled.base == NULL ? -1 : 0;
}

static int
down(void **state)
{
	struct event_base *base = ruled.base;

	(void)state;
	fake_down();
	event_base_free(base);
	ruled.base = NULL;
	return 0;
}

static char *
many_lines(unsigned int lines)
{
	static const char line[] = "From? \"x@y.example\" Deny!\n";
	size_t n = sizeof(line) - 1;
	char *text = malloc(lines * n + 16);
	unsigned int i;

	assert_non_null(text);
	for (i = 0; i < lines; i++)
		memcpy(text + i * n, line, n);
	strlcpy(text + lines * n, "Deny!\n", 16);
	return text;
}

/* A long file gives the loop its turns, and others theirs. */
static void
test_slices(void **state)
{
	char *text = many_lines(RUN_SLICE * 2 + RUN_SLICE / 2);
	struct policy *p = fake_open("192.0.2.1");
	unsigned int turns = 0;

	(void)state;
	fake_run_file(RULE_FROM, text);
	assert_false(fake.is_done);
	while (!fake.is_done && turns < 10) {
		event_base_loop(ruled.base, EVLOOP_ONCE);
		turns++;
	}
	assert_int_equal(turns, 2);
	assert_string_equal(fake.told, "deny |/rules:12501");
	assert_null(p->run);
	/* Gone between two slices. */
	fake_run_file(RULE_FROM, text);
	assert_false(fake.is_done);
	policy_free(p);
	event_base_loop(ruled.base, EVLOOP_NONBLOCK);
	assert_false(fake.is_done);
	free(text);
}

static void
test_time_limit(void **state)
{
	struct policy *p = fake_open("192.0.2.1");
	struct timeval tv, now;

	(void)state;
	fake.waits = 1;
	fake_run(RULE_FROM, "Exec! 'x' Deny!");
	assert_false(fake.is_done);
	/* It is set to the right time; the test need not wait for it. */
	assert_true(evtimer_pending(p->run->timer, &tv));
	event_base_gettimeofday_cached(ruled.base, &now);
	assert_in_range(
	    tv.tv_sec - now.tv_sec, RUN_SECONDS_MAX - 5, RUN_SECONDS_MAX + 1);
	event_active(p->run->timer, EV_TIMEOUT, 1);
	event_base_loop(ruled.base, EVLOOP_NONBLOCK);
	assert_true(fake.is_done);
	assert_string_equal(fake.told, "temporary |Event.from:1");
	assert_non_null(strstr(fake_warnings(), "took too long"));
	/* The answer that comes too late. */
	run_resume(p->ref);
	assert_null(p->run);
}

/* A message that comes in is laid out in files when a line could look at one,
 * and the run goes on from there. */
static void
test_files(void **state)
{
	struct policy *p = fake_open("192.0.2.1");

	(void)state;
	fake_fact(FACT_ID, "1_2");
	fake_run(RULE_DATA,
	    "Hadd! 'X: %d' Log! '/x:%d' Find_str? '%f:x' "
	    "Exec! 'x'");
	assert_string_equal(fake.told, "hadd X: 1_2\nlog 1_2\nnone |");
	fake_run(RULE_DATA, "Hadd! 'X: %d' Exec! 'x' Hadd! 'Y: %L'");
	assert_false(fake.is_done);
	assert_string_equal(fake.told, "hadd X: 1_2\nstage \n");
	/* Another fact lets nothing go on. */
	fake_fact(FACT_REPLY, "550 x");
	run_resume(p->ref);
	assert_false(fake.is_done);
	fake_fact(FACT_SPOOL, "/q");
	assert_true(fake.is_done);
	assert_non_null(strstr(fake.told, "stage \nexec"));
	assert_non_null(strstr(fake.told, "hadd Y: /q\nnone |"));
	/* They are there for the next event, and gone with the message. */
	fake_run(RULE_DATA, "Hadd! 'Y: %L'");
	assert_string_equal(fake.told, "hadd Y: /q\nnone |");
	fake_fact(FACT_RESET, "");
	fake_run(RULE_DATA, "Find_fileline? '/c%d:x' Deny!");
	assert_string_equal(fake.told, "stage \n");
	fake_fact(FACT_SPOOL, "");
	assert_true(fake.is_done);
	assert_string_equal(fake.told, "stage \ntemporary |Event.data:1");
	assert_non_null(strstr(fake_warnings(), "can not be shown"));
	assert_null(p->run);
	/* Elsewhere it is none yet, or was one all the time. */
	fake_run(RULE_RCPT, "Hadd! 'X: %L.'");
	assert_string_equal(fake.told, "hadd X: .\nnone |");
}

static char seen[4096];

static void
saw_line(void *arg, const struct rules *rules, const struct rule_line *line)
{
	(void)arg;
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s:%u\n",
	    rules->name, line->number);
}

static void
saw_item(void *arg, const struct run *run, const struct rule_item *item,
    enum step step, const char *values)
{
	(void)arg;
	(void)run;
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen),
	    "%s%c %d %s\n", word_row(item->word)->name,
	    word_row(item->word)->mark, step, values != NULL ? values : "-");
}

static void
saw_effect(void *arg, enum rule_effect effect, const char *text)
{
	(void)arg;
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s %s\n",
	    rule_effect_names[effect], text);
}

static void
ended(struct run *run)
{
	fake.verdict = run->verdict;
	fake.is_done = true;
}

/* Explain sees each line, item, both sides and effect; nothing is sent. */
static void
test_watch(void **state)
{
	static const struct run_watch watch = {.line = saw_line,
	    .item = saw_item,
	    .effect = saw_effect,
	    .is_dry = true};
	struct policy *p = fake_open("192.0.2.1");

	(void)state;
	fake_fact(FACT_SENDER, "a@b.example");
	option_set(fake.options, OPT_EVENT_FROM,
	    "!From? 'x@y.example' Add_hits! '2' Cp! '%f' Itest? '%H>2'", NULL);
	assert_int_equal(run_start(p, RULE_FROM, 1, &watch, ended), 0);
	assert_true(fake.is_done);
	assert_int_equal(fake.verdict, VERDICT_NONE);
	assert_string_equal(fake.told, "");
	assert_string_equal(seen,
	    "Event.from:1\n"
	    "From? 0 \"a@b.example\", \"x@y.example\"\n"
	    "Add_hits! 0 2\n"
	    "cp a@b.example\n"
	    "Cp! 0 a@b.example\n"
	    "Itest? 1 2 > 2\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_slices, up, down),
	    cmocka_unit_test_setup_teardown(test_files, up, down),
	    cmocka_unit_test_setup_teardown(test_time_limit, up, down),
	    cmocka_unit_test_setup_teardown(test_watch, up, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
