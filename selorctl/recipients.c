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
 * Address lists; see recipients.h.  One pass, one octet at a time, a state
 * of a few words: comments nest to a limit, an address is gathered in a
 * buffer of a limit, so no text takes more than its own length.
 */
#include "recipients.h"

#include <stdio.h>
#include <string.h>

#include "address.h"
#include "header.h"
#include "utf8.h"

/* Comments inside comments. */
#define NEST_MAX 50
/* An address, or the display name before it. */
#define WORD_MAX 1024

struct list {
	struct envelope *envelope;
	char *error;
	size_t error_size;
	const char *in, *end;
	char text[WORD_MAX + 1]; /* what stands outside angle brackets */
	size_t len;
	bool blank; /* blanks stand behind the text */
	bool in_group;
	bool angle; /* <...> was read; text holds its inside */
};

/* Cleaned and cut: the text goes to a terminal. */
static int
list_fail(struct list *l, const char *why)
{
	char shown[64];

	utf8_clean(shown, sizeof(shown), l->text, l->len, true);
	snprintf(l->error, l->error_size, "%s: \"%s\"", why, shown);
	return -1;
}

static int
list_put(struct list *l, char c)
{
	if (l->len == WORD_MAX)
		return list_fail(l, "address is too long");
	l->text[l->len++] = c;
	l->text[l->len] = '\0';
	return 0;
}

/* Behind "(": to its ")". Thrown away: a comment is no part of an address. */
static int
list_comment(struct list *l)
{
	int depth = 1;

	for (; l->in < l->end && depth > 0; l->in++) {
		if (*l->in == '\\' && l->in + 1 < l->end)
			l->in++;
		else if (*l->in == '(')
			depth++;
		else if (*l->in == ')')
			depth--;
		if (depth > NEST_MAX)
			return list_fail(l, "comments nest too deeply");
	}
	return depth == 0 ? 0 : list_fail(l, "comment does not end");
}

/* Behind a quote: to the next, both kept, as they are part of it. */
static int
list_quoted(struct list *l)
{
	if (list_put(l, '"') == -1)
		return -1;
	while (l->in < l->end && *l->in != '"') {
		if (*l->in == '\r' || *l->in == '\n') {
			l->in++;
			continue;
		}
		if (*l->in == '\\' && l->in + 1 < l->end &&
		    list_put(l, *l->in++) == -1)
			return -1;
		if (list_put(l, *l->in++) == -1)
			return -1;
	}
	if (l->in == l->end)
		return list_fail(l, "quote does not end");
	l->in++;
	return list_put(l, '"');
}

/* Behind "[": a domain literal, whose colons are no groups. */
static int
list_literal(struct list *l)
{
	if (list_put(l, '[') == -1)
		return -1;
	while (l->in < l->end && *l->in != ']')
		if (list_put(l, *l->in++) == -1)
			return -1;
	if (l->in == l->end)
		return list_fail(l, "\"[\" has no \"]\"");
	l->in++;
	return list_put(l, ']');
}

/* Forgets what stood there, a display name or the name of a group. */
static void
list_begin(struct list *l)
{
	l->len = 0;
	l->text[0] = '\0';
	l->blank = l->angle = false;
}

/*
 * An address is complete: checked, added.  Checked as strictly as if it had
 * come by SMTP, but for the domain, which may be missing here.
 */
static int
list_add(struct list *l)
{
	struct address a;
	enum address_error e;

	if (l->len == 0 && !l->angle)
		return 0;
	e = address_parse(
	    &a, l->text, l->len, ADDRESS_UTF8 | ADDRESS_BARE | ADDRESS_LONG);
	if (e != ADDRESS_OK)
		return list_fail(l, address_strerror(e));
	if (envelope_add(l->envelope, a.text, a.len) == -1)
		return list_fail(l, "too many recipients");
	list_begin(l);
	return 0;
}

/* Behind "<": the address proper; what stood before was a name. */
static int
list_angle(struct list *l)
{
	char c;

	if (l->angle)
		return list_fail(l, "two addresses without a comma");
	list_begin(l);
	l->angle = true;
	while (l->in < l->end && *l->in != '>') {
		c = *l->in++;
		if (c == '"'     ? list_quoted(l) == -1 :
			c == '(' ? list_comment(l) == -1 :
			c == '[' ? list_literal(l) == -1 :
				   c != ' ' && c != '\t' && c != '\r' &&
			    c != '\n' && list_put(l, c) == -1)
			return -1;
	}
	if (l->in == l->end)
		return list_fail(l, "\"<\" has no \">\"");
	l->in++;
	return 0;
}

/* An octet of a word.  Words of a name are parted by one blank; around "@"
 * and "." the obsolete forms have blanks that mean nothing. */
static int
list_word(struct list *l, char c)
{
	if (l->angle)
		return list_fail(l, "text behind an address");
	if (l->blank && l->len > 0 && c != '@' && c != '.' &&
	    l->text[l->len - 1] != '@' && l->text[l->len - 1] != '.' &&
	    list_put(l, ' ') == -1)
		return -1;
	l->blank = false;
	return list_put(l, c);
}

/*
 * ";" ends a group: between ":" and it there may be nobody
 * ("undisclosed-recipients:;").
 */
static int
list_special(struct list *l, char c)
{
	switch (c) {
	case '(':
		l->blank = true;
		return list_comment(l);
	case '<':
		return list_angle(l);
	case ',':
		return list_add(l);
	case ':':
		if (l->in_group || l->angle)
			return list_fail(l, "stray \":\"");
		l->in_group = true;
		list_begin(l);
		return 0;
	case ';':
		l->in_group = false;
		return list_add(l);
	default:
		l->blank = true;
		return 0;
	}
}

/* On failure some may have been added; the caller gives up then. */
int
recipients_from_list(
    struct envelope *e, const char *text, size_t len, char *error, size_t size)
{
	struct list l = {.envelope = e,
	    .error = error,
	    .error_size = size,
	    .in = text,
	    .end = text + len};
	int failed = 0;
	char c;

	while (!failed && l.in < l.end) {
		c = *l.in++;
		if (c != '\0' && strchr("(<,:; \t\r\n", c) != NULL)
			failed = list_special(&l, c);
		else if (l.angle)
			failed = list_fail(&l, "text behind an address");
		else if (c == '"')
			failed = list_quoted(&l);
		else if (c == '[')
			failed = list_literal(&l);
		else
			failed = list_word(&l, c);
	}
	return failed ? -1 : list_add(&l);
}

int
recipients_from_header(struct envelope *e, const char *header, size_t len,
    char *error, size_t size)
{
	static const char *const names[2][3] = {
	    {"To", "Cc", "Bcc"}, {"Resent-To", "Resent-Cc", "Resent-Bcc"}};
	struct header_field f;
	size_t pos = 0, i;
	int resent = 0;

	/* Sent once more: those who got it the first time are not asked. */
	while (header_next(header, len, &pos, &f))
		for (i = 0; i < 3; i++)
			resent |= span_is_word(f.name, names[1][i]);
	pos = 0;
	while (header_next(header, len, &pos, &f))
		for (i = 0; i < 3; i++)
			if (span_is_word(f.name, names[resent][i]) &&
			    recipients_from_list(
				e, f.value.p, f.value.len, error, size) == -1)
				return -1;
	return 0;
}
