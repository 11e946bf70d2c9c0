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
 * The client's side of a submission; see submit.h.  One command at a time:
 * the other end is on this machine.
 */
#include "submit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "address.h"
#include "dot.h"
#include "enums.h"
#include "utf8.h"

#define CHUNK 16384

static void fail_text(struct submit *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
fail_text(struct submit *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->text, sizeof(s->text), fmt, ap);
	va_end(ap);
	s->code = 0;
}

/* What the last reply, or its lack, means for the whole message. */
static enum submit_status
fail_reply(struct submit *s, int code)
{
	if (code == -1) {
		fail_text(s, "the connection to smtpd was lost");
		return SUBMIT_AWAY;
	}
	reply_print(&s->line.reply, s->text, sizeof(s->text));
	s->code = code;
	return code >= 500 ? SUBMIT_PERM : SUBMIT_TEMP;
}

/* The reply to EHLO: its first word is the name we qualify addresses with. */
static void
note_extensions(struct submit *s)
{
	struct span keyword, params;
	size_t pos = 0, n;

	n = strcspn(s->line.reply.text, " \n");
	if (n >= sizeof(s->server))
		n = sizeof(s->server) - 1;
	memcpy(s->server, s->line.reply.text, n);
	s->server[n] = '\0';
	while (reply_ehlo_next(&s->line.reply, &pos, &keyword, &params)) {
		if (span_is_word(keyword, "SIZE")) {
			s->has_size = true;
			if (params.len > 0)
				s->size_max = strtoull(params.p, NULL, 10);
		} else if (span_is_word(keyword, "8BITMIME"))
			s->has_8bit = true;
		else if (span_is_word(keyword, "SMTPUTF8"))
			s->has_utf8 = true;
		else if (span_is_word(keyword, "DSN"))
			s->has_dsn = true;
	}
}

/* 421 is "away" like no connection at all: both pass by themselves. */
enum submit_status
submit_open(struct submit *s, const char *path, bool verbose)
{
	char host[256];
	int code;

	memset(s, 0, sizeof(*s));
	if (submit_line_open(&s->line, path, verbose) == -1) {
		fail_text(s, "%s: %s", path, strerror(errno));
		return SUBMIT_AWAY;
	}
	s->reached = true;
	if ((code = submit_line_reply(&s->line)) != 220) {
		fail_reply(s, code);
		submit_close(s);
		/* A server that is ending or full says 421: later. */
		return code == -1 || code == 421 ? SUBMIT_AWAY :
		    code >= 500                  ? SUBMIT_PERM :
						   SUBMIT_TEMP;
	}
	if (gethostname(host, sizeof(host)) == -1)
		strlcpy(host, "localhost", sizeof(host));
	host[sizeof(host) - 1] = '\0';
	code = submit_line_ask(&s->line, "EHLO %s", host);
	if (code == 250) {
		note_extensions(s);
		return SUBMIT_OK;
	}
	return fail_reply(s, code);
}

/* s->text and s->code stay, for who concludes. */
void
submit_close(struct submit *s)
{
	if (s->line.fd != -1)
		(void)submit_line_ask(&s->line, "QUIT");
	submit_line_close(&s->line);
}

/*
 * "<address>" of what was given.  NULL, or why it is none.  Parsed once more:
 * what goes into a command is printed from the parsed address and never copied.
 */
static const char *
print_path(char path[ADDRESS_MAX + 3], const char *text)
{
	enum address_error e;
	struct address a;

	e = address_parse(&a, text, strlen(text), ADDRESS_INTERNAL);
	if (e == ADDRESS_OK)
		(void)address_print(&a, path, ADDRESS_MAX + 3);
	return e == ADDRESS_OK ? NULL : address_strerror(e);
}

/*
 * Whether any address of the message needs SMTPUTF8. Only those that are still
 * to be sent count: another transaction may not need it.
 */
