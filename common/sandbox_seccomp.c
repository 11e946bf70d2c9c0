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
 * Promises on Linux: a seccomp filter made with libseccomp, and Landlock for
 * paths where the kernel has it.  Calls that this architecture lacks are
 * passed over; a call outside the promises kills the process.
 */
#include "sandbox.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/landlock.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Landlock by version: 1 files, 2 renames between directories, 3 truncate, 4
 * TCP ports, 5 ioctl of devices, 6 signals and abstract sockets of others.
 * The numbers are the kernel's; its headers may be older than it is.
 */
#define LANDLOCK_READ \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define LANDLOCK_REFER (1ULL << 13)
#define LANDLOCK_TRUNCATE (1ULL << 14)
#define LANDLOCK_IOCTL_DEV (1ULL << 15)
/* What a spool needs: plain files and directories, nothing executed. */
#define LANDLOCK_WRITE                                                       \
	(LANDLOCK_READ | LANDLOCK_ACCESS_FS_WRITE_FILE |                     \
	    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |      \
	    LANDLOCK_REFER | LANDLOCK_TRUNCATE)
#define LANDLOCK_TCP (1ULL << 0 | 1ULL << 1) /* bind, connect */
#define LANDLOCK_SCOPES (1ULL << 0 | 1ULL << 1) /* sockets, signals */

struct landlock_attr {
	uint64_t files, net, scoped;
};

static struct {
	int ruleset; /* -1: no Landlock here, or not asked for */
	int version;
	uint64_t all;
} landlock = {-1, 0, 0};

static const char *const calls_stdio[] = {"read", "write", "readv", "writev",
    "close", "fstat", "newfstatat", "lseek", "munmap", "mremap", "madvise",
    "brk", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep",
    "gettimeofday", "time", "epoll_ctl", "epoll_wait", "epoll_pwait",
    "epoll_pwait2", "poll", "ppoll", "select", "pselect6", "timerfd_settime",
    "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getrandom",
    "futex", "exit", "exit_group", "restart_syscall", "sched_yield", "dup",
    "getrusage", "getrlimit", "sysinfo", "set_robust_list", "rseq", "sendmsg",
    "recvmsg", "sendto", "recvfrom", "shutdown", "getsockopt", "setsockopt",
    "getsockname", "getpeername", NULL};
static const char *const calls_none[] = {NULL};
static const char *const calls_sendfd[] = {"pipe2", NULL};
static const char *const calls_accept[] = {"accept", "accept4", NULL};
static const char *const calls_filerw[] = {"pread64", "pwrite64", "preadv",
    "pwritev", "preadv2", "pwritev2", "ftruncate", "memfd_create",
    "copy_file_range", "sendfile", NULL};
static const char *const calls_rpath[] = {"stat", "lstat", "statx", "access",
    "faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", NULL};
static const char *const calls_spool[] = {"open", "openat", "openat2", "stat",
    "lstat", "statx", "access", "faccessat", "faccessat2", "getdents64",
    "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat",
    "mkdir", "mkdirat", "fsync", "fdatasync", "syncfs", "sync_file_range",
    "fallocate", "fadvise64", "ftruncate", "pread64", "pwrite64", "preadv",
    "pwritev", "copy_file_range", "statfs", "fstatfs", "flock", "fchmod",
    "utimensat", "dup3", "fchdir", NULL};
static const char *const calls_maildir[] = {
    "readlink", "readlinkat", "chmod", "fchmodat", "umask", "uname", NULL};
static const char *const calls_sync[] = {"fsync", "fdatasync", "syncfs", NULL};
static const char *const calls_inet[] = {"connect", "bind", NULL};
static const char *const calls_udp[] = {
    "connect", "bind", "sendmmsg", "recvmmsg", NULL};
#ifdef SELOR_SAN
/* The leak checker clones and traces, which no cage allows: in one it would
 * wait for ever. */
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return 1;
}

/* What the sanitizers' own code wants; never in a build that is installed. */
static const char *const calls_san[] = {"openat", "open", "readlink", "prctl",
    "ptrace", "clone", "wait4", "tkill", "tgkill", "getppid",
    "sched_getaffinity", "prlimit64", "process_vm_readv", "pipe2", "uname",
    "getdents64", "stat", "lstat", "personality", "kill", "fork", NULL};
#endif

