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
 * Command lines of delivery programs: Dlocal and a mailbox's own dlocal.
 * The command is cut into arguments first and values are put in afterwards;
 * in the shell's mode a value is a positional parameter, which the shell
 * never reads as its language, whatever it holds.
 */
#ifndef SELOR_DLOCAL_H
#define SELOR_DLOCAL_H

#include <stdbool.h>
#include <stddef.h>

#define DLOCAL_ARGS_MAX 64
#define DLOCAL_TEXT_MAX 16384

/* The values of %l %d %r %f %c %o %m %p %C; none is NULL. */
struct dlocal_values {
	const char *user, *id, *recipient, *sender, *rcpt_domain, *from_domain,
	    *from_local, *rcpt_local, *home;
};

struct dlocal_command {
	char *argv[DLOCAL_ARGS_MAX + 1];
	int argc;
	char text[DLOCAL_TEXT_MAX]; /* what argv points into */
	size_t used;
};

/*
 * Builds argv of a command; with "shell" as "/bin/sh -c ...".  A trailing
 * "<" is dropped: the message is always on standard input.  Returns 0, or
 * -1: too long, too many words, an unclosed quote, or nothing there.
 */
int dlocal_build(struct dlocal_command *, const char *command, bool shell,
    const struct dlocal_values *);
/* Whether the first word of a command is in a blank-separated list. */
bool dlocal_is_allowed(const char *command, const char *allowed);

#endif
