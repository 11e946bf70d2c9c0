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
 * out.c: text that grows.
 */

#include "out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void
out_init(struct out *o, size_t most)
{
	memset(o, 0, sizeof(*o));
	o->most = most;
}

void
out_clear(struct out *o)
{
	free(o->text);
	out_init(o, o->most);
}

/* Always ended with a NUL that is not counted. */
void
out_bytes(struct out *o, const void *data, size_t len)
{
	size_t size = o->size == 0 ? 512 : o->size;
	char *text;

	if (o->failed || len > o->most - o->len) {
		o->failed = true;
		return;
	}
	while (size <= o->len + len)
		size *= 2;
	if (size != o->size) {
		if ((text = realloc(o->text, size)) == NULL) {
			o->failed = true;
			return;
		}
		o->text = text;
		o->size = size;
	}
	memcpy(o->text + o->len, data, len);
	o->len += len;
	o->text[o->len] = '\0';
}

void
out_str(struct out *o, const char *text)
{
	out_bytes(o, text, strlen(text));
}

/* For lines of ours: what is longer than the buffer is cut. */
void
out_fmt(struct out *o, const char *fmt, ...)
{
	char line[2048];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	out_bytes(
	    o, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

/* Escaped as in log lines, so that one reader serves both. */
void
out_key(struct out *o, const char *key, const char *value)
{
	bool quote = value[0] == '\0' || strpbrk(value, " \"=") != NULL;
	const unsigned char *p;
	char hex[8];

	if (o->len > 0)
		out_bytes(o, " ", 1);
	out_str(o, key);
	out_bytes(o, quote ? "=\"" : "=", quote ? 2 : 1);
	for (p = (const unsigned char *)value; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\') {
			out_bytes(o, "\\", 1);
			out_bytes(o, p, 1);
		} else if (*p < ' ' || *p >= 0x7f) {
			snprintf(hex, sizeof(hex), "\\x%02x", *p);
			out_str(o, hex);
		} else
			out_bytes(o, p, 1);
	}
	if (quote)
		out_bytes(o, "\"", 1);
}

void
out_key_num(struct out *o, const char *key, int64_t value)
{
	out_fmt(o, "%s%s=%lld", o->len > 0 ? " " : "", key, (long long)value);
}

/* "-0300" in seconds; false: the system's zone. */
static bool
out_zone(const char *zone, long *seconds)
{
	int hours, minutes;

	if ((zone[0] != '+' && zone[0] != '-') || strlen(zone) != 5 ||
	    strspn(zone + 1, "0123456789") != 4)
		return false;
	hours = (zone[1] - '0') * 10 + zone[2] - '0';
	minutes = (zone[3] - '0') * 10 + zone[4] - '0';
	*seconds = (hours * 60L + minutes) * 60;
	if (zone[0] == '-')
		*seconds = -*seconds;
	return true;
}

void
out_date(struct out *o, int64_t when, const char *zone)
{
	static const char *const days[] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t t = (time_t)when;
	long off, m;
	struct tm tm;

	if (out_zone(zone, &off)) {
		t += off;
		gmtime_r(&t, &tm);
	} else {
		localtime_r(&t, &tm);
		off = tm.tm_gmtoff;
	}
	m = (off < 0 ? -off : off) / 60;
	out_fmt(o, "%s, %d %s %d %02d:%02d:%02d %c%02ld%02ld", days[tm.tm_wday],
	    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, off < 0 ? '-' : '+', m / 60, m % 60);
}
