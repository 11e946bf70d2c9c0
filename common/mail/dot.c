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
 * One engine frames all content.  It works line by line: what lies between
 * two special octets is found by memchr(3) and copied in one piece, so the
 * cost of a state machine is paid per line, not per octet.  RFC 5321 section
 * 4.5.2, RFC 3030 section 2; which byte sequences end a message is the whole
 * matter of SMTP smuggling, so every state is named and nothing is implied.
 */

#include "dot.h"

#include <string.h>

enum dot_state {
	STATE_LINE, /* right behind a CRLF of the input: a dot is special */
	STATE_TEXT, /* inside a line, or behind a bare LF */
	STATE_CR, /* one or more CRs are pending */
	STATE_DOT, /* DOT_DATA: one dot behind a CRLF is pending */
	STATE_DOT_CR, /* and exactly one CR behind it */
	STATE_ENDED
};

/* What an octet that is alone in the buffer may make of pending ones. */
#define ROOM_MIN 4

/*
 * How far to look for an LF.  Without it every bare CR of a hostile message
 * would cost a search through the rest of the buffer.
 */
#define LOOK_AHEAD 1024
#define SHORT_TEXT 16

void
dot_init(struct dot *d, enum dot_kind kind)
{
	memset(d, 0, sizeof(*d));
	d->kind = (uint8_t)kind;
	d->state = STATE_LINE;
}

static size_t
shorter(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void
put(struct dot_io *io, const char *s, size_t n)
{
	memcpy(io->out, s, n);
	io->out += n;
	io->out_len -= n;
}

static void
skip(struct dot_io *io, size_t n)
{
	io->in += n;
	io->in_len -= n;
}

static void
add_column(struct dot *d, size_t n)
{
	if (n > UINT32_MAX - d->column)
		n = UINT32_MAX - d->column;
	d->column += (uint32_t)n;
	if (d->column > DOT_LINE_MAX)
		d->flags |= DOT_LONG;
}

/* Writes the line end that was read, whatever it was made of. */
static void
end_line(struct dot *d, struct dot_io *io, bool bare)
{
	put(io, "\r\n", 2);
	d->column = 0;
	d->state = STATE_LINE;
	if (!bare)
		return;
	d->flags |= DOT_BARE_LF;
	/*
	 * Inwards only a CRLF of the client's makes a dot special.  Outwards
	 * the receiver will see our CRLF, so the dot behind it is stuffed.
	 */
	if (d->kind == DOT_DATA)
		d->state = STATE_TEXT;
}

/* The pending run of CRs is followed by no LF. */
static void
end_bare_cr(struct dot *d, struct dot_io *io)
{
	d->flags |= DOT_BARE_CR;
	put(io, " ", 1);
	add_column(d, 1);
	d->state = STATE_TEXT;
}

/*
 * Length of the text at s that ends before the first CR or LF.  Short text,
 * as a hostile message is made of, is not worth two calls of memchr(3).
 */
static size_t
text_length(const char *s, size_t len)
{
	const char *p;
	size_t i;

	len = shorter(len, LOOK_AHEAD);
	for (i = 0; i < len && i < SHORT_TEXT; i++) {
		if (s[i] == '\r' || s[i] == '\n')
			return i;
	}
	if ((p = memchr(s + i, '\n', len - i)) != NULL)
		len = (size_t)(p - s);
	if ((p = memchr(s + i, '\r', len - i)) != NULL)
		len = (size_t)(p - s);
	return len;
}

/*
 * The fast path: copies whole lines that end in CRLF and begin with no dot,
 * all in one piece.  In and out have n octets; state is STATE_LINE.
 */
static void
run_lines(struct dot *d, struct dot_io *io, size_t n)
{
	const char *s = io->in, *end = s + n, *lf;
	const bool dots = d->kind != DOT_CHUNK;
	size_t len;

	while (s < end && !(dots && *s == '.')) {
		len = shorter((size_t)(end - s), LOOK_AHEAD);
		lf = memchr(s, '\n', len);
		if (lf == NULL || lf == s || lf[-1] != '\r')
			break;
		len = (size_t)(lf - 1 - s);
		if (memchr(s, '\r', len) != NULL)
			break;
		add_column(d, len);
		d->column = 0;
		s = lf + 1;
	}
	len = (size_t)(s - io->in);
	put(io, io->in, len);
	skip(io, len);
}

/* Up to n octets of text without CR or LF; at least one step forward. */
static void
run_text(struct dot *d, struct dot_io *io, size_t n)
{
	size_t len;

	len = text_length(io->in, n);
	if (len > 0) {
		put(io, io->in, len);
		skip(io, len);
		add_column(d, len);
		d->state = STATE_TEXT;
	} else if (*io->in == '\r') {
		skip(io, 1);
		d->state = STATE_CR;
	} else {
		skip(io, 1);
		end_line(d, io, true);
	}
}

/* In STATE_LINE or STATE_TEXT. */
static void
step_plain(struct dot *d, struct dot_io *io)
{
	size_t n;

	if (d->state == STATE_LINE && *io->in == '.') {
		if (d->kind == DOT_DATA) {
			skip(io, 1);
			d->state = STATE_DOT;
			return;
		}
		if (d->kind == DOT_STUFF) {
			put(io, ".", 1);
			d->state = STATE_TEXT;
		}
	}
	if (d->state == STATE_LINE)
		run_lines(d, io, shorter(io->in_len, io->out_len));
	/* A bare LF takes one octet more than it was. */
	if (io->in_len == 0 || io->out_len < ROOM_MIN)
		return;
	if (d->state == STATE_LINE && *io->in == '.' && d->kind != DOT_CHUNK)
		return;
	n = shorter(io->in_len, io->out_len - 1);
	run_text(d, io, n);
}

/* A dot behind CRLF is pending, and this is what follows. */
static void
step_dot(struct dot *d, struct dot_io *io)
{
	if (*io->in == '\r') {
		skip(io, 1);
		d->state = STATE_DOT_CR;
		return;
	}
	d->state = STATE_TEXT;
	/* Before a bare LF it stays; otherwise it was stuffed and goes. */
	if (*io->in == '\n') {
		put(io, ".", 1);
		add_column(d, 1);
	}
}

static void
step_dot_cr(struct dot *d, struct dot_io *io)
{
	if (*io->in == '\n') {
		skip(io, 1);
		d->state = STATE_ENDED;
		return;
	}
	/* A bare CR: the dot stays, and the CR is as any other. */
	put(io, ".", 1);
	add_column(d, 1);
	d->state = STATE_CR;
}

static void
step_cr(struct dot *d, struct dot_io *io)
{
	if (*io->in == '\n') {
		skip(io, 1);
		end_line(d, io, false);
	} else if (*io->in == '\r') {
		skip(io, 1);
		d->flags |= DOT_BARE_CR;
	} else
		end_bare_cr(d, io);
}

/*
 * One pass over the input for what is only reported, a word at a time: less
 * one, only an octet that was zero gains a high bit that it had not.
 */
static void
look_over(struct dot *d, const char *s, size_t len)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t highs = ones << 7;
	uint64_t word, zero = 0, high = 0;
	size_t i;

	for (i = 0; len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, s + i, sizeof(word));
		zero |= (word - ones) & ~word;
		high |= word;
	}
	for (; i < len; i++) {
		if (s[i] == '\0')
			zero = highs;
		high |= (uint64_t)(unsigned char)s[i];
	}
	if ((zero & highs) != 0)
		d->flags |= DOT_NUL;
	if ((high & highs) != 0)
		d->flags |= DOT_8BIT;
}

