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
 * Clients of the smtpd under test; see smtpd_fake.h.
 */
#include "smtpd_fake.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "monotime.h"
#include "smtpd_fake_self.h"

/* Clients are known by their descriptors. */
#define CLIENTS_MAX 4096
#define RECEIVED_ROOM 65536
#define WAIT_MS 10000

static struct received {
	char *text;
	size_t len;
	bool is_closed;
} received[CLIENTS_MAX];

static char reply[RECEIVED_ROOM];
static char *list;
static size_t list_len;
static int ctl_status;

/* Between two tests: descriptors come again. */
void
fake_client_forget(void)
{
	int i;

	for (i = 0; i < CLIENTS_MAX; i++) {
		free(received[i].text);
		memset(&received[i], 0, sizeof(received[i]));
	}
}

/*
 * Blocks until the kernel has connected, which needs no turn of smtpd's loop.
 */
int
fake_connect(enum fake_port where)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)self.port[where])};
	struct sockaddr_un un;
	socklen_t len = sizeof(un);
	int on = 1;
	int c = socket(where == FAKE_LOCAL ? AF_UNIX : AF_INET, SOCK_STREAM, 0);

	assert_in_range(c, 0, CLIENTS_MAX - 1);
	if (where == FAKE_LOCAL) {
		getsockname(self.listener[where], (struct sockaddr *)&un, &len);
		assert_int_equal(connect(c, (struct sockaddr *)&un, len), 0);
	} else {
		sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		assert_int_equal(
		    connect(c, (struct sockaddr *)&sin, sizeof(sin)), 0);
		setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
	received[c].len = 0;
	received[c].is_closed = false;
	return c;
}

/* Takes in what has come for a client. */
static void
collect(int c)
{
	struct received *r = &received[c];
	ssize_t n;

	if (r->text == NULL)
		r->text = calloc(1, RECEIVED_ROOM + 1);
	assert_non_null(r->text);
	n = recv(c, r->text + r->len, RECEIVED_ROOM - r->len, MSG_DONTWAIT);
	if (n > 0)
		r->len += (size_t)n;
	else if (n == 0 || errno != EAGAIN)
		r->is_closed = true;
	r->text[r->len] = '\0';
}

/*
 * Turns the loop while smtpd does not read: it may be waiting for one of the
 * fakes.
 */
void
fake_send_bytes(int c, const void *p, size_t len)
{
	struct monotime start = monotime_now();
	const char *at = p;
	ssize_t n;

	while (len > 0) {
		n = send(c, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN)
			return;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
		if (len > 0)
			fake_turn(1);
		if (monotime_diff_ms(monotime_now(), start) > WAIT_MS)
			fail_msg("smtpd does not read");
	}
}

void
fake_send(int c, const char *text)
{
	fake_send_bytes(c, text, strlen(text));
}

/* Octets of the first whole reply, 0 when it is not whole. */
static size_t
whole(const struct received *r)
{
	const char *p = r->text, *nl;

	while ((nl = strchr(p, '\n')) != NULL) {
		if (nl - p < 4 || p[3] != '-')
			return (size_t)(nl - r->text) + 1;
		p = nl + 1;
	}
	return 0;
}

/* The event only wakes the loop; collect reads. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Turns the loop until something happens, to the client or elsewhere. */
static void
turn_for(int c)
{
	struct timeval tv = {0, 100000};

	struct event *ev;

	peer_flush_all();
	ev = event_new(self.base, c, EV_READ, on_readable, NULL);
	event_add(ev, &tv);
	event_base_loop(self.base, EVLOOP_ONCE);
	event_free(ev);
	peer_flush_all();
	collect(c);
}

/*
 * The text is good until the next reply of any client.  "" when the connection
 * closed before a whole one came.
 */
const char *
fake_reply(int c)
{
	struct received *r = &received[c];
	struct monotime start = monotime_now();
	size_t n;

	collect(c);
	while ((n = whole(r)) == 0) {
		if (r->is_closed)
			return "";
		if (monotime_diff_ms(monotime_now(), start) > WAIT_MS)
			fail_msg("no reply; received: %s", r->text);
		turn_for(c);
	}
	memcpy(reply, r->text, n);
	reply[n] = '\0';
	r->len -= n;
	memmove(r->text, r->text + n, r->len + 1);
	return reply;
}

const char *
fake_cmd(int c, const char *line)
{
	fake_send(c, line);
	fake_send(c, "\r\n");
	return fake_reply(c);
}

void
fake_expect(int c, const char *line, const char *want)
{
	const char *got = line == NULL ? fake_reply(c) : fake_cmd(c, line);

	if (strncmp(got, want, strlen(want)) != 0)
		fail_msg("%s: got \"%s\", want \"%s\"",
		    line != NULL ? line : "(next)", got, want);
}

int
fake_client(enum fake_port where)
{
	int c = fake_connect(where);

	fake_expect(c, NULL, "220 mx.local.test ESMTP\r\n");
	fake_expect(c, "EHLO client.test", "250-mx.local.test\r\n");
	return c;
}

/* True only if nothing was left to read: a reply that nobody expected fails. */
bool
fake_is_closed(int c)
{
	struct monotime start = monotime_now();

	while (!received[c].is_closed) {
		if (monotime_diff_ms(monotime_now(), start) > WAIT_MS)
			return false;
		turn_for(c);
	}
	return received[c].len == 0;
}

