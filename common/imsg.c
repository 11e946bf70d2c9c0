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
 * Framing on a socketpair; see imsg.h.  Output gathers in one growing buffer;
 * a message that carries a descriptor ends a write of its own, because the
 * kernel attaches a descriptor to the first byte of a sendmsg.
 */
#include "imsg.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"

/*
 * Input holds some whole messages, so that one read serves many; a message is
 * never larger than MSG_PAYLOAD_MAX, so it always fits.
 */
#define IMSG_IN_SIZE (4 * (MSG_PAYLOAD_MAX + sizeof(struct imsg_hdr)))
/* What one peer may leave unread before it is cut off. */
#define IMSG_OUT_MAX (64u * 1024 * 1024)
/* Descriptors received and not yet matched with their message. */
#define IMSG_FDS_MAX 64
/* Descriptors waiting to be sent: who does not read can not use ours up. */
#define IMSG_OUTFDS_MAX 8192
/*
 * Output that has grown past this is given back when it is empty: one burst
 * should not cost memory for ever.
 */
#define IMSG_KEEP (64u * 1024)

/* A descriptor to send with the byte at this place of the output. */
struct imsg_outfd {
	size_t at;
	int fd;
};

struct imsgbuf {
	int fd;
	uint8_t *out;
	/* bytes; what is between start and end has not been written */
	size_t out_size, out_start, out_end;
	struct imsg_outfd *outfd;
	/* the same for outfd, in the order of the places */
	size_t outfd_size, outfd_start, outfd_end;
	uint8_t *in;
	size_t in_start, in_end;
	int infd[IMSG_FDS_MAX];
	unsigned int infd_count;
	bool secret; /* out holds, or did since it was last empty */
};

/* Memory that may hold a secret goes; NULL is nothing. */
static void
imsg_drop_out(struct imsgbuf *b)
{
	if (b->secret && b->out != NULL)
		explicit_bzero(b->out, b->out_size);
	free(b->out);
	b->out = NULL;
	b->out_size = 0;
}

struct imsgbuf *
imsgbuf_new(int fd)
{
	struct imsgbuf *b;
	int on = 1;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return NULL;
	if ((b->in = malloc(IMSG_IN_SIZE)) == NULL) {
		free(b);
		return NULL;
	}
	(void)ioctl(fd, FIONBIO, &on);
	b->fd = fd;
	return b;
}

/*
 * Descriptors on their way belong to us in both directions: one that is
 * forgotten here would be open until the daemon ends.
 */
void
imsgbuf_free(struct imsgbuf *b)
{
	unsigned int i;

	if (b == NULL)
		return;
	if (b->fd != -1)
		close(b->fd);
	for (; b->outfd_start < b->outfd_end; b->outfd_start++)
		close(b->outfd[b->outfd_start].fd);
	for (i = 0; i < b->infd_count; i++)
		close(b->infd[i]);
	free(b->outfd);
	imsg_drop_out(b);
	/* What was received and not yet handled, a secret perhaps. */
	explicit_bzero(b->in, IMSG_IN_SIZE);
	free(b->in);
	free(b);
}

void
imsgbuf_forget_fd(struct imsgbuf *b)
{
	b->fd = -1;
}

int
imsgbuf_fd(const struct imsgbuf *b)
{
	return b->fd;
}

/*
 * Room for n more bytes of output.  Moves before it grows, so that steady
 * traffic uses one piece of memory.  -1: over IMSG_OUT_MAX, or no memory;
 * nothing has changed then.
 */
static int
imsg_grow(struct imsgbuf *b, size_t n)
{
	size_t used = b->out_end - b->out_start, size = b->out_size, i;
	uint8_t *p;

	if (b->out_end + n <= b->out_size)
		return 0;
	if (b->out_start > 0) {
		memmove(b->out, b->out + b->out_start, used);
		for (i = b->outfd_start; i < b->outfd_end; i++)
			b->outfd[i].at -= b->out_start;
		b->out_start = 0;
		b->out_end = used;
	}
	if (used + n <= size)
		return 0;
	while (size < used + n)
		size = size == 0 ? IMSG_KEEP : size * 2;
	if (size > IMSG_OUT_MAX)
		return -1;
	/* realloc may leave a copy where the memory was. */
	if (b->secret) {
		if ((p = malloc(size)) == NULL)
			return -1;
		memcpy(p, b->out, used);
		imsg_drop_out(b);
	} else if ((p = realloc(b->out, size)) == NULL)
		return -1;
	b->out = p;
	b->out_size = size;
	return 0;
}

