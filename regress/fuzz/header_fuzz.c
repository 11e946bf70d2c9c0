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
 * Any octets as a header: the scanner says the same in any chunking and
 * agrees with the walk over the buffer where the header ends.
 */

#include "fuzz.h"

#include <string.h>

#include "header.h"
#include "utf8.h"

/* "piece" octets at a time, as they may come from a socket. */
static void
scan(struct header_scan *h, const char *in, size_t len, size_t piece)
{
	size_t at, n, used;

	header_scan_init(h);
	for (at = 0; at < len && !h->ended; at += used) {
		n = len - at < piece ? len - at : piece;
		used = header_scan_feed(h, in + at, n);
		CHECK(used == n || h->ended);
	}
	CHECK(h->size == at);
}

/* The walk gets on with each field, so it ends, and stays inside the header. */
static void
walk(const char *in, size_t len, size_t header)
{
	struct header_field f;
	char value[128];
	size_t pos = 0, last = 0, n;

	while (header_next(in, len, &pos, &f)) {
		CHECK(pos > last && pos <= header);
		last = pos;
		CHECK(f.name.len > 0);
		CHECK(f.name.p >= in && f.value.p > f.name.p);
		CHECK(f.value.p + f.value.len <= in + pos);
		n = header_unfold(value, sizeof(value), f.value);
		CHECK(n < sizeof(value) && strlen(value) == n);
		CHECK(utf8_is_text(value, n));
		header_name(f.name.p, f.name.len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header_scan whole, split;
	size_t header;
	char *in;

	if (size == 0)
		return 0;
	size--;
	CHECK((in = malloc(size + 1)) != NULL);
	memcpy(in + 1, data + 1, size);
	scan(&whole, in + 1, size, size + 1);
	scan(&split, in + 1, size, 1u + data[0] % 16u);
	CHECK(whole.size == split.size && whole.fields == split.fields);
	CHECK(memcmp(whole.count, split.count, sizeof(whole.count)) == 0);
	CHECK(whole.ended == split.ended);
	CHECK(whole.malformed == split.malformed);
	CHECK(whole.has_nul == split.has_nul);
	CHECK(whole.has_8bit == split.has_8bit);
	header = header_length(in + 1, size);
	CHECK(header == whole.size);
	walk(in + 1, size, header);
	free(in);
	return 0;
}
