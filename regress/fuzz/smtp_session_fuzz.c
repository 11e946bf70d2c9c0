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
 * Sessions of smtpd between a client that sends anything in any pieces, and
 * a queued, a lookupd and a ruled that answer late and out of order.  The
 * first octet chooses options and answers, the second which events have rules
 * and what those do; then each piece is a length and its octets.
 * What is held to: no reply but whole lines, and queued is told of a message
 * in order, with true sums, and of its end exactly once.
 */
#include "fuzz.h"

#include <sys/socket.h>

#include <netinet/in.h>

#include <event2/event.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../../smtpd/accept.h"
#include "../../smtpd/lookup.h"
#include "../../smtpd/rule.h"
#include "../../smtpd/session.h"
#include "../../smtpd/session_time.h"
#include "../../smtpd/settings.h"
#include "../../smtpd/smtpd.h"
#include "enums.h"
#include "proc.h"

#define CALLS_MAX 256
#define MESSAGES_MAX 4096

/* A call that is to be answered. */
static struct call {
	enum msg_type type;
	struct peer_then then;
	uint64_t msgid;
	uint8_t event;
	char text[321];
} calls[CALLS_MAX];
static size_t call_count;
/* What queued knows of each message. */
static struct {
	enum {
		NONE,
		OPEN,
		CLOSED
	} state;
	uint64_t size;
	uint32_t rcpts;
} message[MESSAGES_MAX];
static uint64_t message_count;
static uint8_t mode, rules;

struct smtpd_env env;
/* The fakes are told apart by their address alone. */
static char queued, lookupd, ruled;

/*
 * The rest of smtpd, as far as a session calls it.  Time stands still: what
 * ends a session here is what was said, not a clock.
 */
int64_t
smtpd_now(void)
{
	return 1000000;
}

void
smtpd_tick_start(void)
{
}

void
smtpd_session_gone(void)
{
}

uint32_t
proc_instance(void)
{
	return 0;
}

void
proc_busy(const char *key)
{
	(void)key;
}

struct peer *
proc_peer(enum proc_id who, uint32_t instance)
{
	(void)instance;
	if (who == PROC_RULED)
		return (struct peer *)(void *)&ruled;
	return (struct peer *)(void *)(who == PROC_QUEUED ? &queued : &lookupd);
}

bool
peer_is_full(const struct peer *p)
{
	(void)p;
	return false;
}

/* Whether ruled knows the session. */
static bool is_policy;

/* A call is only noted: when it is answered decides answer_one. */
int
peer_call(struct peer *p, enum msg_type type, const union msg *m, int fd,
    struct peer_then then)
{
	struct call *c = &calls[call_count];

	(void)p;
	(void)fd;
	if (call_count == CALLS_MAX)
		return -1;
	memset(c, 0, sizeof(*c));
	c->type = type;
	c->then = then;
	if (type == MSG_LOOK_RCPT)
		strlcpy(c->text, m->look_rcpt.address, sizeof(c->text));
	else if (type == MSG_LOOK_DOMAIN)
		strlcpy(c->text, m->look_domain.domain, sizeof(c->text));
	else if (type == MSG_QUEUE_FILE)
		c->msgid = m->queue_file.msgid;
	else if (type == MSG_RULE_EVENT)
		c->event = m->rule_event.event;
	else if (type == MSG_QUEUE_STAGE) {
		c->msgid = m->queue_stage.msgid;
		CHECK(message[c->msgid].state == OPEN);
		CHECK(message[c->msgid].size == m->queue_stage.size);
	} else if (type == MSG_QUEUE_COMMIT) {
		c->msgid = m->queue_commit.msgid;
		CHECK(message[c->msgid].state == OPEN);
		CHECK(message[c->msgid].rcpts == m->queue_commit.recipients);
		CHECK(message[c->msgid].size == m->queue_commit.size);
		CHECK(m->queue_commit.header_size <= m->queue_commit.size);
		message[c->msgid].state = CLOSED;
	}
	call_count++;
	return 0;
}

