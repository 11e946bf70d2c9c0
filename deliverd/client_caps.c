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
 * The server's extensions, and whether a message can go to it: what can not
 * be carried is refused here with the codes of RFC 1870, RFC 6152, RFC 3030
 * and RFC 6531, not mangled.
 */
#include "client_caps.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client_auth.h"
#include "client_talk.h"

#include "utf8.h"

/* Octets of content in which 8-bit ones are looked for. */
#define CAPS_LOOK 65536

/* A figure that does not fit counts as none said. */
static uint64_t
caps_number(const char *p, size_t len)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < len && p[i] >= '0' && p[i] <= '9'; i++) {
		if (n > (UINT64_MAX - 9) / 10)
			return 0;
		n = n * 10 + (uint64_t)(p[i] - '0');
	}
	return n;
}

/* "RCPTMAX=100 MAILMAX=20", RFC 9422. */
static void
caps_limits(struct client *c, const struct span *s)
{
	const char *p = s->p, *end = s->p + s->len;
	uint64_t n;

	while (p < end) {
		if (end - p > 8 && strncasecmp(p, "RCPTMAX=", 8) == 0) {
			n = caps_number(p + 8, (size_t)(end - p) - 8);
			if (n > 0 && n < UINT32_MAX)
				c->max_rcpts = (uint32_t)n;
		}
		if (end - p > 8 && strncasecmp(p, "MAILMAX=", 8) == 0) {
			n = caps_number(p + 8, (size_t)(end - p) - 8);
			if (n > 0 && n < UINT32_MAX)
				c->max_mails = (uint32_t)n;
		}
		while (p < end && *p != ' ')
			p++;
		while (p < end && *p == ' ')
			p++;
	}
}

/* "AUTH PLAIN LOGIN", RFC 4954. */
static void
caps_auth(struct client *c, const struct span *s)
{
	const char *p = s->p, *end = s->p + s->len, *word;

	while (p < end) {
		for (word = p; p < end && *p != ' '; p++)
			;
		c->caps |= client_auth_cap(word, (size_t)(p - word));
		while (p < end && *p == ' ')
			p++;
	}
}

/* The list is the last reply's: another EHLO forgets what was said before. */
void
client_caps_parse(struct client *c)
{
	static const struct {
		const char *word;
		uint16_t cap;
	} words[] = {{"PIPELINING", CAP_PIPELINING}, {"SIZE", CAP_SIZE},
	    {"8BITMIME", CAP_8BITMIME}, {"CHUNKING", CAP_CHUNKING},
	    {"BINARYMIME", CAP_BINARYMIME}, {"SMTPUTF8", CAP_SMTPUTF8},
	    {"DSN", CAP_DSN}, {"ENHANCEDSTATUSCODES", CAP_ENHANCED}};
	struct span key, params;
	size_t pos = 0, i;

	c->caps = 0;
	c->max_size = 0;
	while (reply_ehlo_next(&c->reply, &pos, &key, &params)) {
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strlen(words[i].word) == key.len &&
			    strncasecmp(words[i].word, key.p, key.len) == 0)
				c->caps |= words[i].cap;
		if (key.len == 4 && strncasecmp(key.p, "SIZE", 4) == 0)
			c->max_size = caps_number(params.p, params.len);
		if (key.len == 6 && strncasecmp(key.p, "LIMITS", 6) == 0)
			caps_limits(c, &params);
		if (key.len == 4 && strncasecmp(key.p, "AUTH", 4) == 0)
			caps_auth(c, &params);
	}
}

/* Any octet above 0x7f before "end" of the content; unreadable: yes. */
static bool
caps_has_8bit(const struct task *t, uint64_t end)
{
	const char *p;
	uint64_t at = 0;
	ssize_t n;

	while (at < end) {
		n = task_content(t, at, &p, 65536);
		if (n <= 0)
			return true;
		if ((uint64_t)n > end - at)
			n = (ssize_t)(end - at);
		if (!utf8_is_ascii(p, (size_t)n))
			return true;
		at += (uint64_t)n;
	}
	return false;
}

/*
 * Who sent 8-bit content as 7BIT was wrong; we would be too, were we to say
 * the same (RFC 6152 section 3).  Not all of a large message is read for it.
 */
static bool
caps_is_8bit(const struct task *t)
{
	return t->body == BODY_8BITMIME ||
	    caps_has_8bit(t, t->size < CAPS_LOOK ? t->size : CAPS_LOOK);
}

static bool
caps_is_utf8_rcpt(const struct rcpt *r)
{
	return r->state == RCPT_CLIENT &&
	    !utf8_is_ascii(r->address, strlen(r->address));
}

/* Is SMTPUTF8 needed for what is to be sent?  It may be though it was not
 * said to us: an alias may lead to an address that needs it. */
static bool
caps_needs_utf8(const struct task *t)
{
	uint32_t i;

	if (!utf8_is_ascii(t->sender, strlen(t->sender)))
		return true;
	for (i = 0; i < t->rcpt_count; i++)
		if (caps_is_utf8_rcpt(&t->rcpts[i]))
			return true;
	return t->smtputf8 && caps_has_8bit(t, t->header_size);
}

static void
caps_no_utf8(struct client *c, struct result *r)
{
	result_set(r, 553, "5.6.7",
	    "the next host does not accept UTF-8 addresses or headers");
	strlcpy(r->host, c->peer, sizeof(r->host));
}

/* Recipients that such a server can not be told of fail alone; the others
 * may have done without SMTPUTF8. */
static void
caps_drop_utf8(struct client *c)
{
	struct task *t = c->task;
	struct result r;
	uint32_t i;

	caps_no_utf8(c, &r);
	for (i = 0; i < t->rcpt_count; i++)
		if (caps_is_utf8_rcpt(&t->rcpts[i]))
			task_result(t, &t->rcpts[i], &r);
}

/* In this order: a body too large for the server is not read for 8-bit. */
int
client_caps_check(struct client *c, struct result *r)
{
	struct task *t = c->task;

	c->bdat = false;
	c->as_8bit = c->caps & CAP_8BITMIME && caps_is_8bit(t);
	if (!(c->caps & CAP_SMTPUTF8))
		caps_drop_utf8(c);
	c->as_utf8 = caps_needs_utf8(t);
	if (c->max_size != 0 && t->size > c->max_size)
		result_set(r, 552, "5.3.4",
		    "message is larger than the next host accepts");
	else if (c->as_utf8 && !(c->caps & CAP_SMTPUTF8))
		caps_no_utf8(c, r);
	else if (t->body == BODY_BINARYMIME) {
		if (c->caps & CAP_CHUNKING && c->caps & CAP_BINARYMIME) {
			c->bdat = true;
			return 0;
		}
		result_set(r, 554, "5.6.3",
		    "the next host does not accept binary content");
	} else if (t->body == BODY_8BITMIME && !(c->caps & CAP_8BITMIME) &&
	    caps_has_8bit(t, t->size))
		result_set(r, 554, "5.6.3",
		    "the next host does not accept 8-bit content");
	else
		return 0;
	strlcpy(r->host, c->peer, sizeof(r->host));
	return -1;
}
