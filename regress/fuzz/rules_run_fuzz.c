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
 * Any octets as rules and as what a client says: the first octet is the
 * event, the second how often it must wait, the next lines are facts, the
 * rest is a rules file, which includes itself as every file.  The event ends
 * within its limits, and what is told fits its messages.
 */
#include "fuzz.h"

#include <string.h>

#include "../../ruled/parse.h"
#include "../../ruled/policy.h"
#include "../../ruled/ruled.h"
#include "../unit/rules_fake.h"

static const enum rule_fact facts[] = {FACT_SENDER, FACT_RCPT, FACT_ACCEPTED,
    FACT_HELO, FACT_NAME, FACT_LOGIN, FACT_REPLY, FACT_OPTION};

static void
ended(struct run *run)
{
	const char *p;

	fake.is_done = true;
	CHECK(run->verdict < VERDICT_COUNT);
	CHECK(strlen(run->reply) < RUN_REPLY_MAX);
	CHECK(run->lines <= RUN_LINES_MAX + 1);
	for (p = run->reply; *p != '\0'; p++)
		CHECK(*p >= ' ' && *p < 0x7f);
	if (run->reply[0] != '\0')
		CHECK(run->reply[0] >= '2' && run->reply[0] <= '5');
	if (run->verdict == VERDICT_DENY && run->reply[0] != '\0')
		CHECK(run->reply[0] >= '4');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fake_file files[] = {{"/a", NULL, false}, {NULL, NULL, false}};
	struct msg_rule_fact m = {.session = FAKE_SESSION};
	char *text, *rest;
	struct policy *p;
	size_t i;
	int n;

	if (size < 3 || memchr(data, 0, size) != NULL)
		return 0;
	fake_up();
	fake.is_quiet = true;
	fake.lists = "line";
	fake.waits = data[1] % 8;
	p = fake_open(data[1] & 0x80 ? "192.0.2.1" : "::1");
	if ((text = strndup((const char *)data + 2, size - 2)) == NULL)
		abort();
	rest = text;
	for (i = 0; i < sizeof(facts) / sizeof(facts[0]) && rest != NULL; i++) {
		m.fact = facts[i];
		m.text = strsep(&rest, "\n");
		policy_fact(fake_peer(), &m);
	}
	files[0].text = rest != NULL ? rest : "";
	files[0].is_restricted = (data[1] & 0x40) != 0;
	fake.files = files;
	option_set(fake.options, rule_event_option(data[0] % RULE_EVENT_COUNT),
	    "/a", NULL);
	CHECK(run_start(p, data[0] % RULE_EVENT_COUNT, 1, NULL, ended) == 0);
	for (n = 0; n < 16 && p->run != NULL; n++)
		run_resume(p->ref);
	CHECK(fake.is_done && p->run == NULL);
	free(text);
	fake_down();
	return 0;
}
