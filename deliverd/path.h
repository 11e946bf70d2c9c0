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
 * Paths with variables, as Local_delivery has them: %C home directory, %l
 * user, %p local part, %c domain of the recipient, %% a percent sign.
 */
#ifndef PATH_H
#define PATH_H

#include <stddef.h>

struct path_values {
	const char *home; /* %C; may hold slashes, it is ours */
	const char *user; /* %l */
	const char *address; /* of the recipient: %p, %c */
};

/*
 * Expands a template to an absolute path; one that is not absolute lies below
 * the home directory.  Returns 0, or -1 with *why where a value holds what
 * would lead elsewhere ('/', "..", a leading dot, a control character), is
 * empty, or the result is too long.
 */
int path_expand(char *out, size_t size, const char *template,
    const struct path_values *, const char **why);

#endif
