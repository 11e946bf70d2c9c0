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
 * What selorctl does under its other names: mailq(8), newaliases(8), and the
 * modes of sendmail(8) that are theirs.  conf is the path of selor.conf or
 * NULL for the default.  All return an exit status.
 */

#ifndef FACES_H
#define FACES_H

/* Prints the queue as people know it from mailq. */
int faces_mailq(const char *conf);
/* Says that tables take effect at once, and checks them. */
int faces_newaliases(const char *conf);
/* sendmail -q: all that waits, or with an id or a domain that. */
int faces_flush(const char *conf, const char *what);
/* sendmail -bs: SMTP between our standard input and output and smtpd. */
int faces_session(const char *conf);

#endif /* FACES_H */
