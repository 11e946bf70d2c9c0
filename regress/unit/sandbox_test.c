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
 * The cage of every process of process.def: in a child that has entered it,
 * each thing that the process must never do ends it at once, and what it
 * needs works.
 */
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "msg.h"
#include "sandbox.h"

/* Where the call came back at all, nothing stays open. */
static void
done_with(int fd)
{
	if (fd != -1)
		close(fd);
}

/*
 * Each try does one thing; what it returns does not matter, for it must not
 * return at all.
 */
static void
try_open_read(void)
{
	done_with(open("/etc/passwd", O_RDONLY));
}

static void
try_open_write(void)
{
	done_with(open("/tmp/sandbox_test", O_WRONLY | O_CREAT, 0600));
}

static void
try_tcp(void)
{
	done_with(socket(AF_INET, SOCK_STREAM, 0));
}

static void
try_udp(void)
{
	done_with(socket(AF_INET, SOCK_DGRAM, 0));
}

static void
try_unix(void)
{
	done_with(socket(AF_UNIX, SOCK_STREAM, 0));
}

static void
try_netlink(void)
{
	done_with(socket(AF_NETLINK, SOCK_RAW, 0));
}

static void
try_fork(void)
{
	if (fork() == 0)
		_exit(0);
}

static void
try_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void
try_unlink(void)
{
	unlink("/tmp/sandbox_test");
}

static void
try_kill(void)
{
	kill(getppid(), 0);
}

static void
try_ptrace(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void
try_setuid(void)
{
	(void)!setuid(0);
}

static void
try_chroot(void)
{
	(void)!chroot("/");
}

static void
try_accept(void)
{
	(void)accept(0, NULL, NULL);
}

static void
try_connect(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};

	(void)connect(0, (struct sockaddr *)&sin, sizeof(sin));
}

static void
try_listen(void)
{
	(void)listen(0, 1);
}

static void
try_fsync(void)
{
	(void)fsync(0);
}

static void
try_pwrite(void)
{
	(void)!pwrite(0, "", 0, 0);
}

/* A signal to another process by way of a descriptor. */
static void
try_owner(void)
{
	(void)fcntl(0, F_SETOWN, getppid());
}

static void
try_lease(void)
{
	(void)fcntl(0, F_SETLEASE, F_RDLCK);
}

/* A log that others append to, made one that is written over. */
static void
try_no_append(void)
{
	(void)fcntl(0, F_SETFL, O_NONBLOCK);
}

static void
try_no_append_rdwr(void)
{
	(void)fcntl(0, F_SETFL, O_RDWR | O_NONBLOCK);
}

/* Writes past the cache that others read by. */
static void
try_append_direct(void)
{
	(void)fcntl(0, F_SETFL, O_APPEND | O_DIRECT);
}

/* Code that was not there when the cage closed. */
static void
try_code(void)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (code != MAP_FAILED)
		munmap(code, 4096);
}

/* By mprotect, once the code has been written. */
static void
try_code_later(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

struct attempt {
	const char *name;
	void (*try)(void);
};

#define NEVER                                                         \
	{"fork", try_fork}, {"exec", try_exec}, {"kill", try_kill},   \
	    {"ptrace", try_ptrace}, {"setuid", try_setuid},           \
	    {"chroot", try_chroot}, {"unix", try_unix},               \
	    {"netlink", try_netlink}, {"owner", try_owner},           \
	    {"lease", try_lease}, {"no append", try_no_append},       \
	    {"no append, rdwr", try_no_append_rdwr},                  \
	    {"append direct", try_append_direct}, {"code", try_code}, \
	    {"code later", try_code_later},                           \
	{                                                             \
		"listen", try_listen                                  \
	}
#define FILES                                                               \
	{"open to read", try_open_read}, {"open to write", try_open_write}, \
	{                                                                   \
		"unlink", try_unlink                                        \
	}
#define SOCKETS                             \
	{"tcp", try_tcp}, {"udp", try_udp}, \
	{                                   \
		"connect", try_connect      \
	}

static const struct {
	enum proc_id id;
	const char *promises;
	struct attempt never[32];
} rows[] = {
#define PROC(id, name, user, root, promises, most) PROMISES_##id(promises)
#define PROMISES_SELOR(p)
#define PROMISES_CTL(p)
#define PROMISES_KEYS(p)                                    \
	{PROC_KEYS, p,                                      \
	    {NEVER, FILES, SOCKETS, {"accept", try_accept}, \
		{"fsync", try_fsync}, {"pwrite", try_pwrite}}},
#define PROMISES_RULED(p)                                   \
	{PROC_RULED, p,                                     \
	    {NEVER, FILES, SOCKETS, {"accept", try_accept}, \
		{"fsync", try_fsync}}},
#define PROMISES_SMTPD(p)                                 \
	{PROC_SMTPD, p,                                   \
	    {NEVER, FILES, SOCKETS, {"fsync", try_fsync}, \
		{"pwrite", try_pwrite}}},
#define PROMISES_QUEUED(p) \
	{PROC_QUEUED, p, {NEVER, SOCKETS, {"accept", try_accept}}},
#define PROMISES_SYNC(p) \
	{PROC_SYNC, p, {NEVER, FILES, SOCKETS, {"accept", try_accept}}},
#define PROMISES_DELIVERD(p)                                         \
	{PROC_DELIVERD, p,                                           \
	    {NEVER, FILES, {"udp", try_udp}, {"accept", try_accept}, \
		{"fsync", try_fsync}}},
#define PROMISES_LOOKUPD(p)                                              \
	{PROC_LOOKUPD, p,                                                \
	    {NEVER, FILES, {"accept", try_accept}, {"fsync", try_fsync}, \
		{"pwrite", try_pwrite}}},
#define PROMISES_BACKEND(p)                                     \
	{PROC_BACKEND, p,                                       \
	    {NEVER, SOCKETS, {"open to write", try_open_write}, \
		{"unlink", try_unlink}, {"accept", try_accept}}},
#define PROMISES_AGENT(p) \
	{PROC_AGENT, p, {NEVER, SOCKETS, {"accept", try_accept}}},
#include "process.def"
#undef PROC
};

/*
 * How a caged child ends that tries this.  In a child, because a cage can not
 * be left.  99: the cage itself failed.
 */
static int
attempt(const char *promises, void (*try)(void))
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (sandbox_prepare(NULL, 0) == -1 ||
		    sandbox_enter(promises) == -1)
			_exit(99);
		if (try != NULL)
			try();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Killed, not refused: a daemon that tries such a thing is no longer ours. */
static void
forbidden(void **state)
{
	const struct attempt *a;
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (a = rows[i].never; a->try != NULL; a++) {
			status = attempt(rows[i].promises, a->try);
			if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
				fail_msg("%s: %s: status %x, not SIGSYS",
				    msg_proc_name(rows[i].id), a->name,
				    (unsigned int)status);
		}
}

/*
 * A new row of process.def has to be given its own list here.  With nothing
 * tried the child ends well: the cage allows an end.
 */
static void
every_row(void **state)
{
	bool seen[PROC_MAX] = {[PROC_SELOR] = true, [PROC_CTL] = true};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		seen[rows[i].id] = true;
		assert_int_equal(attempt(rows[i].promises, NULL), 0);
	}
	for (i = 0; i < PROC_MAX; i++)
		if (!seen[i])
			fail_msg("%s has no row here",
			    msg_proc_name((enum proc_id)i));
}

