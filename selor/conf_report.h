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
 * What reading a configuration found wrong: errors, with which nothing
 * starts, and warnings, each with its place.  Bounded: what comes after the
 * first CONF_ERRORS_MAX errors or CONF_WARNINGS_MAX warnings is counted only.
 */

#ifndef CONF_REPORT_H
#define CONF_REPORT_H

#include <stddef.h>

#include "option.h"

#define CONF_ERRORS_MAX 20
#define CONF_WARNINGS_MAX 50
#define CONF_NOTE_MAX 512 /* bytes of one text, with its NUL */

enum conf_severity {
	CONF_WARNING,
	CONF_ERROR
};

/*
 * A source of options: a file, or the command line ("-o").  The name is the
 * caller's and must outlive the report.
 */
struct conf_place {
	const char *name;
	unsigned int line; /* from 1; 0: none */
	unsigned int column; /* from 1; 0: none */
};

struct conf_note {
	enum conf_severity severity;
	struct conf_place place;
	char text[CONF_NOTE_MAX];
};

struct conf_report {
	struct conf_note *notes; /* in the order found */
	size_t count;
	size_t errors; /* all, also those not kept */
	size_t warnings;
	struct conf_place origin[OPT_COUNT]; /* set there last; no
						name: nowhere */
};

void conf_report_init(struct conf_report *);
void conf_report_clear(struct conf_report *);
/* Adds a note; the text is made printable.  Without memory it is counted. */
void conf_report_add(struct conf_report *, enum conf_severity,
    const struct conf_place *, const char *, ...)
    __attribute__((format(printf, 4, 5)));
/*
 * One line, without its newline: "FILE:LINE: text", "-o: warning: text".
 * Always ended by NUL, cut where buf is too small.
 */
void conf_report_print(const struct conf_note *, char *, size_t);
/* The line that tells of notes not kept; 0, or -1 if all were kept. */
int conf_report_rest(const struct conf_report *, char *, size_t);

#endif /* CONF_REPORT_H */
