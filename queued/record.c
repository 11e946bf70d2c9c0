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
 * record.c: messages and their states as payloads of journal records.
 * Integers in host order: a journal is read by the machine that wrote it,
 * and its header refuses another byte order.
 */

#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define RECORD_VERSION 1
#define FIXED_MESSAGE 64 /* integers of an envelope, at most */
#define FIXED_RCPT 40 /* integers of a recipient, at most */
#define FIXED_TEXT 8 /* what a text takes beside its bytes */
#define MESSAGE_TEXTS 9
#define RCPT_TEXTS 11

const char *const journal_type_names[JOURNAL_TYPES] = {
    "none", "begin", "message", "state", "done", "checkpointed"};

static void
put_ref(struct buf_put *b, const struct message *m, textref ref)
{
	buf_put_str(b, message_text(m, ref), MESSAGE_TEXT_MAX);
}

/* get_rcpt reads in the same order. A field more needs another RECORD_VERSION.
 */
static void
put_rcpt(struct buf_put *b, const struct message *m, const struct recipient *r)
{
	buf_put_u64(b, (uint64_t)r->next);
	buf_put_u32(b, r->so_mark);
	buf_put_u16(b, r->attempts);
	buf_put_u8(b, r->state);
	buf_put_u8(b, r->kind);
	buf_put_u8(b, r->notify);
	buf_put_u8(b, r->flags);
	put_ref(b, m, r->address);
	put_ref(b, m, r->original);
	put_ref(b, m, r->orcpt);
	put_ref(b, m, r->sender);
	put_ref(b, m, r->mx_dest);
	put_ref(b, m, r->mx_auth);
	put_ref(b, m, r->mx_source);
	put_ref(b, m, r->user);
	put_ref(b, m, r->home);
	put_ref(b, m, r->dlocal);
	put_ref(b, m, r->answer);
}

/* A text that was longer than a record takes fails the record, never is
 * cut. */
static uint8_t *
put_done(struct buf_put *b, uint8_t *data, size_t *len)
{
	if (b->failed) {
		free(data);
		errno = E2BIG;
		return NULL;
	}
	*len = (size_t)(b->at - data);
	return data;
}

/* Sizes are upper bounds, so one allocation is enough; put_done notices if one
 * was not. */
uint8_t *
record_message(const struct message *m, uint64_t inline_size, size_t *len)
{
	struct buf_put b;
	size_t size;
	uint8_t *data;
	uint32_t i;

	size = FIXED_MESSAGE + MESSAGE_TEXTS * FIXED_TEXT + m->arena_len +
	    (size_t)m->nrcpts * (FIXED_RCPT + RCPT_TEXTS * FIXED_TEXT);
	if ((data = malloc(size)) == NULL)
		return NULL;
	buf_put_init(&b, data, size);
	buf_put_u8(&b, RECORD_VERSION);
	buf_put_u64(&b, inline_size);
	buf_put_u64(&b, m->size);
	buf_put_u64(&b, (uint64_t)m->arrival);
	buf_put_u64(&b, (uint64_t)m->next);
	buf_put_u32(&b, m->flags);
	buf_put_u32(&b, m->header);
	buf_put_u16(&b, m->attempts);
	put_ref(&b, m, m->sender);
	put_ref(&b, m, m->client_ip);
	put_ref(&b, m, m->client_name);
	put_ref(&b, m, m->client_helo);
	put_ref(&b, m, m->login);
	put_ref(&b, m, m->envid);
	put_ref(&b, m, m->hadd);
	put_ref(&b, m, m->marks);
	put_ref(&b, m, m->overrides);
	buf_put_u32(&b, m->nrcpts);
	for (i = 0; i < m->nrcpts; i++)
		put_rcpt(&b, m, &m->rcpts[i]);
	return put_done(&b, data, len);
}

/* How things are, not what changed: hearing it twice does no harm. */
uint8_t *
record_state(
    const struct message *m, uint32_t first, uint32_t count, size_t *len)
{
	const struct recipient *r;
	struct buf_put b;
	size_t size = FIXED_MESSAGE;
	uint8_t *data;
	uint32_t i;

	if (first > m->nrcpts || count > m->nrcpts - first) {
		errno = EINVAL;
		return NULL;
	}
	for (i = first; i < first + count; i++)
		size += FIXED_RCPT + FIXED_TEXT +
		    strlen(message_text(m, m->rcpts[i].answer));
	if ((data = malloc(size)) == NULL)
		return NULL;
	buf_put_init(&b, data, size);
	buf_put_u8(&b, RECORD_VERSION);
	buf_put_u32(&b, m->flags);
	buf_put_u16(&b, m->attempts);
	buf_put_u64(&b, (uint64_t)m->next);
	buf_put_u32(&b, first);
	buf_put_u32(&b, count);
	for (i = first; i < first + count; i++) {
		r = &m->rcpts[i];
		buf_put_u64(&b, (uint64_t)r->next);
		buf_put_u16(&b, r->attempts);
		buf_put_u8(&b, r->state);
		buf_put_u8(&b, r->flags);
		put_ref(&b, m, r->answer);
	}
	return put_done(&b, data, len);
}

/* A text into the message; *bad is set when it does not fit. */
static void
get_ref(struct buf_get *b, struct message *m, textref *ref, bool *bad)
{
	const char *text = buf_get_str(b, MESSAGE_TEXT_MAX);

	if (!b->failed && message_set(m, ref, text) == -1)
		*bad = true;
}