/* Whether the kernel still has a connection from here to there, by what
 * proc_pid_net(5) says of the other end. */
static bool
is_established(int to, int from)
{
	unsigned int local, remote, status;
	bool found = false;
	char line[256];
	FILE *f = fopen("/proc/net/tcp", "r");

	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, " %*d: %*x:%x %*x:%x %x", &local, &remote,
			    &status) == 3 &&
		    local == (unsigned int)to && remote == (unsigned int)from;
	fclose(f);
	return found;
}

/*
 * With a reset instead of an end: the kernel drops what was on its way, as when
 * a client's machine goes.  Waits until smtpd's side has seen it.
 */
void
fake_reset(int c, enum fake_port where)
{
	static const struct linger now = {1, 0};
	struct monotime start = monotime_now();
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	assert_int_equal(getsockname(c, (struct sockaddr *)&sin, &len), 0);
	setsockopt(c, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(c);
	while (is_established(self.port[where], ntohs(sin.sin_port))) {
		fake_turn(1);
		if (monotime_diff_ms(monotime_now(), start) > WAIT_MS)
			fail_msg("the reset was not delivered");
	}
}

/*
 * For what must not happen the time is an upper bound of nothing: a test that
 * uses it needs an event beside it.
 */
bool
fake_is_silent(int c, int ms)
{
	collect(c);
	if (received[c].len == 0 && !received[c].is_closed)
		fake_turn(ms);
	collect(c);
	return received[c].len == 0 && !received[c].is_closed;
}

void
fake_to_recipient(int c)
{
	fake_expect(c, "MAIL FROM:<a@client.test>", "250 2.1.0 ");
	fake_expect(c, "RCPT TO:<user@local.test>", "250 2.1.5 ");
}

const char *
fake_mail(int c, const char *content)
{
	fake_to_recipient(c);
	fake_expect(c, "DATA", "354 ");
	fake_send(c, content);
	fake_send(c, ".\r\n");
	return fake_reply(c);
}

struct fake_message *
fake_last(void)
{
	unsigned int i;

	for (i = fake.count; i > 0; i--)
		if (fake.message[i - 1].is_committed)
			return &fake.message[i - 1];
	fail_msg("no message was committed");
	return NULL;
}

/* selorctl */

static void
on_line(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	size_t n = strlen(m->ctl_line.line);
	char *longer = realloc(list, list_len + n + 2);

	(void)p;
	(void)ref;
	(void)fd;
	assert_non_null(longer);
	list = longer;
	memcpy(list + list_len, m->ctl_line.line, n);
	memcpy(list + list_len + n, "\n", 2);
	list_len += n + 1;
}

static peer_handler *const ctl_handlers[MSG_MAX] = {
    [MSG_CTL_LINE] = on_line,
};

static void
on_ctl_gone(struct peer *p, const char *why)
{
	(void)p;
	(void)why;
	self.ctl = NULL;
}

static const struct peer_hooks ctl_hooks = {.handlers = ctl_handlers,
    .gone = on_ctl_gone};

static void
list_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	(void)ref;
	(void)fd;
	assert_int_equal(r, PEER_ANSWER);
	ctl_status = m->ctl_list_answ.status;
}

static void
act_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	(void)ref;
	(void)fd;
	assert_int_equal(r, PEER_ANSWER);
	ctl_status = m->ctl_act_answ.status;
}

static bool
is_answered(void)
{
	return ctl_status != -1;
}

/* A new connection each time; the one before is closed. */
struct peer *
fake_ctl_peer(bool may_change)
{
	union msg m = {
	    .conf_client = {.uid = 0, .pid = 1, .may_change = may_change}};
	int sv[2];

	peer_free(self.ctl);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	self.ctl = peer_new(
	    self.base, sv[0], PROC_CTL, PEER_ID(PROC_SMTPD, 0), &ctl_hooks);
	assert_int_equal(peer_tell(self.parent, MSG_CONF_CLIENT, &m, sv[1]), 0);
	ctl_status = -1;
	return self.ctl;
}

/* The lines, each with its end, until the next list. */
const char *
fake_list(uint8_t what)
{
	union msg m = {.ctl_list = {.what = what, .query = ""}};

	free(list);
	list = NULL;
	list_len = 0;
	peer_call(fake_ctl_peer(false), MSG_CTL_LIST, &m, -1,
	    PEER_THEN(list_done, 0));
	fake_wait(is_answered);
	assert_int_equal(ctl_status, CTL_OK);
	return list != NULL ? list : "";
}

int
fake_act(uint8_t action, const char *query, bool may_change)
{
	union msg m = {.ctl_act = {.action = action, .query = query}};

	peer_call(fake_ctl_peer(may_change), MSG_CTL_ACT, &m, -1,
	    PEER_THEN(act_done, 0));
	fake_wait(is_answered);
	return ctl_status;
}

/* What a list of it is to hold. */
static const char *wanted;

static bool
is_in_sessions(void)
{
	return strstr(fake_list(CTL_SESSIONS), wanted) != NULL;
}

static bool
is_in_stats(void)
{
	return strstr(fake_list(CTL_STATS), wanted) != NULL;
}

void
fake_wait_session(const char *text)
{
	wanted = text;
	fake_wait(is_in_sessions);
}

void
fake_wait_stats(const char *text)
{
	wanted = text;
	fake_wait(is_in_stats);
}
