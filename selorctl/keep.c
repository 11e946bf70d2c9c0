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
 * Offline messages; see keep.h.  Anyone may create files in that directory
 * and nobody but root may list it: a name is made of random numbers, and the
 * file is complete and on the disk before it bears one without a dot.
 */
#include "keep.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "enums.h"
#include "xtext.h"

static const char magic[] = "SELOR-OFFLINE 1\n";

/* Longest record, bytes: an address and its key. */
#define RECORD_MAX 2048
#define CHUNK 16384

/* A file being written, and whether all went well. */
struct writer {
	int fd;
	size_t len;
	bool failed;
	char buf[CHUNK];
};

/* The first failure sticks: what follows is not written, and the file goes. */
static void
put_flush(struct writer *w)
{
	const char *p = w->buf;
	ssize_t n;

	while (w->len > 0 && !w->failed) {
		n = write(w->fd, p, w->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			w->failed = true;
			return;
		}
		p += n;
		w->len -= (size_t)n;
	}
}

static void
put(struct writer *w, const char *text, size_t len)
{
	size_t n;

	while (len > 0 && !w->failed) {
		n = sizeof(w->buf) - w->len;
		if (n > len)
			n = len;
		memcpy(w->buf + w->len, text, n);
		w->len += n;
		text += n;
		len -= n;
		if (w->len == sizeof(w->buf))
			put_flush(w);
	}
}

/*
 * "key length:text": a text may hold anything, for its length is known before.
 */
static void
put_record(struct writer *w, const char *key, const char *text)
{
	char head[64];
	int n;

	n = snprintf(head, sizeof(head), "%s %zu:", key, strlen(text));
	put(w, head, (size_t)n);
	put(w, text, strlen(text));
	put(w, "\n", 1);
}

static void
put_number(struct writer *w, const char *key, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	put_record(w, key, text);
}

/*
 * Only recipients that still wait: others have the message already.  Size
 * before content, so that a cut file is known by it.
 */
static void
put_all(struct writer *w, const struct envelope *e, const struct letter *l)
{
	char chunk[CHUNK];
	off_t at = 0;
	ssize_t n = 0;
	size_t i;

	put(w, magic, sizeof(magic) - 1);
	put_record(w, "sender", e->sender);
	for (i = 0; i < e->count; i++)
		if (e->rcpts[i].state == RCPT_WAITING)
			put_record(w, "rcpt", e->rcpts[i].address);
	put_number(w, "notify", e->notify);
	put_number(w, "ret", e->ret);
	put_record(w, "envid", e->envid);
	put_number(w, "message", letter_size(l));
	put(w, l->header, l->header_len);
	put(w, "\r\n", 2);
	while (l->body != -1 && !w->failed &&
	    (n = pread(l->body, chunk, sizeof(chunk), at)) > 0) {
		put(w, chunk, (size_t)n);
		at += n;
	}
	put_flush(w);
	if (n == -1 || at != (off_t)l->body_size)
		w->failed = true;
}

/* Writes it under a name with a dot, then renames.  -1 with errno. */
static int
keep_file(int dir, const struct envelope *e, const struct letter *l)
{
	struct writer *w;
	char name[32];
	int saved;

	snprintf(name, sizeof(name), ".%08x%08x", arc4random(), arc4random());
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return -1;
	w->fd = openat(dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->fd == -1) {
		free(w);
		return -1;
	}
	put_all(w, e, l);
	/* The parent takes no file that others could have written to. */
	if (!w->failed && (fchmod(w->fd, 0600) == -1 || fsync(w->fd) == -1))
		w->failed = true;
	if (!w->failed && renameat(dir, name, dir, name + 1) == -1)
		w->failed = true;
	/* The new name.  The directory itself only root can open; but the
	 * rename has changed the file too, and goes with it. */
	if (!w->failed)
		(void)fsync(w->fd);
	saved = errno;
	if (w->failed)
		(void)unlinkat(dir, name, 0);
	close(w->fd);
	errno = saved;
	saved = w->failed;
	free(w);
	return saved ? -1 : 0;
}

/*
 * Whoever runs sendmail may write here, so no rights are needed or used but the
 * caller's.
 */
int
keep_write(const char *path, const struct envelope *e, const struct letter *l)
{
	int dir, fd, r;

	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = dir == -1 ? -1 : keep_file(dir, e, l);
	if (r == -1)
		warn("can not keep the message in %s", path);
	if (dir != -1)
		close(dir);
	/* Only root may open it to sync the name; others did what they can. */
	if (r == 0 && (fd = open(path, O_RDONLY | O_CLOEXEC)) != -1) {
		(void)fsync(fd);
		close(fd);
	}
	return r;
}

