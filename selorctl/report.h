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
 * What selorctl prints: rows for people in aligned columns, or one JSON
 * document.  The same calls make either.
 */

#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "words.h"

/* Begins; is_json decides what the rest of the calls do. */
void report_init(bool is_json);
bool report_is_json(void);

/* JSON alone: structure.  A key is NULL inside an array. */
void report_open(const char *key, char bracket);
void report_close(char bracket);
/* JSON alone: values. */
void report_text(const char *key, const char *value);
void report_number(const char *key, const char *digits);
/* JSON alone: all words as members of the object that is open. */
void report_words(const struct words *);
/* JSON alone: the end of the document. */
void report_end(void);

/*
 * People alone: a cell of a row, cleaned for a terminal and padded to width
 * columns (negative: to the right); 0: as it is.
 */
void report_cell(const char *text, int width);
void report_row_end(void);
/* "3d04h", "1h02m", "45s" from seconds; static. */
const char *report_age(const char *seconds);
/* "2026-11-22 08:36:01" from seconds since the epoch; static. */
const char *report_time(const char *seconds);

#endif /* REPORT_H */
