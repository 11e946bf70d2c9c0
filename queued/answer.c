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
 * answer.c: the last answer for a recipient; cleaned, printed, parsed.
 */

#include "answer.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An answer is another host's text and ends up in logs, l files and reports:
 * control octets could end a line there, octets beyond ASCII could break a
 * report that says us-ascii. Never longer than size, always terminated. */
void
answer_clean(char *buf, size_t size, const char *text)
{
	size_t n = 0;
	unsigned char c;

	for (; *text != '\0' && n + 1 < size; text++) {
		c = (unsigned char)*text;
		if (c <= ' ') {
			if (n > 0 && buf[n - 1] != ' ')
				buf[n++] = ' ';
		} else
			buf[n++] = c < 0x7f ? (char)c : '?';
	}
	while (n > 0 && buf[n - 1] == ' ')
		n--;
	buf[n] = '\0';
}

/* class.subject.detail, RFC 3463 section 2 A prefix of it is no status: "5.1"
 * or "5.1.1x" would be printed into the Status field of RFC 3464, which other
 * programs parse. */
static bool
answer_is_status(const char *s)
{
	int part, digits;

	if (*s != '2' && *s != '4' && *s != '5')
		return false;
	s++;
	for (part = 0; part < 2; part++) {
		if (*s++ != '.')
			return false;
		for (digits = 0; isdigit((unsigned char)*s); s++)
			digits++;
		if (digits < 1 || digits > 3)
			return false;
	}
	return *s == '\0';
}

/* A status whose class does not go with the result is not believed: a 250
 * "5.1.1" must not become a failure in a report. */
void
answer_set(
    struct answer *a, const char *status, const char *dflt, const char *text)
{
	memset(a, 0, sizeof(*a));
	if (!answer_is_status(status) || status[0] != dflt[0])
		status = dflt;
	strlcpy(a->status, status, sizeof(a->status));
	answer_clean(a->text, sizeof(a->text), text);
}

/* Called behind answer_set, whose text it shortens. A code that no reply can
 * have counts as none: code is 0 where no host has spoken. */
void
answer_set_host(struct answer *a, unsigned int code, const char *host)
{
	char number[16], *blank;
	size_t len;

	a->code = code > 999 ? 0 : code;
	/* The text of a reply may begin with its code: that is kept once. */
	snprintf(number, sizeof(number), "%u ", a->code);
	len = strlen(number);
	if (strncmp(a->text, number, len) == 0)
		memmove(a->text, a->text + len, strlen(a->text + len) + 1);
	answer_clean(a->host, sizeof(a->host), host);
	/* One word, so that it can be told from the text. */
	if ((blank = strchr(a->host, ' ')) != NULL)
		*blank = '\0';
}

/* "status code host text": host is one word, so that it can be parsed back. */
void
answer_print(const struct answer *a, char *buf, size_t size)
{
	snprintf(buf, size, "%s %u %s %s",
	    a->status[0] != '\0' ? a->status : "-", a->code,
	    a->host[0] != '\0' ? a->host : "-", a->text);
}

/* The next word into buf; where the rest begins. */
static const char *
answer_word(char *buf, size_t size, const char *text)
{
	size_t len = strcspn(text, " ");

	snprintf(buf, size, "%.*s", (int)(len > 400 ? 400 : len), text);
	if (strcmp(buf, "-") == 0)
		buf[0] = '\0';
	text += len;
	return *text == ' ' ? text + 1 : text;
}

/* What it reads may have been edited in an l file, so each word is bounded as
 * if it came from outside; it cannot fail, the worst is a text. */
void
answer_parse(struct answer *a, const char *text)
{
	char code[8], clean[ANSWER_TEXT_MAX + ANSWER_HOST_MAX + 32];
	const char *p = clean;

	memset(a, 0, sizeof(*a));
	answer_clean(clean, sizeof(clean), text);
	p = answer_word(a->status, sizeof(a->status), p);
	if (!answer_is_status(a->status)) {
		/* Not as we wrote it: all of it is text. */
		a->status[0] = '\0';
		strlcpy(a->text, clean, sizeof(a->text));
		return;
	}
	p = answer_word(code, sizeof(code), p);
	a->code = (unsigned int)strtonum(code, 0, 999, NULL);
	p = answer_word(a->host, sizeof(a->host), p);
	strlcpy(a->text, p, sizeof(a->text));
}

/* As many of them are our own words as another's: a host that relays to a
 * dead one is no better to wait for. */
bool
answer_is_silent(const char *text)
{
	return strncmp(text, "4.4.", 4) == 0;
}
