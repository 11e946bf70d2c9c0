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
 * A parent, a queued and a lookupd for one smtpd; see smtpd_fake.h.
 */
#include "smtpd_fake.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"
#include "monotime.h"
#include "option.h"
#include "peer.h"
#include "smtpd_fake_rules.h"
#include "smtpd_fake_self.h"

/* A bound for what must happen, far above what it takes on a busy machine. */
#define WAIT_MS 5000

struct fake fake;

struct fake_self self;

/* The parent */

/*
 * smtpd must find fault with none of its peers: all are true to the contract.
 */
static void
on_report(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)fd;
	fail_msg("smtpd reports: %s", m->conf_report.why);
}

static peer_handler *const parent_handlers[MSG_MAX] = {
    [MSG_CONF_REPORT] = on_report,
};

static void
on_peer_gone(struct peer *p, const char *why)
{
	if (why != NULL)
		print_error("a pair broke: %s\n", why);
	if (p == self.parent)
		self.parent = NULL;
	else if (p == self.queued)
		self.queued = NULL;
	else if (p == self.lookupd)
		self.lookupd = NULL;
	else if (p == self.ruled)
		self.ruled = NULL;
	else if (p == self.ctl)
		self.ctl = NULL;
}

static const struct peer_hooks parent_hooks = {.handlers = parent_handlers,
    .gone = on_peer_gone};
static const struct peer_hooks queued_hooks = {.handlers = fake_queued_handlers,
    .gone = on_peer_gone};
static const struct peer_hooks ruled_hooks = {.handlers = fake_ruled_handlers,
    .gone = on_peer_gone};
static const struct peer_hooks lookupd_hooks = {
    .handlers = fake_lookupd_handlers,
    .gone = on_peer_gone};

/* A port that the kernel chooses, so that tests may run at the same time. */
static int
listen_tcp(int *port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(fd, 4096), 0);
	getsockname(fd, (struct sockaddr *)&sin, &len);
	*port = ntohs(sin.sin_port);
	return fd;
}

/* Linux gives it a name of its own. */
static int
listen_local(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_int_equal(
	    bind(fd, (struct sockaddr *)&un, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(fd, 128), 0);
	return fd;
}

/* *end plays that daemon; smtpd gets the other. */
static void
give_peer(enum proc_id who, const struct peer_hooks *hooks, struct peer **end)
{
	union msg m = {.conf_peer = {.process = (uint8_t)who}};
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	*end = peer_new(self.base, sv[0], who, PEER_ID(PROC_SMTPD, 0), hooks);
	assert_int_equal(peer_tell(self.parent, MSG_CONF_PEER, &m, sv[1]), 0);
}

static void
commit_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	(void)ref;
	(void)fd;
	assert_int_equal(r, PEER_ANSWER);
	self.commit_result = m->conf_commit_answ.status;
	strlcpy(fake.why, m->conf_commit_answ.why, sizeof(fake.why));
}

/* "Name value", the value as it is quoted in selor.conf. */
static void
give_option(const char *text)
{
	char name[64], value[512];
	union msg m = {
	    .conf_option = {
		.generation = self.generation, .option = name, .text = value}};
	size_t n = strcspn(text, " ");

	snprintf(name, sizeof(name), "%.*s", (int)n, text);
	strlcpy(value, text + n + 1, sizeof(value));
	assert_int_equal(peer_tell(self.parent, MSG_CONF_OPTION, &m, -1), 0);
}

/* Duplicates: the same sockets are given again at each reload. */
static void
give_listeners(void)
{
	static const char *const words[] = {"", " proxy", " submission", ""};
	char text[64];
	union msg m = {
	    .conf_fd = {.generation = self.generation, .text = text}};
	uint32_t i;

	for (i = 0; i < FAKE_PORTS; i++) {
		m.conf_fd.kind =
		    i == FAKE_LOCAL ? CONF_FD_LOCAL : CONF_FD_LISTENER;
		m.conf_fd.index = i;
		snprintf(text, sizeof(text), "127.0.0.1:%d%s", self.port[i],
		    words[i]);
		peer_tell(self.parent, MSG_CONF_FD, &m, dup(self.listener[i]));
	}
}

/*
 * Runs the fakes' own loop for that time; smtpd is a process and runs anyway.
 */
void
fake_turn(int ms)
{
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	peer_flush_all();
	event_base_loopexit(self.base, &tv);
	event_base_dispatch(self.base);
	peer_flush_all();
}

void
fake_wait(bool (*test)(void))
{
	struct monotime start = monotime_now();

	while (!test()) {
		fake_turn(1);
		if (monotime_diff_ms(monotime_now(), start) > WAIT_MS)
			fail_msg("waited in vain");
	}
}

static bool
is_committed(void)
{
	return self.commit_result != -1;
}

/*
 * The same two phases as the parent's.  -1: smtpd refused, and fake.why says
 * why.
 */
int
fake_reload(const char *const *options)
{
	static const char *const quiet[] = {"Server_name \"mx.local.test\"",
	    "Resolve_all 0", "From_level_check 0", "No_mailbox_delay 0",
	    "Postmaster \"postmaster@local.test\"", NULL};
	union msg m = {.conf_begin = {.generation = ++self.generation}};
	size_t i;

	self.commit_result = -1;
	peer_tell(self.parent, MSG_CONF_BEGIN, &m, -1);
	for (i = 0; quiet[i] != NULL; i++)
		give_option(quiet[i]);
	for (i = 0; options != NULL && options[i] != NULL; i++)
		give_option(options[i]);
	give_listeners();
	m.conf_commit.generation = self.generation;
	peer_call(
	    self.parent, MSG_CONF_COMMIT, &m, -1, PEER_THEN(commit_done, 0));
	fake_wait(is_committed);
	if (self.commit_result != 0)
		return -1;
	m.conf_go.generation = self.generation;
	peer_tell(self.parent, MSG_CONF_GO, &m, -1);
	fake_turn(1);
	return 0;
}