static void
run_binary(struct dot_io *io)
{
	size_t n;

	n = shorter(io->in_len, io->out_len);
	put(io, io->in, n);
	skip(io, n);
}

/* A CR is held back until what follows it is known. */
static void
run_lf(struct dot *d, struct dot_io *io)
{
	size_t n, len;
	const char *cr;

	while (io->in_len > 0 && io->out_len > 1) {
		if (d->state == STATE_CR) {
			d->state = STATE_TEXT;
			if (*io->in != '\n')
				put(io, "\r", 1);
		}
		n = shorter(io->in_len, io->out_len);
		cr = memchr(io->in, '\r', n);
		len = cr != NULL ? (size_t)(cr - io->in) : n;
		put(io, io->in, len);
		skip(io, len);
		if (cr != NULL) {
			skip(io, 1);
			d->state = STATE_CR;
		}
	}
}

static void
run_framed(struct dot *d, struct dot_io *io)
{
	while (io->in_len > 0 && io->out_len >= ROOM_MIN) {
		switch (d->state) {
		case STATE_LINE:
		case STATE_TEXT:
			step_plain(d, io);
			break;
		case STATE_CR:
			step_cr(d, io);
			break;
		case STATE_DOT:
			step_dot(d, io);
			break;
		case STATE_DOT_CR:
			step_dot_cr(d, io);
			break;
		default:
			return;
		}
	}
}

enum dot_status
dot_run(struct dot *d, struct dot_io *io)
{
	const char *start = io->in;

	if (d->state == STATE_ENDED)
		return DOT_END;
	if (io->in_len == 0)
		return DOT_MORE;
	if (d->kind == DOT_BINARY)
		run_binary(io);
	else if (d->kind == DOT_LF)
		run_lf(d, io);
	else
		run_framed(d, io);
	if (d->kind != DOT_LF && d->kind != DOT_BINARY)
		look_over(d, start, (size_t)(io->in - start));
	return d->state == STATE_ENDED ? DOT_END : DOT_MORE;
}

int
dot_finish(struct dot *d, struct dot_io *io)
{
	if (io->out_len < DOT_ROOM(0))
		return -1;
	if (d->kind == DOT_LF) {
		if (d->state == STATE_CR)
			put(io, "\r", 1);
		d->state = STATE_ENDED;
		return 0;
	}
	if (d->kind != DOT_CHUNK && d->kind != DOT_STUFF)
		return 0;
	if (d->state == STATE_CR)
		end_bare_cr(d, io);
	if (d->kind == DOT_STUFF && d->state != STATE_ENDED) {
		if (d->state != STATE_LINE)
			put(io, "\r\n", 2);
		put(io, ".\r\n", 3);
	}
	d->state = STATE_ENDED;
	return 0;
}
