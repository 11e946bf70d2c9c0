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
 * Every decoder of messages.def: the first byte picks the row, the rest is
 * what a taken-over daemon might send.  What decodes must print within its
 * buffer and encode to the same bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[MSG_PAYLOAD_MAX];
	char line[300];
	union msg m;
	enum msg_type type;
	int n;

	if (len < 1 || len - 1 > MSG_PAYLOAD_MAX)
		return 0;
	type = (enum msg_type)(data[0] % MSG_MAX);
	if (msg_decode(type, data + 1, len - 1, &m) == -1)
		return 0;
	msg_print(type, &m, line, sizeof(line));
	n = msg_encode(type, &m, again, sizeof(again));
	if (n == -1 || (size_t)n != len - 1 ||
	    memcmp(again, data + 1, len - 1) != 0)
		abort();
	msg_wipe(type, again, (size_t)n);
	return 0;
}
