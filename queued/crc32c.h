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
 * crc32c.h: CRC32C (Castagnoli, RFC 3720 appendix B.4), with the CPU's own
 * instruction where it has one.
 */

#ifndef QUEUED_CRC32C_H
#define QUEUED_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from crc (0 to begin) over len bytes. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

/* The same without the CPU's help; for machines without it, and tests. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t len);

#endif
