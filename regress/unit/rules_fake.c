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
 * The world of rules_fake.h.
 */
#include "rules_fake.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enums.h"
#include "log.h"
#include "peer.h"

#include "../../ruled/action.h"
#include "../../ruled/ask.h"
#include "../../ruled/field.h"
#include "../../ruled/parse.h"

struct fake fake;
static int log_fd = -1;
static char peer_byte;
static struct rules *kept;

struct peer *
fake_peer(void)
{
	return (struct peer *)(void *)&peer_byte;
}

static void
tell(const char *fmt, ...)
{
	size_t len;
	va_list ap;

	if (fake.is_quiet)
		return;
	len = strlen(fake.told);
	va_start(ap, fmt);
	vsnprintf(fake.told + len, sizeof(fake.told) - len, fmt, ap);
	va_end(ap);
}

int
peer_item(struct peer *p, enum msg_type type, uint64_t ref, const union msg *m,
    int fd)
{
	(void)p;
	(void)ref;
	(void)fd;
	if (type != MSG_RULE_EFFECT || strlen(m->rule_effect.text) >= 8192)
		return -1;
	tell("%s %s%s%s\n", rule_effect_names[m->rule_effect.effect],
	    m->rule_effect.text, *m->rule_effect.secret != '\0' ? " / " : "",
	    m->rule_effect.secret);
	return 0;
}

int
peer_answer(struct peer *p, enum msg_type type, uint64_t ref,
    const union msg *m, int fd)
{
	(void)p;
	(void)type;
	(void)ref;
	(void)fd;
	tell("%s %s|%s", rule_verdict_names[m->rule_event_answ.verdict],
	    m->rule_event_answ.reply, m->rule_event_answ.rule);
	fake.verdict = m->rule_event_answ.verdict;
	fake.is_done = true;
	return 0;
}

static void
done(struct run *run)
{
	union msg m = {.rule_event_answ = {.verdict = run->verdict,
			   .reply = run->reply,
			   .rule = run->place}};

	peer_answer(NULL, MSG_RULE_EVENT_ANSW, 0, &m, -1);
}

/* Does this question wait now?  Each of fake.waits does once. */
static bool
must_wait(struct run *run)
{
	fake.asked++;
	if (run->op.state == 0 && fake.waits > 0) {
		fake.waits--;
		fake.waiting++;
		run->op.state = 1;
		return true;
	}
	return false;
}

enum asked
ask_address(struct run *run, const char *address, struct address_facts *facts)
{
	if (must_wait(run))
		return ASK_WAIT;
	if (strstr(address, "fails@") != NULL) {
		run_warn(run, "nobody knows");
		return ASK_FAILED;
	}
	facts->is_known = true;
	facts->is_local = strstr(address, "@local.example") != NULL;
	facts->over_quota = strncmp(address, "full@", 5) == 0;
	facts->kind = !facts->is_local         ? ADDRESS_UNKNOWN :
	    strncmp(address, "alias@", 6) == 0 ? ADDRESS_ALIAS :
						 ADDRESS_MAILBOX;
	if (facts->is_local)
		facts->home = strdup("/home/u");
	return ASK_GOT;
}

enum asked
ask_name(struct run *run)
{
	return must_wait(run) ? ASK_WAIT : ASK_GOT;
}

enum asked
rules_file_get(struct run *run, const char *path, const char *home_of,
    struct rules **rules, bool *is_missing)
{
	struct parse_how how = {.name = path};
	const struct fake_file *f;

	(void)home_of;
	*is_missing = false;
	if (kept != NULL) {
		*rules = rules_hold(kept);
		return ASK_GOT;
	}
	if (must_wait(run))
		return ASK_WAIT;
	for (f = fake.files; f != NULL && f->path != NULL; f++) {
		if (strcmp(f->path, path) != 0)
			continue;
		*rules = parse_rules(f->text, strlen(f->text), &how);
		(*rules)->is_restricted = f->is_restricted;
		if (fake.keeps_file)
			kept = rules_hold(*rules);
		return ASK_GOT;
	}
	*is_missing = true;
	return ASK_FAILED;
}

enum asked
list_file_get(struct run *run, const char *path, const struct list_file **list)
{
	if (must_wait(run))
		return ASK_WAIT;
	*list = NULL;
	if (fake.lists == NULL) {
		run_warn(run, "%s can not be read", path);
		return ASK_FAILED;
	}
	return ASK_GOT;
}

/* The lists of the tests have one line. */
bool
list_file_in_text(const struct list_file *list, const char *text, size_t len)
{
	(void)list;
	(void)len;
	return strstr(text, fake.lists) != NULL;
}

bool
list_file_has_text(const struct list_file *list, const char *text, size_t len)
{
	(void)list;
	(void)len;
	return strstr(fake.lists, text) != NULL;
}

