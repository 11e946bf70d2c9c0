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
 * content.h: the content of messages: while it is on its way in, and to
 * read once it is queued, wherever it is then: in the journal or in a c
 * file.  Stored as received with CRLF line ends, our Received field on
 * top, without dot-stuffing.
 */

#ifndef QUEUED_CONTENT_H
#define QUEUED_CONTENT_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "journal.h"
#include "message.h"

#define CONTENT_SMALL JOURNAL_INLINE /* kept in the journal, at most */

struct spool;

/*
 * Content that is on its way.  A small one (CONTENT_SMALL bytes at most)
 * goes to memory of the kernel, sealed at that size: writes past it fail
 * with EPERM, and smtpd asks for a file then.  Others go to c<ID>, made
 * here.  Both return a descriptor for pwrite and pread, owned by the
 * caller, or -1 with errno.
 */
int content_small(struct spool *);
int content_file(struct spool *, uint64_t id);
/* Throws away what exists of an uncommitted message. */
void content_abort(struct spool *, uint64_t id);
/*
 * Writes both files of an uncommitted message, for programs that look at
 * them before the end of Event.data, without a sync.  fd: its content,
 * m->size bytes; it becomes c<ID> unless that is what it is (in_file).
 * 0 or -1 with errno.
 */
int content_show(struct spool *, struct message *, int fd, bool in_file);

/* c<ID> of such a message as it is now, never through a link: a plain file of
 * ours without a second name.  0 or a descriptor to read from; -1 with
 * errno. */
int content_stat(struct spool *, const struct message *, struct stat *);
int content_reopen(struct spool *, const struct message *);

/* Reads content; len 0 at its end.  Bytes read, or -1 with errno. */
ssize_t content_read(struct spool *, const struct message *, uint64_t offset,
    void *buf, size_t len);
/*
 * A descriptor to read the whole content from, for another process: c<ID>
 * opened for reading, or a sealed copy in memory of a small one that has
 * no file yet.  The caller closes it.  -1 with errno.
 */
int content_open(struct spool *, const struct message *);
/*
 * Makes c<ID> and l<ID> exist now, for programs that look at them, without
 * a sync.  An l file that the message's safety rests upon is not replaced
 * here but soon, by the background work.  0 or -1 with errno.
 */
int content_write_files(struct spool *, struct message *);
/* Is that done? */
bool content_is_written(const struct message *);

#endif
