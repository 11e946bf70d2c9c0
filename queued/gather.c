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
 * gather.c: reads content that is not in our form yet.  Bounded three times:
 * bytes a turn, bytes of one, bytes of all.
 */

#include "gather.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "queued.h"

/* Bytes read in one turn; bytes in memory of all together. */
#define GATHER_PIECE (64 * 1024)
#define GATHER_MEMORY (128u * 1024 * 1024)

static TAILQ_HEAD(, gather) gathers = TAILQ_HEAD_INITIALIZER(gathers);
static size_t memory;

/* Takes g->fd over, also where it fails. The owner keeps g where it is until
 * done is called or gather_clear. */
int
gather_begin(struct gather *g)
{
	g->text = NULL;
	g->len = g->header = g->size = g->line = 0;
	g->at = 0;
	g->has_cr = false;
	g->is_waiting = true;
	if (memory >= GATHER_MEMORY) {
		close(g->fd);
		g->fd = -1;
		g->is_waiting = false;
		errno = ENOMEM;
		return -1;
	}
	TAILQ_INSERT_TAIL(&gathers, g, entry);
	queued_kick();
	return 0;
}

/* Text that was gathered stays; the owner may want it. */
static void
gather_stop(struct gather *g)
{
	if (g->is_waiting)
		TAILQ_REMOVE(&gathers, g, entry);
	g->is_waiting = false;
	if (g->fd != -1)
		close(g->fd);
	g->fd = -1;
}

/* Safe at any time and more than once, for an owner that goes away in the
 * middle. */
void
gather_clear(struct gather *g)
{
	gather_stop(g);
	memory -= g->size;
	g->size = 0;
	free(g->text);
	g->text = NULL;
}

/* The text is the owner's now, and so is the count of its memory. */
void
gather_release(struct gather *g)
{
	memory -= g->size;
	g->size = 0;
	g->text = NULL;
}

/* Twice the bytes of a piece, as each may be an LF that becomes two. */
static int
gather_room(struct gather *g)
{
	size_t size = g->size == 0 ? GATHER_PIECE : g->size;
	uint8_t *text;

	if (g->size - g->len > 2 * GATHER_PIECE + 4)
		return 0;
	while (size - g->len <= 2 * GATHER_PIECE + 4)
		size *= 2;
	if (memory + size - g->size > GATHER_MEMORY ||
	    (text = realloc(g->text, size)) == NULL)
		return ENOMEM;
	memory += size - g->size;
	g->text = text;
	g->size = size;
	return 0;
}

/* The first empty line ends the header (RFC 5322 section 2.1); header counts it
 * in. */
static void
line_end(struct gather *g)
{
	bool is_empty = g->len == g->line;

	g->text[g->len++] = '\r';
	g->text[g->len++] = '\n';
	g->line = g->len;
	if (is_empty && g->header == 0)
		g->header = g->len;
}

/* A CR ends a line, with the LF behind it or alone, and so does an LF: what
 * another server might take for the end of a line is one. */
static void
gather_bytes(struct gather *g, const uint8_t *from, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (g->has_cr || from[i] == '\n')
			line_end(g);
		if (from[i] == '\n' || from[i] == '\r') {
			/* The LF of a CRLF has ended its line just now. */
			g->has_cr = from[i] == '\r';
			continue;
		}
		g->has_cr = false;
		g->text[g->len++] = from[i];
	}
}

/* 0: more to come; -1: the end; or an errno. */
static int
gather_piece(struct gather *g)
{
	static uint8_t piece[GATHER_PIECE];
	ssize_t n;
	int error;

	if ((error = gather_room(g)) != 0)
		return error;
	n = pread(g->fd, piece, sizeof(piece), (off_t)g->at);
	if (n == -1)
		return errno == EINTR ? 0 : errno;
	if (n > 0) {
		g->at += (uint64_t)n;
		gather_bytes(g, piece, (size_t)n);
		return g->len > g->most ? EMSGSIZE : 0;
	}
	if (g->has_cr || g->len > g->line)
		line_end(g);
	if (g->header == 0)
		g->header = g->len;
	return -1;
}

bool
gather_step(void)
{
	struct gather *g = TAILQ_FIRST(&gathers);
	int r;

	if (g == NULL)
		return false;
	if ((r = gather_piece(g)) != 0) {
		gather_stop(g);
		g->done(g->arg, r == -1 ? 0 : r);
	} else {
		/* A long one does not keep short ones waiting. */
		TAILQ_REMOVE(&gathers, g, entry);
		TAILQ_INSERT_TAIL(&gathers, g, entry);
	}
	return !TAILQ_EMPTY(&gathers);
}
