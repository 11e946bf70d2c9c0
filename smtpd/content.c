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
 * The content of a message on its way to queued; see content.h.  libmail's
 * filter takes out dots and makes line ends what they should be; what comes
 * out is counted, its header watched, and passed on at once.  Nothing of it
 * is kept here, so a message of any size takes the same memory.
 */
#include "content.h"

#include <string.h>
#include <time.h>

#include "enums.h"
#include "id.h"
#include "received.h"
#include "rule.h"
#include "session_log.h"
#include "session_time.h"
#include "session_wait.h"
#include "smtp.h"
#include "smtp_auth.h"
#include "smtp_reply.h"
#include "smtpd.h"
#include "submit.h"
#include "transaction.h"

/* Time that we made the client wait must not be held against it. */
void
content_rate_reset(struct session *s, int64_t now)
{
	struct content *c;

	if (s->tx == NULL)
		return;
	c = &s->tx->content;
	c->since = now;
	c->since_wire = c->wire;
}

/* A client that sends an octet a minute would hold a session for ever without
 * any silence. Octets are counted as they came, so that dots and line ends do
 * not matter. */
bool
content_is_slow(struct session *s, int64_t now)
{
	int64_t rate = option_num(env.opts, OPT_MIN_DATA_RATE), ms;
	struct content *c;

	/* The octets of a void chunk end by timeout alone. */
	if (s->tx == NULL || rate == 0)
		return false;
	c = &s->tx->content;
	ms = now - c->since;
	if (ms < RATE_GRACE)
		return false;
	if ((int64_t)(c->wire - c->since_wire) * 1000 < rate * ms)
		return true;
	if (ms >= RATE_WINDOW)
		content_rate_reset(s, now);
	return false;
}

/* The first fault is the one that is replied, at the end: SMTP has no reply in
 * the middle of content (RFC 5321 section 4.1.1.4). What queued has is given up
 * at once. */
void
content_fail(struct session *s, enum fault f)
{
	struct content *c = &s->tx->content;

	if (c->fault != FAULT_NONE)
		return;
	c->fault = f;
	c->swallowed = 0;
	submit_abort(s);
}

/* The field names the recipient only when that tells nobody of another. */
static const struct address *
only_rcpt(const struct transaction *t, struct address *a)
{
	const struct target *x = TAILQ_FIRST(&t->targets);
	const char *text;

	if (t->rcpts != 1 || x == NULL)
		return NULL;
	text = x->text + x->original;
	if (address_parse(a, text, strlen(text), ADDRESS_INTERNAL) !=
	    ADDRESS_OK)
		return NULL;
	return a;
}

/* RFC 5321 section 4.4. -1: longer than a field may be, which bounded parts
 * keep from happening. */
static int
print_received(struct session *s, char *buf, size_t size)
{
	char ip[CLIENT_TEXT_MAX], id[ID_TEXT_MAX];
	struct transaction *t = s->tx;
	struct address a;
	struct received r = {.helo = s->helo,
	    .ptr = s->ptr_ok ? s->ptr : NULL,
	    .server = session_text(s, OPT_SERVER_NAME),
	    .id = id,
	    .rcpt = only_rcpt(t, &a),
	    .esmtp = s->is_esmtp,
	    .utf8 = t->utf8,
	    .when = time(NULL),
	    .zone = session_text(s, OPT_TIMEZONE)};

	if (s->kind != SESSION_LOCAL)
		r.ip = client_text(&s->client, ip);
	r.is_auth = smtp_auth_login(s) != NULL;
	if (option_num(env.opts, OPT_HSHOW_USER) != 0)
		r.login = smtp_auth_login(s);
	id_print(
	    t->content.msgid, option_text(env.opts, OPT_SID), id, sizeof(id));
	return received_print(buf, size, &r);
}

