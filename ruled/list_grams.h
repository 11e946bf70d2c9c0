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
 * Where each run of four octets stands in a text, and which shorter runs
 * there are: so a text is found in a long one without reading that whole.
 * Made when it is first asked, since few lists are.
 */
#ifndef RULED_LIST_GRAMS_H
#define RULED_LIST_GRAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

/* Shorter texts are read whole: that is as fast. */
#define GRAMS_LEAST 32768

struct grams;
/* Of a text that stays the caller's and outlives it; NULL: no memory. */
struct grams *grams_new(const char *text, size_t len);
void grams_free(struct grams *grams);
/* Octets that one of so long a text takes. */
size_t grams_cost(size_t len);
/* Does the text contain this? */
bool grams_find(struct grams *grams, struct text needle);

#endif
