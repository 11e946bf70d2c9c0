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
 * The cage.  After sandbox_enter the process may do what its promises say
 * and nothing else: a system call outside them ends it.  What the path calls
 * of rpath and spool reach is bounded by the root directory and by
 * sandbox_prepare; maildir is bounded by the user's id.
 */
#ifndef SELOR_SANDBOX_H
#define SELOR_SANDBOX_H

/*
 * Promises:
 *	stdio	memory, clocks, polling, reading, writing and messages on
 *		what is open
 *	recvfd	take descriptors that are passed to it
 *	sendfd	make pipes and pass descriptors
 *	accept	accept on listening sockets that were passed
 *	filerw	pread, pwrite, ftruncate on passed files; memory files
 *	rpath	open files for reading
 *	spool	create, sync, rename, link and remove files
 *	maildir	the same, and directories, for a delivery agent
 *	sync	fdatasync, fsync, syncfs on passed descriptors
 *	inet	socket and connect: TCP over IPv4 and IPv6
 *	udp	the same for UDP
 */

/*
 * Before the root directory changes: "paths" ("r:/dir", "w:/dir"), count of
 * them, are all that stays reachable by name.  Returns 0, also where the
 * system has nothing for it; -1 with errno if a path can not be opened.
 */
int sandbox_prepare(const char *const *paths, int count);

/* Enters the cage.  Returns 0, or -1 with errno; the caller then ends. */
int sandbox_enter(const char *promises);

/* What holds the cage on this system, for one log line. */
const char *sandbox_kind(void);

#endif
