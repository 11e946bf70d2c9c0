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
 * Completes headers; see compose.h.
 */
#include "compose.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "header.h"
#include "received.h"
#include "utf8.h"

/* A person's name with what quoting or encoding makes of it. */
#define NAME_MAX_BYTES 60
/*
 * Quoting doubles each byte at most; encoding makes three of it, and each
 * word has its frame.
 */
#define NAME_TEXT_MAX 256
/*
 * A field that does not fit here is refused, never cut: a cut address is
 * somebody else's.
 */
#define FIELD_MAX 1024

/*
 * A name as RFC 5322 has it: plain words, or quoted.  Stops where quoting one
 * more could pass the end, with room kept for the closing quote: a name that is
 * cut is still well formed.
 */
static void
print_ascii_name(const char *name, char *out, size_t size)
{
	bool quote = strpbrk(name, "()<>[]:;@\\,.\"") != NULL;
	size_t n = 0;

	if (quote)
		out[n++] = '"';
	for (; *name != '\0' && n < size - 4; name++) {
		if (*name == '"' || *name == '\\')
			out[n++] = '\\';
		out[n++] = *name;
	}
	if (quote)
		out[n++] = '"';
	out[n] = '\0';
}

/*
 * Other letters: the encoded words of RFC 2047, as many as it takes.  A
 * character is never parted between two words (RFC 2047 section 5): each has to
 * decode alone.  What does not fit is left out whole.
 */
static void
print_utf8_name(const char *name, char *out, size_t size)
{
	static const char begin[] = "=?UTF-8?Q?";
	/* Of a word's 75 octets what begin and "?=" leave. */
	size_t n = 0, room = 0, len, i;
	uint32_t cp;

	for (; (len = utf8_decode(name, strlen(name), &cp)) > 0; name += len) {
		if (n + 3 * len + sizeof(begin) + 6 > size)
			break;
		if (room < 3 * len) {
			n += (size_t)snprintf(out + n, size - n, "%s%s",
			    n == 0 ? "" : "?= ", begin);
			room = 62;
		}
		for (i = 0; i < len; i++)
			n += (size_t)snprintf(
			    out + n, size - n, "=%02X", (unsigned char)name[i]);
		room -= 3 * len;
	}
	snprintf(out + n, size - n, "?=");
}

/* The name is a user's own text (-F, GECOS): controls go, so that it can not
 * begin another field. */
static int
add_from(struct letter *l, const struct compose *c)
{
	char line[FIELD_MAX], clean[NAME_MAX_BYTES + 1];
	char name[NAME_TEXT_MAX] = "";
	int n;

	utf8_clean(clean, sizeof(clean), c->name, strlen(c->name), true);
	if (*clean == '\0')
		n = snprintf(line, sizeof(line), "From: %s\r\n", c->address);
	else {
		if (utf8_is_ascii(clean, strlen(clean)))
			print_ascii_name(clean, name, sizeof(name));
		else
			print_utf8_name(clean, name, sizeof(name));
		n = snprintf(
		    line, sizeof(line), "From: %s <%s>\r\n", name, c->address);
	}
	if (n < 0 || (size_t)n >= sizeof(line)) {
		errno = EMSGSIZE;
		return -1;
	}
	return letter_add(l, line, (size_t)n);
}

/*
 * In Timezone rather than in that of the caller, as the trace fields have it:
 * RFC 5322 section 3.3 lets both, and one message should show one.
 */
static int
add_date(struct letter *l, const struct compose *c)
{
	char line[FIELD_MAX], date[RECEIVED_DATE_MAX];
	int n;

	if (received_date(time(NULL), c->zone, date, sizeof(date)) == -1)
		return -1;
	n = snprintf(line, sizeof(line), "Date: %s\r\n", date);
	return letter_add(l, line, (size_t)n);
}

/* Unique by time and chance: many may be sent in one second, on hosts that
 * share a name. */
static int
add_message_id(struct letter *l, const struct compose *c)
{
	char line[FIELD_MAX], when[32];
	time_t now = time(NULL);
	struct tm tm;
	int n;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%d%H%M%S", &tm);
	n = snprintf(line, sizeof(line), "Message-ID: <%s.%08x%08x@%.255s>\r\n",
	    when, arc4random(), arc4random(), c->domain);
	return letter_add(l, line, (size_t)n);
}

/*
 * Removes in place what others are not to see.  Bcc would tell everyone what it
 * is there to hide (RFC 5322 section 3.6.3); Return-Path is written at final
 * delivery alone (RFC 5321 section 4.4). Says what is there of the rest, a bit
 * for each HEADER_ number.
 */
static void
drop_fields(struct letter *l, unsigned int *have)
{
	struct header_field f;
	size_t pos = 0, kept = 0;

	*have = 0;
	while (header_next(l->header, l->header_len, &pos, &f)) {
		if (span_is_word(f.name, "Bcc") ||
		    span_is_word(f.name, "Resent-Bcc") ||
		    span_is_word(f.name, "Return-Path"))
			continue;
		*have |= 1u << header_name(f.name.p, f.name.len);
		memmove(l->header + kept, f.all.p, f.all.len);
		kept += f.all.len;
	}
	l->header_len = kept;
}

/*
 * Only what is missing is added: a field that the program wrote is its own,
 * right or wrong.
 */
int
compose_header(struct letter *l, const struct compose *c)
{
	unsigned int have;

	drop_fields(l, &have);
	if (!(have & 1u << HEADER_FROM) && add_from(l, c) == -1)
		return -1;
	if (!(have & 1u << HEADER_DATE) && add_date(l, c) == -1)
		return -1;
	if (!(have & 1u << HEADER_MESSAGE_ID) && add_message_id(l, c) == -1)
		return -1;
	return 0;
}
