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
 * Framing: bytes as they come from a socketpair, in pieces that the input
 * itself sizes.  The result may not depend on where it was cut.
 */
#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"
#include "msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * Messages found, and whether the stream was refused.  What is written at once
 * is small enough for the pair's buffer, so nothing here waits.
 */
static unsigned int
count(const uint8_t *data, size_t len, size_t piece)
{
	struct imsgbuf *b;
	struct imsg m;
	unsigned int n = 0;
	size_t at, now;
	int sv[2], r = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		abort();
	b = imsgbuf_new(sv[0]);
	for (at = 0; at < len && r != -1; at += now) {
		now = len - at < piece ? len - at : piece;
		if (write(sv[1], data + at, now) != (ssize_t)now)
			abort();
		if (imsg_read(b) < 1)
			abort();
		while ((r = imsg_get(b, &m)) == 1) {
			n++;
			if (m.hdr.len > MSG_PAYLOAD_MAX || m.fd != -1)
				abort();
		}
	}
	imsgbuf_free(b);
	close(sv[1]);
	return n << 1 | (r == -1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 2 || len > 60000)
		return 0;
	if (count(data + 1, len - 1, 1 + data[0]) !=
	    count(data + 1, len - 1, len))
		abort();
	return 0;
}
