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
 * The copy of a message as a mailbox keeps it: Return-Path and Delivered-To
 * on top (RFC 5321 section 4.4), LF line ends; for an mbox the From_ line and
 * its quoting.  Content comes from memory or is read from a descriptor, in
 * one pass and constant memory.
 */
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * Octets read and written at a time: few system calls, and no more memory for a
 * large message than for a small one.
 */
#define CONTENT_OUT 65536
#define CONTENT_IN 65536

struct content {
	int fd;
	int error;
	uint64_t total;
	size_t len;
	bool cr; /* the last chunk ended in a CR */
	bool mbox;
	/* At the start of a line of an mbox: how much of ">*From " was seen
	 * and is held back. */
	bool start;
	uint64_t marks;
	unsigned int from;
	char buf[CONTENT_OUT];
};

static const char from_mark[] = "From ";

/* The first error is kept; what comes after it is counted but not written. */
static void
content_flush(struct content *c)
{
	size_t at = 0;
	ssize_t n;

	while (at < c->len && c->error == 0) {
		n = write(c->fd, c->buf + at, c->len - at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			c->error = n == -1 ? errno : EIO;
		else
			at += (size_t)n;
	}
	c->total += c->len;
	c->len = 0;
}

static void
content_put(struct content *c, const char *p, size_t len)
{
	size_t n;

	while (len > 0) {
		if (c->len == sizeof(c->buf))
			content_flush(c);
		n = sizeof(c->buf) - c->len;
		if (n > len)
			n = len;
		memcpy(c->buf + c->len, p, n);
		c->len += n;
		p += n;
		len -= n;
	}
}

/* Lets go what was held back; quoted: with one more mark before it. */
static void
content_release(struct content *c, bool quoted)
{
	if (quoted)
		content_put(c, ">", 1);
	for (; c->marks > 0; c->marks--)
		content_put(c, ">", 1);
	content_put(c, from_mark, c->from);
	c->from = 0;
	c->start = false;
}

/*
 * Looks at the start of a line; returns octets held back or let through.  A
 * line of ">" alone, however long, is only counted and never held: marks has 64
 * bits.
 */
static size_t
content_line_start(struct content *c, const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len && c->start; i++) {
		if (c->from == 0 && p[i] == '>')
			c->marks++;
		else if (p[i] == from_mark[c->from]) {
			if (from_mark[++c->from] == '\0')
				content_release(c, true);
		} else {
			content_release(c, false);
			return i;
		}
	}
	return i;
}

/* Text whose line ends are LF already. */
static void
content_text(struct content *c, const char *p, size_t len)
{
	const char *nl;
	size_t n;

	if (!c->mbox) {
		content_put(c, p, len);
		return;
	}
	while (len > 0) {
		n = 0;
		if (c->start)
			n = content_line_start(c, p, len);
		if (n < len && !c->start) {
			nl = memchr(p + n, '\n', len - n);
			c->start = nl != NULL;
			if (nl != NULL) {
				content_put(c, p + n, (size_t)(nl + 1 - p) - n);
				n = (size_t)(nl + 1 - p);
			} else {
				content_put(c, p + n, len - n);
				n = len;
			}
		}
		p += n;
		len -= n;
	}
}

/* CRLF becomes LF, also where a chunk ends between the two. */
static void
content_chunk(struct content *c, const char *p, size_t len)
{
	const char *cr, *end = p + len;

	if (c->cr && len > 0) {
		c->cr = false;
		if (*p != '\n')
			content_text(c, "\r", 1);
	}
	while (p < end) {
		if ((cr = memchr(p, '\r', (size_t)(end - p))) == NULL) {
			content_text(c, p, (size_t)(end - p));
			return;
		}
		content_text(c, p, (size_t)(cr - p));
		if (cr + 1 == end)
			c->cr = true;
		else if (cr[1] != '\n')
			content_text(c, "\r", 1);
		p = cr + 1;
	}
}

/* An address on a line of its own; nothing in it may end that line. */
static void
content_field(struct content *c, const char *before, const char *address,
    const char *after)
{
	content_put(c, before, strlen(before));
	for (; *address != '\0'; address++) {
		if ((unsigned char)*address < ' ' || *address == 0x7f)
			content_put(c, "?", 1);
		else
			content_put(c, address, 1);
	}
	content_put(c, after, strlen(after));
}

/*
 * UTC in the From_ line: the custom has no zone there, and one time has to
 * serve all readers.
 */
static void
content_head(struct content *c, const struct agent_mail *m)
{
	char date[32];
	const char *p;
	time_t when = (time_t)m->arrival;
	struct tm tm;

	if (c->mbox) {
		if (gmtime_r(&when, &tm) == NULL ||
		    strftime(
			date, sizeof(date), "%a %b %e %H:%M:%S %Y\n", &tm) == 0)
			strlcpy(
			    date, "Thu Jan  1 00:00:00 1970\n", sizeof(date));
		content_put(c, from_mark, sizeof(from_mark) - 1);
		/* Readers of mbox files split that line at blanks. */
		p = m->sender[0] == '\0' ? "MAILER-DAEMON" : m->sender;
		for (; *p != '\0'; p++)
			content_put(c,
			    (unsigned char)*p <= ' ' || *p == 0x7f ? "_" : p,
			    1);
		content_put(c, " ", 1);
		content_put(c, date, strlen(date));
	}
	content_field(c, "Return-Path: <", m->sender, ">\n");
	content_field(c, "Delivered-To: ", m->recipient, "\n");
}

/* From a descriptor, at offsets: it is shared with other readers. */
static void
content_copy(struct content *c, const struct agent_mail *m)
{
	static char in[CONTENT_IN];
	uint64_t at = 0;
	size_t want;
	ssize_t n;

	while (at < m->size && c->error == 0) {
		want = sizeof(in);
		if (m->size - at < want)
			want = (size_t)(m->size - at);
		n = pread(m->fd, in, want, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			c->error = n == -1 ? errno : EIO;
			return;
		}
		content_chunk(c, in, (size_t)n);
		at += (uint64_t)n;
	}
}

/*
 * static: one content is written at a time, and 64 KiB are too much for a
 * stack.  *written is what a whole copy has, by which a repeat knows its own.
 */
int
agent_content_write(
    int out, const struct agent_mail *m, bool as_mbox, uint64_t *written)
{
	static struct content c;

	c.fd = out;
	c.error = 0;
	c.total = 0;
	c.len = 0;
	c.cr = false;
	c.mbox = as_mbox;
	c.start = as_mbox;
	c.marks = 0;
	c.from = 0;
	content_head(&c, m);
	if (m->fd == -1)
		content_chunk(&c, (const char *)m->data, (size_t)m->size);
	else
		content_copy(&c, m);
	if (c.cr)
		content_text(&c, "\r", 1);
	if (as_mbox) {
		/* A last line without an end, or only looked at so far. */
		if (c.start && (c.marks > 0 || c.from > 0))
			content_release(&c, false);
		if (!c.start)
			content_put(&c, "\n", 1);
		content_put(&c, "\n", 1);
	}
	content_flush(&c);
	*written = c.total;
	errno = c.error;
	return c.error == 0 ? 0 : -1;
}
