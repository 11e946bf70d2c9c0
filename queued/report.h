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
 * report.h: the text for people in error reports: Report_file, a template
 * with the variables of rules, or a built-in text when there is none.
 * selor.conf(5), Report_file.
 */

#ifndef QUEUED_REPORT_H
#define QUEUED_REPORT_H

#include "message.h"
#include "out.h"

/* Bytes of a template that are read. */
#define REPORT_FILE_MAX (64 * 1024)

/* Takes the template from a descriptor, which is closed; -1: none. */
void report_set(int fd);

/*
 * Writes the template with its variables replaced, for a message and the
 * first of the recipients that the report is about.  Line ends become
 * CRLF; values are cleaned.
 */
void report_print(struct out *, const struct message *,
    const struct recipient *, int64_t now);
/* The same from a given template. */
void report_expand(struct out *, const char *template, const struct message *,
    const struct recipient *, int64_t now);

#endif
