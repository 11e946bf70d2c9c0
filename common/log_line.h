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
 * Between log.c and log_line.c: how a line is begun and closed whatever log
 * it is for, and where it is put.
 */
#ifndef SELOR_LOG_LINE_H
#define SELOR_LOG_LINE_H

#include "log.h"

/* Begins with time, process and event, in the format set. */
void log_line_begin(struct log_line *, enum log_file, const char *event);
/* Closes the object of a JSON line; the text is line->text, line->len. */
void log_line_close(struct log_line *);
/* Appends a whole line, without its newline, to that log. */
void log_put(enum log_file, const char *line, size_t len);

bool log_is_json(void);
const char *log_name(void);
/* The zone that was set ("-0300"), or "" for the system's. */
const char *log_zone(void);

#endif
