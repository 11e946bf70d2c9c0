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
 * The cage.  One call, after which the process may do what its promises say
 * and nothing else: a system call outside them ends it.
 *
 * Promises:
 *	stdio	memory, clocks, polling, read and write on what is open
 *	recvfd	take descriptors on a socket
 *	sendfd	pass descriptors on a socket
 *	accept	accept on listening sockets that were passed
 *	filerw	pread, pwrite, fstat, ftruncate on passed files
 *	rpath	open files for reading
 *	spool	create, sync, rename, link, unlink below the root directory
 *	maildir	the same, and mkdir, for a delivery agent
 *	sync	fdatasync, fsync, syncfs on passed descriptors
 *	inet	socket and connect, TCP over IPv4 and IPv6
 *	udp	the same for UDP
 */
#ifndef SELOR_SANDBOX_H
#define SELOR_SANDBOX_H

/*
 * Enters the cage.  "paths" is a NULL-ended list of directories that Landlock
 * leaves reachable ("r:/dir" or "w:/dir"); NULL: none.  Returns 0, or -1 with
 * a reason in the log; the caller then ends.
 */
int sandbox_enter(const char *promises, const char *const *paths);

/* What there is on this system, for one log line: "seccomp, landlock 4". */
const char *sandbox_kind(void);

#endif
