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
 * What happens while a session waits: the client goes, queued or lookupd
 * dies, the options change, the process is told to end.  And the PROXY
 * protocol on real connections, and what an idle session costs.
 */
#include "smtpd_fake.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"
#include "monotime.h"

/* The client is killed at each point where its session waits, before the
 * answer comes: with more input behind it, which is not read meanwhile, and
 * without.  No message is opened for who has gone, and none is left open. */
static void
test_client_goes(void **state)
{
	static const char *const options[] = {
	    "From_level_check 1", "Resolve_all 1", "Timeout 2", NULL};
	static const struct point {
		struct fake_hold *hold;
		const char *wait, *text;
	} points[] = {
	    {&fake.domain, "wait=sender", "MAIL FROM:<a@b.test>\r\n"},
	    {&fake.rcpt, "wait=rcpt",
		"MAIL FROM:<>\r\nRCPT TO:<list@local.test>\r\n"},
	    {&fake.rcpt, "wait=rcpt",
		"MAIL FROM:<>\r\nRCPT TO:<user@local.test>\r\nDATA\r\n"},
	    {&fake.ptr, "wait=ptr",
		"MAIL FROM:<>\r\nRCPT TO:<user@local.test>\r\nDATA\r\n"},
	    {&fake.open, "wait=open",
		"MAIL FROM:<>\r\nRCPT TO:<user@local.test>\r\nDATA\r\n"},
	    {&fake.open, "wait=open",
		"MAIL FROM:<>\r\nRCPT TO:<user@local.test>\r\nBDAT 9\r\nA"},
	    {&fake.commit, "wait=commit",
		"MAIL FROM:<>\r\nRCPT TO:<user@local.test>\r\nDATA\r\n"
		"A: b\r\n.\r\n"},
	};
	size_t i;
	int c, more;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	for (i = 0; i < sizeof(points) / sizeof(points[0]) * 2; i++) {
		const struct point *p = &points[i / 2];

		p->hold->is_on = true;
		c = fake_connect(FAKE_MX);
		fake_expect(c, NULL, "220 ");
		fake_expect(c, "EHLO x", "250-");
		fake_send(c, p->text);
		fake_wait_session(p->wait);
		fake_wait_held(p->hold, 1);
		for (more = 0; i % 2 == 1 && more < 100; more++)
			fake_send(c, "NOOP\r\n");
		fake_reset(c, FAKE_MX);
		fake_release(p->hold);
		fake_wait_stats("sessions=0\n");
	}
	for (i = 0; i < fake.count; i++)
		assert_true(
		    fake.message[i].is_committed || fake.message[i].is_aborted);
	assert_int_equal(fake.count, 6);
}

/*
 * What queued had not yet promised is refused for now, so that the client keeps
 * it; who waits for a commit can not know, and gets 451: a second copy is
 * better than none.
 */
static void
test_queued_goes(void **state)
{
	int c[5], i;

	(void)state;
	for (i = 0; i < 5; i++) {
		c[i] = fake_client(FAKE_MX);
		fake_to_recipient(c[i]);
	}
	/* In content, between chunks, before it, waiting for a commit. */
	fake_expect(c[0], "DATA", "354 ");
	fake_expect(c[1], "BDAT 8\r\nA: b\r\n", "250 ");
	fake_expect(c[2], "DATA", "354 ");
	fake.commit.is_on = true;
	fake_send(c[2], "A: b\r\n.\r\n");
	fake_wait_held(&fake.commit, 1);
	fake.open.is_on = true;
	fake_send(c[3], "DATA\r\n");
	fake_wait_held(&fake.open, 1);
	fake_lose_queued();
	fake_expect(c[0], NULL, "421 4.3.0 mx.local.test ");
	fake_expect(c[1], NULL, "421 4.3.0 ");
	fake_expect(c[2], NULL, "451 4.3.0 Internal error");
	fake_expect(c[3], NULL, "451 4.3.0 Internal error");
	fake_expect(c[4], "DATA", "451 4.3.0 Internal error");
	assert_true(fake_is_closed(c[0]));
	fake_new_queued();
	fake.open.is_on = fake.commit.is_on = false;
	assert_memory_equal(fake_mail(c[4], "A: b\r\n\r\n"), "250", 3);
	for (i = 0; i < 5; i++)
		close(c[i]);
}

