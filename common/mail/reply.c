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
 * Reading a server's reply.  A server may be hostile or broken: lines, octets
 * and kept text are bounded, codes must agree from line to line, and what is
 * kept is cleaned, so it may go into logs and reports.  RFC 5321 section 4.2.
 */

#include "reply.h"

#include <stdio.h>
#include <string.h>

#include "utf8.h"

enum reply_state {
	STATE_CODE, /* in the three digits */
	STATE_SEPARATOR, /* the octet behind them */
	STATE_TEXT,
	STATE_DONE,
	STATE_BAD
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

void
reply_init(struct reply *r)
{
	memset(r, 0, sizeof(*r));
}

size_t
reply_parse_enhanced(const char *s, size_t len, struct reply_enhanced *e)
{
	uint16_t part[3] = {0, 0, 0};
	size_t i = 0, n, digits;

	memset(e, 0, sizeof(*e));
	for (n = 0; n < 3; n++) {
		if (n > 0 && (i >= len || s[i++] != '.'))
			return 0;
		for (digits = 0; i < len && is_digit(s[i]); digits++, i++) {
			if (digits == 3)
				return 0;
			part[n] = (uint16_t)(part[n] * 10 + (s[i] - '0'));
		}
		if (digits == 0 || (n == 0 && digits != 1))
			return 0;
	}
	if (part[0] != 2 && part[0] != 4 && part[0] != 5)
		return 0;
	if (i < len && s[i] != ' ' && s[i] != '\n')
		return 0;
	e->class = part[0];
	e->subject = part[1];
	e->detail = part[2];
	return i;
}

/* Kept as it came; end_line() cleans a whole line at once. */
static void
keep(struct reply *r, char c)
{
	if (r->len < REPLY_TEXT_MAX)
		r->text[r->len++] = c;
	else
		r->cut = true;
}

static void
clean_line(struct reply *r)
{
	char line[REPLY_TEXT_MAX];
	size_t len = (size_t)(r->len - r->line_at), n;

	memcpy(line, r->text + r->line_at, len);
	if (len > 0 && line[len - 1] == '\r')
		len--;
	n = utf8_clean(r->text + r->line_at, sizeof(r->text) - r->line_at, line,
	    len, true);
	r->len = (uint16_t)(r->line_at + n);
}

static void
end_line(struct reply *r)
{
	struct reply_enhanced e;

	clean_line(r);
	if (r->enhanced.class == 0 &&
	    reply_parse_enhanced(
		r->text + r->line_at, (size_t)(r->len - r->line_at), &e) > 0 &&
	    e.class == r->code / 100)
		r->enhanced = e;
	r->lines++;
	r->line_len = 0;
	r->this_code = 0;
	if (r->last)
		r->state = STATE_DONE;
	else if (r->lines >= REPLY_LINES_MAX)
		r->state = STATE_BAD;
	else
		r->state = STATE_CODE;
}

/* One of the three digits; line_len counts it already. */
static void
step_code(struct reply *r, char c)
{
	if (!is_digit(c) || (r->line_len == 1 && (c < '2' || c > '5'))) {
		r->state = STATE_BAD;
		return;
	}
	r->this_code = (uint16_t)(r->this_code * 10 + (c - '0'));
	if (r->line_len < 3)
		return;
	if (r->lines > 0 && r->this_code != r->code) {
		r->state = STATE_BAD;
		return;
	}
	r->code = r->this_code;
	if (r->lines > 0)
		keep(r, '\n');
	r->line_at = r->len;
	r->state = STATE_SEPARATOR;
}

/* A code with nothing behind it is a last line too. */
static void
step_separator(struct reply *r, char c)
{
	r->last = c != '-';
	r->state = STATE_TEXT;
	if (c == '\n')
		end_line(r);
	else if (c == '\r')
		keep(r, c);
	else if (c != ' ' && c != '-')
		r->state = STATE_BAD;
}

static void
step(struct reply *r, char c)
{
	if (++r->line_len > REPLY_LINE_MAX || ++r->bytes > REPLY_BYTES_MAX) {
		r->state = STATE_BAD;
		return;
	}
	switch (r->state) {
	case STATE_CODE:
		step_code(r, c);
		break;
	case STATE_SEPARATOR:
		step_separator(r, c);
		break;
	case STATE_TEXT:
		if (c == '\n')
			end_line(r);
		else
			keep(r, c);
		break;
	default:
		break;
	}
}

enum reply_status
reply_feed(struct reply *r, const char *in, size_t len, size_t *used)
{
	size_t i;

	for (i = 0; i < len && r->state < STATE_DONE; i++)
		step(r, in[i]);
	*used = i;
	if (r->state == STATE_DONE)
		return REPLY_DONE;
	if (r->state != STATE_BAD)
		return REPLY_MORE;
	/* Nothing half-read and not yet cleaned is shown. */
	r->code = 0;
	r->len = 0;
	r->text[0] = '\0';
	return REPLY_BAD;
}

int
reply_class(const struct reply *r)
{
	return r->state == STATE_DONE ? r->code / 100 : 4;
}

size_t
reply_print(const struct reply *r, char *buf, size_t size)
{
	const char *p = r->text, *end = r->text + r->len, *lf;
	struct reply_enhanced e;
	size_t out, n;
	int ret;

	if (size == 0)
		return 0;
	ret = snprintf(buf, size, "%03u", r->code);
	out = ret < 0 ? 0 : (size_t)ret;
	while (p < end && out + 1 < size) {
		lf = memchr(p, '\n', (size_t)(end - p));
		n = (size_t)((lf != NULL ? lf : end) - p);
		if (p > r->text) {
			/* The code need not stand there once more. */
			ret = (int)reply_parse_enhanced(p, n, &e);
			p += ret;
			n -= (size_t)ret;
			if (n > 0 && *p == ' ') {
				p++;
				n--;
			}
		}
		if (n > 0)
			buf[out++] = ' ';
		out += utf8_clean(buf + out, size - out, p, n, true);
		p = lf != NULL ? lf + 1 : end;
	}
	return out < size ? out : size - 1;
}

static bool
is_keyword_char(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || c == '-';
}

/* "AUTH=LOGIN" of old servers is read as "AUTH LOGIN". */
static bool
split_keyword(struct span line, struct span *keyword, struct span *params)
{
	size_t n;

	for (n = 0; n < line.len && is_keyword_char(line.p[n]); n++)
		;
	if (n == 0 || (n < line.len && line.p[n] != ' ' && line.p[n] != '='))
		return false;
	keyword->p = line.p;
	keyword->len = n;
	if (n < line.len)
		n++;
	params->p = line.p + n;
	params->len = line.len - n;
	while (params->len > 0 && params->p[0] == ' ') {
		params->p++;
		params->len--;
	}
	while (params->len > 0 && params->p[params->len - 1] == ' ')
		params->len--;
	return true;
}

bool
reply_ehlo_next(const struct reply *r, size_t *pos, struct span *keyword,
    struct span *params)
{
	const char *end = r->text + r->len, *lf;
	struct span line;

	if (*pos == 0) {
		lf = memchr(r->text, '\n', r->len);
		*pos = lf != NULL ? (size_t)(lf + 1 - r->text) : r->len;
	}
	while (*pos < r->len) {
		line.p = r->text + *pos;
		lf = memchr(line.p, '\n', (size_t)(end - line.p));
		line.len = (size_t)((lf != NULL ? lf : end) - line.p);
		*pos += line.len + (lf != NULL ? 1 : 0);
		if (split_keyword(line, keyword, params))
			return true;
	}
	return false;
}
