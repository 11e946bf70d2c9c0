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
 * Our trace fields and the dates in them.  HELO names, PTR names and ids come
 * from outside: each is reduced to the characters of a domain or an atom, so
 * none can end a comment, the field or the header.  RFC 5321 section 4.4.
 */

#include "received.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "address.h"

/* Longest text from outside that is shown. */
#define WORD_MAX 255
#define COMMENT_MAX 120

/* Appends to a buffer; once it is full it stays so. */
struct out {
	char *p;
	size_t len, size;
	bool full;
};

static void
put(struct out *o, const char *s, size_t n)
{
	if (o->full || n >= o->size - o->len) {
		o->full = true;
		return;
	}
	memcpy(o->p + o->len, s, n);
	o->len += n;
	o->p[o->len] = '\0';
}

static void
put_text(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

/* A name, a literal or an id: anything else becomes '?'. */
static void
put_word(struct out *o, const char *s)
{
	char c;
	size_t i;

	if (s == NULL || *s == '\0')
		s = "unknown";
	for (i = 0; i < WORD_MAX && s[i] != '\0'; i++) {
		c = s[i];
		if ((unsigned char)c >= 0x80 ||
		    (!isalnum((unsigned char)c) && strchr(".-_:[]", c) == NULL))
			c = '?';
		put(o, &c, 1);
	}
}

/* Inside of a comment: nothing that nests, quotes or ends it. */
static void
put_comment(struct out *o, const char *s)
{
	char c;
	size_t i;

	for (i = 0; i < COMMENT_MAX && s[i] != '\0'; i++) {
		c = s[i];
		if (c < ' ' || c >= 0x7f || strchr("();\\\"", c) != NULL)
			c = '?';
		put(o, &c, 1);
	}
}

static void
put_from(struct out *o, const struct received *r)
{
	if (r->helo == NULL)
		return;
	put_text(o, "from ");
	put_word(o, r->helo);
	put_text(o, " (");
	put_word(o, r->ptr);
	if (r->ip != NULL) {
		put_text(o, strchr(r->ip, ':') != NULL ? " [IPv6:" : " [");
		put_word(o, r->ip);
		put_text(o, "]");
	}
	put_text(o, ")\r\n\t");
}

/* Only a transaction with SMTPUTF8 may show a name that is not ASCII. */
static void
put_for(struct out *o, const struct received *r)
{
	char text[ADDRESS_MAX + 3];

	if (r->rcpt == NULL || address_is_null(r->rcpt) ||
	    (r->rcpt->utf8 && !r->utf8))
		return;
	if (address_print(r->rcpt, text, sizeof(text)) == -1)
		return;
	put_text(o, "\r\n\tfor ");
	put_text(o, text);
}

/* Indexed by TLS, and AUTH: RFC 3848, RFC 6531 section 4.3. */
static const char *const smtp_words[] = {
    "ESMTP", "ESMTPA", "ESMTPS", "ESMTPSA"};
static const char *const utf8_words[] = {
    "UTF8SMTP", "UTF8SMTPA", "UTF8SMTPS", "UTF8SMTPSA"};
static const char *const lmtp_words[] = {"LMTP", "LMTPA", "LMTPS", "LMTPSA"};
static const char *const utf8_lmtp_words[] = {
    "UTF8LMTP", "UTF8LMTPA", "UTF8LMTPS", "UTF8LMTPSA"};

const char *
received_protocol(const struct received *r)
{
	const unsigned int i = (r->is_tls ? 2u : 0u) + (r->is_auth ? 1u : 0u);

	if (r->lmtp)
		return r->utf8 ? utf8_lmtp_words[i] : lmtp_words[i];
	if (!r->esmtp)
		return "SMTP";
	return r->utf8 ? utf8_words[i] : smtp_words[i];
}

int
received_print(char *buf, size_t size, const struct received *r)
{
	struct out o = {buf, 0, size, size == 0};
	char date[RECEIVED_DATE_MAX];

	if (received_date(r->when, r->zone, date, sizeof(date)) == -1)
		return -1;
	put_text(&o, "Received: ");
	put_from(&o, r);
	put_text(&o, "by ");
	put_word(&o, r->server);
	if (r->helo != NULL) {
		put_text(&o, " with ");
		put_text(&o, received_protocol(r));
	}
	if (r->tls != NULL) {
		put_text(&o, "\r\n\t(");
		put_comment(&o, r->tls);
		put_text(&o, ")");
	}
	if (r->login != NULL) {
		put_text(&o, "\r\n\t(authenticated as ");
		put_comment(&o, r->login);
		put_text(&o, ")");
	}
	if (r->id != NULL) {
		put_text(&o, "\r\n\tid ");
		put_word(&o, r->id);
	}
	put_for(&o, r);
	put_text(&o, ";\r\n\t");
	put_text(&o, date);
	put_text(&o, "\r\n");
	return o.full ? -1 : (int)o.len;
}

/* "-0300" to seconds; -1 when it is no zone. */
static int
parse_zone(const char *zone, long *offset)
{
	int i, h, m;

	if (zone == NULL || (zone[0] != '+' && zone[0] != '-'))
		return -1;
	for (i = 1; i < 5; i++) {
		if (zone[i] < '0' || zone[i] > '9')
			return -1;
	}
	h = (zone[1] - '0') * 10 + (zone[2] - '0');
	m = (zone[3] - '0') * 10 + (zone[4] - '0');
	if (zone[5] != '\0' || h > 23 || m > 59)
		return -1;
	*offset = (h * 60L + m) * 60L * (zone[0] == '-' ? -1 : 1);
	return 0;
}

int
received_date(time_t when, const char *zone, char *buf, size_t size)
{
	static const char days[7][4] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm;
	long offset;
	int n;

	if (parse_zone(zone, &offset) == 0) {
		/* Beyond any year that four digits write. */
		if (when < 0 || when > INT64_C(253402000000))
			return -1;
		when += offset;
		if (gmtime_r(&when, &tm) == NULL)
			return -1;
	} else {
		if (localtime_r(&when, &tm) == NULL)
			return -1;
		offset = tm.tm_gmtoff;
	}
	n = snprintf(buf, size, "%s, %02d %s %04ld %02d:%02d:%02d %c%02ld%02ld",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900L,
	    tm.tm_hour, tm.tm_min, tm.tm_sec, offset < 0 ? '-' : '+',
	    (offset < 0 ? -offset : offset) / 3600,
	    (offset < 0 ? -offset : offset) / 60 % 60);
	return n < 0 || (size_t)n >= size ? -1 : n;
}

int
received_return_path(char *buf, size_t size, const struct address *a)
{
	int n;

	n = snprintf(buf, size, "Return-Path: <%s>\r\n", a->text);
	return n < 0 || (size_t)n >= size ? -1 : n;
}