/* The session lives on: only what it asked is answered "later". */
static void
test_lookupd_goes(void **state)
{
	int c = fake_client(FAKE_MX);

	(void)state;
	fake_expect(c, "MAIL FROM:<>", "250 ");
	fake.rcpt.is_on = true;
	fake_send(c, "RCPT TO:<user@local.test>\r\n");
	fake_wait_held(&fake.rcpt, 1);
	fake_lose_lookupd();
	fake_expect(c, NULL, "451 4.3.0 Mailbox unavailable\r\n");
	fake_expect(c, "RCPT TO:<user@local.test>", "451 4.3.0 ");
	fake_expect(c, "NOOP", "250 ");
	close(c);
}

/* Told to end: 421 for the idle, the answer for who waits for a commit. */
static void
test_stop(void **state)
{
	int c = fake_client(FAKE_MX), d = fake_client(FAKE_MX);

	(void)state;
	fake_to_recipient(d);
	fake.commit.is_on = true;
	fake_send(d, "DATA\r\nA: b\r\n.\r\nNOOP\r\n");
	fake_expect(d, NULL, "354 ");
	fake_wait_held(&fake.commit, 1);
	assert_false(fake_end(50));
	fake_expect(c, NULL, "421 4.3.2 mx.local.test server is stopping");
	assert_true(fake_is_closed(c));
	fake_release(&fake.commit);
	fake_expect(d, NULL, "250 2.0.0 4096_");
	close(c);
	close(d);
	assert_true(fake_end(15000));
}

/* Sessions go on under new options; a message spans the change. */
static void
test_reload(void **state)
{
	static const char *const options[] = {
	    "Msg_ok \"250 New\"", "Max_rcpts 1", NULL};
	int c = fake_client(FAKE_MX);

	(void)state;
	fake_to_recipient(c);
	fake_expect(c, "DATA", "354 ");
	fake_send(c, "A: b\r\n");
	assert_int_equal(fake_reload(options), 0);
	fake_expect(c, "\r\n.", "250 2.0.0 4096_");
	fake_expect(c, "NOOP", "250 2.0.0 New\r\n");
	fake_to_recipient(c);
	fake_expect(c, "RCPT TO:<user2@local.test>", "452 4.5.3 ");
	close(c);
	close(fake_client(FAKE_MX));
}

