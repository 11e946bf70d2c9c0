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
 * Files of Offline_path as any user may leave them.  What is read goes into
 * SMTP commands, so it holds no end of line; kept again, it is read as the
 * same.
 */
#include <sys/mman.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../selorctl/keep.h"
#include "fuzz.h"

static char dir[] = "/tmp/selor_keep_fuzz.XXXXXX";

/* In place of the library's: a line for each wrong input, and a wait for the
 * disk for each right one, would be most of the work. */
void
warn(const char *fmt, ...)
{
	(void)fmt;
}

void
warnx(const char *fmt, ...)
{
	(void)fmt;
}

int
fsync(int fd)
{
	(void)fd;
	return 0;
}

static void
remove_dir(void)
{
	(void)rmdir(dir);
}

/* The one file that keep_write() has left, taken out. */
static int
open_kept(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int fd = -1;

	CHECK(d != NULL);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.') {
			CHECK(fd == -1);
			fd = openat(dirfd(d), e->d_name, O_RDONLY);
			CHECK(unlinkat(dirfd(d), e->d_name, 0) == 0);
		}
	closedir(d);
	CHECK(fd != -1);
	return fd;
}

/* Bodies lie in files; NULL of them means an empty one. */
static int
same_body(const struct letter *a, const struct letter *b)
{
	char x[4096], y[4096];
	off_t at = 0;
	ssize_t n;

	if (a->body_size != b->body_size)
		return 0;
	if (a->body == -1 || b->body == -1)
		return a->body_size == 0;
	while ((n = pread(a->body, x, sizeof(x), at)) > 0) {
		if (pread(b->body, y, sizeof(y), at) != n ||
		    memcmp(x, y, (size_t)n) != 0)
			return 0;
		at += n;
	}
	return n == 0;
}

/*
 * Through a file and back: the process that reads is another than the one that
 * wrote.
 */
static void
check_again(const struct envelope *e, const struct letter *l)
{
	struct envelope e2;
	struct letter l2;
	size_t i;
	int fd;

	CHECK(keep_write(dir, e, l) == 0);
	fd = open_kept();
	envelope_init(&e2);
	letter_init(&l2);
	CHECK(keep_read(fd, &e2, &l2) == 0);
	CHECK(strcmp(e->sender, e2.sender) == 0);
	CHECK(strcmp(e->envid, e2.envid) == 0);
	CHECK(e->notify == e2.notify && e->ret == e2.ret);
	CHECK(e->count == e2.count);
	for (i = 0; i < e->count; i++)
		CHECK(strcmp(e->rcpts[i].address, e2.rcpts[i].address) == 0);
	CHECK(l->header_len == l2.header_len);
	CHECK(memcmp(l->header, l2.header, l->header_len) == 0);
	CHECK(same_body(l, &l2));
	letter_clear(&l2);
	envelope_clear(&e2);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int made;
	struct envelope e;
	struct letter l;
	int fd;

	if (!made++) {
		CHECK(mkdtemp(dir) != NULL);
		atexit(remove_dir);
	}
	CHECK((fd = memfd_create("keep", MFD_CLOEXEC)) != -1);
	CHECK(write(fd, data, size) == (ssize_t)size);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	envelope_init(&e);
	letter_init(&l);
	if (keep_read(fd, &e, &l) == 0) {
		CHECK(strpbrk(e.envid, "\r\n ") == NULL);
		CHECK(e.count > 0 && e.count <= ENVELOPE_RCPTS_MAX);
		check_again(&e, &l);
	}
	letter_clear(&l);
	envelope_clear(&e);
	close(fd);
	return 0;
}
