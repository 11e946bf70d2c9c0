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
 * Lines "key=value ..." as daemons answer with, values plain or in quotes
 * with the escapes of log lines, taken apart.
 */

#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS_LINE_MAX 8192
#define WORDS_MAX 64

struct word {
	const char *key;
	char *value; /* bytes, terminated; never holds a NUL */
	bool is_number; /* unquoted digits of a key that counts something */
};

struct words {
	size_t count;
	struct word word[WORDS_MAX];
	char text[WORDS_LINE_MAX + 1];
};

/* 0, or -1: that is no such line, or it is too long. */
int words_parse(struct words *, const char *line);
/* The value of a key, or "" where there is none. */
const char *words_get(const struct words *, const char *key);
/*
 * An option as it stands in selor.conf, "Name=value" with its quotes, or
 * "name=Name value=value": one word, the value bare.  0 or -1.
 */
int words_parse_option(struct words *, const char *line);

#endif /* WORDS_H */
