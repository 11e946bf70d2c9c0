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
 * Options that Def! has changed for one connection, message or task, over
 * those in force.  Owned by what they belong to; empty ones cost a pointer.
 * A name that selor.conf has no OPTION_DEF for, or an alias beyond those of
 * Def!, does not get in (selor-grammar.md part 4).
 */
#ifndef SELOR_OVERLAY_H
#define SELOR_OVERLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "option.h"

/* Options that one overlay holds at most. */
#define OVERLAY_MAX 64
/* Bytes of all values together. */
#define OVERLAY_BYTES_MAX 65536
/* "Name value" at most, as RULE_EFFECT and RULE_FACT carry it. */
#define OVERLAY_LINE_MAX 8192

struct overlay; /* NULL is an empty one everywhere below */

/*
 * Reads "Name value" (value bare, or in single or double quotes; a number
 * for a numeric option) and sets it, over an earlier one.  *o is made when
 * needed.  -1 with the reason in error (OPTION_ERROR_MAX bytes, may be NULL)
 * and nothing changed.  id, if not NULL, gets the option.
 */
int overlay_set(
    struct overlay **o, const char *line, enum option_id *id, char *error);
void overlay_free(struct overlay *o);
bool overlay_has(const struct overlay *o, enum option_id id);

/* The value in force: the overlay's, else that of the options. */
int64_t overlay_num(
    const struct overlay *o, const struct options *under, enum option_id id);
const char *overlay_text(
    const struct overlay *o, const struct options *under, enum option_id id);

/*
 * The nth change as "Name value", value quoted where it is text, as
 * overlay_set takes it: NULL past the end.  Lives until the next change.
 */
const char *overlay_line(const struct overlay *o, unsigned int nth);
/* The option of the nth change; OPT_COUNT past the end. */
enum option_id overlay_id(const struct overlay *o, unsigned int nth);

#endif
