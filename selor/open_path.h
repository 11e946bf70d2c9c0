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
 * Files that rules name, opened for ruled: only in the places that
 * selor.conf(5) tells under Rules_path and Rules_log_path, never through a
 * link, plain files alone.  A path may be anything; what it leads to is judged
 * after it was opened.
 */
#ifndef SELOR_OPEN_PATH_H
#define SELOR_OPEN_PATH_H

#include <sys/stat.h>

#include <stdbool.h>

#include "enums.h"
#include "rule_enums.h"
#include "user.h"

#define OPEN_PATH_WHY 160
/* Octets of a file at most: ruled reads it into memory. */
#define OPEN_RULES_MAX (64LL * 1024 * 1024)
#define OPEN_LIST_MAX (256LL * 1024 * 1024)

struct open_file {
	int fd; /* the caller's to close; -1 unless PRIV_OK */
	struct stat st;
	bool is_trusted; /* root's, and nobody else may write it */
	bool is_spool; /* a message: nobody changes it */
	char why[OPEN_PATH_WHY]; /* a refusal, in words */
};

/*
 * Opens a path for that purpose; user is whose home it has to lie in, or NULL.
 * PRIV_REFUSED: never, as things stand; PRIV_MISSING: it would be opened were
 * it there; PRIV_TEMP: no descriptors, no memory, the disk.
 */
enum priv_status open_path(enum open_purpose purpose, const char *path,
    const struct user *user, struct open_file *file);

#endif
