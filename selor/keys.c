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
 * The keys process: will hold the private keys of TLS and DKIM and sign with
 * them, showing them to nobody.  No key reaches it yet (Tls_* is not yet
 * effective), so it starts, enters its cage and waits; it has no pair but the
 * parent's.
 *
 * Runs as _selorkey in an empty root directory; promises: stdio recvfd.
 */
#include "proc.h"

int
main(int argc, char **argv)
{
	static const struct proc_daemon daemon = {.id = PROC_KEYS};

	proc_main(&daemon, argc, argv);
}
