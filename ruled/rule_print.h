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
 * A tree back to text: for explain, and for tests, since what is printed
 * parses to the same tree again.
 */
#ifndef RULED_RULE_PRINT_H
#define RULED_RULE_PRINT_H

#include <stddef.h>

#include "rule.h"

/* Any line that was parsed fits, with its NUL. */
#define RULE_PRINT_MAX (3 * RULE_LINE_MAX)

/*
 * One line, or one item of it with the delimiter that is in force there,
 * without line end.  The length, or -1 when it does not fit.
 */
int rule_print(const struct rule_line *line, char *buf, size_t size);
int rule_print_item(
    const struct rule_item *item, char delimiter, char *buf, size_t size);

#endif