/*
 * Remembers a descriptor for the message that begins at the output's end.  The
 * place is that of the message's first byte, because the kernel hands a
 * descriptor over with the byte that it was sent with.
 */
static int
imsg_add_fd(struct imsgbuf *b, int fd)
{
	struct imsg_outfd *p;
	size_t size;

	if (b->outfd_start == b->outfd_end)
		b->outfd_start = b->outfd_end = 0;
	if (b->outfd_end - b->outfd_start == IMSG_OUTFDS_MAX)
		return -1;
	if (b->outfd_end == b->outfd_size && b->outfd_start > 0) {
		memmove(b->outfd, b->outfd + b->outfd_start,
		    (b->outfd_end - b->outfd_start) * sizeof(*p));
		b->outfd_end -= b->outfd_start;
		b->outfd_start = 0;
	}
	if (b->outfd_end == b->outfd_size) {
		size = b->outfd_size == 0 ? 16 : b->outfd_size * 2;
		if ((p = reallocarray(b->outfd, size, sizeof(*p))) == NULL)
			return -1;
		b->outfd = p;
		b->outfd_size = size;
	}
	b->outfd[b->outfd_end].at = b->out_end;
	b->outfd[b->outfd_end++].fd = fd;
	return 0;
}

uint8_t *
imsg_reserve(struct imsgbuf *b, size_t max)
{
	if (imsg_grow(b, sizeof(struct imsg_hdr) + max) == -1)
		return NULL;
	return b->out + b->out_end + sizeof(struct imsg_hdr);
}

/*
 * Behind imsg_reserve, which has made room for header and payload.  On failure
 * nothing is queued and fd stays with the caller.
 */
int
imsg_commit(struct imsgbuf *b, const struct imsg_hdr *hdr, int fd)
{
	struct imsg_hdr h = *hdr;

	if (h.len > MSG_PAYLOAD_MAX || (fd != -1 && imsg_add_fd(b, fd) == -1))
		return -1;
	h.flags = (hdr->flags & IMSG_NO_ANSWER) | (fd != -1 ? IMSG_HAS_FD : 0);
	memcpy(b->out + b->out_end, &h, sizeof(h));
	b->out_end += sizeof(h) + h.len;
	return 0;
}

void
imsg_keep_secret(struct imsgbuf *b)
{
	b->secret = true;
}

int
imsg_add(
    struct imsgbuf *b, const struct imsg_hdr *hdr, const uint8_t *data, int fd)
{
	uint8_t *p;

	if (hdr->len > MSG_PAYLOAD_MAX ||
	    (p = imsg_reserve(b, hdr->len)) == NULL)
		return -1;
	if (hdr->len > 0)
		memcpy(p, data, hdr->len);
	return imsg_commit(b, hdr, fd);
}

size_t
imsg_queued(const struct imsgbuf *b)
{
	return b->out_end - b->out_start;
}

/*
 * One sendmsg: len bytes from the start, a descriptor with the first.  At most
 * one descriptor with each call: the kernel does not merge what carries
 * descriptors with what comes behind it, so a receiver takes them in the order
 * of their messages.
 */
