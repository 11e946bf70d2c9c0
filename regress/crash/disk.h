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
 * disk.h: a model of a disk for the power-loss test.  Linked with --wrap,
 * it sees each write, sync, rename, unlink and link of the code under
 * test, and can make a directory as a power cut after any of them would
 * have left it.
 */

#ifndef REGRESS_CRASH_DISK_H
#define REGRESS_CRASH_DISK_H

#include <stdbool.h>
#include <stdint.h>

enum disk_loss {
	LOSS_ALL, /* everything not synced is gone */
	LOSS_RANDOM, /* any part of it is */
	LOSS_TORN, /* only the last write is, from somewhere on */
	LOSS_NONE, /* queued alone died */
	LOSSES
};
extern const char *const disk_loss_names[LOSSES];

/* Records what happens below root from now on; no sync is really done. */
void disk_record(const char *root);
void disk_stop(void);
/*
 * From now on one in so many writes, syncs and new files fails, at random,
 * with one of EIO, ENOSPC, EDQUOT and EMFILE as fits; 0: none.  A write
 * may also be short.  What a failed sync should have made durable never
 * is, even if a later sync succeeds: that is what kernels do.
 */
void disk_fail(int one_in);
/* Faults so far. */
int disk_faults(void);
/* Events so far. */
int disk_events(void);
/* Makes the files below to, an empty directory with the subdirectories
 * that the root had, as they are if power fails after event "at". */
void disk_rebuild(const char *to, int at, enum disk_loss);
/* What the event was, for messages. */
const char *disk_event_name(int at);
void disk_free(void);

#endif
