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
 * The lines of a list, folded and made ready for three questions, each about
 * as fast for a hundred thousand lines as for a hundred:
 *
 * - Is a text one of them?  Binary search in their order.
 * - Does a text contain one?  A line that begins with another is not needed;
 *   of the rest at most one can begin at a given octet, and it is the last
 *   that does not come after the text from there on: binary search again,
 *   after a look at whether any line begins with these four octets.
 * - Does one contain a text?  Where each four octets stand is kept; those of
 *   the text that stand in the fewest places are looked at.
 */
#ifndef RULED_LIST_LINES_H
#define RULED_LIST_LINES_H

#include <stddef.h>

#include "ask.h"

/* Octets of a list, and of a message's content. */
#define LIST_FILE_MAX (32u * 1024 * 1024)
#define LIST_CONTENT_MAX (256u * 1024 * 1024)

/*
 * Takes over text of len octets, which a NUL follows, in any case; NULL: no
 * memory.  For a text that is looked at once nothing is made ready.
 */
struct list_file *list_lines_new(char *text, size_t len, bool is_once);
void list_lines_free(struct list_file *list);
/* Octets that it takes at most. */
size_t list_lines_cost(const struct list_file *list);

#endif
