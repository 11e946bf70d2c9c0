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
 * The checks of one value against its row, for option.c and for who has no
 * options to set.
 */

#ifndef OPTION_CHECK_H
#define OPTION_CHECK_H

#include <stdint.h>

#include "option.h"

/*
 * Checks a bare text.  0, and num is set where the type has a number (NUM,
 * BOOL: its value; ENUM: the word's index), else left alone; or -1 with the
 * reason in error (OPTION_ERROR_MAX bytes, may be NULL).
 */
int option_check(const struct option_row *, const char *, int64_t *, char *);
/* Writes the reason, if error is not NULL; always -1. */
int
option_refuse(char *, const char *, ...) __attribute__((format(printf, 2, 3)));

#endif /* OPTION_CHECK_H */
