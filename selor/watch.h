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
 * Files that ruled was given and keeps parsed: it is told when one is not what
 * it was.  Once; it then asks for the file again, and it is watched again.
 */
#ifndef SELOR_WATCH_H
#define SELOR_WATCH_H

#include <sys/stat.h>

#include <stdbool.h>

/* Watches an open file.  False: it can not be, as on a file system of another
 * host; who wants to know looks again from time to time. */
bool watch_file(int fd, const struct stat *st);
/* ruled has ended: nobody wants to know. */
void watch_forget(void);

#endif