/* Rules checked them: no line end is inside, and each has a name. */
static int
add_lines(struct session *s, const struct note_list *list)
{
	const struct note *n;

	STAILQ_FOREACH(n, list, link)
	if (submit_content(s, n->text, strlen(n->text)) != FAULT_NONE ||
	    submit_content(s, "\r\n", 2) != FAULT_NONE)
		return -1;
	return 0;
}

/* Hadd! before the content came: directly below our own field (A62). */
static int
add_headers(struct session *s)
{
	if (s->rule == NULL)
		return 0;
	return add_lines(s, &s->tx->headers) == -1 ||
		add_lines(s, &s->rule->headers) == -1 ?
	    -1 :
	    0;
}

/* Everything that queued must know before the content, in its order. A fault
 * here is replied when the content has ended, or instead of 354. */
void
content_begin(struct session *s, enum dot_kind kind)
{
	struct content *c = &s->tx->content;
	char field[RECEIVED_MAX];
	int n;

	dot_init(&c->dot, kind);
	header_scan_init(&c->header);
	content_rate_reset(s, smtpd_now());
	n = print_received(s, field, sizeof(field));
	if (n == -1 || submit_envelope(s) == -1 ||
	    submit_content(s, field, (size_t)n) != FAULT_NONE ||
	    add_headers(s) == -1) {
		content_fail(s, FAULT_INTERNAL);
		return;
	}
	c->received = c->size;
}

/* The size is the client's own content: our Received field and fields of rules
 * are not held against it. Hops are counted in the header alone (RFC 5321
 * section 6.3). */
static enum fault
check_limits(struct session *s, const char *p, size_t len)
{
	struct content *c = &s->tx->content;

	if (c->size - c->received + len >
	    (uint64_t)option_num(env.opts, OPT_MAX_MAIL_SIZE))
		return FAULT_SIZE;
	if (c->header.ended)
		return FAULT_NONE;
	header_scan_feed(&c->header, p, len);
	if (c->header.size >
	    (uint64_t)option_num(env.opts, OPT_MAX_HEADER_SIZE))
		return FAULT_HEADER;
	if (c->header.count[HEADER_RECEIVED] >
	    option_num(env.opts, OPT_MAX_RECEIVED))
		return FAULT_HOPS;
	return FAULT_NONE;
}

/* Filtered octets. */
static void
take(struct session *s, const char *p, size_t len)
{
	enum fault f;

	if (len == 0 || s->tx->content.fault != FAULT_NONE)
		return;
	if ((f = check_limits(s, p, len)) == FAULT_NONE)
		f = (enum fault)submit_content(s, p, len);
	if (f != FAULT_NONE)
		content_fail(s, f);
}

/* Room for filtered octets now; 0: the session waits for some. Three things may
 * be in the way: the pair to queued is full, the message has become too large
 * to travel inline, rules want it as a file. Each is waited for without reading
 * on. */
static size_t
make_room(struct session *s)
{
	struct content *c = &s->tx->content;
	size_t room = CONTENT_PIECE;

	if (c->fault != FAULT_NONE || c->fd != -1)
		return room;
	if (submit_is_full()) {
		session_wait_begin(s, WAIT_ROOM);
		return 0;
	}
	room = c->size < QUEUE_INLINE_MAX ? QUEUE_INLINE_MAX - c->size : 0;
	if (room >= DOT_ROOM(1))
		return room;
	if (submit_file(s) == 0)
		return 0;
	content_fail(s, FAULT_INTERNAL);
	return CONTENT_PIECE;
}

/* Filters until the input is used up, the message ends or room is wanted. */
static enum dot_status
pump(struct session *s, struct dot_io *io)
{
	struct content *c = &s->tx->content;
	enum dot_status st = DOT_MORE;
	size_t room;

	while (io->in_len > 0 && st != DOT_END) {
		if ((room = make_room(s)) == 0)
			break;
		io->out = env.out;
		io->out_len = room;
		st = dot_run(&c->dot, io);
		take(s, env.out, room - io->out_len);
	}
	return st;
}