static bool
needs_utf8(const struct envelope *e)
{
	size_t i;

	if (!utf8_is_ascii(e->sender, strlen(e->sender)))
		return true;
	for (i = 0; i < e->count; i++)
		if (e->rcpts[i].state == RCPT_WAITING &&
		    !utf8_is_ascii(
			e->rcpts[i].address, strlen(e->rcpts[i].address)))
			return true;
	return false;
}

/* Parameters only as the server offers them: RFC 5321 section 4.1.1.11. */
static enum submit_status
say_mail(struct submit *s, const struct envelope *e, const struct letter *l)
{
	char path[ADDRESS_MAX + 3], size[32] = "", dsn[160] = "";
	bool utf8 = needs_utf8(e);
	const char *why;
	int code;

	if ((why = print_path(path, e->sender)) != NULL) {
		fail_text(s, "sender %.100s: %s", e->sender, why);
		return SUBMIT_PERM;
	}
	if (utf8 && !s->has_utf8) {
		fail_text(s, "the server does not take addresses in UTF-8");
		return SUBMIT_PERM;
	}
	if (s->has_size)
		snprintf(size, sizeof(size), " SIZE=%llu",
		    (unsigned long long)letter_size(l));
	if (s->has_dsn)
		snprintf(dsn, sizeof(dsn), "%s%s%s%s",
		    e->ret == RET_NONE ? "" : " RET=",
		    e->ret == RET_NONE     ? "" :
			e->ret == RET_FULL ? "FULL" :
					     "HDRS",
		    *e->envid == '\0' ? "" : " ENVID=", e->envid);
	code = submit_line_ask(&s->line, "MAIL FROM:%s%s%s%s%s", path, size,
	    l->is_8bit && s->has_8bit ? " BODY=8BITMIME" : "",
	    utf8 ? " SMTPUTF8" : "", dsn);
	return code == 250 ? SUBMIT_OK : fail_reply(s, code);
}

/* RFC 3461 section 4.1. */
static void
print_notify(char *out, size_t size, unsigned int notify)
{
	static const char *const words[] = {
	    "NEVER", "SUCCESS", "FAILURE", "DELAY"};
	size_t i, n = 0;

	*out = '\0';
	for (i = 0; i < 4; i++)
		if (notify & 1u << i)
			n += (size_t)snprintf(out + n, size - n, "%s%s",
			    n == 0 ? " NOTIFY=" : ",", words[i]);
}

/* One recipient.  SUBMIT_OK: it is told; *full: not in this transaction. */
static enum submit_status
say_rcpt(struct submit *s, const struct envelope *e, struct rcpt *r, bool *full)
{
	char path[ADDRESS_MAX + 3], notify[64] = "";
	const char *why;
	int code;

	if ((why = print_path(path, r->address)) != NULL) {
		envelope_refuse(r, 553, why);
		return SUBMIT_OK;
	}
	if (s->has_dsn)
		print_notify(notify, sizeof(notify), e->notify);
	code = submit_line_ask(&s->line, "RCPT TO:%s%s", path, notify);
	if (code >= 200 && code < 300)
		r->state = RCPT_TAKEN;
	/* RFC 5321 section 4.5.3.1.10: too many recipients. */
	else if (code == 452 && envelope_count(e, RCPT_TAKEN) > 0)
		*full = true;
	else if (code < 500)
		return fail_reply(s, code);
	else {
		fail_reply(s, code);
		envelope_refuse(r, code, s->text);
	}
	return SUBMIT_OK;
}

