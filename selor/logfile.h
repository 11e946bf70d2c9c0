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
 * The manual's four logs, and other files that daemons get open: the parent
 * opens, they write.
 */
#ifndef SELOR_LOGFILE_H
#define SELOR_LOGFILE_H

#include "selor.h"

/* Opens all logs of the options in force anew.  One that can not be opened
 * keeps its old descriptor, with a warning.  0, or -1 if any failed. */
int logfile_open_all(void);
/* A duplicate of a log's descriptor (LOG_FILES: syslog), or -1. */
int logfile_dup(int file);
/* queued's: the directory of Cp_errors_path and the template Report_file. */
void
logfile_send_spool(struct child *, const struct options *, uint32_t generation);

#endif