/* The content is complete. */
static void
finish(struct session *s)
{
	struct content *c = &s->tx->content;

	if (c->fault == FAULT_NONE && env.settings.bare_reject &&
	    (c->dot.flags & DOT_BARE))
		content_fail(s, FAULT_NEWLINE);
	if (c->fault == FAULT_NONE)
		smtp_data_complete(s);
	else
		smtp_data_done(s, c->fault);
}

/* A message that was given up is read to its end, but not for ever. */
static bool
is_too_much(struct session *s, uint64_t more)
{
	struct content *c = &s->tx->content;

	if (c->fault == FAULT_NONE)
		return false;
	c->swallowed += more;
	if (c->swallowed <= SWALLOW_CONTENT_MAX)
		return false;
	smtp_data_done(s, c->fault);
	smtp_reply_421(s, "4.7.0", "too much of a refused message");
	return true;
}

static size_t
feed_data(struct session *s, const char *p, size_t len)
{
	struct dot_io io = {.in = p, .in_len = len};
	enum dot_status st = pump(s, &io);
	size_t used = len - io.in_len;

	s->tx->content.wire += used;
	if (st == DOT_END)
		finish(s);
	else if (is_too_much(s, used))
		return len;
	return used;
}

/* RFC 3030 section 2: each chunk has a reply; only the last one ends the
 * message. */
static void
chunk_end(struct session *s)
{
	struct dot_io io = {.out = env.out, .out_len = sizeof(env.out)};
	struct content *c;

	if (s->chunk_void) {
		smtp_data_void(s);
		return;
	}
	c = &s->tx->content;
	if (c->fault == FAULT_NONE && !s->chunk_last) {
		smtp_data_chunk(s);
		return;
	}
	if (c->fault == FAULT_NONE) {
		(void)dot_finish(&c->dot, &io);
		take(s, env.out, sizeof(env.out) - io.out_len);
	}
	finish(s);
}

/* The length is announced, so a chunk that is too large is known before it
 * comes; but it has to be read to its end, as what follows would else be taken
 * for commands. */
void
content_chunk_begin(struct session *s)
{
	uint64_t most = (uint64_t)option_num(env.opts, OPT_MAX_MAIL_SIZE);
	struct content *c;

	content_rate_reset(s, smtpd_now());
	session_time_arm(s);
	if (s->chunk_void) {
		if (s->chunk_left > SWALLOW_CONTENT_MAX)
			smtp_reply_421(s, "4.7.0", "chunk without a message");
	} else {
		c = &s->tx->content;
		if (s->chunk_left > most ||
		    c->size - c->received + s->chunk_left > most)
			content_fail(s, FAULT_SIZE);
		if (s->chunk_left > SWALLOW_CONTENT_MAX &&
		    is_too_much(s, s->chunk_left))
			return;
	}
	if (s->chunk_left == 0 && s->state == SMTP_CHUNK)
		chunk_end(s);
}

/* No octet of a chunk is looked at for the end of it: only its length counts.
 */
static size_t
feed_chunk(struct session *s, const char *p, size_t len)
{
	struct dot_io io = {.in = p, .in_len = len};
	size_t used;

	if (len > s->chunk_left)
		io.in_len = len = (size_t)s->chunk_left;
	if (s->chunk_void || s->tx->content.fault != FAULT_NONE)
		used = len;
	else {
		(void)pump(s, &io);
		used = len - io.in_len;
		s->tx->content.wire += used;
	}
	s->chunk_left -= used;
	if (s->chunk_left == 0)
		chunk_end(s);
	return used;
}

/* How many octets were used. Fewer than len: the session waits, or has ended.
 */
size_t
content_feed(struct session *s, const char *p, size_t len)
{
	/* The timer stays where it is, or a trickle would push it on. */
	s->active = smtpd_now();
	if (s->state == SMTP_CHUNK)
		return feed_chunk(s, p, len);
	return feed_data(s, p, len);
}
