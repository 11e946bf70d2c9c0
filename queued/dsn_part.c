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
 * dsn_part.c: the three parts of a notification.  Addresses and answers
 * are from outside: addresses were parsed by smtpd and hold no control
 * characters, answers were cleaned when they came; both are bounded.
 */

#include "dsn_part.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "content.h"
#include "override.h"
#include "queued.h"

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/* The address that the sender knows; never what an alias made of it. */
static const char *
part_address(const struct message *m, const struct recipient *r)
{
	return message_text(m, r->original != 0 ? r->original : r->address);
}

/* Only those that are reported count: others do not appear in it. */
bool
dsn_part_is_global(const struct dsn *d)
{
	const struct message *m = d->about;
	uint32_t i;

	if (!is_ascii(d->to))
		return true;
	for (i = 0; i < m->nrcpts; i++)
		if (d->action(m, &m->rcpts[i]) != DSN_NONE &&
		    !is_ascii(part_address(m, &m->rcpts[i])))
			return true;
	return false;
}

/* The CRLF in front belongs to the boundary (RFC 2046 section 5.1.1), so a part
 * may end without one. */
static void
part_begin(struct out *o, const struct dsn *d)
{
	out_fmt(o, "\r\n--%s\r\n", d->boundary);
}

/* For people: what stands here is repeated in the second part for programs. */
void
dsn_part_list(struct out *o, const struct dsn *d)
{
	const struct message *m = d->about;
	const struct recipient *r;
	enum dsn_action action;
	struct answer a;
	uint32_t i;

	for (i = 0; i < m->nrcpts; i++) {
		r = &m->rcpts[i];
		if ((action = d->action(m, r)) == DSN_NONE)
			continue;
		answer_parse(&a, message_text(m, r->answer));
		out_fmt(o, "<%s>: %s", part_address(m, r),
		    dsn_action_names[action]);
		if (a.host[0] != '\0' && a.code != 0)
			out_fmt(o, ", host %s said:", a.host);
		else if (a.text[0] != '\0')
			out_str(o, ":");
		out_str(o, "\r\n");
		if (a.text[0] != '\0' && a.code != 0)
			out_fmt(o, "    %u %s\r\n", a.code, a.text);
		else if (a.text[0] != '\0')
			out_fmt(o, "    %s\r\n", a.text);
	}
}

/* us-ascii is said only where it is true: an answer is cleaned, but an address
 * may be UTF-8 (RFC 6531). */
void
dsn_part_people(struct out *o, const struct dsn *d, const struct out *text)
{
	bool ascii = text->len == 0 || is_ascii(text->text);

	part_begin(o, d);
	out_fmt(o, "Content-Type: text/plain; charset=%s\r\n",
	    ascii ? "us-ascii" : "utf-8");
	if (!ascii)
		out_str(o, "Content-Transfer-Encoding: 8bit\r\n");
	out_str(o, "Content-Description: Notification\r\n\r\n");
	out_bytes(o, text->text, text->len);
}

/* RFC 3463: the class must go with the action. */
static const char *
part_status(enum dsn_action action, const struct answer *a)
{
	switch (action) {
	case DSN_FAILED:
		/* A temporary answer became final because time is up. */
		return a->status[0] == '5' ? a->status : "4.4.7";
	case DSN_DELAYED:
		return a->status[0] == '4' ? a->status : "4.0.0";
	default:
		return a->status[0] == '2' ? a->status : "2.0.0";
	}
}

/* ENVID and ORCPT came as xtext: +XX is a byte.  Decoded as RFC 3464 2.2.1
 * and 2.3.1 want it, and never to anything but printable ASCII: a line of
 * these fields must not end where its sender likes. */
static void
part_xtext(struct out *o, const char *field, const char *xtext)
{
	char plain[700], clean[700], hex[3] = "";
	size_t n = 0;

	/* "utf-8;" may hold its address as it is (RFC 6533 section 3). */
	if (!is_ascii(xtext)) {
		out_fmt(o, "%s: %s\r\n", field, xtext);
		return;
	}
	for (; *xtext != '\0' && n < sizeof(plain) - 1; xtext++) {
		if (*xtext == '+' && xtext[1] != '\0' && xtext[2] != '\0') {
			memcpy(hex, xtext + 1, 2);
			plain[n] = (char)strtoul(hex, NULL, 16);
			if (plain[n] == '\0')
				plain[n] = '?';
			n++;
			xtext += 2;
		} else
			plain[n++] = *xtext;
	}
	plain[n] = '\0';
	answer_clean(clean, sizeof(clean), plain);
	out_fmt(o, "%s: %s\r\n", field, clean);
}

/* The fields of one recipient, RFC 3464 section 2.3. */
static void
part_rcpt(struct out *o, const struct dsn *d, const struct recipient *r,
    enum dsn_action action)
{
	const struct message *m = d->about;
	const char *address = part_address(m, r);
	const char *zone = override_text(override_of(d->about), OPT_TIMEZONE);
	struct answer a;