static const struct {
	const char *promise;
	const char *const *calls;
} table[] = {{"stdio", calls_stdio}, {"recvfd", calls_none},
    {"sendfd", calls_sendfd}, {"accept", calls_accept},
    {"filerw", calls_filerw}, {"rpath", calls_rpath}, {"spool", calls_spool},
    {"maildir", calls_spool}, {"maildir", calls_maildir}, {"sync", calls_sync},
    {"inet", calls_inet}, {"udp", calls_udp}};

/*
 * Rights that this kernel does not know are left out: asking for them would
 * fail the whole.
 */
static int
landlock_add(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr a;
	int fd, r;

	if ((fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	memset(&a, 0, sizeof(a));
	a.parent_fd = fd;
	a.allowed_access = landlock.all & rights;
	r = (int)syscall(
	    SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &a, 0);
	close(fd);
	return r;
}

/* A ruleset over these rights of files, and what else this kernel can hold. */
static int
landlock_new(uint64_t files, bool tcp)
{
	struct landlock_attr attr = {landlock.all & files, 0, 0};

	if (landlock.version >= 4 && !tcp)
		attr.net = LANDLOCK_TCP;
	if (landlock.version >= 6)
		attr.scoped = LANDLOCK_SCOPES;
	/* A kernel that knows less takes the zeros behind what it knows. */
	return (int)syscall(
	    SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
}

/*
 * Before root and directory are given up, as the paths are those of the whole
 * system.  A kernel without Landlock is no error; sandbox_kind tells.
 */
int
sandbox_prepare(const char *const *paths, int count)
{
	int i;

	landlock.version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (landlock.version <= 0) {
		landlock.version = 0;
		return 0;
	}
	landlock.all = (uint64_t)(LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
	if (landlock.version >= 2)
		landlock.all |= LANDLOCK_REFER;
	if (landlock.version >= 3)
		landlock.all |= LANDLOCK_TRUNCATE;
	if (landlock.version >= 5)
		landlock.all |= LANDLOCK_IOCTL_DEV;
	if ((landlock.ruleset = landlock_new(UINT64_MAX, true)) == -1)
		return -1;
	for (i = 0; i < count; i++)
		if (landlock_add(landlock.ruleset, paths[i] + 2,
			*paths[i] == 'w' ? LANDLOCK_WRITE : LANDLOCK_READ) ==
		    -1)
			return -1;
	return 0;
}

/*
 * Enters the ruleset of names, then one of what needs no names.  The second
 * gives renames back, which each ruleset takes whether it says so or not.
 */
static int
landlock_enter(bool names, bool tcp)
{
	int more, r = 0;

	if (landlock.ruleset == -1)
		return 0;
	if (names)
		r = (int)syscall(
		    SYS_landlock_restrict_self, landlock.ruleset, 0);
	close(landlock.ruleset);
	landlock.ruleset = -1;
	if (r == -1 || landlock.version < 4)
		return r;
	if ((more = landlock_new(LANDLOCK_REFER, tcp)) == -1)
		return -1;
	if ((r = landlock_add(more, "/", LANDLOCK_REFER)) == 0)
		r = (int)syscall(SYS_landlock_restrict_self, more, 0);
	close(more);
	return r;
}

/* A call that this architecture does not have needs no rule. */
static int
allow(scmp_filter_ctx ctx, const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR || nr < 0)
		return 0;
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
}

/* socket() for one family and type; flags above the type are free. */
static int
allow_socket(scmp_filter_ctx ctx, int family, int type)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
	    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family),
	    SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, (scmp_datum_t)type));
}

/* ioctl: asking what is to be read, non-blocking, whether it is a terminal. */
static int
allow_ioctl(scmp_filter_ctx ctx)
{
	static const unsigned long wanted[] = {FIONREAD, FIONBIO, 0x5401};
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
			SCMP_A1(SCMP_CMP_EQ, wanted[i])) != 0)
			return -1;
	return 0;
}

/* Memory, but none that is made executable: no code comes from outside. */
static int
allow_memory(scmp_filter_ctx ctx)
{
#ifdef SELOR_SAN
	return allow(ctx, "mmap") == 0 && allow(ctx, "mprotect") == 0 ? 0 : -1;
#else
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		   SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
		seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 ?
	    0 :
	    -1;
#endif
}

