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
 * Recipients out of a header, for sendmail -t: To, Cc and Bcc, or of a
 * message that is sent once more Resent-To, Resent-Cc and Resent-Bcc.
 * RFC 5322 section 3.4 with its obsolete forms.
 */

#ifndef RECIPIENTS_H
#define RECIPIENTS_H

#include <stddef.h>

#include "envelope.h"

/*
 * Adds what the header names.  0; or -1 with a line in error (size octets)
 * that says what is no address, or that there are too many.
 */
int recipients_from_header(struct envelope *, const char *header, size_t len,
    char *error, size_t size);

/* Adds the addresses of one list, folded or not.  As above. */
int recipients_from_list(
    struct envelope *, const char *text, size_t len, char *error, size_t size);

#endif /* RECIPIENTS_H */