static const char v2_head[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
			      "\xcb\0\x71\x05\x7f\0\0\1\x30\x39\0\x19";

/*
 * The address in the header is the client's in each respect: for relaying, in
 * the trace field, in the log.
 */
static void
test_proxy(void **state)
{
	static const char *const options[] = {
	    "Proxy_from \"127.0.0.1\"", "Relay_from \"203.0.113.0/24\"", NULL};
	static const char v1[] =
	    "PROXY TCP4 203.0.113.9 127.0.0.1 12345 25\r\n";
	struct fake_message *m;
	size_t i;
	int c;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	/* Either version, whole and byte by byte. */
	for (i = 0; i < 4; i++) {
		const char *head = i < 2 ? v1 : v2_head;
		size_t len = i < 2 ? sizeof(v1) - 1 : sizeof(v2_head) - 1, n;

		c = fake_connect(FAKE_PROXY);
		assert_true(fake_is_silent(c, 20));
		for (n = 0; i % 2 == 1 && n < len; n++) {
			fake_send_bytes(c, head + n, 1);
			fake_turn(0);
		}
		if (i % 2 == 0)
			fake_send_bytes(c, head, len);
		fake_expect(c, NULL, "220 ");
		fake_expect(c, "EHLO x", "250-");
		fake_expect(c, "MAIL FROM:<>", "250 ");
		fake_expect(c, "RCPT TO:<a@remote.test>", "250 2.1.5 ");
		fake_expect(c, "DATA", "354 ");
		fake_expect(c, ".", "250 ");
		m = fake_last();
		assert_non_null(strstr(
		    m->content, i < 2 ? "[203.0.113.9]" : "[203.0.113.5]"));
		close(c);
	}
	/* What is no header closes without a word. */
	c = fake_connect(FAKE_PROXY);
	fake_send(c, "EHLO x\r\n");
	assert_true(fake_is_closed(c));
	close(c);
	/* Without the listener's word it is a command like any other. */
	c = fake_connect(FAKE_MX);
	fake_expect(c, NULL, "220 ");
	fake_expect(
	    c, "PROXY TCP4 203.0.113.9 127.0.0.1 12345 25", "500 5.5.1 ");
	close(c);
}

/* From elsewhere nothing is believed. */
static void
test_proxy_untrusted(void **state)
{
	static const char *const options[] = {"Proxy_from \"192.0.2.1\"", NULL};
	int c;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	c = fake_connect(FAKE_PROXY);
	fake_expect(c, NULL, "220 ");
	fake_expect(
	    c, "PROXY TCP4 203.0.113.9 127.0.0.1 12345 25", "500 5.5.1 ");
	assert_non_null(strstr(fake_list(CTL_SESSIONS), " ip=127.0.0.1 port="));
	close(c);
}

/*
 * With the whole log where it fails: what was there tells more than what was
 * not.
 */
static void
must_say(int file, const char *want)
{
	const char *text = fake_log(file);

	if (strstr(text, want) == NULL)
		fail_msg("no \"%s\" in:\n%s", want, text);
}

/* One line an event, never a secret, never a line of the client's making. */
static void
test_logs(void **state)
{
	int c = fake_client(FAKE_MX);

	(void)state;
	fake_expect(c, "AUTH PLAIN AHVzZXIAc2VjcmV0", "500 ");
	fake_expect(c, "auth  login  c2VjcmV0", "500 ");
	fake_expect(c, "MAIL FROM:<a@b.test>", "250 ");
	fake_expect(c, "RCPT TO:<nobody@local.test>", "550 ");
	fake_expect(c, "NOOP \x1b[2J\xe2\x80\xa8 \r x=\"1\"", "5");
	fake_expect(c, "RSET", "250 ");
	fake_mail(c, "A: b\r\n\r\n");
	fake_expect(c, "QUIT", "221 ");
	must_say(LOG_CENTRAL, " connect session=");
	must_say(LOG_CENTRAL, " ip=127.0.0.1 port=");
	must_say(
	    LOG_CENTRAL, " verb=AUTH line=\"AUTH PLAIN ***\" reply=\"500 ");
	must_say(LOG_CENTRAL, " line=\"auth  login ***\" reply=\"500 ");
	must_say(LOG_CENTRAL,
	    " verb=MAIL line=\"MAIL FROM:<a@b.test>\" "
	    "reply=\"250 2.1.0 Sender allowed\"\n");
	must_say(LOG_CENTRAL, "\\x1b[2J\\xe2\\x80\\xa8 \\x0d x=");
	must_say(LOG_CENTRAL, " disconnect session=");
	must_say(LOG_CENTRAL, " messages=1 ");
	must_say(LOG_CENTRAL, " why=quit\n");
	assert_null(strstr(fake_log(LOG_CENTRAL), "c2VjcmV0"));
	must_say(LOG_REFUSED,
	    " from=a@b.test rcpt=nobody@local.test "
	    "event=rcpt text=\"550 5.1.1 No such user\"\n");
	must_say(LOG_SUMMARY, " accepted id=4096_0001 session=");
	must_say(LOG_SUMMARY,
	    " sender=a@client.test recipient=user@local.test "
	    "recipients=1 size=");
	close(c);
}

/* Whose input killed two of us is not served, whoever the balancer is. */
static void
test_outcast(void **state)
{
	static const char *const options[] = {"Proxy_from \"127.0.0.1\"", NULL};
	int c;

	(void)state;
	assert_int_equal(fake_reload(options), 0);
	fake_poison("203.0.113.9");
	c = fake_connect(FAKE_PROXY);
	fake_send(c, "PROXY TCP4 203.0.113.9 127.0.0.1 1 25\r\n");
	assert_true(fake_is_closed(c));
	close(c);
	c = fake_connect(FAKE_PROXY);
	fake_send(c, "PROXY TCP4 203.0.113.8 127.0.0.1 1 25\r\n");
	fake_expect(c, NULL, "220 ");
	close(c);
	close(fake_client(FAKE_MX));
	fake_poison("127.0.0.1");
	c = fake_connect(FAKE_MX);
	assert_true(fake_is_closed(c));
	close(c);
}

/*
 * Fields 14 and 15 of proc_pid_stat(5), counted from the last parenthesis,
 * since a name may hold anything.
 */
static unsigned long
cpu_ticks(pid_t pid)
{
	char path[64], line[1024], *p;
	unsigned long user = 0, kernel = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if ((f = fopen(path, "r")) == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) != NULL &&
	    (p = strrchr(line, ')')) != NULL)
		sscanf(p,
		    ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
		    "%lu %lu",
		    &user, &kernel);
	fclose(f);
	return user + kernel;
}

