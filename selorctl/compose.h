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
 * What sendmail(8) adds to a message and takes out of it: RFC 6409 section 8,
 * RFC 5322 section 3.6.
 */

#ifndef COMPOSE_H
#define COMPOSE_H

#include "letter.h"

/* Who sends; none is NULL. */
struct compose {
	const char *address; /* with a domain where one is known */
	const char *name; /* a person's; "": none */
	const char *domain; /* of Message-ID */
	const char *zone; /* option Timezone */
};

/*
 * Adds From, Date and Message-ID where they are missing; drops Bcc,
 * Resent-Bcc and Return-Path.  0, or -1 with errno.
 */
int compose_header(struct letter *, const struct compose *);

#endif /* COMPOSE_H */
