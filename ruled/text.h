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
 * Comparing text as rules do: ASCII letters in any case, all other octets as
 * they are (A2).  An empty needle is found nowhere (A35).
 */
#ifndef RULED_TEXT_H
#define RULED_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A text and its octets; NUL-terminated where it came from an expansion. */
struct text {
	const char *at;
	size_t len;
};

static inline unsigned char
text_fold(char c)
{
	unsigned char u = (unsigned char)c;

	return (unsigned int)u - 'A' < 26u ? u | 0x20 : u;
}

bool text_equal(struct text a, struct text b);
bool text_contains(struct text hay, struct text needle);
bool text_begins(struct text text, struct text start);
bool text_ends(struct text text, struct text end);

/*
 * The same after names of domains are brought to one form: a trailing dot,
 * A-labels and U-labels make no difference (A2).  Of addresses the first is
 * one that we know, and so canonical.
 */
bool text_same_address(struct text known, struct text b);
bool text_same_host(struct text a, struct text b);

/* Without blanks around. */
struct text text_trim(struct text text);
/* A whole decimal number with an optional sign.  -1: it is none. */
int text_number(struct text text, long long *number);

#endif
