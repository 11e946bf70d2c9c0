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
 * sync.c: the work of queued's helper process, which may wait for the
 * disk.  It knows descriptors only, no names, and does nothing else.
 */

#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#define FILL_PIECE (256 * 1024)
#define FILL_MAX (1024ull * 1024 * 1024) /* no asker fills a disk */

const char *const sync_what_names[SYNC_WHATS] = {
    "none", "flush", "full", "fill", "disk"};

/*
 * Really written, not fallocate: unwritten extents would make each later
 * fdatasync convert them, which is a metadata commit.
 */
static int
fill(int fd, uint64_t size)
{
	static const char zeros[FILL_PIECE];
	uint64_t at = 0;
	size_t piece;
	ssize_t n;

	if (size > FILL_MAX)
		return EINVAL;
	while (at < size) {
		piece = sizeof(zeros);
		if (piece > size - at)
			piece = (size_t)(size - at);
		n = pwrite(fd, zeros, piece, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno;
		if (n == 0)
			return EIO;
		at += (uint64_t)n;
	}
	return fsync(fd) == -1 ? errno : 0;
}

/* 0 or an errno. what comes from queued, but is looked at all the same: this
 * process has descriptors of all the queue. */
int
sync_work(uint32_t what, int fd, uint64_t size)
{
	switch (what) {
	case SYNC_FLUSH:
		return fdatasync(fd) == -1 ? errno : 0;
	case SYNC_FULL:
		return fsync(fd) == -1 ? errno : 0;
	case SYNC_FILL:
		return fill(fd, size);
	case SYNC_DISK:
		/* Linux 5.8 and later tell of a write that failed since this
		 * descriptor was opened, by whomever it was begun. */
		return syncfs(fd) == -1 ? errno : 0;
	default:
		return EINVAL;
	}
}
