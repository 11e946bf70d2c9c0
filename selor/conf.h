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
 * Reads selor.conf into a table of options.  The caller judges owner and
 * permissions of the file, and throws the options away if the report has
 * errors: a configuration takes effect whole or not at all.
 * Grammar: selor.conf(5).
 */

#ifndef CONF_H
#define CONF_H

#include <stddef.h>
#include <stdio.h>

#include "conf_report.h"
#include "option.h"

/* Largest file, longest line without its end, both in bytes. */
#define CONF_FILE_MAX (1024 * 1024)
#define CONF_LINE_MAX OPTION_TEXT_MAX

/*
 * Each reads one source over what options hold already; what is wrong is
 * added to the report.  0 if this source has no error, else -1.  Call
 * conf_finish after the last source.
 */
int conf_load(const char *, struct options *, struct conf_report *);
/* The same from a descriptor, which stays open; the name is for messages
   and for the directory that relative paths of rules start from. */
int conf_read(int, const char *, struct options *, struct conf_report *);
int conf_parse(
    const char *, const char *, size_t, struct options *, struct conf_report *);
/* Lines of -o, "Name value" each; together they are one source. */
int
conf_override(char *const *, size_t, struct options *, struct conf_report *);

/* Checks the options together; 0, or -1 if the report has any error. */
int conf_finish(struct options *, struct conf_report *);

/* "not yet effective: NAME", a line for each option that is not. */
void conf_print_later(FILE *);

#endif /* CONF_H */
