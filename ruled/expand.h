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
 * %-variables into text.  A value is put in once and never looked at again:
 * no %, quote or delimiter in it has a meaning.
 */
#ifndef RULED_EXPAND_H
#define RULED_EXPAND_H

#include <stddef.h>

#include "rule.h"

struct policy;
struct run;
struct tm;

/* Octets of an expanded parameter. */
#define EXPAND_MAX 65536

enum expand_for {
	EXPAND_TEXT, /* values as they are */
	/* A path: a value that holds '/', NUL, or is or begins with "..",
	 * makes the line not match, A13(a); %C %F %U %L %d are our own. */
	EXPAND_PATH,
	/* Replies, headers, log lines: controls become blanks. */
	EXPAND_LINE,
	/* What is read again (Def!): as a path, and no quote or '%' either,
	 * so that no value becomes a rule. */
	EXPAND_AGAIN
};

enum expanded {
	EXPANDED,
	EXPAND_WAIT, /* a value is being asked for: come again */
	EXPAND_FAILED /* the line does not match; told in Warning_log */
};

/*
 * The text is NUL-terminated, len without it; it may be the template's own
 * constant or lie in the run's scratch memory, which is freed at the end of
 * the line: copy what must live longer.
 */
enum expanded expand(struct run *run, const struct template *template,
    enum expand_for what_for, const char **text, size_t *len);
/* One variable's value, as above; "" where it is undefined. */
enum expanded expand_variable(
    struct run *run, enum variable variable, const char **text, size_t *len);
/* The time of day by Timezone, as %O, %M, %S and %D have it. */
void expand_now(const struct policy *policy, struct tm *tm);

#endif
