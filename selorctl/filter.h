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
 * Which messages an administrator means: words as people type them, made the
 * query that queued reads.
 */

#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>
#include <stddef.h>

#define FILTER_MAX 900

struct filter {
	char query[FILTER_MAX]; /* words parted by blanks; "" for all */
	size_t ids; /* of them */
	bool is_all; /* "all" was said */
	size_t limit; /* of messages shown; 0: none was given */
};

/*
 * Words: message ids, sender=ADDRESS, domain=DOMAIN of a recipient,
 * older=AGE ("90", "30m", "2h", "3d", "1w"), state=WORD, limit=N, all.  At
 * most one id.  0, or -1 after a line on stderr.
 */
int filter_parse(struct filter *, char **argv);

#endif /* FILTER_H */
