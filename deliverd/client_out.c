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
 * What goes out: a buffer, and the commands of the envelope.  With PIPELINING
 * (RFC 2920) the whole envelope goes in one write; without it one command at
 * a time.  Addresses are parsed once more before they become part of a line.
 */
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "proc.h"
#include "rcpt_event.h"
#include "way.h"

#include "address.h"
#include "client_talk.h"
#include "xtext.h"

/* Envelope octets queued before some of them must have gone. */
#define OUT_ENVELOPE 32768
/* A buffer larger than this is given back when it is empty. */
#define OUT_KEEP 16384
/* Writes in one turn of the loop. */
#define OUT_SENDS 16
/* Recipients of one transaction where the server names no limit. */
#define OUT_RCPTS 100

/* Sent octets make room first: the buffer grows only with what is unsent. */
char *
client_room(struct client *c, size_t len)
{
	size_t size;
	char *p;

	if (c->out_start == c->out_end)
		c->out_start = c->out_end = 0;
	if (c->out_size - c->out_end >= len)
		return c->out + c->out_end;
	if (c->out_start > 0) {
		memmove(
		    c->out, c->out + c->out_start, c->out_end - c->out_start);
		c->out_end -= c->out_start;
		c->out_start = 0;
		if (c->out_size - c->out_end >= len)
			return c->out + c->out_end;
	}
	for (size = 2048; size < c->out_end + len; size *= 2)
		continue;
	if ((p = realloc(c->out, size)) == NULL)
		return NULL;
	c->out = p;
	c->out_size = size;
	return c->out + c->out_end;
}

int
client_put(struct client *c, const char *s, size_t len)
{
	char *p = client_room(c, len);

	if (p == NULL)
		return -1;
	memcpy(p, s, len);
	c->out_end += len;
	return 0;
}

/* -1 also when the line would not fit: it is never sent cut. */
int
client_printf(struct client *c, const char *fmt, ...)
{
	char line[2048];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line))
		return -1;
	return client_put(c, line, (size_t)n);
}

/* Goes on when the socket takes more. */
static void
out_wait(struct client *c)
{
	if (!c->writing)
		event_add(c->ev_write, NULL);
	c->writing = true;
}

/* Octets of the content come before those of commands. */
static void
out_sent(struct client *c, size_t n)
{
	c->out_start += n;
	if (n > c->end.unsent || c->end.task == NULL)
		c->fresh = false;
	c->end.unsent -= n < c->end.unsent ? n : c->end.unsent;
}

int
client_flush(struct client *c)
{
	ssize_t n;
	int sends = 0;

	while (c->out_start < c->out_end) {
		/* A fast server takes a large message as fast as it is read:
		 * the others get their turn. */
		if (++sends > OUT_SENDS) {
			out_wait(c);
			return 0;
		}
		n = send(c->fd, c->out + c->out_start,
		    c->out_end - c->out_start, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN) {
			out_wait(c);
			return 0;
		}
		if (n == -1)
			return -1;
		out_sent(c, (size_t)n);
		if (c->state == CLIENT_CONTENT)
			client_data_more(c);
		if (c->dead)
			return 0;
	}
	if (c->writing)
		event_del(c->ev_write);
	c->writing = false;
	if (c->out_size > OUT_KEEP) {
		free(c->out);
		c->out = NULL;
		c->out_size = 0;
	}
	c->out_start = c->out_end = 0;
	return 0;
}

void
client_command(struct client *c)
{
	if (c->unanswered++ == 0) {
		c->fresh = true;
		client_set_timeout(c);
	}
}

void
client_send_hello(struct client *c, const char *verb)
{
	client_command(c);
	client_printf(c, "%s %s\r\n", verb,
	    overlay_text(way_options(c->way), proc_options(), OPT_SERVER_NAME));
}

/*
 * Parsed once more, though it was when it was accepted: what queued keeps on
 * its disk is not believed to be one line without brackets.
 */
static bool
out_is_address(const char *text, unsigned int flags)
{
	struct address a;

	return address_parse(&a, text, strlen(text), flags) == ADDRESS_OK;
}

/* "<>" and values that would not parse never leave the house. */
static int
out_mail(struct client *c)
{
	const struct task *t = c->task;
	char more[1024];
	size_t n = 0;

	if (!out_is_address(t->sender, ADDRESS_INTERNAL))
		return -1;
	more[0] = '\0';
	if (c->caps & CAP_SIZE)
		n += (size_t)snprintf(more + n, sizeof(more) - n, " SIZE=%llu",
		    (unsigned long long)t->size);
	if (c->bdat)
		n += (size_t)snprintf(
		    more + n, sizeof(more) - n, " BODY=BINARYMIME");
	else if (c->as_8bit)
		n += (size_t)snprintf(
		    more + n, sizeof(more) - n, " BODY=8BITMIME");
	if (c->as_utf8)
		n += (size_t)snprintf(more + n, sizeof(more) - n, " SMTPUTF8");
	if (c->caps & CAP_DSN && t->ret != RET_NONE)
		n += (size_t)snprintf(more + n, sizeof(more) - n, " RET=%s",
		    t->ret == RET_FULL ? "FULL" : "HDRS");
	if (c->caps & CAP_DSN && t->envid[0] != '\0' &&
	    xtext_is_valid(t->envid, strlen(t->envid)))
		snprintf(more + n, sizeof(more) - n, " ENVID=%s", t->envid);
	return client_printf(c, "MAIL FROM:<%s>%s\r\n", t->sender, more);
}

