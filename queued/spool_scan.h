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
 * spool_scan.h: the files that lie in the spool when queued starts, for
 * spool_open.c.
 */

#ifndef QUEUED_SPOOL_SCAN_H
#define QUEUED_SPOOL_SCAN_H

#include "spool_impl.h"

/* spool_scan.c: reads the directories, puts what l files tell into
 * messages, notes which c files there are. */
struct found {
	RB_ENTRY(found) entry;
	uint64_t id;
	uint64_t size; /* bytes of c<ID> */
	uint16_t files; /* FILE_C, FILE_L, FILE_DONE */
	bool qlimit; /* below qlimit/ */
};
RB_HEAD(found_tree, found);
RB_PROTOTYPE(found_tree, found, entry, found_compare)
int spool_scan(struct spool *, struct found_tree *);
/* spool_settle.c, after replay: compares files with messages, clears up
 * what is left. */
void spool_settle(struct spool *, struct found_tree *, bool damaged);
struct found *found_get(struct found_tree *, uint64_t id);

#endif
