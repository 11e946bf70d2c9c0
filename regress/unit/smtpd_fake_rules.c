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
 * What ruled says in the test's place, and what queued is told of rules; see
 * smtpd_fake.h.
 */
#include "smtpd_fake_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"
#include "rule_enums.h"
#include "smtpd_fake.h"
#include "smtpd_fake_self.h"

static struct {
	uint8_t verdict;
	char reply[256], effects[1024];
} rules[RULE_EVENT_COUNT];

void
fake_rule(int event, int verdict, const char *reply, const char *effects)
{
	rules[event].verdict = (uint8_t)verdict;
	strlcpy(rules[event].reply, reply, sizeof(rules[event].reply));
	strlcpy(rules[event].effects, effects, sizeof(rules[event].effects));
}

static void __attribute__((format(printf, 3, 4)))
note(char *to, size_t size, const char *fmt, ...)
{
	size_t len = strlen(to);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(to + len, size - len, fmt, ap);
	va_end(ap);
}

#define TOLD fake.told, sizeof(fake.told)
/* Among the effects of RULE_DATA. */
#define STAGE "stage="
static uint64_t wants_files; /* the event that waits for them, or 0 */

static void
on_rule_open(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)m;
	(void)fd;
	note(TOLD, "open\n");
}

static void
on_rule_close(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)m;
	(void)fd;
	note(TOLD, "close\n");
}

static void
give_effect(uint64_t ref, char *line)
{
	char *text = strchr(line, '=');
	union msg m = {.rule_effect = {.text = text + 1, .secret = ""}};

	assert_non_null(text);
	*text = '\0';
	while (strcmp(rule_effect_names[m.rule_effect.effect], line) != 0)
		m.rule_effect.effect++;
	if (m.rule_effect.effect == EFFECT_MX_AUTH)
		m.rule_effect.secret = "secret";
	peer_item(self.ruled, MSG_RULE_EFFECT, ref, &m, -1);
}

static void
end_event(uint64_t ref, int event)
{
	char effects[1024], *next = effects, *line;
	union msg a = {
	    .rule_event_answ = {.verdict = rules[event].verdict,
		.reply = rules[event].reply,
		.rule = rules[event].verdict == VERDICT_NONE ? "" : "file:7"}};

	strlcpy(effects, rules[event].effects, sizeof(effects));
	while ((line = strsep(&next, "\n")) != NULL)
		if (*line != '\0' && strcmp(line, STAGE) != 0)
			give_effect(ref, line);
	peer_answer(self.ruled, MSG_RULE_EVENT_ANSW, ref, &a, -1);
}

/* Files are the first thing that is wanted, if at all; FACT_SPOOL goes on. */
static void
answer_event(uint64_t ref, const char *text)
{
	union msg m = {
	    .rule_effect = {.effect = EFFECT_STAGE, .text = "", .secret = ""}};
	int event = atoi(text);

	if (strstr(rules[event].effects, STAGE) == NULL) {
		end_event(ref, event);
		return;
	}
	wants_files = ref;
	peer_item(self.ruled, MSG_RULE_EFFECT, ref, &m, -1);
}

/* As ruled has it: without files the rules end. */
static void
has_files(bool has)
{
	uint64_t ref = wants_files;
	union msg a = {.rule_event_answ = {
			   .verdict = VERDICT_TEMP, .reply = "", .rule = ""}};

	wants_files = 0;
	if (has)
		end_event(ref, RULE_DATA);
	else
		peer_answer(self.ruled, MSG_RULE_EVENT_ANSW, ref, &a, -1);
}

static void
on_rule_fact(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)fd;
	assert_in_range(m->rule_fact.fact, 0, FACT_COUNT - 1);
	note(TOLD, "%s=%s\n", rule_fact_names[m->rule_fact.fact],
	    m->rule_fact.text);
	if (m->rule_fact.fact == FACT_SPOOL && wants_files != 0)
		has_files(*m->rule_fact.text != '\0');
}

static void
on_rule_event(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	char text[16];

	(void)p;
	(void)fd;
	note(TOLD, "event=%s\n", rule_event_names[m->rule_event.event]);
	snprintf(text, sizeof(text), "%u", m->rule_event.event);
	fake_answer_or_hold(&fake.event, ref, text);
}

peer_handler *const fake_ruled_handlers[MSG_MAX] = {
    [MSG_RULE_OPEN] = on_rule_open,
    [MSG_RULE_FACT] = on_rule_fact,
    [MSG_RULE_CLOSE] = on_rule_close,
    [MSG_RULE_EVENT] = on_rule_event,
};

/* queued */

void
fake_on_spool(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct fake_message *x = fake_message_of(m->queue_spool.msgid);

	(void)p;
	(void)ref;
	(void)fd;
	note(x->rules, sizeof(x->rules), "spool=%u\n", m->queue_spool.spool);
}

void
fake_on_option(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_option *q = &m->queue_option;
	struct fake_message *x = fake_message_of(q->msgid);

	(void)p;
	(void)ref;
	(void)fd;
	note(x->rules, sizeof(x->rules), "%s=%s\n", q->option, q->text);
}

void
fake_on_mark(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct fake_message *x = fake_message_of(m->queue_mark.msgid);

	(void)p;
	(void)ref;
	(void)fd;
	note(x->rules, sizeof(x->rules), "mark=%s\n", m->queue_mark.mark);
}

void
fake_on_header(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct fake_message *x = fake_message_of(m->queue_header.msgid);

	(void)p;
	(void)ref;
	(void)fd;
	note(x->rules, sizeof(x->rules), "header=%s\n", m->queue_header.line);
}

void
fake_on_route(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_route *q = &m->queue_route;
	struct fake_message *x = fake_message_of(q->msgid);

	(void)p;
	(void)ref;
	(void)fd;
	assert_in_range(q->what, 0, ROUTE_WHAT_COUNT - 1);
	if (q->rcpt == QUEUE_ROUTE_ALL)
		note(x->rules, sizeof(x->rules), "all:");
	else {
		assert_in_range(q->rcpt, 0, x->rcpt_count - 1);
		note(x->rules, sizeof(x->rules), "%u:", q->rcpt);
	}
	note(x->rules, sizeof(x->rules), "%s=%s%s%s\n",
	    route_what_names[q->what], q->text, *q->secret != '\0' ? " " : "",
	    q->secret);
}

static void
answer_stage(uint64_t ref, const char *text)
{
	union msg a = {
	    .queue_stage_answ = {.status = fake.file_status, .size = 4711}};

	(void)text;
	peer_answer(self.queued, MSG_QUEUE_STAGE_ANSW, ref, &a, -1);
}

void
fake_on_stage(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct fake_message *x = fake_message_of(m->queue_stage.msgid);

	(void)p;
	(void)fd;
	assert_false(x->is_staged || x->is_committed || x->is_aborted);
	x->is_staged = true;
	fake_answer_or_hold(&fake.stage, ref, "");
}

void
fake_rules_init(void)
{
	memset(rules, 0, sizeof(rules));
	wants_files = 0;
	fake.event.answer = answer_event;
	fake.stage.answer = answer_stage;
}
