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
 * Event lines: key=value text or one JSON object; see log.h.  Whatever a
 * value holds, it can not end a line, a quote or an escape of the terminal.
 */
#include "log_line.h"

#include <string.h>
#include <time.h>

/*
 * Room kept for the end of a value and of the line: an escape, a quote and a
 * brace, so that a line that was cut is still well formed.
 */
#define LOG_TAIL 8

/*
 * What does not fit is left out without a word: a log is not worth an error
 * path in every caller.
 */
static void
line_char(struct log_line *l, char c)
{
	if (l->len < sizeof(l->text) - LOG_TAIL)
		l->text[l->len++] = c;
}

static void
line_bytes(struct log_line *l, const char *p, size_t len)
{
	size_t room = sizeof(l->text) - LOG_TAIL;

	/* The tail may have been begun. */
	room = l->len < room ? room - l->len : 0;
	if (len > room)
		len = room;
	memcpy(l->text + l->len, p, len);
	l->len += len;
}

static void
line_text(struct log_line *l, const char *text)
{
	line_bytes(l, text, strlen(text));
}

/* In decimal, at least so many digits.  A busy daemon prints many numbers:
 * printf(3) was a third of what a line costs. */
static void
line_digits(struct log_line *l, uint64_t value, size_t least)
{
	char text[24];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0 || sizeof(text) - at < least);
	line_bytes(l, text + at, sizeof(text) - at);
}

/*
 * Seconds east of UTC of "+hhmm" or "-hhmm". The option's check has seen to
 * digits and signs; anything else is UTC.
 */
static long
zone_offset(const char *zone)
{
	long h, m;

	if (strlen(zone) != 5)
		return 0;
	h = (zone[1] - '0') * 10 + (zone[2] - '0');
	m = (zone[3] - '0') * 10 + (zone[4] - '0');
	return (zone[0] == '-' ? -1 : 1) * (h * 3600 + m * 60);
}

/*
 * 2026-11-22T08:00:00.123456+0000; the second's part is kept for the turn.
 * Seconds are formatted once each, for strftime(3) is not cheap.  A new
 * Timezone is seen with the next second.
 */
static void
line_time(struct log_line *l)
{
	static time_t last;
	static char text[24], zone[8];
	struct timespec ts;
	struct tm tm;
	time_t t;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (ts.tv_sec != last) {
		last = ts.tv_sec;
		if (*log_zone() != '\0') {
			t = last + zone_offset(log_zone());
			gmtime_r(&t, &tm);
			strlcpy(zone, log_zone(), sizeof(zone));
		} else {
			localtime_r(&last, &tm);
			strftime(zone, sizeof(zone), "%z", &tm);
		}
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	}
	line_text(l, text);
	line_char(l, '.');
	line_digits(l, (uint64_t)ts.tv_nsec / 1000, 6);
	line_text(l, zone);
}

void
log_line_begin(struct log_line *l, enum log_file file, const char *event)
{
	l->file = file;
	l->len = 0;
	if (log_is_json()) {
		line_text(l, "{\"time\":\"");
		line_time(l);
		line_text(l, "\",\"process\":\"");
		line_text(l, log_name());
		line_text(l, "\",\"event\":\"");
		line_text(l, event);
		line_char(l, '"');
		return;
	}
	line_time(l);
	line_char(l, ' ');
	line_text(l, log_name());
	line_char(l, ' ');
	line_text(l, event);
}

bool
log_begin(struct log_line *l, enum log_file file, const char *event)
{
	if (!log_is_on(file))
		return false;
	log_line_begin(l, file, event);
	return true;
}

/* Keys are ours and plain words: they need no quoting. */
static void
line_key(struct log_line *l, const char *key)
{
	if (log_is_json()) {
		line_text(l, ",\"");
		line_text(l, key);
		line_text(l, "\":");
		return;
	}
	line_char(l, ' ');
	line_text(l, key);
	line_char(l, '=');
}

/* What an octet is to a value. */
enum octet {
	OCTET_PLAIN,
	OCTET_BLANK, /* wants quotes around the value */
	OCTET_MARK, /* wants a backslash too */
	OCTET_OTHER /* is shown in hexadecimal */
};

/*
 * All above 126 is shown as a number, UTF-8 too: a terminal that reads the log
 * with another character set would take some of it for controls.
 */
static enum octet
octet(unsigned char c)
{
	if (c < ' ' || c > '~')
		return OCTET_OTHER;
	if (c == '"' || c == '\\')
		return OCTET_MARK;
	return c == ' ' || c == '=' ? OCTET_BLANK : OCTET_PLAIN;
}

/* Whether a value can stand without quotes. */
static bool
is_plain(const unsigned char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (octet(p[i]) != OCTET_PLAIN)
			return false;
	return len > 0;
}

/*
 * One that can not stand as it is.  JSON knows no \x, and takes \u00XX for the
 * character of that number (RFC 8259 section 7).
 */
static void
line_escape(struct log_line *l, unsigned char c, bool json)
{
	static const char hex[] = "0123456789abcdef";

	if (octet(c) == OCTET_MARK) {
		line_char(l, '\\');
		line_char(l, (char)c);
		return;
	}
	line_text(l, json ? "\\u00" : "\\x");
	line_char(l, hex[c >> 4]);
	line_char(l, hex[c & 15]);
}

/*
 * Values that need no quotes go in one piece; others run by run, each up to an
 * octet that can not stand as it is.
 */
void
log_bytes(struct log_line *l, const char *key, const void *value, size_t len)
{
	const unsigned char *p = value;
	bool json = log_is_json(), quote = json || !is_plain(p, len);
	size_t i, run;

	line_key(l, key);
	if (quote)
		line_char(l, '"');
	else
		line_bytes(l, value, len);
	for (i = 0; quote && i < len; i += run) {
		for (run = 0; i + run < len; run++)
			if (octet(p[i + run]) > OCTET_BLANK)
				break;
		line_bytes(l, (const char *)p + i, run);
		/* No escape is cut in two. */
		if (i + run == len || l->len >= sizeof(l->text) - 2 * LOG_TAIL)
			break;
		line_escape(l, p[i + run++], json);
	}
	/* From the tail, so that a cut value still ends. */
	if (quote && l->len < sizeof(l->text) - 2)
		l->text[l->len++] = '"';
}

void
log_str(struct log_line *l, const char *key, const char *value)
{
	log_bytes(l, key, value == NULL ? "" : value,
	    value == NULL ? 0 : strlen(value));
}

/* Negated as an unsigned number: the smallest int64_t has no positive. */
void
log_num(struct log_line *l, const char *key, int64_t value)
{
	line_key(l, key);
	if (value < 0)
		line_char(l, '-');
	line_digits(l, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

/* At least twelve digits: ids of one length are easier to find and to sort. */
void
log_hex(struct log_line *l, const char *key, uint64_t value)
{
	static const char hex[] = "0123456789abcdef";
	char text[16];
	size_t at = sizeof(text);

	do {
		text[--at] = hex[value & 15];
		value >>= 4;
	} while (value != 0 || sizeof(text) - at < 12);
	log_bytes(l, key, text + at, sizeof(text) - at);
}

void
log_line_close(struct log_line *l)
{
	if (log_is_json() && l->len < sizeof(l->text) - 2)
		l->text[l->len++] = '}';
}

void
log_end(struct log_line *l)
{
	log_line_close(l);
	log_put(l->file, l->text, l->len);
}
