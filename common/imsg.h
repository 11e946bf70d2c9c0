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
 * Framing on a Unix stream socketpair: type, length, id, at most one
 * descriptor a message.  Same shape as OpenBSD's imsg, written here because
 * not every system has it, and bounded: a message that is too long, or a
 * descriptor that was not announced, is an error and never an allocation.
 */
#ifndef SELOR_IMSG_H
#define SELOR_IMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct imsg_hdr {
	uint32_t len; /* of the payload */
	uint16_t type;
	uint16_t flags;
	uint32_t id; /* of the call; 0: none */
};

#define IMSG_HAS_FD 0x0001
/* In place of an answer that could not be made; has no payload. */
#define IMSG_NO_ANSWER 0x0002

struct imsg {
	struct imsg_hdr hdr;
	uint8_t *data; /* until the next imsg_get */
	int fd; /* the receiver's to close, or -1 */
};

struct imsgbuf;

/* Takes the socket over; it is made non-blocking.  NULL: no memory. */
struct imsgbuf *imsgbuf_new(int fd);
/* Closes the socket, drops what is queued. */
void imsgbuf_free(struct imsgbuf *);
/* Gives the socket back to the caller, before imsgbuf_free. */
void imsgbuf_forget_fd(struct imsgbuf *);
int imsgbuf_fd(const struct imsgbuf *);

/*
 * Queues a message; fd (or -1) is taken over and closed once sent.  -1: no
 * memory, or len over MSG_PAYLOAD_MAX.
 */
int imsg_add(
    struct imsgbuf *, const struct imsg_hdr *, const uint8_t *data, int fd);
/* Room for a payload to be encoded in place, then committed with its length.
 * The pointer is good until the next call on this imsgbuf. */
uint8_t *imsg_reserve(struct imsgbuf *, size_t max);
int imsg_commit(struct imsgbuf *, const struct imsg_hdr *, int fd);
/* What was committed last holds a secret: the output's memory is wiped once
 * all of it is written, and wherever it is moved or freed before. */
void imsg_keep_secret(struct imsgbuf *);
/* Bytes not yet written. */
size_t imsg_queued(const struct imsgbuf *);
/* Writes what the socket takes.  1: all gone, 0: more later, -1: peer gone. */
int imsg_flush(struct imsgbuf *);

/* Reads what is there.  1: something, 2: less than there was room for, so that
 * there may be no more, 0: nothing now, -1: end or error, -2: more descriptors
 * than the messages on their way can carry. */
int imsg_read(struct imsgbuf *);
/* The next whole message.  1: got one, 0: none yet, -1: not a message. */
int imsg_get(struct imsgbuf *, struct imsg *);

#endif