/*
 * Holds smtpd to the order that intake.c of queued demands: sender, recipients,
 * content, and nothing for a message that has ended.
 */
int
peer_tell(struct peer *p, enum msg_type type, const union msg *m, int fd)
{
	(void)p;
	(void)fd;
	switch (type) {
	case MSG_QUEUE_SENDER:
		CHECK(message[m->queue_sender.msgid].state == OPEN);
		break;
	case MSG_QUEUE_RCPT:
		CHECK(message[m->queue_rcpt.msgid].state == OPEN);
		message[m->queue_rcpt.msgid].rcpts++;
		break;
	case MSG_QUEUE_DATA:
		CHECK(message[m->queue_data.msgid].state == OPEN);
		message[m->queue_data.msgid].size += m->queue_data.data_len;
		break;
	case MSG_QUEUE_ABORT:
		CHECK(message[m->queue_abort.msgid].state == OPEN);
		message[m->queue_abort.msgid].state = CLOSED;
		break;
	case MSG_QUEUE_ROUTE:
		CHECK(message[m->queue_route.msgid].state == OPEN);
		CHECK(m->queue_route.rcpt == QUEUE_ROUTE_ALL ||
		    m->queue_route.rcpt < message[m->queue_route.msgid].rcpts);
		break;
	case MSG_QUEUE_OPTION:
		CHECK(message[m->queue_option.msgid].state == OPEN);
		break;
	case MSG_QUEUE_MARK:
		CHECK(message[m->queue_mark.msgid].state == OPEN);
		break;
	case MSG_QUEUE_HEADER:
		CHECK(message[m->queue_header.msgid].state == OPEN);
		break;
	case MSG_QUEUE_SPOOL:
		CHECK(message[m->queue_spool.msgid].state == OPEN);
		break;
	case MSG_RULE_OPEN:
		CHECK(!is_policy);
		is_policy = true;
		break;
	case MSG_RULE_FACT:
		CHECK(is_policy);
		break;
	case MSG_RULE_CLOSE:
		CHECK(is_policy);
		is_policy = false;
		break;
	default:
		CHECK(type == MSG_QUEUE_CLOSED);
	}
	return 0;
}

/*
 * Each effect that the event may have; those it may not have, as a ruled gone
 * wrong would send them, have to do no harm.
 */
static void
give_effects(const struct call *c)
{
	static const char *const texts[EFFECT_COUNT] = {
	    [EFFECT_HADD] = "X: y",
	    [EFFECT_CP] = "copy@local.test",
	    [EFFECT_SENDER] = "new@local.test",
	    [EFFECT_RCPT_SENDER] = "own@local.test",
	    [EFFECT_RCPT] = "moved@local.test",
	    [EFFECT_MX_DEST] = "host 25",
	    [EFFECT_MX_AUTH] = "user",
	    [EFFECT_MX_SOURCE] = "127.0.0.1",
	    [EFFECT_SO_MARK] = "7",
	    [EFFECT_QLIMIT] = "",
	    [EFFECT_RELAY] = "1",
	    [EFFECT_OPTION] = "Event.rcpt \"Deny!\"",
	    [EFFECT_DATA_REPLY] = "550 no",
	    [EFFECT_NAME] = "name.test",
	    [EFFECT_MARK] = "mark",
	    [EFFECT_STAGE] = "",
	};
	union msg m = {.rule_effect = {.secret = "secret"}};
	int i;

	for (i = 0; i < EFFECT_COUNT; i++) {
		if (i == EFFECT_DATA_REPLY && (rules & 0x80) != 0)
			continue;
		m.rule_effect.effect = (uint8_t)i;
		m.rule_effect.text = texts[i];
		rule_on_effect(NULL, c->then.ref, &m, -1);
	}
}

