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
 * Any octets as content, in any chunking.  The end must be where a search for
 * CRLF.CRLF finds it; what is kept has CR and LF only in pairs; what is
 * stuffed again ends only at its end and unstuffs to the same.
 */

#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "dot.h"

/* A filtered stream: what came out, and how it ended. */
struct stream {
	char *out;
	size_t len, used;
	struct dot d;
	enum dot_status status;
};

/*
 * The chunking: a sequence of small numbers made from a seed.  Mostly small,
 * sometimes large: both the edges and the runs are met.
 */
static size_t
next_piece(unsigned int *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return 1 + (*seed >> 16) % (1u << (*seed >> 28));
}

/*
 * The room for output is cut as well, so that each state is left and entered
 * again with nothing left to write to.
 */
static void
filter(struct stream *s, enum dot_kind kind, const char *in, size_t len,
    unsigned int seed)
{
	struct dot_io io;
	size_t n, room;

	CHECK((s->out = malloc(DOT_ROOM(len) + 16)) != NULL);
	s->len = s->used = 0;
	s->status = DOT_MORE;
	dot_init(&s->d, kind);
	while (s->used < len && s->status == DOT_MORE) {
		n = next_piece(&seed);
		if (n > len - s->used)
			n = len - s->used;
		room = DOT_ROOM(1) + next_piece(&seed);
		if (room > DOT_ROOM(len) + 16 - s->len)
			room = DOT_ROOM(len) + 16 - s->len;
		io = (struct dot_io){in + s->used, n, s->out + s->len, room};
		s->status = dot_run(&s->d, &io);
		CHECK(io.in_len < n || io.out_len < room);
		s->used += n - io.in_len;
		s->len += room - io.out_len;
	}
	if (kind == DOT_DATA)
		return;
	io = (struct dot_io){NULL, 0, s->out + s->len, DOT_ROOM(0)};
	CHECK(dot_finish(&s->d, &io) == 0);
	s->len += DOT_ROOM(0) - io.out_len;
}

/* Offset behind the first CRLF.CRLF, a CRLF standing before s; or 0. */
static size_t
find_end(const char *s, size_t len)
{
	const char *p;

	if (len >= 3 && memcmp(s, ".\r\n", 3) == 0)
		return 3;
	p = len > 0 ? memmem(s, len, "\r\n.\r\n", 5) : NULL;
	return p != NULL ? (size_t)(p - s) + 5 : 0;
}

/*
 * A bare CR or LF is what smuggling is made of: two servers that do not agree
 * where a line ends (RFC 5321 section 2.3.8).
 */
static void
check_clean(const struct stream *s)
{
	size_t i;

	for (i = 0; i < s->len; i++) {
		if (s->out[i] == '\r')
			CHECK(i + 1 < s->len && s->out[i + 1] == '\n');
		if (s->out[i] == '\n')
			CHECK(i > 0 && s->out[i - 1] == '\r');
	}
}

/* What one server sends, the other has to take as exactly one message. */
static void
check_round(const struct stream *clean, unsigned int seed)
{
	struct stream wire, back;
	bool whole;

	filter(&wire, DOT_STUFF, clean->out, clean->len, seed);
	CHECK((wire.d.flags & DOT_BARE) == 0);
	check_clean(&wire);
	CHECK(find_end(wire.out, wire.len) == wire.len);
	filter(&back, DOT_DATA, wire.out, wire.len, seed + 1);
	CHECK(back.status == DOT_END && back.used == wire.len);
	whole = clean->len == 0 || clean->out[clean->len - 1] == '\n';
	CHECK(back.len == clean->len + (whole ? 0 : 2));
	CHECK(memcmp(back.out, clean->out, clean->len) == 0);
	free(wire.out);
	free(back.out);
}

/*
 * Content that nobody cleaned before is stuffed safely too: the sender can not
 * rely on who received it.
 */
static void
check_raw(const char *in, size_t len, unsigned int seed)
{
	struct stream s;

	/* Hostile content stuffed without being cleaned before. */
	filter(&s, DOT_STUFF, in, len, seed);
	check_clean(&s);
	CHECK(find_end(s.out, s.len) == s.len);
	free(s.out);
	filter(&s, DOT_BINARY, in, len, seed);
	CHECK(s.len == len && memcmp(s.out, in, len) == 0);
	free(s.out);
	filter(&s, DOT_LF, in, len, seed);
	CHECK(s.len <= len);
	free(s.out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream one, other;
	unsigned int seed;
	char *in;

	if (size < 3 || size > 65536)
		return 0;
	seed = data[0] * 65536u + data[1];
	size -= 2;
	CHECK((in = malloc(size)) != NULL);
	memcpy(in, data + 2, size);
	filter(&one, DOT_DATA, in, size, seed);
	CHECK((one.status == DOT_END) == (find_end(in, size) > 0));
	CHECK(one.used == (one.status == DOT_END ? find_end(in, size) : size));
	if (one.status == DOT_END) {
		check_clean(&one);
		check_round(&one, seed);
	}
	filter(&other, DOT_DATA, in, size, seed + 7);
	CHECK(other.len == one.len && other.used == one.used);
	CHECK(memcmp(other.out, one.out, one.len) == 0);
	CHECK(other.d.flags == one.d.flags);
	free(one.out);
	free(other.out);
	filter(&one, DOT_CHUNK, in, size, seed);
	check_clean(&one);
	check_round(&one, seed);
	free(one.out);
	check_raw(in, size, seed);
	free(in);
	return 0;
}
