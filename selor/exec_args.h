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
 * The lists of PRIV_EXEC: arguments and environment as ruled sends them, each
 * text with its NUL, judged before anything is run.
 */
#ifndef SELOR_EXEC_ARGS_H
#define SELOR_EXEC_ARGS_H

#include <stddef.h>
#include <stdint.h>

#define EXEC_ARGS_MAX 128
#define EXEC_VARS_MAX 64
#define EXEC_TEXT_MAX 8192
#define EXEC_PROGRAM_MAX 1024
/* Where a program without a '/' in its name is looked for. */
#define EXEC_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct exec_list {
	char *text[EXEC_ARGS_MAX + 1]; /* NULL at the end */
	size_t count;
	char room[EXEC_TEXT_MAX]; /* what text points into */
};

/* Cuts len octets at their NULs.  -1: the last has none, too many. */
int exec_list_split(struct exec_list *, const uint8_t *octets, size_t len);
/* Whether each is "SELOR_NAME=value", capitals, digits and '_' the name. */
int exec_list_check_vars(const struct exec_list *);
/*
 * Finds the program: an absolute path, or a name in EXEC_PATH.  0, or ENOENT,
 * EACCES: it is no file, nobody may execute it, or its path is relative.
 */
int exec_find(const char *name, char path[EXEC_PROGRAM_MAX]);

#endif
