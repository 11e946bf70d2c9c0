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
 * The messages of askers: sessions, facts and events, and what is answered
 * when one does not fit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "poison.h"
#include "proc.h"
#include "rules_fake.h"

static char busy[128];

void
proc_busy(const char *key)
{
	if (*key != '\0')
		strlcpy(busy, key, sizeof(busy));
}

static int
up(void **state)
{
	(void)state;
	fake_up();
	ruled.busy = serve_busy;
	return 0;
}

static int
down(void **state)
{
	(void)state;
	ruled.busy = NULL;
	fake_down();
	return 0;
}

static void
open_session(uint64_t session)
{
	union msg m = {.rule_open = {.session = session,
			   .client = {.family = 2, .ip = {192, 0, 2, 5}}}};

	serve_open(fake_peer(), 0, &m, -1);
}

static void
fact(uint64_t session, uint8_t which, const char *text)
{
	union msg m = {.rule_fact = {session, which, text}};

	serve_fact(fake_peer(), 0, &m, -1);
}

static const char *
event(uint64_t session, uint8_t which)
{
	union msg m = {.rule_event = {session, which}};

	fake.told[0] = '\0';
	serve_event(fake_peer(), 1, &m, -1);
	return fake.told;
}

static void
test_session(void **state)
{
	union msg m = {.rule_close = {1}};

	(void)state;
	option_set(fake.options, OPT_EVENT_HELO,
	    "Helo? 'bad' Mark! 'b' Reply! 'No %h' Deny!", NULL);
	open_session(1);
	open_session(2);
	assert_int_equal(policy_count(), 2);
	fact(1, FACT_HELO, "bad");
	fact(2, FACT_HELO, "good");
	assert_string_equal(
	    event(1, RULE_HELO), "mark b\ndeny 550 No bad|Event.helo:1");
	assert_string_equal(busy, "rules helo 192.0.2.5");
	assert_string_equal(event(2, RULE_HELO), "none |");
	/* An event without rules. */
	assert_string_equal(event(2, RULE_RCPT), "none |");
	/* Opened twice: the first is forgotten. */
	open_session(1);
	assert_int_equal(policy_count(), 2);
	assert_string_equal(event(1, RULE_HELO), "none |");
	serve_close(fake_peer(), 0, &m, -1);
	assert_int_equal(policy_count(), 1);
	assert_string_equal(event(1, RULE_HELO), "temporary |");
	fact(1, FACT_HELO, "bad");
}

static void
test_odd(void **state)
{
	(void)state;
	option_set(fake.options, OPT_EVENT_HELO, "Exec! 'x' Deny!", NULL);
	open_session(1);
	assert_string_equal(event(1, RULE_EVENT_COUNT), "temporary |");
	assert_string_equal(event(1, 255), "temporary |");
	fact(1, 255, "x");
	fact(1, FACT_SIZE, "-1");
	fact(1, FACT_OPTION, "Port 1");
	/* One at a time. */
	fake.waits = 1;
	assert_string_equal(event(1, RULE_HELO), "");
	assert_string_equal(event(1, RULE_HELO), "temporary |");
	fake.told[0] = '\0';
	run_resume(policy_find(fake_peer(), 1)->ref);
	assert_string_equal(fake.told, "exec x\ndeny |Event.helo:1");
	/* Whose event ended the process is decided no more. */
	poison_add("rules helo 192.0.2.5");
	assert_string_equal(event(1, RULE_HELO), "temporary |");
	policy_gone(fake_peer());
	assert_int_equal(policy_count(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_session, up, down),
	    cmocka_unit_test_setup_teardown(test_odd, up, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
