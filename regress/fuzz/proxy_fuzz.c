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
 * Any octets as a PROXY header: never more is used than there is, and what
 * is whole is the same however the octets came.
 */

#include "fuzz.h"

#include <sys/socket.h>

#include <string.h>

#include "../../smtpd/proxy.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct proxy x, y;
	size_t n;

	if (proxy_parse(&x, p, size) != PROXY_DONE)
		return 0;
	CHECK(x.len > 0 && x.len <= size);
	CHECK(x.len <= PROXY_V2_MAX);
	CHECK(x.is_local || x.client.family == AF_INET ||
	    x.client.family == AF_INET6);
	for (n = 0; n < x.len; n++)
		CHECK(proxy_parse(&y, p, n) == PROXY_MORE);
	CHECK(proxy_parse(&y, p, x.len) == PROXY_DONE);
	CHECK(memcmp(&x, &y, sizeof(x)) == 0);
	return 0;
}