/* As the parent starts it, without a user to change to. */
static void
run_smtpd(int fd)
{
	const char *build = getenv("BUILD");
	char path[256];

	snprintf(path, sizeof(path), "%s/libexec/smtpd",
	    build != NULL ? build : "build");
	if (dup2(fd, 3) == -1)
		_exit(126);
	closefrom(4);
	execl(path, path, (char *)NULL);
	_exit(127);
}

/* In memory: nothing is left behind by a test that fails. */
static void
give_logs(void)
{
	union msg m;
	uint32_t i;

	for (i = 0; i < LOG_FILES; i++) {
		self.log[i] = memfd_create("log", MFD_CLOEXEC);
		assert_int_not_equal(self.log[i], -1);
		m.conf_logs.index = i;
		peer_tell(self.parent, MSG_CONF_LOGS, &m, dup(self.log[i]));
	}
}

const char *
fake_log(int file)
{
	static char text[65536];
	ssize_t n;

	fake_turn(5);
	n = pread(self.log[file], text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

/* May be called again after fake_stop; the memory for messages is kept. */
int
fake_start(const char *const *options)
{
	struct fake_message *messages = fake.message;
	int sv[2], i;

	signal(SIGPIPE, SIG_IGN);
	log_init("fake", false, false);
	memset(&fake, 0, sizeof(fake));
	memset(&self, 0, sizeof(self));
	fake.message = messages != NULL ?
	    messages :
	    calloc(FAKE_MESSAGES, sizeof(*messages));
	fake.ptr_status = LOOK_NO;
	fake_peers_init();
	self.base = event_base_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	if ((self.pid = fork()) == 0)
		run_smtpd(sv[1]);
	close(sv[1]);
	self.parent = peer_new(self.base, sv[0], PROC_SELOR,
	    PEER_ID(PROC_SMTPD, 0), &parent_hooks);
	for (i = 0; i < FAKE_LOCAL; i++)
		self.listener[i] = listen_tcp(&self.port[i]);
	self.listener[FAKE_LOCAL] = listen_local();
	give_logs();
	give_peer(PROC_QUEUED, &queued_hooks, &self.queued);
	give_peer(PROC_LOOKUPD, &lookupd_hooks, &self.lookupd);
	give_peer(PROC_RULED, &ruled_hooks, &self.ruled);
	return fake_reload(options);
}

int
fake_setup(void **state)
{
	(void)state;
	return fake_start(NULL);
}

int
fake_teardown(void **state)
{
	(void)state;
	fake_stop();
	return 0;
}

/* True when it has ended by itself, in time and without an error. */
bool
fake_end(int ms)
{
	union msg m = {.conf_stop = {0}};
	struct monotime start = monotime_now();
	int status = -1;

	if (self.parent != NULL)
		peer_tell(self.parent, MSG_CONF_STOP, &m, -1);
	while (waitpid(self.pid, &status, WNOHANG) == 0) {
		if (monotime_diff_ms(monotime_now(), start) > ms)
			return false;
		fake_turn(5);
	}
	self.pid = 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Only behind the clean-up is it asserted that the end was a clean one. */
void
fake_stop(void)
{
	bool ok = self.pid == 0 || fake_end(15000);
	unsigned int i;

	if (!ok) {
		kill(self.pid, SIGKILL);
		waitpid(self.pid, NULL, 0);
	}
	peer_free(self.queued);
	peer_free(self.lookupd);
	peer_free(self.ruled);
	peer_free(self.parent);
	peer_free(self.ctl);
	event_base_free(self.base);
	for (i = 0; i < FAKE_PORTS; i++)
		close(self.listener[i]);
	for (i = 0; i < LOG_FILES; i++)
		close(self.log[i]);
	for (i = 0; i < fake.count; i++) {
		free(fake.message[i].content);
		if (fake.message[i].fd > 0)
			close(fake.message[i].fd);
	}
	fake_client_forget();
	assert_true(ok);
}

void
fake_lose_queued(void)
{
	peer_free(self.queued);
	self.queued = NULL;
}

void
fake_new_queued(void)
{
	give_peer(PROC_QUEUED, &queued_hooks, &self.queued);
}

void
fake_lose_lookupd(void)
{
	peer_free(self.lookupd);
	self.lookupd = NULL;
}

void
fake_lose_ruled(void)
{
	peer_free(self.ruled);
	self.ruled = NULL;
	fake_turn(2);
}

void
fake_new_ruled(void)
{
	give_peer(PROC_RULED, &ruled_hooks, &self.ruled);
	fake_turn(5);
}

void
fake_load(uint32_t hundredths)
{
	union msg m = {.conf_load = {.hundredths = hundredths}};

	peer_tell(self.parent, MSG_CONF_LOAD, &m, -1);
	fake_turn(2);
}

void
fake_poison(const char *key)
{
	union msg m = {.conf_poison = {.process = PROC_SMTPD, .key = key}};

	peer_tell(self.parent, MSG_CONF_POISON, &m, -1);
	fake_turn(2);
}

pid_t
fake_pid(void)
{
	return self.pid;
}