/* A file being read. */
struct reader {
	int fd;
	off_t at; /* of buf in the file */
	size_t pos, len;
	char buf[CHUNK];
};

/* -1 at the end or on an error: both mean that the file is not whole. */
static int
get_char(struct reader *r)
{
	ssize_t n;

	if (r->pos == r->len) {
		r->at += (off_t)r->len;
		r->pos = r->len = 0;
		n = pread(r->fd, r->buf, sizeof(r->buf), r->at);
		if (n <= 0)
			return -1;
		r->len = (size_t)n;
	}
	return (unsigned char)r->buf[r->pos++];
}

/*
 * "key length:bytes\n" into two texts.  -1: that is not there.  The length is
 * bounded before memory is filled, and the key to small letters.
 */
static int
get_record(struct reader *r, char *key, size_t size, char *value)
{
	size_t n = 0, len = 0;
	int c;

	while ((c = get_char(r)) >= 'a' && c <= 'z' && n < size - 1)
		key[n++] = (char)c;
	key[n] = '\0';
	if (n == 0 || c != ' ')
		return -1;
	while ((c = get_char(r)) >= '0' && c <= '9' && len <= RECORD_MAX)
		len = len * 10 + (size_t)(c - '0');
	if (c != ':' || len > RECORD_MAX)
		return -1;
	for (n = 0; n < len; n++) {
		if ((c = get_char(r)) <= 0)
			return -1;
		value[n] = (char)c;
	}
	value[n] = '\0';
	return get_char(r) == '\n' ? 0 : -1;
}

/* An address is judged when it is sent.  But it is also quoted in the notice
 * of a refusal, so it may not end a line there; brackets were never written. */
static bool
is_text(const char *value)
{
	if (*value == '<')
		return false;
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return false;
	return true;
}

/* It goes into a command as it is, so it has to be what sendmail made: xtext
 * that decodes (RFC 3461 section 4), without a blank or an end of line. */
static int
take_envid(struct envelope *e, const char *value)
{
	char plain[ENVELOPE_ENVID_MAX + 1];
	size_t len = strlen(value);

	if (len > ENVELOPE_ENVID_MAX ||
	    (len > 0 && xtext_decode(plain, sizeof(plain), value, len) == -1))
		return -1;
	memcpy(e->envid, value, len + 1);
	return 0;
}

/* One record into the envelope.  1: the message follows; -1: wrong. */
static int
take_record(
    struct envelope *e, const char *key, const char *value, uint64_t *size)
{
	const char *error;
	long long number;

	if (strcmp(key, "sender") == 0)
		return is_text(value) ?
		    envelope_set_sender(e, value, strlen(value)) :
		    -1;
	if (strcmp(key, "rcpt") == 0)
		return is_text(value) ? envelope_add(e, value, strlen(value)) :
					-1;
	if (strcmp(key, "envid") == 0)
		return take_envid(e, value);
	number = strtonum(value, 0, LLONG_MAX, &error);
	if (error != NULL)
		return -1;
	if (strcmp(key, "notify") == 0 && number <= 0x0f) {
		e->notify = (unsigned int)number;
		return 0;
	}
	if (strcmp(key, "ret") == 0 && number <= RET_HDRS) {
		e->ret = (unsigned int)number;
		return 0;
	}
	*size = (uint64_t)number;
	return strcmp(key, "message") == 0 ? 1 : -1;
}

/* The message's own record comes last; what follows is not looked at here. */
static int
get_envelope(struct reader *r, struct envelope *e, uint64_t *size)
{
	char key[16], value[RECORD_MAX + 1];
	size_t i;
	int got = 0;

	for (i = 0; i < sizeof(magic) - 1; i++)
		if (get_char(r) != magic[i])
			return -1;
	while (got == 0) {
		if (get_record(r, key, sizeof(key), value) == -1)
			return -1;
		got = take_record(e, key, value, size);
	}
	return got == 1 && e->sender != NULL && e->count > 0 ? 0 : -1;
}

/*
 * fstat after the envelope, so that the sizes compared are those of one file.
 */
int
keep_read(int fd, struct envelope *e, struct letter *l)
{
	struct reader r = {.fd = fd};
	uint64_t size = 0;
	struct stat st;
	off_t at;

	if (get_envelope(&r, e, &size) == -1) {
		warnx("that is no message that sendmail kept");
		return -1;
	}
	at = r.at + (off_t)r.pos;
	if (fstat(fd, &st) == -1 || lseek(fd, at, SEEK_SET) == -1 ||
	    (uint64_t)(st.st_size - at) != size) {
		warnx("the message kept is not complete");
		return -1;
	}
	return letter_read(l, fd, false) == 0 ? 0 : -1;
}
