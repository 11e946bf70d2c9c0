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
 * A password against what a table has stored of it: a hash of crypt(3), alone
 * or behind "{CRYPT}", or "{PLAIN}" and the password itself.
 */
#ifndef PASSWORD_H
#define PASSWORD_H

#include <stdbool.h>

/* What is stored, with its NUL. */
#define PASSWORD_STORED_MAX 256

enum password_result {
	PASSWORD_WRONG, /* and what is stored may be none: "", "*" */
	PASSWORD_RIGHT,
	PASSWORD_UNUSABLE /* stored in a form that is not known here */
};

/*
 * Takes the time of a hash whatever the result: where there is none to check
 * that of a dummy, which decides nothing.
 */
enum password_result
password_check(const char *stored, const char *password, const char *dummy);

/* Whether that is a hash that crypt(3) may know, and so good as a dummy. */
bool password_is_hash(const char *stored);

#endif
