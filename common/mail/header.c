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
 * The scanner that watches a header stream by.  It keeps the start of one
 * field name and a few counts, whatever the header's length; lines that are
 * no fields are flagged and passed over.  RFC 5322 section 2.2.
 */

#include "header.h"

#include <string.h>
#include <strings.h>

enum header_state {
	STATE_LINE, /* at the start of a line */
	STATE_CR, /* behind a CR there */
	STATE_NAME,
	STATE_BLANK, /* between a name and its colon: RFC 5322 4.5 */
	STATE_VALUE /* up to the end of the line */
};

static const struct {
	const char *text;
	size_t len;
} names[HEADER_NNAMES] = {
#define X(name, text) [HEADER_##name] = {text, sizeof(text) - 1},
    HEADER_LIST(X)
#undef X
};

enum header_name
header_name(const char *name, size_t len)
{
	int i;

	for (i = 0; i < HEADER_NNAMES; i++) {
		if (names[i].len == len &&
		    strncasecmp(names[i].text, name, len) == 0)
			return (enum header_name)i;
	}
	return HEADER_OTHER;
}

const char *
header_name_text(enum header_name name)
{
	return name < HEADER_NNAMES ? names[name].text : "";
}

void
header_scan_init(struct header_scan *h)
{
	memset(h, 0, sizeof(*h));
}

static void
end_name(struct header_scan *h)
{
	enum header_name name;

	h->state = STATE_VALUE;
	if (h->name_len == 0) {
		h->malformed = true;
		return;
	}
	if (h->fields < UINT32_MAX)
		h->fields++;
	/* A name longer than what is kept is none of ours. */
	if (h->name_len > HEADER_NAME_KEPT)
		return;
	name = header_name(h->name, h->name_len);
	if (name != HEADER_OTHER && h->count[name] < UINT16_MAX)
		h->count[name]++;
}

/* An octet that no field can have there. */
static void
step_malformed(struct header_scan *h, char c)
{
	h->malformed = true;
	h->state = c == '\n' ? STATE_LINE : STATE_VALUE;
}

static void
step_name(struct header_scan *h, char c)
{
	if (c == ':')
		end_name(h);
	else if (c == ' ' || c == '\t')
		h->state = STATE_BLANK;
	else if (c <= ' ' || c >= 0x7f)
		step_malformed(h, c);
	else {
		if (h->name_len < HEADER_NAME_KEPT)
			h->name[h->name_len] = c;
		if (h->name_len <= HEADER_NAME_KEPT)
			h->name_len++;
	}
}

static void
step_line(struct header_scan *h, char c)
{
	h->name_len = 0;
	if (c == '\n')
		h->ended = true;
	else if (c == '\r')
		h->state = STATE_CR;
	else if (c == ' ' || c == '\t') {
		/* Nothing stands above the first line to be continued. */
		if (h->fields == 0)
			h->malformed = true;
		h->state = STATE_VALUE;
	} else {
		h->state = STATE_NAME;
		step_name(h, c);
	}
}

static void
step(struct header_scan *h, char c)
{
	switch (h->state) {
	case STATE_LINE:
		step_line(h, c);
		break;
	case STATE_CR:
		if (c == '\n')
			h->ended = true;
		else
			step_malformed(h, c);
		break;
	case STATE_NAME:
		step_name(h, c);
		break;
	case STATE_BLANK:
		if (c == ':')
			end_name(h);
		else if (c != ' ' && c != '\t')
			step_malformed(h, c);
		break;
	default:
		break;
	}
}

/* Of the octets that turned out to be the header's. */
static void
look_over(struct header_scan *h, const char *s, size_t len)
{
	unsigned char high = 0;
	size_t i;

	for (i = 0; i < len; i++)
		high |= (unsigned char)s[i];
	if ((high & 0x80) != 0)
		h->has_8bit = true;
	if (memchr(s, '\0', len) != NULL)
		h->has_nul = true;
}

size_t
header_scan_feed(struct header_scan *h, const char *in, size_t len)
{
	const char *lf;
	size_t i = 0;

	if (h->ended || len == 0)
		return 0;
	while (i < len && !h->ended) {
		if (h->state != STATE_VALUE) {
			step(h, in[i++]);
			continue;
		}
		if ((lf = memchr(in + i, '\n', len - i)) == NULL) {
			i = len;
			break;
		}
		i = (size_t)(lf + 1 - in);
		h->state = STATE_LINE;
	}
	look_over(h, in, i);
	h->size += i;
	return i;
}
