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
 * lfile.h: the text of an l file, l<ID> in the spool: the envelope and the
 * state of one message as administrators' programs read it.  Format in
 * selor.spool(5): one "key value" per line; the first is "selor-queue 1",
 * the last "end".  In a value each byte below space, DEL, and % is %XX, so
 * no value can begin a line of its own.  Recipients follow the message's
 * own lines; each begins with "rcpt ADDRESS".
 */

#ifndef QUEUED_LFILE_H
#define QUEUED_LFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "message.h"

#define LFILE_MAX (256 * 1024 * 1024) /* bytes of a file we would read */
#define LFILE_LINE_MAX (4 + 16 + 3 * MESSAGE_TEXT_MAX)

/* What an l file says beside the message itself. */
struct lfile {
	bool incoming; /* not committed yet: exists for Event.data only */
};

/* why, when only memory was short. */
extern const char lfile_no_memory[];

struct lfile_error {
	const char *why; /* constant text */
	unsigned int line; /* 0: the whole file */
};

/*
 * The text for a message, in memory from malloc, NUL-terminated, its
 * length in *len.  NULL with errno ENOMEM.
 */
char *lfile_print(
    const struct message *, const char *sid, const struct lfile *, size_t *len);

/*
 * Parses len bytes of text, which may be anything.  sid must agree with
 * the file's; the caller compares the id with the file's name.  A new
 * message, or NULL with the error filled in.
 */
struct message *lfile_parse(const char *text, size_t len, const char *sid,
    struct lfile *, struct lfile_error *);

#endif
