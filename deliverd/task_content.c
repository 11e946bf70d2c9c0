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
 * A message as it is read to be sent: the lines of Hadd! that stand above it,
 * and its content, from memory or from queued's file.
 */
#include <errno.h>
#include <unistd.h>

#include "task.h"

ssize_t
task_content(const struct task *t, uint64_t at, const char **p, size_t want)
{
	static char buf[65536];
	ssize_t n;

	if (at >= t->size)
		return 0;
	if (want > t->size - at)
		want = (size_t)(t->size - at);
	if (at < t->head_len) {
		*p = t->head + at;
		return (
		    ssize_t)(want < t->head_len - at ? want : t->head_len - at);
	}
	at -= t->head_len;
	if (t->fd == -1) {
		*p = (const char *)t->data + at;
		return (ssize_t)want;
	}
	if (want > sizeof(buf))
		want = sizeof(buf);
	do
		n = pread(t->fd, buf, want, (off_t)at);
	while (n == -1 && errno == EINTR);
	if (n == 0) {
		/* Shorter than queued said. */
		errno = EIO;
		return -1;
	}
	*p = buf;
	return n;
}
