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
 * The configuration as programs of people read it.
 */

#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "option.h"

/* A path made of an option and a suffix. */
#define SETTINGS_PATH_MAX 512

struct settings {
	const char *path; /* of the file */
	struct options *options; /* never NULL */
	bool read; /* the file could be read; else all are defaults */
};

/*
 * Reads it quietly: what is wrong in it is left for others to tell.  A file
 * that may not be read, or is not there, leaves the defaults; but if it was
 * named (path is not NULL) that is an error.  0, or -1 after a line on
 * stderr.
 */
int settings_read(struct settings *, const char *path);
/* Reads and checks it as the parent does; what is wrong goes to stderr, a
 * line each.  0, or -1: it would be refused. */
int settings_check(struct settings *);
void settings_clear(struct settings *);

/* Control_socket and a suffix: "submit", "queued", "smtpd.1".  0 or -1. */
int settings_socket(
    const struct settings *, const char *suffix, char path[SETTINGS_PATH_MAX]);

#endif /* SETTINGS_H */
