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
 * What a value must be beyond its row in options.def, and what options must
 * be together.  Nothing here resolves a name; only conf_check_files looks
 * at the disk.  For conf.c, and for those who use the checked values.
 */

#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include "conf_report.h"
#include "option.h"

enum conf_verdict {
	CONF_FINE,
	CONF_DOUBTFUL, /* used, with a warning */
	CONF_WRONG
};

/*
 * Checks one value's form and brings it into its normal form in place (it
 * never grows).  The reason is in error (OPTION_ERROR_MAX bytes), worded
 * like those of option_set.
 */
enum conf_verdict conf_check_value(enum option_id, char *, char *);

/* Checks that options fit together, after all were read. */
void conf_check_together(struct options *, struct conf_report *);

/* Checks that files and directories named are there; before a start. */
void conf_check_files(const struct options *, struct conf_report *);

#endif /* CONF_CHECK_H */