bool
list_file_has_line(const struct list_file *list, const char *text, size_t len)
{
	(void)list;
	(void)len;
	return strcmp(fake.lists, text) == 0;
}

enum step
word_exec(struct run *run, const struct rule_item *item)
{
	struct text text;

	if (field_text(run, item, 0, EXPAND_TEXT, &text) != STEP_YES)
		return STEP_FAILED;
	if (must_wait(run))
		return STEP_WAIT;
	run->policy->status = fake.status;
	policy_set(&run->policy->output, text.at);
	tell("exec %s\n", text.at);
	return STEP_YES;
}

enum step
word_rbl_test(struct run *run, const struct rule_item *item)
{
	(void)item;
	if (must_wait(run))
		return STEP_WAIT;
	run->policy->lists = 2;
	policy_set(&run->policy->list_text, "listed");
	return STEP_YES;
}

enum step
word_spf_test(struct run *run, const struct rule_item *item)
{
	(void)item;
	run->policy->spf = 4;
	return STEP_YES;
}

enum step
word_resolve(struct run *run, const struct rule_item *item)
{
	(void)item;
	run->policy->has_name = true;
	return policy_set(&run->policy->name, "resolved.example") == 0 ?
	    STEP_YES :
	    STEP_FAILED;
}

enum step
word_rev_fail(struct run *run, const struct rule_item *item)
{
	(void)run;
	(void)item;
	return STEP_NO;
}

enum step
word_log(struct run *run, const struct rule_item *item)
{
	struct text text;

	if (field_text(run, item, 1, EXPAND_LINE, &text) != STEP_YES)
		return STEP_FAILED;
	tell("log %s\n", text.at);
	return STEP_YES;
}

enum step
word_sendmail(struct run *run, const struct rule_item *item)
{
	(void)run;
	(void)item;
	tell("sendmail\n");
	return STEP_YES;
}

enum step
word_srs(struct run *run, const struct rule_item *item)
{
	(void)item;
	return action_sender(run, "SRS0=x@local.example");
}

void
fake_forget_file(void)
{
	rules_release(kept);
	kept = NULL;
}

void
fake_up(void)
{
	memset(&fake, 0, sizeof(fake));
	if ((fake.options = options_new()) == NULL)
		errx(1, "no memory");
	log_init("rules_test", false, false);
	if ((log_fd = memfd_create("log", 0)) == -1)
		err(1, "memfd_create");
	log_set_fd(LOG_WARNING, dup(log_fd));
	ruled_init(NULL, fake.options);
	memset(ruled.told_missing, 0, sizeof(ruled.told_missing));
}

void
fake_down(void)
{
	ruled_clear();
	options_free(fake.options);
	log_set_fd(LOG_WARNING, -1);
	close(log_fd);
}

struct policy *
fake_open(const char *client)
{
	struct msg_rule_open m = {.session = FAKE_SESSION};

	if (inet_pton(AF_INET, client, m.client.ip) == 1)
		m.client.family = AF_INET;
	else if (inet_pton(AF_INET6, client, m.client.ip) == 1)
		m.client.family = AF_INET6;
	if (policy_open(fake_peer(), &m) == -1)
		errx(1, "policy_open");
	return policy_find(fake_peer(), FAKE_SESSION);
}

void
fake_fact(enum rule_fact fact, const char *text)
{
	struct msg_rule_fact m = {FAKE_SESSION, fact, text};

	if (policy_fact(fake_peer(), &m) == -1)
		errx(1, "policy_fact %d", fact);
}

const char *
fake_run(enum rule_event event, const char *value)
{
	struct policy *p = policy_find(fake_peer(), FAKE_SESSION);

	fake.told[0] = '\0';
	fake.is_done = false;
	if (option_set(fake.options, rule_event_option(event), value, NULL) ==
	    -1)
		errx(1, "no value: %s", value);
	if (run_start(p, event, 1, NULL, done) == -1)
		errx(1, "run_start");
	return fake.told;
}

const char *
fake_run_file(enum rule_event event, const char *text)
{
	const struct fake_file files[] = {
	    {"/rules", text, false}, {NULL, NULL, false}};
	const struct fake_file *before = fake.files;
	const char *told;

	fake.files = files;
	told = fake_run(event, "/rules");
	fake.files = before;
	return told;
}

void
fake_answer(void)
{
	struct policy *p = policy_find(fake_peer(), FAKE_SESSION);

	if (fake.waiting > 0)
		fake.waiting--;
	run_resume(p->ref);
}

const char *
fake_warnings(void)
{
	static char text[65536];
	ssize_t n;

	log_flush();
	n = pread(log_fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	if (ftruncate(log_fd, 0) == -1 || lseek(log_fd, 0, SEEK_SET) == -1)
		err(1, "ftruncate");
	return text;
}