/* No descriptor is left: who is in is served, the others wait, and it does
 * not spin. */
static void
test_no_descriptors(void **state)
{
	struct rlimit r = {40, 40}, old;
	unsigned long ticks;
	int c[60], i;

	(void)state;
	c[0] = fake_client(FAKE_MX);
	assert_int_equal(prlimit(fake_pid(), RLIMIT_NOFILE, NULL, &old), 0);
	r.rlim_max = old.rlim_max;
	assert_int_equal(prlimit(fake_pid(), RLIMIT_NOFILE, &r, NULL), 0);
	for (i = 1; i < 60; i++)
		c[i] = fake_connect(FAKE_MX);
	fake_expect(c[1], NULL, "220 ");
	ticks = cpu_ticks(fake_pid());
	assert_true(fake_is_silent(c[59], 1500));
	assert_in_range(cpu_ticks(fake_pid()) - ticks, 0, 20);
	fake_expect(c[0], "NOOP", "250 ");
	for (i = 0; i < 59; i++)
		close(c[i]);
	fake_expect(c[59], NULL, "220 ");
	close(c[59]);
}

/* A client that reads no replies is not read either, and holds up nobody. */
static void
test_deaf_client(void **state)
{
	int c = fake_client(FAKE_MX), d, i, small = 4096;
	char many[6 * 500 + 1];

	(void)state;
	setsockopt(c, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (i = 0; i < 500; i++)
		memcpy(many + i * 6, "HELP\r\n", 7);
	fake_send(c, many);
	fake_turn(50);
	d = fake_client(FAKE_MX);
	assert_memory_equal(fake_mail(d, "A: b\r\n\r\n"), "250", 3);
	close(d);
	for (i = 0; i < 500; i++)
		fake_expect(c, NULL, "214-");
	close(c);
}

/* KiB that are this process's alone; -1 where the kernel does not tell. */
static long
heap_of(pid_t pid)
{
	char path[64], line[256];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	if ((f = fopen(path, "r")) == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Private_Dirty: %ld", &kb) == 1)
			break;
	fclose(f);
	return kb;
}

/* 500 idle sessions, each after a message, in 4 KiB of memory each. */
static void
test_idle_memory(void **state)
{
	static int c[500];
	const char *san = getenv("SELOR_SAN");
	long before, after;
	int i;

	(void)state;
	close(fake_client(FAKE_MX));
	fake_wait_stats("sessions=0\n");
	before = heap_of(fake_pid());
	for (i = 0; i < 500; i++) {
		c[i] = fake_client(FAKE_MX);
		assert_memory_equal(
		    fake_mail(c[i], "A: b\r\n\r\nhello\r\n"), "250", 3);
	}
	fake_turn(20);
	after = heap_of(fake_pid());
	print_message("  %ld bytes a session\n", (after - before) * 1024 / 500);
	assert_true(before > 0);
	if (san == NULL || *san == '\0')
		assert_in_range(after - before, 0, 500 * 4);
	for (i = 0; i < 500; i++)
		close(c[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FAKE_TEST(test_client_goes),
	    FAKE_TEST(test_queued_goes),
	    FAKE_TEST(test_lookupd_goes),
	    FAKE_TEST(test_stop),
	    FAKE_TEST(test_reload),
	    FAKE_TEST(test_proxy),
	    FAKE_TEST(test_proxy_untrusted),
	    FAKE_TEST(test_logs),
	    FAKE_TEST(test_outcast),
	    FAKE_TEST(test_no_descriptors),
	    FAKE_TEST(test_deaf_client),
	    FAKE_TEST(test_idle_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
