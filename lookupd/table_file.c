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
 * Looks whether a table's file changed, and reads it.  A file is taken as a
 * whole or not at all.  May open files below the current directory.
 */
#include "table_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TABLE_FILE_MAX (256 * 1024 * 1024)
/* A file whose time is nearer than this may change again within the same
 * tick of the file system's clock. */
#define TABLE_RACY_MS 50
/* How long an empty file in place of a full one counts as "being written". */
#define TABLE_EMPTY_MS 1000

void
table_file_init(struct table_file *f, enum table_kind kind)
{
	memset(f, 0, sizeof(*f));
	f->kind = kind;
}

void
table_file_clear(struct table_file *f)
{
	table_free(f->good);
	f->good = NULL;
}

/*
 * All that changes when a file is replaced, written or given another time; a
 * copy of equal size within one tick is what TABLE_RACY_MS is for.
 */
static bool
table_file_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Changed within the last ms milliseconds of the wall clock; a time in the
 * future is no news. */
static bool
table_file_is_young(const struct stat *st, int64_t ms)
{
	struct timespec now;
	int64_t age;

	clock_gettime(CLOCK_REALTIME, &now);
	age = (int64_t)(now.tv_sec - st->st_mtim.tv_sec) * 1000 +
	    (now.tv_nsec - st->st_mtim.tv_nsec) / 1000000;
	return age >= 0 && age < ms;
}

/* All octets of an open file, with room for one more; NULL with errno. */
static char *
table_file_slurp(int fd, size_t size)
{
	char *text;
	size_t got = 0;
	ssize_t n = 1;

	if ((text = malloc(size + 1)) == NULL)
		return NULL;
	while (got < size && (n = read(fd, text + got, size - got)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		got += (size_t)n;
	}
	if (got == size)
		return text;
	/* Shorter than it was an instant ago: somebody writes it. */
	if (n != -1)
		errno = EAGAIN;
	free(text);
	return NULL;
}

static void
table_file_say(struct table_file *f, unsigned int line, const char *text)
{
	if (line > 0)
		snprintf(f->why, sizeof(f->why), "%s:%u: %s",
		    table_names[f->kind], line, text);
	else
		snprintf(f->why, sizeof(f->why), "%s: %s", table_names[f->kind],
		    text);
}

/*
 * It can not be read at all.  The good table is kept: what is gone for an
 * instant is being replaced.
 */
static void
table_file_lost(struct table_file *f, int error)
{
	f->known = false;
	/* A system without aliases needs no such file. */
	if (error == ENOENT && f->kind == TABLE_ALIASES && f->good == NULL) {
		f->unreadable = false;
		f->why[0] = '\0';
		return;
	}
	f->unreadable = true;
	table_file_say(f, 0, strerror(error));
}

/*
 * Reads what is open; the file is as *st says.  On each failure the last good
 * table stays, and the reason is told.
 */
static void
table_file_read(struct table_file *f, int fd, const struct stat *st)
{
	struct table_error err;
	struct table *t;
	char *text;

	if (!S_ISREG(st->st_mode) || st->st_size > TABLE_FILE_MAX) {
		table_file_say(f, 0,
		    S_ISREG(st->st_mode) ? "too big" : "not a plain file");
		return;
	}
	if (st->st_size == 0 && f->good != NULL && table_count(f->good) > 0 &&
	    table_file_is_young(st, TABLE_EMPTY_MS)) {
		f->racy = true;
		return;
	}
	if ((text = table_file_slurp(fd, (size_t)st->st_size)) == NULL) {
		f->racy = errno == EAGAIN;
		table_file_say(f, 0,
		    f->racy ? "changed while it was read" : strerror(errno));
		return;
	}
	t = table_parse(f->kind, text, (size_t)st->st_size, &err);
	if (t == NULL) {
		table_file_say(f, err.line, err.text);
		return;
	}
	table_free(f->good);
	f->good = t;
	f->why[0] = '\0';
}

/* Called often: one stat(2) where nothing has changed. */
bool
table_file_check(struct table_file *f)
{
	const char *path = table_names[f->kind];
	char before[sizeof(f->why)];
	struct stat st;
	int fd;

	memcpy(before, f->why, sizeof(before));
	if (stat(path, &st) == -1)
		table_file_lost(f, errno);
	else if (f->known && table_file_is_same(&st, &f->seen) &&
	    (!f->racy || table_file_is_young(&st, TABLE_RACY_MS)))
		return false;
	else if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		table_file_lost(f, errno);
	else {
		f->unreadable = false;
		if (fstat(fd, &st) == -1)
			table_file_lost(f, errno);
		else {
			f->seen = st;
			f->known = true;
			f->racy = table_file_is_young(&st, TABLE_RACY_MS);
			table_file_read(f, fd, &st);
		}
		close(fd);
	}
	return strcmp(before, f->why) != 0;
}
