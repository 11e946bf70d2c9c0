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
 * The strings of a TXT record, put together.
 */
#include <string.h>

#include "ask_dns.h"

/* A record of text is strings, each behind an octet of its length (RFC 1035
 * section 3.3.14); SPF and lists read them as one. The length of all of it,
 * even where out holds less, as of snprintf; a length that says more than there
 * is counts for what there is. */
size_t
ask_dns_text(const uint8_t *data, size_t len, char *out, size_t size)
{
	size_t at = 0, whole = 0, n;

	while (at < len) {
		n = data[at++];
		if (n > len - at)
			n = len - at;
		if (whole + n < size)
			memcpy(out + whole, data + at, n);
		else if (whole < size)
			memcpy(out + whole, data + at, size - whole - 1);
		whole += n;
		at += n;
	}
	out[whole < size ? whole : size - 1] = '\0';
	return whole;
}