	answer_parse(&a, message_text(m, r->answer));
	out_str(o, "\r\n");
	if (r->orcpt != 0)
		part_xtext(o, "Original-Recipient", message_text(m, r->orcpt));
	out_fmt(o, "Final-Recipient: %s; %s\r\n",
	    is_ascii(address) ? "rfc822" : "utf-8", address);
	out_fmt(o, "Action: %s\r\n", dsn_action_names[action]);
	out_fmt(o, "Status: %s\r\n", part_status(action, &a));
	if (a.host[0] != '\0')
		out_fmt(o, "Remote-MTA: dns; %s\r\n", a.host);
	if (a.text[0] != '\0') {
		if (a.code != 0)
			out_fmt(o, "Diagnostic-Code: smtp; %u %s\r\n", a.code,
			    a.text);
		else
			out_fmt(o, "Diagnostic-Code: X-Selor; %s\r\n", a.text);
	}
	out_str(o, "Last-Attempt-Date: ");
	out_date(o, d->now, zone);
	out_str(o, "\r\n");
	if (action == DSN_DELAYED) {
		out_str(o, "Will-Retry-Until: ");
		out_date(o, d->until, zone);
		out_str(o, "\r\n");
	}
}

/* A name from a reverse zone: whatever its owner wrote there. */
static void
part_host(struct out *o, const char *field, const char *name)
{
	char clean[ANSWER_HOST_MAX];

	answer_clean(clean, sizeof(clean), name);
	out_fmt(o, "%s: dns; %s\r\n", field, clean);
}

/* RFC 3464 section 2.2. With an address beyond ASCII it becomes the global form
 * of RFC 6533, which only such recipients need to understand. */
void
dsn_part_status(struct out *o, const struct dsn *d, bool global)
{
	const struct message *m = d->about;
	const struct entry *e = override_of(d->about);
	enum dsn_action action;
	uint32_t i;

	part_begin(o, d);
	out_fmt(o, "Content-Type: message/%sdelivery-status\r\n",
	    global ? "global-" : "");
	if (global)
		out_str(o, "Content-Transfer-Encoding: 8bit\r\n");
	out_str(o, "Content-Description: Delivery report\r\n\r\n");
	if (m->envid != 0)
		part_xtext(
		    o, "Original-Envelope-Id", message_text(m, m->envid));
	out_fmt(
	    o, "Reporting-MTA: dns; %s\r\n", override_text(e, OPT_SERVER_NAME));
	if (m->client_name != 0)
		part_host(
		    o, "Received-From-MTA", message_text(m, m->client_name));
	out_str(o, "Arrival-Date: ");
	out_date(o, m->arrival, override_text(e, OPT_TIMEZONE));
	out_str(o, "\r\n");
	for (i = 0; i < m->nrcpts; i++)
		if ((action = d->action(m, &m->rcpts[i])) != DSN_NONE)
			part_rcpt(o, d, &m->rcpts[i], action);
}

/* RET, where a failure is reported; else the header is enough (RFC 3461
 * section 6.2). */
static bool
part_is_full(const struct message *m, enum dsn_action gist)
{
	if (gist != DSN_FAILED || m->flags & (MSG_RET_HDRS | MSG_BINARY))
		return false;
	return m->size <=
	    (m->flags & MSG_RET_FULL ? DSN_FULL_MAX : DSN_FULL_UNASKED);
}

/* Content from the beginning up to size. */
static void
part_copy(struct out *o, const struct message *m, uint64_t size)
{
	char piece[16384];
	uint64_t at = 0, n;
	ssize_t got;

	while (at < size) {
		n = size - at < sizeof(piece) ? size - at : sizeof(piece);
		got = content_read(env.spool, m, at, piece, n);
		if (got <= 0) {
			out_str(o, "\r\n[The rest can not be read.]\r\n");
			return;
		}
		out_bytes(o, piece, (size_t)got);
		at += (uint64_t)got;
	}
}

/* What is returned goes out by DATA, whatever way it came in: bytes that
 * only BDAT may carry (RFC 3030) must not end a line or the report. */
static void
part_tame(struct out *o)
{
	size_t i;

	for (i = 0; i < o->len; i++)
		if (o->text[i] == '\0' ||
		    (o->text[i] == '\n' &&
			(i == 0 || o->text[i - 1] != '\r')) ||
		    (o->text[i] == '\r' && o->text[i + 1] != '\n'))
			o->text[i] = '?';
}

/* The third part. global is what the other parts need; the original may need
 * more, if it came with SMTPUTF8. */
void
dsn_part_original(
    struct out *o, const struct dsn *d, enum dsn_action gist, bool global)
{
	const struct message *m = d->about;
	uint64_t size = m->header;
	bool full = part_is_full(m, gist);
	struct out copy;

	out_init(&copy, DSN_FULL_MAX + 1024);
	if (full)
		size = m->size;
	else if (size > DSN_HEADER_MAX)
		size = DSN_HEADER_MAX;
	part_copy(&copy, m, size);
	part_tame(&copy);
	global |= m->flags & MSG_SMTPUTF8;
	part_begin(o, d);
	if (full)
		out_str(o,
		    global ? "Content-Type: message/global\r\n" :
			     "Content-Type: message/rfc822\r\n");
	else
		out_str(o,
		    global ? "Content-Type: message/global-headers\r\n" :
			     "Content-Type: text/rfc822-headers\r\n");
	if (copy.len > 0 && !is_ascii(copy.text))
		out_str(o, "Content-Transfer-Encoding: 8bit\r\n");
	out_str(o, "Content-Description: Your message\r\n\r\n");
	out_bytes(o, copy.len > 0 ? copy.text : "", copy.len);
	o->failed |= copy.failed;
	out_clear(&copy);
}
