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
 * Identifiers that people meet in logs.  A message id is a number that grows
 * with time and is never given twice by one queue; printed it is
 * "1732262400123_45678" (milliseconds since the epoch, '_', a counter), with
 * a further "_Sid" where the option Sid is set (the manual's form, A52).
 * A session id prints as 12 hexadecimal digits.
 */
#ifndef SELOR_ID_H
#define SELOR_ID_H

#include <stddef.h>
#include <stdint.h>

/* Room for a printed id with its Sid and the NUL. */
#define ID_TEXT_MAX 64
/* The longest Sid. */
#define ID_SID_MAX 16

/* A new message id, larger than every earlier one and than "floor". */
uint64_t id_new(uint64_t floor);
/* Prints; sid may be NULL or empty. */
void id_print(uint64_t id, const char *sid, char *buf, size_t size);
/*
 * Parses exactly such a text.  sid gets what follows the second '_' or "".
 * Returns 0, or -1 if it is no id; "../" and its like never pass.
 */
int id_parse(const char *text, uint64_t *id, char *sid, size_t sidsize);
/* Whether a Sid is one: letters, digits, '-', at most ID_SID_MAX - 1. */
int id_sid_ok(const char *sid);

#endif
