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
 * Text that grows, for the messages and lines that daemons make.
 * The first failure sticks, so a caller checks once, at the end.
 */

#ifndef SELOR_OUT_H
#define SELOR_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out {
	char *text; /* from malloc; NUL-ended */
	size_t len, size;
	size_t most; /* never longer */
	bool failed; /* no memory, or most was reached */
};

void out_init(struct out *, size_t most);
void out_clear(struct out *);
void out_bytes(struct out *, const void *, size_t);
void out_str(struct out *, const char *);
void out_fmt(struct out *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* " key=value" (no blank at the start of a line), quoted where it holds
 * blanks or quotes, other bytes than printable ASCII as \xNN: as in log
 * lines. */
void out_key(struct out *, const char *key, const char *value);
void out_key_num(struct out *, const char *key, int64_t value);
/* "Sun, 22 Nov 2026 08:23:32 +0000" (RFC 5322) in a zone as Timezone has
 * it: "-0300", or "" for the system's. */
void out_date(struct out *, int64_t when, const char *zone);

#endif
