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
 * The Sender Rewriting Scheme: a sender as an address of our own, signed, so
 * that a bounce comes back here and is sent on.  Shevek's SRS as postsrsd
 * and libsrs2 have it: SRS0=HHHH=TT=domain=local and, of an address that is
 * one already, SRS1=HHHH=host==HHHH=TT=domain=local.  HMAC-SHA1, four base64
 * characters; two of base32 for the day; 21 days.  selor-grammar.md A57.
 */
#ifndef SRS_H
#define SRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

#define SRS_DAYS 21

struct srs {
	const char *key; /* Srs_key; "": there is no SRS */
	unsigned int shift; /* Srs_shift: added to each octet of it */
	int64_t now; /* seconds since the epoch */
};

enum srs_result {
	SRS_OK,
	SRS_NOT, /* not an address of this form */
	SRS_BAD, /* its signature or its form is wrong */
	SRS_OLD, /* signed more than 21 days ago, or in the future */
	SRS_LONG, /* the result is too long for an address */
	SRS_NO_KEY
};
extern const char *const srs_result_names[];

/* Does a recipient have the form of a rewritten sender? */
bool srs_is(const struct address *address);
/* The sender under our domain; never of a null sender. */
enum srs_result srs_forward(const struct srs *srs, const struct address *sender,
    const char *domain, struct address *out);
/* The address that a rewritten one stands for. */
enum srs_result srs_reverse(
    const struct srs *srs, const struct address *address, struct address *out);

#endif
