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
 * The connection of sendmail(8) to the local submission socket: lines out,
 * replies in, both shown with -v.  It blocks, within a limit of time.
 */

#ifndef SUBMIT_LINE_H
#define SUBMIT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "reply.h"

/* How long a reply may take, seconds: RFC 5321 section 4.5.3.2.6. */
#define SUBMIT_SECONDS 600

struct submit_line {
	int fd; /* -1: closed */
	bool verbose;
	struct reply reply; /* the last one */
	size_t at, len; /* what was read and not yet used */
	char in[4096];
};

/* Connects a Unix socket.  0, or -1 with errno. */
int submit_line_open(struct submit_line *, const char *path, bool verbose);
void submit_line_close(struct submit_line *);
/* Writes all.  0, or -1: the connection is gone; it is closed. */
int submit_line_write(struct submit_line *, const char *text, size_t len);
/* Reads one reply; its code, or -1 as above. */
int submit_line_reply(struct submit_line *);
/* Sends one command, formatted, and reads its reply; as above. */
int submit_line_ask(struct submit_line *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* SUBMIT_LINE_H */
