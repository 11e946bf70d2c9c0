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
 * SPF records on their way to libspf2.  A record is held against the grammar
 * of RFC 7208 section 12 and written anew in what the library does alike:
 * - only what can match a client of its family is left (so nothing of
 *   IPv4-mapped addresses, and one prefix length of two);
 * - prefixes of length 0, which the library does not know, become a check
 *   for any address at all: SPF_ANY_MX and SPF_ANY_AAAA before the domain of
 *   an "exists", or two halves of all addresses;
 * - redirect stands last, and not at all beside "all"; other modifiers go;
 * - before each term that costs one of ten goes an "exists" of SPF_TERM, so
 *   that the memo counts.
 */
#ifndef RULED_SPF_RECORD_H
#define RULED_SPF_RECORD_H

#include <stdbool.h>
#include <stddef.h>

/* Labels that only the memo ever sees; none is a host's. */
#define SPF_TERM "_term.selor.invalid"
#define SPF_ANY_AAAA "_aaaa-of.selor."
#define SPF_ANY_MX "_mx-of.selor."
/* Room for a record of 4096 octets that is written anew. */
#define SPF_RECORD_MAX 65536

enum spf_record {
	SPF_RECORD_OTHER, /* no SPF record */
	SPF_RECORD_GOOD, /* written anew into out */
	SPF_RECORD_BAD /* wrong: the whole check is a permanent error */
};

enum spf_record spf_record_mend(
    const char *text, size_t len, bool is_ip4, char out[SPF_RECORD_MAX]);

#endif