/*
 * fcntl by command.  Not among them: F_SETOWN and F_SETSIG, which send
 * signals, F_SETLEASE and F_NOTIFY, which hold others up; F_SETFL but as
 * allow_append() has it.
 */
static int
allow_fcntl(scmp_filter_ctx ctx, const int *commands)
{
	for (; *commands != -1; commands++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
			SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)*commands)) != 0)
			return -1;
	return 0;
}

/*
 * F_SETFL only to make a descriptor append.  Its argument is all the flags at
 * once, so any other would take O_APPEND from a log, whose descriptor every
 * daemon shares, and let lines of others be written over.  What shall not
 * block is told so by ioctl(FIONBIO), which touches that flag alone.
 */
static int
allow_append(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 2,
	    SCMP_A1(SCMP_CMP_EQ, F_SETFL),
	    SCMP_A2(SCMP_CMP_MASKED_EQ, UINT32_MAX & ~(uint32_t)O_NONBLOCK,
		O_APPEND));
}

/* Signals to itself only: abort() and assertions. */
static int
allow_abort(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
}

/* The rules of one promise that look at arguments. */
static int
allow_special(scmp_filter_ctx ctx, const char *promise)
{
	static const int plain[] = {
	    F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, -1};
	static const int locks[] = {F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK,
	    F_OFD_SETLK, F_OFD_SETLKW, F_ADD_SEALS, F_GET_SEALS, -1};
	int type = strcmp(promise, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;

	if (strcmp(promise, "stdio") == 0)
		return allow_ioctl(ctx) == 0 && allow_abort(ctx) == 0 &&
			allow_memory(ctx) == 0 &&
			allow_fcntl(ctx, plain) == 0 && allow_append(ctx) == 0 ?
		    0 :
		    -1;
	if (strcmp(promise, "spool") == 0 || strcmp(promise, "maildir") == 0 ||
	    strcmp(promise, "filerw") == 0)
		return allow_fcntl(ctx, locks);
	if (strcmp(promise, "rpath") == 0)
		return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat),
		    1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC,
			O_RDONLY));
	if (strcmp(promise, "inet") == 0 || strcmp(promise, "udp") == 0)
		return allow_socket(ctx, AF_INET, type) == 0 &&
			allow_socket(ctx, AF_INET6, type) == 0 ?
		    0 :
		    -1;
	return 0;
}

/*
 * A promise of which nothing is known fails, as a slip in process.def must not
 * open or close anything silently.
 */
static int
allow_promise(scmp_filter_ctx ctx, const char *promise)
{
	size_t i;
	const char *const *c;
	bool known = false;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].promise, promise) != 0)
			continue;
		known = true;
		for (c = table[i].calls; *c != NULL; c++)
			if (allow(ctx, *c) != 0)
				return -1;
	}
	if (!known) {
		errno = EINVAL;
		return -1;
	}
	return allow_special(ctx, promise);
}

/*
 * The rules are sorted by number into a tree, since a busy daemon makes many
 * calls.
 */
static int
load_filter(scmp_filter_ctx ctx, const char *promises)
{
	char words[256], *p = words, *word;

	if (strlcpy(words, promises, sizeof(words)) >= sizeof(words))
		return -1;
	while ((word = strsep(&p, " ")) != NULL)
		if (*word != '\0' && allow_promise(ctx, word) != 0)
			return -1;
#ifdef SELOR_SAN
	for (const char *const *c = calls_san; *c != NULL; c++)
		if (allow(ctx, *c) != 0)
			return -1;
#endif
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return seccomp_load(ctx) == 0 ? 0 : -1;
}

/*
 * No privileges by exec from here on, then names, then calls: each step would
 * be refused after the next.
 */
int
sandbox_enter(const char *promises)
{
	scmp_filter_ctx ctx;
	bool paths = strstr(promises, "maildir") == NULL;
	int r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	if (landlock_enter(paths, strstr(promises, "inet") != NULL) == -1)
		return -1;
	if ((ctx = seccomp_init(SCMP_ACT_KILL_PROCESS)) == NULL)
		return -1;
	r = load_filter(ctx, promises);
	seccomp_release(ctx);
	return r;
}

const char *
sandbox_kind(void)
{
	static char text[40];

	if (landlock.version > 0)
		snprintf(text, sizeof(text), "seccomp, Landlock %d",
		    landlock.version);
	else
		strlcpy(text, "seccomp", sizeof(text));
	return text;
}
