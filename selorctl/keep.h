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
 * Messages kept in Offline_path while the suite is down, for "selorctl
 * enqueue", which the parent runs at its next start.  A file is of mode 0600
 * and holds a line "SELOR-OFFLINE 1", then records "key length:bytes", each
 * ended by LF, the last of them "message", then the message, CRLF lines, to
 * the end of the file: sendmail(8).
 */

#ifndef KEEP_H
#define KEEP_H

#include "envelope.h"
#include "letter.h"

/*
 * Writes the message for all recipients that wait, durably, under a name
 * that is seen only when all is there.  0, or -1 after a line on stderr.
 */
int keep_write(const char *dir, const struct envelope *, const struct letter *);
/*
 * Reads such a file, which has to be a regular one.  0, or -1: it is none, or
 * it is damaged; a line on stderr says how.
 */
int keep_read(int fd, struct envelope *, struct letter *);

#endif /* KEEP_H */
