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
 * A table together with its file: read again when the file changes, so that
 * an edit takes effect at once; the last good one is kept when the new one
 * is broken, half written, or gone.
 */
#ifndef TABLE_FILE_H
#define TABLE_FILE_H

#include <sys/stat.h>

#include <stdbool.h>

#include "monotime.h"
#include "table.h"

struct table_file {
	enum table_kind kind;
	struct table *good; /* NULL: none was ever good */
	struct stat seen; /* of the file that was read or refused last */
	bool known; /* seen holds something */
	bool racy; /* changed so lately that seen may not show the next */
	bool unreadable; /* the file can not be read now */
	char why[TABLE_ERROR_MAX + 64]; /* "" or what is wrong with it */
};

/* path is table_names[kind], below the current directory. */
void table_file_init(struct table_file *, enum table_kind);
void table_file_clear(struct table_file *);

/*
 * Reads the file again if it changed.  Costs one stat(2) if not.  True when
 * "why" changed, so that somebody may be told.
 */
bool table_file_check(struct table_file *);

#endif
