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
 * The daemons that selorctl asks, and how many of each there are.
 */

#ifndef DAEMONS_H
#define DAEMONS_H

#include "client.h"

/* What is done with one; the client is open. */
typedef void daemons_do(struct client *, const char *name, void *arg);

/*
 * Opens one after the other: the one of that name, or when only is NULL
 * queued, each smtpd, deliverd, lookupd and ruled.  The number of those that
 * were there; 0 after a line on stderr.
 */
int daemons_each(
    const struct settings *s, const char *only, daemons_do *act, void *arg);
/* The same for each smtpd. */
int daemons_each_smtpd(const struct settings *s, daemons_do *act, void *arg);

#endif /* DAEMONS_H */