/* Landlock: a name outside what was prepared is refused, not fatal. */
static void
try_name_outside(void)
{
	int inside = openat(AT_FDCWD, "/usr/share", O_RDONLY);
	int outside = openat(AT_FDCWD, "/etc/passwd", O_RDONLY);

	_exit(inside != -1 && outside == -1 ? 0 : 1);
}

/*
 * Names are refused by Landlock with an error and not by death, since the call
 * itself is allowed.
 */
static void
names(void **state)
{
	static const char *const paths[] = {"r:/usr/share"};
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0) {
		if (sandbox_prepare(paths, 1) == -1 ||
		    sandbox_enter("stdio rpath") == -1)
			_exit(99);
		if (strstr(sandbox_kind(), "Landlock") == NULL)
			_exit(0);
		try_name_outside();
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

/* Landlock: what a spool never makes is refused, what it makes is not. */
static void
try_spool(void)
{
	int fd = open("/tmp/selor_sandbox_test/file", O_RDWR | O_CREAT, 0600);
	int again;

	if (fd == -1 || ftruncate(fd, 10) == -1 ||
	    rename("/tmp/selor_sandbox_test/file",
		"/tmp/selor_sandbox_test/d/file") == -1)
		_exit(2);
	again = open("/tmp/selor_sandbox_test/d/file", O_WRONLY | O_TRUNC);
	if (again == -1)
		_exit(2);
	close(again);
	if (linkat(AT_FDCWD, "/tmp/selor_sandbox_test/fifo", AT_FDCWD,
		"/tmp/selor_sandbox_test/fifo2", 0) == 0)
		_exit(3);
	_exit(0);
}

static void
spool_remove(void)
{
	unlink("/tmp/selor_sandbox_test/d/file");
	unlink("/tmp/selor_sandbox_test/file");
	unlink("/tmp/selor_sandbox_test/fifo");
	unlink("/tmp/selor_sandbox_test/fifo2");
	rmdir("/tmp/selor_sandbox_test/d");
	rmdir("/tmp/selor_sandbox_test");
}

/* The directory is this test's own; what an earlier run left goes first. */
static void
spool(void **state)
{
	static const char *const paths[] = {"w:/tmp/selor_sandbox_test"};
	int status;
	pid_t pid;

	(void)state;
	spool_remove();
	assert_int_equal(mkdir("/tmp/selor_sandbox_test", 0700), 0);
	assert_int_equal(mkdir("/tmp/selor_sandbox_test/d", 0700), 0);
	assert_int_equal(mkfifo("/tmp/selor_sandbox_test/fifo", 0600), 0);
	if ((pid = fork()) == 0) {
		if (sandbox_prepare(paths, 1) == -1 ||
		    sandbox_enter("stdio recvfd sendfd spool") == -1)
			_exit(99);
		if (strstr(sandbox_kind(), "Landlock") == NULL)
			_exit(0);
		try_spool();
	}
	waitpid(pid, &status, 0);
	spool_remove();
	assert_int_equal(status, 0);
}

/* A slip in process.def must not make a cage without a rule. */
static void
unknown_promise(void **state)
{
	int status = attempt("stdio nonsense", NULL);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 99);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row),
	    cmocka_unit_test(unknown_promise),
	    cmocka_unit_test(names),
	    cmocka_unit_test(spool),
#ifndef SELOR_SAN
	    /* The sanitizers' build allows what they need. */
	    cmocka_unit_test(forbidden),
#endif
	};

	(void)forbidden;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