static ssize_t
imsg_send(struct imsgbuf *b, size_t len, int fd)
{
	union {
		struct cmsghdr hdr;
		char buf[CMSG_SPACE(sizeof(int))];
	} c;
	struct iovec iov = {b->out + b->out_start, len};
	struct msghdr msg;
	struct cmsghdr *cmsg;
	ssize_t n;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (fd != -1) {
		memset(&c, 0, sizeof(c));
		msg.msg_control = c.buf;
		msg.msg_controllen = sizeof(c.buf);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	do
		n = sendmsg(b->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	return n;
}

/* Errors that pass: of the kernel's memory, or of its count of descriptors
 * that are on their way (unix(7), ETOOMANYREFS). */
static bool
is_for_now(int error)
{
	return error == EAGAIN || error == ENOBUFS || error == ENOMEM ||
	    error == ETOOMANYREFS;
}

/*
 * Bytes are cut where the next descriptor belongs: it must travel with the
 * first byte of its own message, neither earlier nor later.
 */
int
imsg_flush(struct imsgbuf *b)
{
	size_t len;
	ssize_t n;
	int fd;

	while (b->out_start < b->out_end) {
		len = b->out_end - b->out_start;
		fd = -1;
		if (b->outfd_start < b->outfd_end) {
			if (b->outfd[b->outfd_start].at > b->out_start)
				len =
				    b->outfd[b->outfd_start].at - b->out_start;
			else {
				fd = b->outfd[b->outfd_start].fd;
				if (b->outfd_start + 1 < b->outfd_end)
					len = b->outfd[b->outfd_start + 1].at -
					    b->out_start;
			}
		}
		if ((n = imsg_send(b, len, fd)) == -1)
			return is_for_now(errno) ? 0 : -1;
		if (fd != -1 && n > 0) {
			close(fd);
			b->outfd_start++;
		}
		b->out_start += (size_t)n;
	}
	b->out_start = b->out_end = 0;
	if (b->out_size > IMSG_KEEP)
		imsg_drop_out(b);
	else if (b->secret)
		explicit_bzero(b->out, b->out_size);
	b->secret = false;
	return 1;
}

/*
 * Keeps the descriptors that came with a read; closes what is too many.  Even a
 * descriptor that is one too many has arrived and is ours: to leave it unclosed
 * is what an attacker would try.
 */
static int
imsg_take_fds(struct imsgbuf *b, struct msghdr *msg)
{
	struct cmsghdr *c;
	size_t i, n;
	int fd, failed = 0;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (b->infd_count < IMSG_FDS_MAX)
				b->infd[b->infd_count++] = fd;
			else {
				close(fd);
				failed = -1;
			}
		}
	}
	return failed;
}

/*
 * Moves the beginning of a message to the beginning of the input.  Nothing of
 * it stays where it was: nobody would wipe a secret there.
 */
static void
imsg_move_in(struct imsgbuf *b)
{
	size_t have = b->in_end - b->in_start;
	size_t stale = b->in_start > have ? b->in_start : have;

	if (b->in_start == 0)
		return;
	memmove(b->in, b->in + b->in_start, have);
	explicit_bzero(b->in + stale, b->in_end - stale);
	b->in_start = 0;
	b->in_end = have;
}

/*
 * MSG_CTRUNC means that some descriptors were lost, so those that follow would
 * go to the wrong messages: the pair can not be used any more.
 */
int
imsg_read(struct imsgbuf *b)
{
	union {
		struct cmsghdr hdr;
		char buf[CMSG_SPACE(sizeof(int) * IMSG_FDS_MAX)];
	} c;
	struct iovec iov;
	struct msghdr msg;
	ssize_t n;

	imsg_move_in(b);
	iov.iov_base = b->in + b->in_end;
	iov.iov_len = IMSG_IN_SIZE - b->in_end;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = c.buf;
	msg.msg_controllen = sizeof(c.buf);
	do
		n = recvmsg(b->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == EAGAIN ? 0 : -1;
	if (imsg_take_fds(b, &msg) == -1 || msg.msg_flags & MSG_CTRUNC)
		return -2;
	if (n == 0)
		return -1;
	b->in_end += (size_t)n;
	return (size_t)n < iov.iov_len ? 2 : 1;
}

/*
 * A header is judged before its payload is waited for: a length that can not be
 * is an end at once and no wait.  A descriptor that was announced arrives with
 * the header's first byte, hence it must be there by now.
 */
int
imsg_get(struct imsgbuf *b, struct imsg *m)
{
	size_t have = b->in_end - b->in_start;

	if (have < sizeof(m->hdr))
		return 0;
	memcpy(&m->hdr, b->in + b->in_start, sizeof(m->hdr));
	if (m->hdr.len > MSG_PAYLOAD_MAX ||
	    m->hdr.flags & ~(IMSG_HAS_FD | IMSG_NO_ANSWER))
		return -1;
	if (have < sizeof(m->hdr) + m->hdr.len)
		return 0;
	m->fd = -1;
	if (m->hdr.flags & IMSG_HAS_FD) {
		if (b->infd_count == 0)
			return -1;
		m->fd = b->infd[0];
		memmove(&b->infd[0], &b->infd[1],
		    --b->infd_count * sizeof(b->infd[0]));
	}
	m->data = b->in + b->in_start + sizeof(m->hdr);
	b->in_start += sizeof(m->hdr) + m->hdr.len;
	return 1;
}
