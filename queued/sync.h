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
 * sync.h: disk work that may take long, done by queued's helper process so
 * that queued itself never waits.  The journal and the spool state what is
 * to be done in a struct sync_job and hand it to whoever brings it to the
 * helper; house.md section 5, "Disk".
 */

#ifndef QUEUED_SYNC_H
#define QUEUED_SYNC_H

#include <stdbool.h>
#include <stdint.h>

/* The numbers go over the wire in SYNC_DATA. */
enum sync_what {
	SYNC_NONE,
	SYNC_FLUSH, /* fdatasync: data only, the file's size is settled */
	SYNC_FULL, /* fsync: a new file, or a directory */
	SYNC_FILL, /* write zeros up to size, then fsync */
	SYNC_DISK, /* syncfs: the whole file system of a directory */
	SYNC_WHATS
};
extern const char *const sync_what_names[SYNC_WHATS];

/*
 * One piece of work.  It belongs to whoever filled it in and stays where
 * it is until done has run, exactly once and never from within start.
 * The descriptor stays open until then.  error is 0 or an errno.  When the
 * helper dies, every job under way is done with EIO: what it synced is
 * unknown, and a second fdatasync may hide the first one's error.
 */
struct sync_job {
	enum sync_what what;
	bool urgent; /* clients wait for it; others may go a second way */
	int fd;
	uint64_t size; /* SYNC_FILL */
	void (*done)(void *arg, int error);
	void *arg;
};

/* Brings jobs to the helper.  start may keep them in a queue, in order
 * for the urgent ones. */
struct sync_ops {
	void (*start)(void *arg, struct sync_job *);
	void *arg;
};

/*
 * Does the work, in the helper: blocks.  0 or an errno.  EINVAL for what
 * it does not know, so a broken asker cannot make it do anything else.
 */
int sync_work(uint32_t what, int fd, uint64_t size);

#endif
