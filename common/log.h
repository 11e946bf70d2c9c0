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
 * Logging: six verbs for the daemon itself, and event lines for the manual's
 * four logs.  Lines gather in memory and are written once a turn of the loop
 * (log_flush), several lines in one write, never a torn line.
 *
 * An event line is "time process event key=value ...", values quoted where
 * they hold blanks or quotes, control characters and non-ASCII escaped as
 * \xNN; as one JSON object with Log_format "json".  No password is ever given
 * to these functions.
 */
#ifndef SELOR_LOG_H
#define SELOR_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_file {
	LOG_CENTRAL, /* Central_log: all SMTP dialogue */
	LOG_SUMMARY, /* Sumary_log: the flow of messages */
	LOG_WARNING, /* Warning_log, and what the verbs say */
	LOG_REFUSED, /* Refused_log: who was refused and why */
	LOG_FILES
};

/* name: process; to stderr until descriptors come (log_set_fd). */
void log_init(const char *name, bool debug, bool to_stderr);
/* Takes over fd; -1 turns that log off.  The old descriptor is closed. */
void log_set_fd(enum log_file, int fd);
/* Whether lines for that log go anywhere: skip the work if not. */
bool log_is_on(enum log_file);
void log_set_json(bool);
/* A connected datagram socket of syslog, or -1; a copy of every line. */
void log_set_syslog(int fd);
void log_set_zone(const char *zone);
/* Writes what has gathered.  Never fails upward: a full disk loses lines. */
void log_flush(void);

void
fatal(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void
fatalx(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* An event line under construction; at most LOG_LINE_MAX bytes, cut. */
#define LOG_LINE_MAX 4096
struct log_line {
	enum log_file file;
	size_t len;
	char text[LOG_LINE_MAX];
};

/* Begins a line; false: that log is off, leave the rest out. */
bool log_begin(struct log_line *, enum log_file, const char *event);
void log_str(struct log_line *, const char *key, const char *value);
void
log_bytes(struct log_line *, const char *key, const void *value, size_t len);
void log_num(struct log_line *, const char *key, int64_t value);
/* A session id, hexadecimal. */
void log_hex(struct log_line *, const char *key, uint64_t value);
void log_end(struct log_line *);

#endif
