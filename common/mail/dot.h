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
 * The framing of message content, and the only one: dot-stuffing of RFC 5321
 * section 4.5.2, line ends, BDAT chunks of RFC 3030.  Filters over streams in
 * any chunking, with a state of a few octets and no memory of what passed.
 *
 * Only CRLF.CRLF ends a message (its first CRLF may be that of the DATA
 * command).  A bare LF becomes CRLF; CRs before a CRLF fall away, other runs
 * of bare CR become a blank; a dot that only a bare CR or LF makes a line of
 * its own stays content.  So what leaves a filter other than DOT_BINARY has
 * CR and LF only in pairs, and DOT_STUFF can send it onward to any server.
 */

#ifndef DOT_H
#define DOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text lines of RFC 5321 section 4.5.3.1.6, without CRLF. */
#define DOT_LINE_MAX 998

/* Room that takes all output of n octets of input, and of dot_finish(). */
#define DOT_ROOM(n) (2 * (size_t)(n) + 8)

enum dot_kind {
	DOT_DATA, /* from a client after DATA: unstuffs, finds the end */
	DOT_CHUNK, /* from BDAT: line ends only, dots are dots */
	DOT_BINARY, /* from BDAT under BINARYMIME: all as it is */
	DOT_STUFF, /* to a server after DATA: stuffs, dot_finish() ends it */
	DOT_LF /* to a mailbox: CRLF becomes LF, all else as it is */
};

/* Bits of dot.flags, gathered by DOT_DATA, DOT_CHUNK and DOT_STUFF. */
#define DOT_BARE_CR 0x01 /* Bare_newline "reject": refuse at the end */
#define DOT_BARE_LF 0x02
#define DOT_BARE (DOT_BARE_CR | DOT_BARE_LF)
#define DOT_NUL 0x04 /* holds a NUL; it is kept */
#define DOT_8BIT 0x08 /* holds octets above 0x7f */
#define DOT_LONG 0x10 /* a line over DOT_LINE_MAX; it is kept */

struct dot {
	uint8_t kind;
	uint8_t state;
	uint8_t flags;
	uint32_t column; /* octets of the current line, saturates */
};

/* In and out as zlib does it: dot_run() moves the pointers on. */
struct dot_io {
	const char *in;
	size_t in_len;
	char *out;
	size_t out_len; /* room left */
};

enum dot_status {
	DOT_MORE, /* input used up, or (in_len > 0) out wants room */
	DOT_END /* DOT_DATA: the end was met; io->in is what follows it */
};

void dot_init(struct dot *d, enum dot_kind kind);

/*
 * Filters io->in to io->out until the input is used up, the end is met or no
 * room is left; room of DOT_ROOM(1) always makes progress.  in and out do not
 * overlap.  After DOT_END it reads nothing more.
 */
enum dot_status dot_run(struct dot *d, struct dot_io *io);

/*
 * What is still owed when the input is at its end: a pending CR (DOT_CHUNK
 * after the last chunk, DOT_LF), for DOT_STUFF a CRLF if the last line has
 * none and the final ".CRLF".  Nothing for DOT_DATA.  Returns 0, or -1 when
 * there is less room than DOT_ROOM(0).
 */
int dot_finish(struct dot *d, struct dot_io *io);

#endif /* DOT_H */
