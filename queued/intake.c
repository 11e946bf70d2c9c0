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
 * intake.c: takes messages in.  What smtpd sends is bounded and typed by
 * then; addresses are bytes here.  A breach of the order (data after a
 * file was asked for, totals that do not agree) fails that message only.
 * A small message stays in memory until the journal has it and from there
 * until its first delivery; a large one is written by smtpd itself.
 */

#include "intake.h"

#include <sys/statvfs.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "content.h"
#include "enums.h"
#include "id.h"
#include "intake_impl.h"
#include "log.h"
#include "overlay.h"
#include "queued.h"
#include "session.h"

/* Messages on their way in at a time, and bytes of them in memory. */
#define INTAKE_MAX 65536
#define INTAKE_MEMORY (256u * 1024 * 1024)
/* The first piece of memory for one, when it announced no size. */
#define INTAKE_FIRST 8192

RB_HEAD(intake_tree, intake);

static struct intake_tree intakes = RB_INITIALIZER(&intakes);
static unsigned int nintakes;
size_t intake_memory;
static int64_t checked;
static enum queue_status disk_status = QUEUE_OK;
/* What it is when the journal has no room: a disk without room for one more
 * segment is full, another one fails in some way. */
static enum queue_status journal_status = QUEUE_FAILED;
static uint64_t disk_avail = UINT64_MAX;

static int
intake_compare(const struct intake *a, const struct intake *b)
{
	if (a->message->id == b->message->id)
		return 0;
	return a->message->id < b->message->id ? -1 : 1;
}

RB_PROTOTYPE(intake_tree, intake, tree, intake_compare)
RB_GENERATE(intake_tree, intake, tree, intake_compare)

unsigned int
intake_count(void)
{
	return nintakes;
}

size_t
intake_bytes(void)
{
	return intake_memory;
}

/* The message of that id which this smtpd is sending, or NULL. */
struct intake *
intake_find(const struct peer *p, uint64_t id)
{
	struct message m = {.id = id};
	struct intake key = {.message = &m}, *in;

	in = RB_FIND(intake_tree, &intakes, &key);
	/* What one smtpd has begun no other may touch. */
	if (in == NULL || in->peer != p || in->is_committing)
		return NULL;
	return in;
}

/* intake_memory counts what was allocated and not what is used: an announced
 * size that never comes counts too. */
void
intake_drop_content(struct intake *in)
{
	if (in->buf != NULL) {
		intake_memory -= in->size;
		free(in->buf);
	}
	if (in->fd != -1)
		close(in->fd);
	in->buf = NULL;
	in->fd = -1;
	in->len = 0;
}

/* Of a file by its inode: smtpd appends by itself and its word is what is
 * checked. -1 with errno. */
int64_t
intake_size(const struct intake *in)
{
	struct stat st;

	if (in->fd == -1)
		return (int64_t)in->len;
	return fstat(in->fd, &st) == -1 ? -1 : st.st_size;
}

/* Frees it, and the message if it still has one that is not queued. */
void
intake_free(struct intake *in, bool drop)
{
	RB_REMOVE(intake_tree, &intakes, in);
	nintakes--;
	gather_clear(&in->gather);
	if (drop) {
		if (in->fd != -1 || in->is_staged)
			content_abort(env.spool, in->message->id);
		message_free(in->message);
	}
	intake_drop_content(in);
	overlay_free(in->options);
	routes_clear(&in->all);
	free(in);
}

/* Asked before a message is taken, not while: what queued itself has to
 * write then finds its room. */
void
intake_check_disk(int64_t now)
{
	struct statvfs v;

	if (now == checked)
		return;
	checked = now;
	disk_status = QUEUE_OK;
	if (fstatvfs(env.spool_fd, &v) == -1)
		return;
	disk_avail = (uint64_t)v.f_bavail * v.f_frsize;
	if (v.f_flag & ST_RDONLY)
		disk_status = QUEUE_DENIED;
	else if (disk_avail < QUEUED_RESERVE ||
	    (v.f_files > 0 && v.f_favail < 16))
		disk_status = QUEUE_FULL;
	journal_status = disk_avail < QUEUED_RESERVE + JOURNAL_SEGMENT ?
	    QUEUE_FULL :
	    QUEUE_FAILED;
	env.nearly_full = disk_status != QUEUE_OK;
}

/* Tells smtpd what sort of failure it was, from which it makes the reply; never
 * the text of an error. */
enum queue_status
intake_status(int error)
{
	switch (error) {
	case 0:
		return QUEUE_OK;
	case ENOSPC:
		/* Or the journal has no segment, with room on the disk. */
		checked = 0;
		intake_check_disk(queued_now());
		return disk_status == QUEUE_OK ? journal_status : disk_status;
	case EDQUOT:
		return QUEUE_FULL;
	case EACCES:
	case EROFS:
		return QUEUE_DENIED;
	default:
		return QUEUE_FAILED;
	}
}

