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
 * Rules that the options name, checked before a start: those written in an
 * option, files, and what these include by a path without variables.
 */

#ifndef CONF_RULES_H
#define CONF_RULES_H

#include <stddef.h>

#include "conf_report.h"
#include "option.h"

/* Files that are looked at; the server's own limits come when it runs. */
#define CONF_RULES_FILES_MAX 100

/* Their names, which notes of the report point to. */
struct conf_rules {
	char *names[CONF_RULES_FILES_MAX];
	size_t count;
};

/*
 * A wrong rule in an option and a file that is not there are errors; a wrong
 * line of a file is a warning at its place, since the server skips it and
 * runs (A7).  0, or -1: there was an error.
 */
int conf_rules_check(
    struct conf_rules *, const struct options *, struct conf_report *);
/* Once the report was printed. */
void conf_rules_clear(struct conf_rules *);

#endif /* CONF_RULES_H */