/* Header and body, stuffed, and the final dot.  -1: lost. */
static int
send_content(struct submit *s, const struct letter *l)
{
	char in[CHUNK], out[DOT_ROOM(CHUNK)];
	struct dot_io io;
	struct dot d;
	off_t at = 0;
	size_t pos;
	ssize_t n;

	dot_init(&d, DOT_STUFF);
	for (pos = 0; pos <= l->header_len + 1; pos += (size_t)n) {
		/* The header in runs, then the empty line. */
		n = (ssize_t)(l->header_len - pos);
		if (pos < l->header_len) {
			if (n > CHUNK)
				n = CHUNK;
			memcpy(in, l->header + pos, (size_t)n);
		} else {
			n = 2;
			memcpy(in, "\r\n", 2);
		}
		io = (struct dot_io){in, (size_t)n, out, sizeof(out)};
		dot_run(&d, &io);
		if (submit_line_write(
			&s->line, out, sizeof(out) - io.out_len) == -1)
			return -1;
	}
	while (l->body != -1 && (n = pread(l->body, in, sizeof(in), at)) > 0) {
		at += n;
		io = (struct dot_io){in, (size_t)n, out, sizeof(out)};
		dot_run(&d, &io);
		if (submit_line_write(
			&s->line, out, sizeof(out) - io.out_len) == -1)
			return -1;
	}
	/* Half a message is none: without its end the server drops it. */
	if (at != (off_t)l->body_size)
		return -1;
	io = (struct dot_io){NULL, 0, out, sizeof(out)};
	if (dot_finish(&d, &io) == -1)
		return -1;
	return submit_line_write(&s->line, out, sizeof(out) - io.out_len);
}

/* DATA and all that follows. */
static enum submit_status
say_data(struct submit *s, struct envelope *e, const struct letter *l)
{
	size_t i;
	int code;

	if ((code = submit_line_ask(&s->line, "DATA")) != 354)
		return fail_reply(s, code);
	/* Without its end it is no message; and what we say next would be text
	 * of it, which nobody answers. */
	if (send_content(s, l) == -1) {
		submit_line_close(&s->line);
		return fail_reply(s, -1);
	}
	code = submit_line_reply(&s->line);
	if (code < 200 || code >= 300)
		return fail_reply(s, code);
	for (i = 0; i < e->count; i++)
		if (e->rcpts[i].state == RCPT_TAKEN)
			e->rcpts[i].state = RCPT_SENT;
	return SUBMIT_OK;
}

/* One transaction with as many recipients as the server takes. */
static enum submit_status
transact(struct submit *s, struct envelope *e, const struct letter *l)
{
	enum submit_status status;
	bool full = false;
	size_t i;

	if ((status = say_mail(s, e, l)) != SUBMIT_OK)
		return status;
	for (i = 0; i < e->count && !full; i++)
		if (e->rcpts[i].state == RCPT_WAITING &&
		    (status = say_rcpt(s, e, &e->rcpts[i], &full)) != SUBMIT_OK)
			return status;
	if (envelope_count(e, RCPT_TAKEN) > 0)
		return say_data(s, e, l);
	(void)submit_line_ask(&s->line, "RSET");
	return SUBMIT_OK;
}

enum submit_status
submit_send(struct submit *s, struct envelope *e, const struct letter *l)
{
	enum submit_status status = SUBMIT_OK;
	size_t i;

	if (envelope_qualify(e, s->server) == -1) {
		fail_text(s, "no memory");
		return SUBMIT_TEMP;
	}
	if (s->size_max > 0 && letter_size(l) > s->size_max) {
		fail_text(s,
		    "the message of %llu bytes is larger than the "
		    "server takes",
		    (unsigned long long)letter_size(l));
		s->code = 552;
		return SUBMIT_PERM;
	}
	while (status == SUBMIT_OK && envelope_count(e, RCPT_WAITING) > 0)
		status = transact(s, e, l);
	/* What was open when it failed was not sent. */
	for (i = 0; i < e->count; i++)
		if (e->rcpts[i].state == RCPT_TAKEN)
			e->rcpts[i].state = RCPT_WAITING;
	return status;
}

int
submit_exit_code(int code, bool is_rcpt)
{
	if (code == 552)
		return EX_UNAVAILABLE;
	if (is_rcpt && (code == 550 || code == 551 || code == 553))
		return EX_NOUSER;
	return EX_UNAVAILABLE;
}