static void
answer_event(const struct call *c, union msg *a)
{
	static const char *const replies[] = {"", "250 fine", "550 bad"};
	unsigned int n = rules + c->event;

	if (rules & 0x40)
		give_effects(c);
	a->rule_event_answ.verdict = n % 8 < VERDICT_COUNT ? n % 8 : 0;
	a->rule_event_answ.reply = replies[n % 3];
	a->rule_event_answ.rule = "file:1";
	/* As ruled has it: no refusal in the words of success. */
	if (a->rule_event_answ.verdict >= VERDICT_DENY && n % 3 == 1)
		a->rule_event_answ.reply = "";
	else if (a->rule_event_answ.verdict < VERDICT_DENY && n % 3 == 2)
		a->rule_event_answ.reply = "";
}

/*
 * The first letter of the recipient chooses, so that the input can name each
 * case; 'm' is an alias of many.
 */
static void
answer_rcpt(const struct call *c, union msg *a)
{
	union msg i = {.look_target = {.route = ROUTE_LOCAL,
			   .kind = ADDRESS_MAILBOX,
			   .address = c->text}};
	int n = c->text[0] == 'm' ? 150 : 1;

	a->look_rcpt_answ.status = LOOK_OK;
	if (c->text[0] == 'n')
		a->look_rcpt_answ.status = LOOK_NO;
	else if (c->text[0] == 'r')
		a->look_rcpt_answ.status = LOOK_REMOTE;
	else if (c->text[0] == 't')
		a->look_rcpt_answ.status = LOOK_TEMP;
	else
		for (; n > 0; n--)
			lookup_on_target(NULL, c->then.ref, &i, -1);
}

static void
answer(const struct call *c)
{
	enum peer_result r = mode & 0x40 ? PEER_GONE : PEER_ANSWER;
	union msg a;

	memset(&a, 0, sizeof(a));
	switch (c->type) {
	case MSG_LOOK_RCPT:
		if (r == PEER_ANSWER)
			answer_rcpt(c, &a);
		break;
	case MSG_LOOK_DOMAIN:
		a.look_domain_answ.status =
		    c->text[0] == 'n' ? LOOK_NO : LOOK_OK;
		break;
	case MSG_LOOK_PTR:
		a.look_ptr_answ.status = LOOK_OK;
		a.look_ptr_answ.host = "client.test";
		break;
	case MSG_QUEUE_OPEN:
		r = PEER_ANSWER;
		a.queue_open_answ.status = QUEUE_FULL;
		if (message_count + 1 < MESSAGES_MAX) {
			a.queue_open_answ.status = QUEUE_OK;
			a.queue_open_answ.msgid = ++message_count;
			message[message_count].state = OPEN;
		}
		break;
	case MSG_RULE_EVENT:
		/* With its end the policy has gone too. */
		if (r == PEER_ANSWER)
			answer_event(c, &a);
		else
			is_policy = false;
		break;
	case MSG_QUEUE_STAGE:
		a.queue_stage_answ.status = QUEUE_OK;
		break;
	case MSG_QUEUE_FILE:
		a.queue_file_answ.status = QUEUE_FULL;
		break;
	default:
		a.queue_commit_answ.status = QUEUE_OK;
	}
	c->then.done(c->then.ref, r, r == PEER_ANSWER ? &a : NULL, -1);
}

/* The first or the last, as the mode says. */
static void
answer_one(void)
{
	size_t i = mode & 0x20 ? 0 : call_count - 1;
	struct call c = calls[i];

	memmove(
	    &calls[i], &calls[i + 1], (--call_count - i) * sizeof(calls[0]));
	answer(&c);
}

/*
 * RFC 5321 section 4.5.3.1.5: at most 512 octets with CRLF, of whole lines
 * only.
 */
