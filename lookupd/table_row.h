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
 * What may stand in one row of a table: words, quotes, the checks of each
 * kind of key and field.  Used by table.c alone.
 */
#ifndef TABLE_ROW_H
#define TABLE_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "table.h"

/* Octets of the word at p, quoted parts included; commas end one too if they
 * are asked to. */
size_t row_word_len(const char *p, bool commas);

/* Checks a whole row.  0, or -1 with why (TABLE_ERROR_MAX). */
int row_check(
    enum table_kind, const char *key, size_t len, const char *rest, char *why);

#endif
