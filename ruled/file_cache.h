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
 * Files that the parent opened, as what was made of them: kept by path, and
 * told apart by device, inode, size and time of change.  A file is opened
 * anew when the parent says that it changed, and after a while anyhow.
 */
#ifndef RULED_FILE_CACHE_H
#define RULED_FILE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ask.h"
#include "rule_enums.h"

/* Files kept, and octets that they and what was made of them may take. */
#define FILE_CACHE_MAX 2048
#define FILE_CACHE_BYTES (512u * 1024 * 1024)
/* Milliseconds after which a file, and one that was not there, is looked at
 * anew though nobody said that it changed. */
#define FILE_CACHE_MS 60000
#define FILE_CACHE_MISS_MS 1000

/* The octets of a file; load takes over text, which ends in a NUL. */
struct file_text {
	const char *path;
	char *text;
	size_t len;
	int fd; /* where the file is not read: load takes it over */
	bool is_trusted; /* root's or the server's, and only theirs to write */
};

struct file_kind {
	enum open_purpose purpose;
	size_t size_max; /* 0: the file is not read */
	/* NULL: no memory.  *cost: octets that the object takes. */
	void *(*load)(const struct file_text *, size_t *cost);
	void (*drop)(void *);
};

struct file_where {
	const char *path;
	const char *home_of;
	bool *is_missing; /* told: there is no such file */
};

/*
 * The object of a path, valid until the caller returns to the loop.
 * home_of: the system user in whose home it lies, or NULL.
 */
enum asked file_cache_get(struct run *run, const struct file_kind *kind,
    const struct file_where *where, void **object);

/* The file of an answer to PRIV_OPEN, whole; fd is closed.  NULL: it can not
 * be read, or is longer than size_max. */
char *file_read(int fd, uint64_t size, size_t size_max, size_t *len);

/* All of that purpose are opened anew when they are next used. */
void file_cache_reopen(enum open_purpose purpose);

/* Forgets all. */
void file_cache_clear(void);

#endif
