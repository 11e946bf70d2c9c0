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
 * Walks over the fields of a header that is held in a buffer.  The buffer is
 * any octets, counted; nothing is copied but by header_unfold().  RFC 5322
 * sections 2.2.3 and 4.5.
 */

#include "header.h"

#include <string.h>

#include "utf8.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Offset behind the line that begins at pos. */
static size_t
line_end(const char *buf, size_t len, size_t pos)
{
	const char *lf;

	lf = memchr(buf + pos, '\n', len - pos);
	return lf != NULL ? (size_t)(lf + 1 - buf) : len;
}

static bool
is_empty_line(const char *buf, size_t len, size_t pos)
{
	if (buf[pos] == '\n')
		return true;
	return buf[pos] == '\r' && pos + 1 < len && buf[pos + 1] == '\n';
}

/* The field in f->all: name, colon, value; false when it is none. */
static bool
split_field(struct header_field *f)
{
	const char *s = f->all.p;
	size_t len = f->all.len, n, colon;

	for (n = 0; n < len && s[n] > ' ' && s[n] < 0x7f && s[n] != ':'; n++)
		;
	for (colon = n; colon < len && is_blank(s[colon]); colon++)
		;
	if (n == 0 || colon == len || s[colon] != ':')
		return false;
	f->name.p = s;
	f->name.len = n;
	if (s[len - 1] == '\n')
		len--;
	if (len > colon + 1 && s[len - 1] == '\r')
		len--;
	f->value.p = s + colon + 1;
	f->value.len = len - colon - 1;
	return true;
}

bool
header_next(const char *buf, size_t len, size_t *pos, struct header_field *f)
{
	size_t end;

	while (*pos < len && !is_empty_line(buf, len, *pos)) {
		end = line_end(buf, len, *pos);
		while (end < len && is_blank(buf[end]))
			end = line_end(buf, len, end);
		f->all.p = buf + *pos;
		f->all.len = end - *pos;
		*pos = end;
		if (split_field(f))
			return true;
	}
	return false;
}

bool
header_find(const char *buf, size_t len, size_t *pos, const char *name,
    struct header_field *f)
{
	while (header_next(buf, len, pos, f)) {
		if (span_is_word(f->name, name))
			return true;
	}
	return false;
}

static bool
is_space(char c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

size_t
header_unfold(char *dst, size_t size, struct span value)
{
	size_t n, out = 0;

	if (size == 0)
		return 0;
	dst[0] = '\0';
	while (value.len > 0 && is_space(value.p[value.len - 1]))
		value.len--;
	for (n = 0; n < value.len && is_space(value.p[n]); n++)
		;
	value.p += n;
	value.len -= n;
	while (value.len > 0) {
		for (n = 0;
		     n < value.len && value.p[n] != '\r' && value.p[n] != '\n';
		     n++)
			;
		out += utf8_clean(dst + out, size - out, value.p, n, true);
		if (n < value.len)
			n++;
		value.p += n;
		value.len -= n;
	}
	return out;
}

size_t
header_length(const char *buf, size_t len)
{
	size_t pos;

	for (pos = 0; pos < len; pos = line_end(buf, len, pos)) {
		if (is_empty_line(buf, len, pos))
			return line_end(buf, len, pos);
	}
	return len;
}