/* Would a message of that size be taken now? */
enum queue_status
intake_room(uint64_t size)
{
	if (env.spool == NULL || env.stopping)
		return QUEUE_FAILED;
	intake_check_disk(queued_now());
	if (disk_status != QUEUE_OK)
		return disk_status;
	/* What a client announces is refused before it is sent in vain. */
	if (size > QUEUE_INLINE_MAX &&
	    (disk_avail < QUEUED_RESERVE || size > disk_avail - QUEUED_RESERVE))
		return QUEUE_FULL;
	if (!spool_room(env.spool, size))
		return journal_status;
	if (nintakes >= INTAKE_MAX || intake_memory >= INTAKE_MEMORY)
		return QUEUE_FAILED;
	return QUEUE_OK;
}

/* The id is noted before anything is written under it, so not even a crash
 * makes it be given again. */
static struct intake *
intake_new(struct peer *p, uint64_t session)
{
	struct intake *in;

	if ((in = calloc(1, sizeof(*in))) == NULL)
		return NULL;
	if ((in->message = message_new(id_new(spool_last_id(env.spool)))) ==
	    NULL) {
		free(in);
		return NULL;
	}
	spool_note_id(env.spool, in->message->id);
	in->fd = in->gather.fd = -1;
	in->peer = p;
	in->instance = peer_instance(p);
	in->session_id = session;
	RB_INSERT(intake_tree, &intakes, in);
	nintakes++;
	return in;
}

/* Memory is not taken yet: many sessions open a message and say nothing. */
void
intake_open(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_open *q = &m->queue_open;
	union msg answer = {0};
	struct intake *in = NULL;

	(void)fd;
	answer.queue_open_answ.status = intake_room(q->size);
	if (answer.queue_open_answ.status == QUEUE_OK &&
	    (in = intake_new(p, q->session)) == NULL)
		answer.queue_open_answ.status = QUEUE_FAILED;
	if (in != NULL) {
		answer.queue_open_answ.msgid = in->message->id;
		if (q->spool == 1)
			in->message->flags |= MSG_QLIMIT;
		/* What it announced saves growing; it is only a word. */
		in->size = q->size + 512;
		if (q->size == 0 || q->size > QUEUE_INLINE_MAX)
			in->size = INTAKE_FIRST;
	}
	if (peer_answer(p, MSG_QUEUE_OPEN_ANSW, ref, &answer, -1) == -1 &&
	    in != NULL)
		in->has_failed = true;
}

/* An address as text, or "" if there is none. */
static const char *
intake_ip(const struct msg_addr *a)
{
	static char text[INET6_ADDRSTRLEN];

	if ((a->family != AF_INET && a->family != AF_INET6) ||
	    inet_ntop(a->family, a->ip, text, sizeof(text)) == NULL)
		return "";
	return text;
}

/* Flags as they are stored: SMTP's words are known here and to dispatch.c only.
 */
static uint32_t
intake_flags(const struct msg_queue_sender *q)
{
	uint32_t flags = 0;

	if (q->body == BODY_8BITMIME)
		flags |= MSG_8BIT;
	else if (q->body == BODY_BINARYMIME)
		flags |= MSG_BINARY;
	if (q->smtputf8)
		flags |= MSG_SMTPUTF8;
	if (q->ret == RET_FULL)
		flags |= MSG_RET_FULL;
	else if (q->ret == RET_HDRS)
		flags |= MSG_RET_HDRS;
	return flags;
}

/* Tells have no answer: what fails here is answered at the commit. */
void
intake_sender(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_sender *q = &m->queue_sender;
	struct intake *in = intake_find(p, q->msgid);
	struct message *msg;

	(void)ref;
	(void)fd;
	if (in == NULL)
		return;
	msg = in->message;
	msg->flags = (msg->flags & MSG_QLIMIT) | intake_flags(q);
	if (message_set(msg, &msg->sender, q->sender) == -1 ||
	    message_set(msg, &msg->envid, q->envid) == -1 ||
	    message_set(msg, &msg->client_ip, intake_ip(&q->client)) == -1 ||
	    message_set(msg, &msg->client_name, q->client_name) == -1 ||
	    message_set(msg, &msg->client_helo, q->helo) == -1 ||
	    message_set(msg, &msg->login, q->login) == -1)
		in->has_failed = true;
}

/* In the order of RCPT: the index is what routes of rules and results are told
 * by later. */
