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
 * What one does with an address once it is parsed: parts, comparison, tags,
 * printing.  Every text here is canonical, so nothing can be malformed; the
 * parser is address.c.
 */

#include "address.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *
address_domain(const struct address *a)
{
	return a->local_len < a->len ? a->text + a->local_len + 1 : "";
}

int
address_local(const struct address *a, char *buf, size_t size)
{
	const char *p = a->text, *end = a->text + a->local_len;
	size_t n = 0;

	if (a->quoted) {
		p++;
		end--;
	}
	for (; p < end; p++) {
		if (a->quoted && *p == '\\')
			p++;
		if (n + 1 >= size)
			return -1;
		buf[n++] = *p;
	}
	if (n >= size)
		return -1;
	buf[n] = '\0';
	return (int)n;
}

int
address_print(const struct address *a, char *buf, size_t size)
{
	int n;

	n = snprintf(buf, size, "<%s>", a->text);
	return n < 0 || (size_t)n >= size ? -1 : n;
}

bool
address_is_null(const struct address *a)
{
	return a->len == 0;
}

bool
address_is_bare(const struct address *a)
{
	return a->len > 0 && a->local_len == a->len;
}

bool
address_is_postmaster(const struct address *a)
{
	static const char name[] = "postmaster";

	return a->local_len == sizeof(name) - 1 &&
	    strncasecmp(a->text, name, sizeof(name) - 1) == 0;
}

bool
address_has_leading_dash(const struct address *a)
{
	const char *p = a->quoted ? a->text + 1 : a->text;

	return a->local_len > 0 && *p == '-';
}

bool
address_local_is_filename(const struct address *a)
{
	char local[ADDRESS_LOCAL_MAX + 1];
	int n;

	n = address_local(a, local, sizeof(local));
	if (n <= 0 || local[0] == '.')
		return false;
	return strpbrk(local, "/ ") == NULL;
}

bool
address_equal(const struct address *a, const struct address *b)
{
	return a->len == b->len && a->local_len == b->local_len &&
	    memcmp(a->text, b->text, a->len) == 0;
}

bool
address_equal_fold(const struct address *a, const struct address *b)
{
	return address_compare(a, b) == 0;
}

int
address_compare(const struct address *a, const struct address *b)
{
	int c;

	if ((c = strcmp(address_domain(a), address_domain(b))) != 0)
		return c;
	if (a->local_len != b->local_len)
		return a->local_len < b->local_len ? -1 : 1;
	return strncasecmp(a->text, b->text, a->local_len);
}

void
address_fold(struct address *a)
{
	size_t i;

	for (i = 0; i < a->local_len; i++) {
		if (a->text[i] >= 'A' && a->text[i] <= 'Z')
			a->text[i] = (char)(a->text[i] - 'A' + 'a');
	}
}

bool
address_split_tag(const struct address *a, char sep, struct address *base,
    const char **tag, size_t *tag_len)
{
	const char *p;
	size_t n;

	if (a->quoted || a->local_len < 2)
		return false;
	p = memchr(a->text + 1, sep, a->local_len - 1u);
	if (p == NULL)
		return false;
	n = (size_t)(p - a->text);
	/* "a.+tag" would leave "a.", which is no address without quotes. */
	if (a->text[n - 1] == '.')
		return false;
	*tag = p + 1;
	*tag_len = a->local_len - n - 1;
	*base = *a;
	memmove(base->text + n, a->text + a->local_len,
	    (size_t)(a->len - a->local_len) + 1);
	base->local_len = (uint16_t)n;
	base->len = (uint16_t)(a->len - *tag_len - 1);
	base->utf8 = false;
	for (p = base->text; p < base->text + n; p++) {
		if ((unsigned char)*p >= 0x80)
			base->utf8 = true;
	}
	return true;
}