/* NOTIFY and ORCPT go to servers that know DSN only, RFC 3461. */
static int
out_rcpt(struct client *c, const struct rcpt *r)
{
	char more[1024], notify[64];

	if (!out_is_address(
		r->address, ADDRESS_UTF8 | ADDRESS_BARE | ADDRESS_LONG))
		return -1;
	more[0] = notify[0] = '\0';
	if (c->caps & CAP_DSN && r->notify != 0)
		snprintf(notify, sizeof(notify), " NOTIFY=%s%s%s%s",
		    r->notify & NOTIFY_NEVER ? "NEVER," : "",
		    r->notify & NOTIFY_SUCCESS ? "SUCCESS," : "",
		    r->notify & NOTIFY_FAILURE ? "FAILURE," : "",
		    r->notify & NOTIFY_DELAY ? "DELAY," : "");
	if (notify[0] != '\0')
		notify[strlen(notify) - 1] = '\0';
	if (c->caps & CAP_DSN && r->orcpt != NULL &&
	    xtext_is_orcpt(r->orcpt, strlen(r->orcpt), c->as_utf8))
		snprintf(more, sizeof(more), " ORCPT=%s", r->orcpt);
	return client_printf(
	    c, "RCPT TO:<%s>%s%s\r\n", r->address, notify, more);
}

/* How many more recipients this transaction and connection may have. */
static bool
out_is_full(const struct client *c)
{
	int64_t tarpit = way_num(c->way, OPT_TARPIT_LIMIT);
	uint32_t most = c->max_rcpts != 0 ? c->max_rcpts : OUT_RCPTS;

	if (c->in_batch >= most)
		return true;
	return !c->lmtp && tarpit > 0 && c->rcpts >= tarpit;
}

/* The next recipient to send, or NULL: on to DATA. */
static struct rcpt *
out_next_rcpt(struct client *c)
{
	struct task *t = c->task;

	while (c->send_at < t->rcpt_count && !out_is_full(c)) {
		if (t->rcpts[c->send_at].state == RCPT_CLIENT)
			return &t->rcpts[c->send_at];
		c->send_at++;
	}
	return NULL;
}

static void
out_step_rcpt(struct client *c)
{
	struct rcpt *r = out_next_rcpt(c);
	struct result res;

	if (r == NULL) {
		c->send = c->bdat ? STEP_NONE : STEP_DATA;
		return;
	}
	c->send_at++;
	if (out_rcpt(c, r) == -1) {
		result_set(&res, 553, "5.1.3", "malformed address");
		task_result(c->task, r, &res);
		return;
	}
	r->state = RCPT_SENT;
	c->rcpts++;
	c->in_batch++;
	client_command(c);
}

void
client_send_more(struct client *c)
{
	while (c->send != STEP_NONE && !c->mail_failed &&
	    c->out_end - c->out_start < OUT_ENVELOPE) {
		/* One at a time; DATA only when somebody wants it. */
		if (!(c->caps & CAP_PIPELINING) && c->unanswered > 0)
			return;
		if (c->send == STEP_RCPT) {
			if (!c->lmtp &&
			    rcpt_event_is_full(c->task, c->unanswered))
				return;
			out_step_rcpt(c);
			continue;
		}
		/* Nobody to send to: all were malformed, or refused. */
		if (c->in_batch == 0 ||
		    (c->unanswered == 0 && c->accepted == 0)) {
			c->send = STEP_NONE;
			return;
		}
		c->send = STEP_NONE;
		client_command(c);
		client_put(c, "DATA\r\n", 6);
	}
}

bool
client_is_held(const struct client *c)
{
	return c->state == CLIENT_ENVELOPE && c->send == STEP_RCPT &&
	    c->unanswered == 0;
}

void
client_send_envelope(struct client *c)
{
	struct result r;

	c->state = CLIENT_ENVELOPE;
	c->send = STEP_RCPT;
	c->answer = STEP_MAIL;
	c->send_at = c->answer_at = 0;
	c->in_batch = c->accepted = 0;
	c->mail_failed = c->data_sent = c->heard = false;
	c->at = 0;
	c->mails++;
	client_command(c);
	if (out_mail(c) == -1) {
		c->unanswered--;
		c->mails--;
		c->fresh = false;
		c->state = CLIENT_IDLE;
		result_set(&r, 553, "5.1.7", "malformed sender");
		task_result_client(c->task, &r);
		client_finish(c);
		return;
	}
	client_send_more(c);
}
