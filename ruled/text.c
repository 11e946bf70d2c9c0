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
 * Comparisons of the rules language.  They run for nearly every line, so
 * they look at as few octets as they can and copy nothing.
 */
#include "text.h"

#include <stdint.h>
#include <string.h>

#include "address.h"
#include "domain.h"

/* Most octets are the same as they stand: folding is for the others. */
static bool
equal_octets(const char *a, const char *b, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (a[i] != b[i] && text_fold(a[i]) != text_fold(b[i]))
			return false;
	return true;
}

/* ASCII letters without case. Neither text has to end in NUL. */
bool
text_equal(struct text a, struct text b)
{
	return a.len == b.len && equal_octets(a.at, b.at, a.len);
}

static bool
is_letter(char c)
{
	return (unsigned int)((unsigned char)c | 0x20) - 'a' < 26u;
}

/* Of letters alone: both cases of the first are looked for. */
static bool
contains_letters(struct text hay, struct text needle)
{
	const char lower = (char)text_fold(needle.at[0]);
	const char upper = (char)(lower - 0x20);
	const char *at, *end = hay.at + (hay.len - needle.len);

	for (at = hay.at; at <= end; at++)
		if ((*at == lower || *at == upper) &&
		    equal_octets(at + 1, needle.at + 1, needle.len - 1))
			return true;
	return false;
}

/* Each place where the fixed octet stands is compared; an empty needle is in
 * nothing. */
bool
text_contains(struct text hay, struct text needle)
{
	const char *at, *end;
	size_t fixed;

	if (needle.len == 0 || needle.len > hay.len)
		return false;
	/* An octet without case, as the '@' or '.' of most needles, is found
	 * many octets at a time. */
	for (fixed = 0; fixed < needle.len && is_letter(needle.at[fixed]);
	     fixed++)
		;
	if (fixed == needle.len)
		return contains_letters(hay, needle);
	end = hay.at + (hay.len - needle.len) + fixed + 1;
	for (at = hay.at + fixed;
	     (at = memchr(at, needle.at[fixed], (size_t)(end - at))) != NULL;
	     at++)
		if (equal_octets(at - fixed, needle.at, needle.len))
			return true;
	return false;
}

/* An empty start is at the beginning of nothing: a parameter whose variable was
 * empty must not match everybody. */
bool
text_begins(struct text text, struct text start)
{
	return start.len > 0 && start.len <= text.len &&
	    equal_octets(text.at, start.at, start.len);
}

bool
text_ends(struct text text, struct text end)
{
	return end.len > 0 && end.len <= text.len &&
	    equal_octets(text.at + (text.len - end.len), end.at, end.len);
}

/* May it be another spelling of the same domain? */
static bool
is_odd(struct text t)
{
	uint64_t word;
	size_t i = 0;

	if (t.len == 0)
		return false;
	if (t.at[t.len - 1] == '.')
		return true;
	for (; i + sizeof(word) <= t.len; i += sizeof(word)) {
		memcpy(&word, t.at + i, sizeof(word));
		if ((word & 0x8080808080808080u) != 0)
			return true;
	}
	for (; i < t.len; i++)
		if ((t.at[i] & 0x80) != 0)
			return true;
	return false;
}

/* Domains may be spelled in two ways, Unicode and A-labels; only where that can
 * be is anything parsed. */
bool
text_same_address(struct text known, struct text b)
{
	struct address x, y;

	if (text_equal(known, b))
		return true;
	if (!is_odd(b))
		return false;
	return address_parse(&x, known.at, known.len, ADDRESS_INTERNAL) ==
	    ADDRESS_OK &&
	    address_parse(&y, b.at, b.len, ADDRESS_INTERNAL) == ADDRESS_OK &&
	    address_equal_fold(&x, &y);
}

/* Names that can not be parsed are equal if they are the same octets, and else
 * never. */
bool
text_same_host(struct text a, struct text b)
{
	char x[DOMAIN_MAX + 1], y[DOMAIN_MAX + 1];

	if (text_equal(a, b))
		return true;
	if (!is_odd(a) && !is_odd(b))
		return false;
	return domain_parse(x, a.at, a.len, DOMAIN_UTF8) == 0 &&
	    domain_parse(y, b.at, b.len, DOMAIN_UTF8) == 0 && strcmp(x, y) == 0;
}

/* In place: nothing is copied. */
struct text
text_trim(struct text t)
{
	while (t.len > 0 && (*t.at == ' ' || *t.at == '\t')) {
		t.at++;
		t.len--;
	}
	while (t.len > 0 && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t'))
		t.len--;
	return t;
}

/* As Itest? and numbers of rules want it; the whole text, -1 for anything else.
 */
int
text_number(struct text t, long long *number)
{
	bool is_minus;
	long long n = 0;
	int digit;
	size_t i;

	t = text_trim(t);
	if (t.len == 0)
		return -1;
	is_minus = t.at[0] == '-';
	i = is_minus || t.at[0] == '+' ? 1 : 0;
	if (i == t.len)
		return -1;
	for (; i < t.len; i++) {
		digit = t.at[i] - '0';
		if (digit < 0 || digit > 9 ||
		    __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, digit, &n))
			return -1;
	}
	/* Gathered below zero, where there is room for one more. */
	if (!is_minus && __builtin_sub_overflow(0LL, n, &n))
		return -1;
	*number = n;
	return 0;
}