void
intake_rcpt(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_rcpt *q = &m->queue_rcpt;
	struct intake *in = intake_find(p, q->msgid);
	struct recipient *r;
	int i;

	(void)ref;
	(void)fd;
	if (in == NULL)
		return;
	if ((i = message_add_rcpt(in->message, q->rcpt)) == -1) {
		in->has_failed = true;
		return;
	}
	r = &in->message->rcpts[i];
	r->kind = q->kind == ADDRESS_ALIAS ? RCPT_ALIAS : RCPT_NORMAL;
	r->notify = q->notify & NOTIFY_KNOWN;
	if (q->route == ROUTE_LOCAL)
		r->flags |= RCPT_LOCAL;
	if (strcmp(q->original, q->rcpt) != 0 &&
	    message_set(in->message, &r->original, q->original) == -1)
		in->has_failed = true;
	if (message_set(in->message, &r->orcpt, q->orcpt) == -1)
		in->has_failed = true;
}

/* Makes room for more bytes; the first time what was announced. At most twice
 * what was announced or came, so the sum over all sessions is bounded by
 * INTAKE_MEMORY and not by what clients announce. */
static int
intake_grow(struct intake *in, size_t more)
{
	size_t size = in->buf == NULL ? in->size : in->size * 2;
	uint8_t *buf;

	if (in->buf != NULL && in->size - in->len >= more)
		return 0;
	while (size < in->len + more)
		size *= 2;
	/* Many may have been opened while there was room for all. */
	if (intake_memory + size > 2 * (size_t)INTAKE_MEMORY)
		return -1;
	if ((buf = realloc(in->buf, size)) == NULL)
		return -1;
	intake_memory += size - (in->buf == NULL ? 0 : in->size);
	in->buf = buf;
	in->size = size;
	return 0;
}

/* QUEUE_INLINE_MAX is the border beyond which smtpd has to ask for a file; one
 * that goes on fails, for this message alone. */
void
intake_data(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_data *q = &m->queue_data;
	struct intake *in = intake_find(p, q->msgid);

	(void)ref;
	(void)fd;
	if (in == NULL || in->has_failed)
		return;
	if (in->fd != -1 || in->is_staged ||
	    q->data_len > QUEUE_INLINE_MAX - in->len ||
	    intake_grow(in, q->data_len) == -1) {
		in->has_failed = true;
		return;
	}
	memcpy(in->buf + in->len, q->data, q->data_len);
	in->len += q->data_len;
}

/* c<ID> with what came so far; smtpd appends the rest.  0 or an errno. */
static int
intake_to_file(struct intake *in)
{
	size_t at = 0;
	ssize_t n;

	if ((in->fd = content_file(env.spool, in->message->id)) == -1)
		return errno;
	while (at < in->len) {
		n = pwrite(in->fd, in->buf + at, in->len - at, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == -1 ? errno : EIO;
		at += (size_t)n;
	}
	if (fcntl(in->fd, F_SETFL, O_APPEND) == -1)
		return errno;
	if (in->buf != NULL)
		intake_memory -= in->size;
	free(in->buf);
	in->buf = NULL;
	return 0;
}

/* From here on smtpd writes by itself, through a descriptor that can only
 * append. */
void
intake_file(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct intake *in = intake_find(p, m->queue_file.msgid);
	union msg answer = {0};
	int error = EINVAL, other = -1;

	(void)fd;
	if (in != NULL && !in->has_failed && in->fd == -1 && !in->is_staged)
		error = intake_to_file(in);
	if (error == 0 && (other = dup(in->fd)) == -1)
		error = errno;
	if (error != 0 && in != NULL)
		in->has_failed = true;
	/* Here it is the disk that says so, not the journal. */
	answer.queue_file_answ.status =
	    error == ENOSPC ? QUEUE_FULL : intake_status(error);
	if (peer_answer(p, MSG_QUEUE_FILE_ANSW, ref, &answer, other) == -1 &&
	    other != -1)
		close(other);
}

/* Also for a message that never came to its end: QUIT, a lost connection, a
 * rule's refusal. */
void
intake_abort(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct intake *in = intake_find(p, m->queue_abort.msgid);

	(void)ref;
	(void)fd;
	if (in != NULL)
		intake_free(in, true);
}

/* Immed_delivery 1 holds local mail until here, so that a session with many
 * messages is not slowed by its own deliveries. */
void
intake_closed(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)ref;
	(void)fd;
	session_closed(peer_instance(p), m->queue_closed.session, queued_now());
}

/* A commit under way goes on: its record may be durable already. */
void
intake_gone(struct peer *p)
{
	struct intake *in, *next;

	for (in = RB_MIN(intake_tree, &intakes); in != NULL; in = next) {
		next = RB_NEXT(intake_tree, &intakes, in);
		if (in->peer != p)
			continue;
		in->peer = NULL;
		if (!in->is_committing)
			intake_free(in, true);
	}
	session_gone(peer_instance(p), queued_now());
}
