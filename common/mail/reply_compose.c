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
 * Composing our replies.  The texts come from the configuration, from rules
 * and in part from outside; whatever they hold, what leaves here is exactly
 * one reply, each line of at most 512 octets with its CRLF.
 */

#include "reply.h"

#include <stdio.h>
#include <string.h>

#include "utf8.h"

/* "5.999.999" and its blank; and what three numbers could ever print. */
#define ENHANCED_MAX 24

/* The code at the start of text, and *rest what follows it, or 0. */
static int
leading_code(const char *text, const char **rest)
{
	int code = 0, i;

	*rest = text;
	for (i = 0; i < 3; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		code = code * 10 + (text[i] - '0');
	}
	if (code < 200 || code > 599)
		return 0;
	if (text[3] != '\0' && text[3] != ' ' && text[3] != '-')
		return 0;
	/* One mark belongs to the code: the text may begin with another. */
	for (text += text[3] == '-' ? 4 : 3; *text == ' '; text++)
		;
	*rest = text;
	return code;
}

int
reply_text_code(const char *text, int code)
{
	const char *rest;
	int found;

	found = leading_code(text, &rest);
	return found != 0 ? found : code;
}

/*
 * What stands between code and text, with its blank: the enhanced code that
 * the text brings (*text moves behind it), or else the caller's, its class
 * made the code's (RFC 2034 section 4).
 */
static void
print_enhanced(char *buf, int code, const char **text, const char *enhanced)
{
	struct reply_enhanced e;
	size_t n;

	buf[0] = '\0';
	n = reply_parse_enhanced(*text, strlen(*text), &e);
	if (n > 0) {
		*text += n;
		while (**text == ' ')
			(*text)++;
	} else if (enhanced == NULL || code / 100 == 3 ||
	    reply_parse_enhanced(enhanced, strlen(enhanced), &e) == 0)
		return;
	else
		e.class = (uint16_t)(code / 100);
	snprintf(buf, ENHANCED_MAX, "%u.%u.%u ", e.class, e.subject, e.detail);
}

/* Puts a cleaned word or text behind a blank. */
static size_t
append(char *buf, size_t size, size_t at, const char *s)
{
	if (s == NULL || *s == '\0' || at + 1 >= size)
		return at;
	if (at > 0)
		buf[at++] = ' ';
	return at + utf8_clean(buf + at, size - at, s, strlen(s), false);
}

/* How much of s[0..len) goes on a line of room octets: to a blank, if any. */
static size_t
fold_length(const char *s, size_t len, size_t room)
{
	size_t n;

	if (len <= room)
		return len;
	for (n = room; n > room / 2; n--) {
		if (s[n] == ' ')
			return n;
	}
	return room;
}

/* One line of a reply; there is room for REPLY_FOLD octets, CRLF and NUL. */
static size_t
put_line(char *buf, const char *head, const char *text, size_t len)
{
	size_t n = strlen(head);

	memcpy(buf, head, n);
	memcpy(buf + n, text, len);
	memcpy(buf + n + len, "\r\n", 3);
	return n + len + 2;
}

size_t
reply_compose(char *buf, size_t size, const struct reply_spec *spec)
{
	char body[REPLY_OUT_MAX], head[4 + ENHANCED_MAX];
	const char *text = spec->text != NULL ? spec->text : "", *p = body;
	size_t len = 0, n, room, out = 0;
	bool last;
	int code;

	if (size < REPLY_FOLD + 3)
		return 0;
	code = leading_code(text, &text);
	if (code == 0)
		code = spec->code;
	if (code < 200 || code > 599)
		code = 451;
	head[0] = (char)('0' + code / 100);
	head[1] = (char)('0' + code / 10 % 10);
	head[2] = (char)('0' + code % 10);
	print_enhanced(head + 4, code, &text, spec->enhanced);
	len = append(body, sizeof(body), len, spec->id);
	len = append(body, sizeof(body), len, text);
	len = append(body, sizeof(body), len, spec->extra);
	room = REPLY_FOLD - 4 - strlen(head + 4);
	do {
		n = fold_length(p, len, room);
		last = n == len || size - out < 2 * (REPLY_FOLD + 3);
		head[3] = last ? ' ' : '-';
		out += put_line(buf + out, head, p, n);
		if (n < len && p[n] == ' ')
			n++;
		p += n;
		len -= n;
	} while (!last);
	return out;
}

size_t
reply_print_line(char *buf, size_t size, int code, bool last, const char *text)
{
	size_t n;

	if (size < REPLY_FOLD + 3)
		return 0;
	n = (size_t)snprintf(
	    buf, size, "%03u%c", (unsigned int)code % 1000, last ? ' ' : '-');
	n += utf8_clean(buf + n, REPLY_FOLD + 1 - n, text, strlen(text), false);
	memcpy(buf + n, "\r\n", 3);
	return n + 2;
}
