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
 * queued_sync_main.c: queued-sync, the helper that waits for the disk in
 * queued's place.  It gets descriptors, syncs them, answers; it opens
 * nothing.  Promises: stdio recvfd filerw sync.
 */

#include <stddef.h>
#include <unistd.h>

#include "proc.h"
#include "sync.h"

/* The descriptor is ours from here on. How the sync went is the answer; this
 * process neither tries again nor reports, as only queued knows what it means.
 */
static void
on_sync(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg answer = {0};

	answer.sync_data_answ.error =
	    (uint32_t)sync_work(m->sync_data.what, fd, m->sync_data.size);
	close(fd);
	peer_answer(p, MSG_SYNC_DATA_ANSW, ref, &answer, -1);
	/* A client waits for each: not until the turn is over. */
	peer_flush_all();
}

static peer_handler *const handlers[MSG_MAX] = {
    [MSG_SYNC_DATA] = on_sync,
};

static void
on_stop(void)
{
	proc_exit();
}

int
main(int argc, char **argv)
{
	static const struct proc_daemon daemon = {
	    .id = PROC_SYNC,
	    .handlers = handlers,
	    .stop = on_stop,
	};

	proc_main(&daemon, argc, argv);
}