/* Each number is held against what this version knows before it is stored: an
 * enum out of its range would index past arrays of names. */
static void
get_rcpt(struct buf_get *b, struct message *m, bool *bad)
{
	struct recipient *r, base = {0};
	int n;

	base.next = (int64_t)buf_get_u64(b);
	base.so_mark = buf_get_u32(b);
	base.attempts = buf_get_u16(b);
	base.state = buf_get_u8(b);
	base.kind = buf_get_u8(b);
	base.notify = buf_get_u8(b);
	base.flags = buf_get_u8(b);
	if (b->failed || base.state >= RCPT_STATES || base.kind >= RCPT_KINDS ||
	    (base.notify & ~NOTIFY_KNOWN) != 0 ||
	    (base.flags & ~RCPT_FLAGS_KNOWN) != 0 ||
	    (n = message_add_rcpt(m, "")) == -1) {
		*bad = true;
		return;
	}
	r = &m->rcpts[n];
	*r = base;
	get_ref(b, m, &r->address, bad);
	get_ref(b, m, &r->original, bad);
	get_ref(b, m, &r->orcpt, bad);
	get_ref(b, m, &r->sender, bad);
	get_ref(b, m, &r->mx_dest, bad);
	get_ref(b, m, &r->mx_auth, bad);
	get_ref(b, m, &r->mx_source, bad);
	get_ref(b, m, &r->user, bad);
	get_ref(b, m, &r->home, bad);
	get_ref(b, m, &r->dlocal, bad);
	get_ref(b, m, &r->answer, bad);
}

static void
get_texts(struct buf_get *b, struct message *m, bool *bad)
{
	get_ref(b, m, &m->sender, bad);
	get_ref(b, m, &m->client_ip, bad);
	get_ref(b, m, &m->client_name, bad);
	get_ref(b, m, &m->client_helo, bad);
	get_ref(b, m, &m->login, bad);
	get_ref(b, m, &m->envid, bad);
	get_ref(b, m, &m->hadd, bad);
	get_ref(b, m, &m->marks, bad);
	get_ref(b, m, &m->overrides, bad);
}

/* What follows the envelope is the content, to the byte. */
struct message *
record_parse_message(
    uint64_t id, const uint8_t *data, size_t len, size_t *content)
{
	struct message *m;
	struct buf_get b;
	uint64_t inline_size;
	uint32_t i, n;
	bool bad = false;

	if ((m = message_new(id)) == NULL)
		return NULL;
	buf_get_init(&b, data, len);
	bad = buf_get_u8(&b) != RECORD_VERSION;
	inline_size = buf_get_u64(&b);
	m->size = buf_get_u64(&b);
	m->arrival = (int64_t)buf_get_u64(&b);
	m->next = (int64_t)buf_get_u64(&b);
	m->flags = buf_get_u32(&b);
	m->header = buf_get_u32(&b);
	m->attempts = buf_get_u16(&b);
	get_texts(&b, m, &bad);
	n = buf_get_u32(&b);
	if (n > MESSAGE_RCPTS_MAX || (m->flags & ~MSG_FLAGS_KNOWN) != 0)
		bad = true;
	for (i = 0; i < n && !bad && !b.failed; i++)
		get_rcpt(&b, m, &bad);
	if (bad || b.failed || (uint64_t)(b.end - b.at) != inline_size ||
	    (inline_size != 0 && inline_size != m->size)) {
		message_free(m);
		return NULL;
	}
	*content = inline_size == 0 ? 0 : (size_t)(b.at - data);
	return m;
}

/* Reads one recipient's state; applies it only when r is not NULL. */
static int
get_state(struct buf_get *b, struct message *m, struct recipient *r)
{
	struct recipient s = {0};
	const char *answer;

	s.next = (int64_t)buf_get_u64(b);
	s.attempts = buf_get_u16(b);
	s.state = buf_get_u8(b);
	s.flags = buf_get_u8(b);
	answer = buf_get_str(b, MESSAGE_TEXT_MAX);
	if (b->failed || s.state >= RCPT_STATES ||
	    (s.flags & ~RCPT_FLAGS_KNOWN) != 0)
		return -1;
	if (r == NULL)
		return 0;
	r->next = s.next;
	r->attempts = s.attempts;
	r->state = s.state;
	r->flags = s.flags;
	return message_set(m, &r->answer, answer);
}

/* All or nothing: a record that is wrong anywhere changes nothing. */
int
record_apply_state(struct message *m, const uint8_t *data, size_t len)
{
	struct buf_get b, again;
	uint32_t flags, first, count, i;
	uint16_t attempts;
	int64_t next;

	buf_get_init(&b, data, len);
	if (buf_get_u8(&b) != RECORD_VERSION)
		return -1;
	flags = buf_get_u32(&b);
	attempts = buf_get_u16(&b);
	next = (int64_t)buf_get_u64(&b);
	first = buf_get_u32(&b);
	count = buf_get_u32(&b);
	if (b.failed || first > m->nrcpts || count > m->nrcpts - first ||
	    (flags & ~MSG_FLAGS_KNOWN) != 0)
		return -1;
	/* Once to see that all of it is right, then for good. */
	again = b;
	for (i = 0; i < count; i++)
		if (get_state(&b, m, NULL) == -1)
			return -1;
	if (!buf_get_is_done(&b))
		return -1;
	m->flags = flags;
	m->attempts = attempts;
	m->next = next;
	for (i = first; i < first + count; i++)
		if (get_state(&again, m, &m->rcpts[i]) == -1)
			return -1;
	return 0;
}
