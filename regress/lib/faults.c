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
 * faults.so: makes chosen calls of chosen programs fail, for tests of full
 * disks and broken ones.  Loaded by LD_PRELOAD; the rules stand in a page
 * shared with the test, mapped when a program starts, so that they reach
 * into a cage where no file can be opened.  regress/lib/faults.py writes
 * them; the layout of struct rule is its too.
 */
#include <sys/types.h>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RULES 16
#define RULE_NAME 24

struct rule {
	char program[RULE_NAME];
	char call[RULE_NAME];
	char text[RULE_NAME]; /* what is written holds it; "" for all */
	uint32_t after; /* calls that pass first */
	uint32_t times; /* calls that fail then */
	uint32_t error; /* 0: abort() */
	uint32_t seen;
	uint32_t hits;
	uint32_t on; /* written last by the test */
};

static struct rule *rules;

__attribute__((constructor)) static void
faults_map(void)
{
	const char *path = getenv("SELOR_FAULTS");
	void *page;
	int fd;

	if (path == NULL || (fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return;
	page = mmap(NULL, RULES * sizeof(struct rule), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	close(fd);
	if (page != MAP_FAILED)
		rules = page;
}

/* Is this call, which writes that, to fail?  Then errno is set. */
static int
fails_with(const char *call, const void *p, size_t len)
{
	struct rule *r;
	uint32_t n;

	for (r = rules; r != NULL && r < rules + RULES; r++) {
		if (!__atomic_load_n(&r->on, __ATOMIC_ACQUIRE) ||
		    strcmp(r->call, call) != 0 ||
		    strcmp(r->program, program_invocation_short_name) != 0)
			continue;
		if (r->text[0] != '\0' &&
		    memmem(p, len, r->text, strlen(r->text)) == NULL)
			continue;
		n = __atomic_fetch_add(&r->seen, 1, __ATOMIC_RELAXED);
		if (n < r->after || n - r->after >= r->times)
			continue;
		__atomic_fetch_add(&r->hits, 1, __ATOMIC_RELAXED);
		if (r->error == 0)
			abort();
		errno = (int)r->error;
		return 1;
	}
	return 0;
}

static int
fails(const char *call)
{
	return fails_with(call, "", 0);
}

static int
fails_with_all(const char *call, const struct iovec *v, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (fails_with(call, v[i].iov_base, v[i].iov_len))
			return 1;
	return 0;
}

/*
 * One stand-in: the rule's name of the call, the symbol, its type, and its
 * parameters twice.  A pointer to a function comes from dlsym as void *.
 */
#define FAULT(name, symbol, type, parameters, arguments) \
	FAULT_IF(fails(name), symbol, type, parameters, arguments)
#define FAULT_IF(test, symbol, type, parameters, arguments)   \
	type symbol parameters;                               \
	type symbol parameters                                \
	{                                                     \
		static type(*real) parameters;                \
		void *found;                                  \
                                                              \
		if (test)                                     \
			return (type)-1;                      \
		if (real == NULL) {                           \
			found = dlsym(RTLD_NEXT, #symbol);    \
			memcpy(&real, &found, sizeof(found)); \
		}                                             \
		return real arguments;                        \
	}

FAULT_IF(fails_with("write", p, n), write, ssize_t,
    (int fd, const void *p, size_t n), (fd, p, n))
FAULT_IF(fails_with_all("write", v, n), writev, ssize_t,
    (int fd, const struct iovec *v, int n), (fd, v, n))
FAULT_IF(fails_with("send", p, n), send, ssize_t,
    (int fd, const void *p, size_t n, int how), (fd, p, n, how))
FAULT_IF(fails_with_all("send", m->msg_iov, (int)m->msg_iovlen), sendmsg,
    ssize_t, (int fd, const struct msghdr *m, int how), (fd, m, how))
FAULT("pwrite", pwrite, ssize_t, (int fd, const void *p, size_t n, off_t at),
    (fd, p, n, at))
FAULT("pwrite", pwrite64, ssize_t,
    (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at))
FAULT("pwrite", pwritev, ssize_t,
    (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at))
FAULT("pwrite", pwritev64, ssize_t,
    (int fd, const struct iovec *v, int n, off64_t at), (fd, v, n, at))
FAULT("read", read, ssize_t, (int fd, void *p, size_t n), (fd, p, n))
FAULT("pread", pread, ssize_t, (int fd, void *p, size_t n, off_t at),
    (fd, p, n, at))
FAULT("pread", pread64, ssize_t, (int fd, void *p, size_t n, off64_t at),
    (fd, p, n, at))
FAULT("fsync", fsync, int, (int fd), (fd))
FAULT("fdatasync", fdatasync, int, (int fd), (fd))
FAULT("syncfs", syncfs, int, (int fd), (fd))
FAULT("ftruncate", ftruncate, int, (int fd, off_t n), (fd, n))
FAULT("fallocate", fallocate, int, (int fd, int how, off_t at, off_t n),
    (fd, how, at, n))
FAULT("rename", rename, int, (const char *from, const char *to), (from, to))
FAULT("rename", renameat, int, (int a, const char *from, int b, const char *to),
    (a, from, b, to))
FAULT("link", linkat, int,
    (int a, const char *from, int b, const char *to, int how),
    (a, from, b, to, how))
FAULT("unlink", unlink, int, (const char *path), (path))
FAULT("unlink", unlinkat, int, (int fd, const char *path, int how),
    (fd, path, how))
FAULT("mkdir", mkdirat, int, (int fd, const char *path, mode_t mode),
    (fd, path, mode))

/* Not a failure: the "error" of the rule is the load that is told. */
int getloadavg(double *, int);
int
getloadavg(double *load, int n)
{
	static int (*real)(double *, int);
	void *found;
	int i;

	if (fails("getloadavg")) {
		for (i = 0; i < n; i++)
			load[i] = errno;
		return n;
	}
	if (real == NULL) {
		found = dlsym(RTLD_NEXT, "getloadavg");
		memcpy(&real, &found, sizeof(found));
	}
	return real(load, n);
}

/* These take their last parameter only when they create. */
static int
open_or_fail(int fd, const char *path, int how, va_list ap)
{
	mode_t mode = how & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;

	return fails("open") ? -1 :
			       (int)syscall(SYS_openat, fd, path, how, mode);
}

int
openat(int fd, const char *path, int how, ...)
{
	va_list ap;
	int opened;

	va_start(ap, how);
	opened = open_or_fail(fd, path, how, ap);
	va_end(ap);
	return opened;
}

int
open(const char *path, int how, ...)
{
	va_list ap;
	int opened;

	va_start(ap, how);
	opened = open_or_fail(AT_FDCWD, path, how, ap);
	va_end(ap);
	return opened;
}
