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
 * Messages from programs; see letter.h.  Bytes pass a filter that finds the
 * lone dot, then the framing of dot.h that makes each line end CRLF, then
 * line by line into the header until that ends, and in runs into the body.
 */
#include "letter.h"

#include <sys/mman.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "dot.h"

#define CHUNK 16384

/*
 * Where in a line the search for a lone dot is; what is held back is let go as
 * soon as it is none.
 */
enum dot_place {
	AT_TEXT, /* inside a line */
	AT_START, /* at the start of a line */
	AT_DOT, /* behind a dot at the start */
	AT_DOT_CR, /* behind that dot and a CR */
	AT_END /* a line of a dot alone was met */
};

struct reading {
	struct letter *letter;
	struct dot dot;
	enum dot_place place;
	bool dot_ends;
	bool in_body;
	size_t line; /* where the current line of the header starts */
	bool first; /* no line was complete yet */
};

void
letter_init(struct letter *l)
{
	memset(l, 0, sizeof(*l));
	l->body = -1;
}

void
letter_clear(struct letter *l)
{
	free(l->header);
	if (l->body != -1)
		close(l->body);
	letter_init(l);
}

/*
 * The header is in memory, because it has to be completed before anything is
 * sent; its bound is what makes that safe.
 */
int
letter_add(struct letter *l, const char *text, size_t len)
{
	size_t size = l->header_size;
	char *p;

	if (len > LETTER_HEADER_MAX - l->header_len) {
		errno = EMSGSIZE;
		return -1;
	}
	while (size < l->header_len + len)
		size = size == 0 ? 4096 : size * 2;
	if (size != l->header_size) {
		if ((p = realloc(l->header, size)) == NULL)
			return -1;
		l->header = p;
		l->header_size = size;
	}
	memcpy(l->header + l->header_len, text, len);
	l->header_len += len;
	return 0;
}

/*
 * A file without a name, where temporary files go.  Without a name, so that
 * nothing is left behind however this ends.
 */
static int
body_open(void)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	if (dir == NULL || *dir != '/')
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (fd == -1)
		fd = memfd_create("selor", MFD_CLOEXEC);
	return fd;
}

/* To the disk, or memory where there is none: a message may be larger than
 * what we may allocate. */
int
letter_add_body(struct letter *l, const char *text, size_t len)
{
	ssize_t n;

	if (l->body == -1 && (l->body = body_open()) == -1)
		return -1;
	while (len > 0) {
		n = write(l->body, text, len);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n <= 0)
			continue;
		text += n;
		len -= (size_t)n;
		l->body_size += (uint64_t)n;
	}
	return 0;
}

uint64_t
letter_size(const struct letter *l)
{
	return l->header_len + 2 + l->body_size;
}

/*
 * Whether a line, ended by CRLF, begins a header field.  RFC 5322 section 2.2,
 * and blanks before the colon, which old programs write (section 4.5).
 */
static bool
is_field(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len && p[i] > ' ' && p[i] < 0x7f && p[i] != ':'; i++)
		;
	if (i == 0)
		return false;
	while (i < len && (p[i] == ' ' || p[i] == '\t'))
		i++;
	return i < len && p[i] == ':';
}

/*
 * The header ends; what of the line belongs to the body goes there.  Called at
 * the empty line, or at a line that is no field: that one is the body's first.
 */
static int
begin_body(struct reading *r, size_t from)
{
	struct letter *l = r->letter;
	size_t len = l->header_len - from;

	r->in_body = true;
	l->header_len = r->line;
	return letter_add_body(l, l->header + from, len);
}

/*
 * The line of the header from r->line to the end is complete, or the input is.
 * A "From " line at the top is what mbox readers put there and no field of the
 * message.
 */
static int
end_line(struct reading *r)
{
	struct letter *l = r->letter;
	const char *p = l->header + r->line;
	size_t len = l->header_len - r->line;
	bool first = r->first;

	r->first = false;
	if (len == 0)
		return 0;
	if (len == 2 && *p == '\r')
		return begin_body(r, l->header_len);
	if (first && len > 5 && memcmp(p, "From ", 5) == 0) {
		l->header_len = r->line;
		r->first = true;
		return 0;
	}
	if (((*p == ' ' || *p == '\t') && r->line > 0) || is_field(p, len)) {
		r->line = l->header_len;
		return 0;
	}
	return begin_body(r, r->line);
}

