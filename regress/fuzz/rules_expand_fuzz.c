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
 * Any octets as a parameter and as the values of its variables: the first
 * octet chooses the use, the first line is the parameter, the further lines
 * are facts.  What comes out keeps the promises of its use.
 */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "../../ruled/expand.h"
#include "../../ruled/parse.h"
#include "../../ruled/policy.h"
#include "../../ruled/ruled.h"
#include "../../ruled/run_frame.h"
#include "../unit/rules_fake.h"

static const enum rule_fact facts[] = {FACT_SENDER, FACT_RCPT, FACT_HELO,
    FACT_NAME, FACT_LOGIN, FACT_REPLY, FACT_SIZE};

/* The rest of the octets, line by line, as facts. */
static void
tell_facts(char *text)
{
	struct msg_rule_fact m = {.session = FAKE_SESSION};
	char *line;
	size_t i = 0;

	while ((line = strsep(&text, "\n")) != NULL &&
	    i < sizeof(facts) / sizeof(facts[0])) {
		m.fact = facts[i++];
		m.text = line;
		policy_fact(fake_peer(), &m);
	}
}

static unsigned int
count_slashes(const struct template *t)
{
	unsigned int n = 0;
	uint32_t i, k;

	for (i = 0; i < t->count; i++) {
		if (t->pieces[i].variable != VAR_NONE)
			continue;
		for (k = 0; k < t->pieces[i].len; k++)
			n += t->pieces[i].text[k] == '/';
	}
	return n;
}

static void
check_path(const struct template *t, const char *text)
{
	unsigned int n = 0;
	uint32_t i;

	for (i = 0; i < t->count; i++)
		switch (t->pieces[i].variable) {
		case VAR_RCPT_HOME:
		case VAR_SENDER_HOME:
		case VAR_LOGIN_HOME:
		case VAR_SPOOL:
			return;
		default:
			break;
		}
	for (; *text != '\0'; text++)
		n += *text == '/';
	CHECK(n == count_slashes(t));
}

static void
expand_all(struct run *run, struct rules *rules, enum expand_for what_for)
{
	const struct rule_item *item;
	const struct template *t;
	const char *text, *p;
	uint32_t i, f;
	size_t len;

	run->frames[0].rules = rules;
	run->depth = 1;
	for (i = 0; rules->count > 0 && i < rules->lines[0].count; i++) {
		item = &rules->lines[0].items[i];
		for (f = 0; f < item->fields; f++) {
			t = &item->field[f];
			if (expand(run, t, what_for, &text, &len) != EXPANDED)
				continue;
			CHECK(strlen(text) == len && len <= EXPAND_MAX);
			if (what_for == EXPAND_LINE && t->constant == NULL)
				for (p = text; *p != '\0'; p++)
					CHECK((unsigned char)*p >= ' ');
			if (what_for == EXPAND_PATH || what_for == EXPAND_AGAIN)
				check_path(t, text);
		}
	}
	run_scratch_clear(run, true);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parse_how how = {.name = "fuzz"};
	struct run run = {.event = RULE_RCPT};
	struct rules *rules;
	char *text, *rest, *param, *rule = NULL;

	if (size < 2 || memchr(data, 0, size) != NULL)
		return 0;
	fake_up();
	fake.is_quiet = true;
	run.policy = fake_open("2001:db8::1");
	if ((text = strndup((const char *)data + 1, size - 1)) == NULL)
		abort();
	rest = text;
	param = strsep(&rest, "\n");
	if (rest != NULL)
		tell_facts(rest);
	if (asprintf(&rule, "Cmp_str? \"%s\"", param) == -1)
		abort();
	if ((rules = parse_rules(rule, strlen(rule), &how)) != NULL) {
		expand_all(&run, rules, data[0] % (EXPAND_AGAIN + 1));
		rules_release(rules);
	}
	free(rule);
	free(text);
	fake_down();
	return 0;
}
