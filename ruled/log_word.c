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
 * Log!: a line to a file of the administrator's.  The parent opens it, for
 * appending, and again after a while or when the logs are turned; one write
 * makes the line, so that lines of others are never torn.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "file_cache.h"
#include "field.h"
#include "ruled.h"

/* Octets of a line. */
#define LOG_WORD_MAX 16384
#define LOG_STAMP_MAX 32

struct log_word {
	int fd;
};

/* The descriptor is kept as long as the cache keeps the entry. */
static void *
log_load(const struct file_text *file, size_t *cost)
{
	struct log_word *log = malloc(sizeof(*log));

	if (log == NULL) {
		close(file->fd);
		return NULL;
	}
	log->fd = file->fd;
	*cost = sizeof(*log);
	return log;
}

/* A line that is being written is written within the item, so none is lost. */
static void
log_drop(void *object)
{
	struct log_word *log = object;

	close(log->fd);
	free(log);
}

static const struct file_kind log_kind = {OPEN_LOG, 0, log_load, log_drop};

/* Control characters as \xNN; the length without a NUL. */
static size_t
escape(char *out, size_t size, struct text text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i, len = 0;
	unsigned char c;

	for (i = 0; i < text.len && len + 4 < size; i++) {
		c = (unsigned char)text.at[i];
		if (c >= ' ' && c != 0x7f) {
			out[len++] = (char)c;
			continue;
		}
		out[len++] = '\\';
		out[len++] = 'x';
		out[len++] = digits[c >> 4];
		out[len++] = digits[c & 15];
	}
	return len;
}

/* Local time by Timezone, as an administrator reads it beside other logs. A
 * line that does not fit is cut, never continued. */
static enum step
write_line(struct run *run, int fd, struct text text)
{
	char line[LOG_WORD_MAX];
	struct tm tm;
	size_t len;
	ssize_t n;

	expand_now(run->policy, &tm);
	len = strftime(line, LOG_STAMP_MAX, "%Y-%m-%d %H:%M:%S ", &tm);
	len += escape(line + len, sizeof(line) - len - 1, text);
	line[len++] = '\n';
	while ((n = write(fd, line, len)) == -1 && errno == EINTR)
		;
	if (n != (ssize_t)len) {
		run_warn(run, "the line could not be written: %s",
		    n == -1 ? strerror(errno) : "no room");
		return STEP_FAILED;
	}
	return STEP_YES;
}

/* What a client chose may be in the text: escape sees to it that one Log! is
 * one line. */
enum step
word_log(struct run *run, const struct rule_item *item)
{
	bool is_missing = false;
	struct file_where where = {.is_missing = &is_missing};
	struct text text;
	struct log_word *log;
	void *object;
	enum step step;

	if ((step = field_path(run, item, 0, &where.path)) != STEP_YES)
		return step;
	step = field_text(run, item, 1, EXPAND_TEXT, &text);
	if (step != STEP_YES)
		return step;
	run_show(run, "%s, \"%s\"", where.path, text.at);
	if (run_is_dry(run))
		return STEP_YES;
	switch (file_cache_get(run, &log_kind, &where, &object)) {
	case ASK_GOT:
		log = object;
		return write_line(run, log->fd, text);
	case ASK_WAIT:
		return STEP_WAIT;
	default:
		run_warn(run, "%.200s can not be written", where.path);
		return STEP_FAILED;
	}
}