/*
 * Text with CRLF ends.  Whole lines while in the header; the body in pieces as
 * they come.
 */
static int
take_text(struct reading *r, const char *p, size_t len)
{
	const char *nl;
	size_t n;

	while (len > 0 && !r->in_body) {
		nl = memchr(p, '\n', len);
		n = nl == NULL ? len : (size_t)(nl - p) + 1;
		if (letter_add(r->letter, p, n) == -1)
			return -1;
		p += n;
		len -= n;
		if (nl != NULL && end_line(r) == -1)
			return -1;
	}
	return len == 0 ? 0 : letter_add_body(r->letter, p, len);
}

/* Text as it came, but without the lone dot. */
static int
take_raw(struct reading *r, const char *p, size_t len)
{
	char out[CHUNK];
	struct dot_io io = {p, len, out, sizeof(out)};

	while (io.in_len > 0) {
		io.out = out;
		io.out_len = sizeof(out);
		dot_run(&r->dot, &io);
		if (take_text(r, out, sizeof(out) - io.out_len) == -1)
			return -1;
	}
	return 0;
}

/* One octet of input; what was held back comes before it. */
static size_t
find_dot(struct reading *r, char c, char *out)
{
	size_t n = 0;

	switch (r->place) {
	case AT_START:
		if (c == '.') {
			r->place = AT_DOT;
			return 0;
		}
		break;
	case AT_DOT:
		if (c == '\r') {
			r->place = AT_DOT_CR;
			return 0;
		}
		if (c == '\n') {
			r->place = AT_END;
			return 0;
		}
		out[n++] = '.';
		break;
	case AT_DOT_CR:
		if (c == '\n') {
			r->place = AT_END;
			return 0;
		}
		out[n++] = '.';
		out[n++] = '\r';
		break;
	case AT_TEXT:
	case AT_END:
		break;
	}
	r->place = c == '\n' ? AT_START : AT_TEXT;
	out[n++] = c;
	return n;
}

/*
 * Two octets more than came: a dot and a CR may have been held back.  Behind
 * the lone dot nothing is read any more.
 */
static int
take_chunk(struct reading *r, const char *p, size_t len)
{
	char out[CHUNK + 2];
	size_t i, n = 0;

	if (!r->dot_ends)
		return take_raw(r, p, len);
	for (i = 0; i < len && r->place != AT_END; i++)
		n += find_dot(r, p[i], out + n);
	return take_raw(r, out, n);
}

/* The end: what is held back, an end for the last line. */
static int
take_end(struct reading *r)
{
	char out[DOT_ROOM(0)];
	struct dot_io io = {NULL, 0, out, sizeof(out)};

	if (dot_finish(&r->dot, &io) == -1 ||
	    take_text(r, out, sizeof(out) - io.out_len) == -1)
		return -1;
	if (r->dot.column > 0 && take_text(r, "\r\n", 2) == -1)
		return -1;
	if (!r->in_body && end_line(r) == -1)
		return -1;
	r->letter->is_8bit = (r->dot.flags & DOT_8BIT) != 0;
	return 0;
}

/* A sysexits(3) code, after a line that says what is wrong. */
int
letter_read(struct letter *l, int fd, bool dot_ends)
{
	struct reading r = {.letter = l,
	    .place = AT_START,
	    .dot_ends = dot_ends,
	    .first = true};
	char buf[CHUNK];
	ssize_t n;
	int failed = 0;

	dot_init(&r.dot, DOT_CHUNK);
	while (!failed && r.place != AT_END &&
	    (n = read(fd, buf, sizeof(buf))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			warn("reading the message");
			return EX_IOERR;
		}
		failed = take_chunk(&r, buf, (size_t)n) == -1;
	}
	if (!failed && take_end(&r) == 0)
		return 0;
	if (errno == EMSGSIZE) {
		warnx("the header is larger than %d bytes", LETTER_HEADER_MAX);
		return EX_DATAERR;
	}
	warn("keeping the message");
	return EX_TEMPFAIL;
}