static void
check_replies(int fd)
{
	static char text[1 << 20];
	size_t len = 0, i, start = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	for (i = 0; i < len; i++) {
		if (text[i] != '\n')
			continue;
		CHECK(i - start >= 5 && i - start < 512 && text[i - 1] == '\r');
		CHECK(text[start] >= '2' && text[start] <= '5');
		CHECK(text[start + 3] == ' ' || text[start + 3] == '-');
		start = i + 1;
	}
	CHECK(start == len);
}

/* As smtpd's loop does it, one turn. */
static void
turn(int fd)
{
	event_base_loop(env.base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	session_turn_end();
	session_keep_no_longer();
	session_turn_end();
	check_replies(fd);
}

/*
 * Once for all inputs: what a session leaves behind would be seen by the next.
 */
static void
start(void)
{
	struct options *o = options_new();

	signal(SIGPIPE, SIG_IGN);
	env.base = event_base_new();
	CHECK(o != NULL && env.base != NULL);
	CHECK(option_set(o, OPT_SERVER_NAME, "mx.local.test", NULL) == 0);
	CHECK(option_set(o, OPT_MAX_MAIL_SIZE, "50000", NULL) == 0);
	CHECK(option_set(o, OPT_NO_MAILBOX_DELAY, "0", NULL) == 0);
	CHECK(option_set(o, OPT_PROXY_FROM, "127.0.0.1", NULL) == 0);
	env.opts = o;
	env.session_max = 64;
	TAILQ_INIT(&env.dirty);
	TAILQ_INIT(&env.kept);
	slots_init(&env.sessions, env.session_max);
	slots_init(&env.asked, env.session_max + AHEAD_ALL);
	wheel_init(&env.wheel, smtpd_now());
	settings_apply(&env.settings, o);
}

/*
 * Sends without waiting: what the socket does not take is lost, as with a
 * client that hangs.
 */
static void
play(int fd, const uint8_t *data, size_t size)
{
	size_t n;

	while (size > 1) {
		n = data[0] < size - 1 ? data[0] : size - 1;
		(void)send(fd, data + 1, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		data += n + 1;
		size -= n + 1;
		turn(fd);
		if (!(mode & 0x10) && call_count > 0)
			answer_one();
		turn(fd);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct listener l = {.fd = -1};
	uint64_t i;
	int sv[2];

	if (env.base == NULL)
		start();
	if (size < 3)
		return 0;
	mode = data[0];
	rules = data[1];
	is_policy = false;
	/* One bit an event, those of the message together. */
	env.settings.events = rules & 1 ? 1u << RULE_CONNECTION : 0;
	env.settings.events |= rules & 2 ? 1u << RULE_HELO : 0;
	env.settings.events |= rules & 4 ? 1u << RULE_FROM : 0;
	env.settings.events |=
	    rules & 8 ? 1u << RULE_RCPT | 1u << RULE_LRCPT_REFUSED : 0;
	env.settings.events |= rules & 16 ? 1u << RULE_DATA_CMD : 0;
	env.settings.events |= rules & 32 ? 1u << RULE_DATA : 0;
	memset(message, 0, sizeof(message));
	message_count = call_count = 0;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	env.settings.bare_reject = mode & 1;
	l.is_proxy = mode & 2;
	l.is_submission = mode & 4;
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv) == 0);
	session_new(&l, sv[1], (struct sockaddr *)&sin);
	play(sv[0], data + 2, size - 2);
	/* Some are answered before the client goes, the rest behind. */
	for (i = 0; mode & 8 && i < 1000 && call_count > 0; i++) {
		answer_one();
		turn(sv[0]);
	}
	close(sv[0]);
	for (i = 0; i < 1000 && (call_count > 0 || i < 2); i++) {
		if (call_count > 0)
			answer_one();
		event_base_loop(env.base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
		session_turn_end();
		session_keep_no_longer();
		session_turn_end();
	}
	CHECK(env.sessions.used == 0);
	CHECK(env.asked.used == 0);
	CHECK(!is_policy);
	for (i = 1; i <= message_count; i++)
		CHECK(message[i].state == CLOSED);
	return 0;
}
