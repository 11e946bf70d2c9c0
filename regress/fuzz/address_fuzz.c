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
 * Any octets as an address, a domain, a HELO argument and an xtext.  Whatever
 * parses is canonical: it parses again to the same, holds no control
 * character, and comes through printing, splitting and making unharmed.
 */

#include "fuzz.h"

#include <string.h>

#include "address.h"
#include "domain.h"
#include "received.h"
#include "utf8.h"
#include "xtext.h"

/* What a log, a header or a command may be built from without looking again. */
static void
check_text(const char *s, size_t len)
{
	size_t i;

	CHECK(strlen(s) == len);
	CHECK(utf8_is_text(s, len));
	for (i = 0; i < len; i++)
		CHECK((unsigned char)s[i] >= ' ' && s[i] != 0x7f);
}

/*
 * The same address by every way there is to make one: two texts for one mailbox
 * would let a limit or a list be passed by.
 */
static void
check_address(const struct address *a, unsigned int flags)
{
	struct address again, base;
	char buf[ADDRESS_MAX + 3], field[RECEIVED_MAX];
	struct received r = {.server = "s", .rcpt = a, .utf8 = true};
	const char *tag;
	size_t tag_len;
	int n;

	check_text(a->text, a->len);
	CHECK(a->len <= ADDRESS_MAX && a->local_len <= a->len);
	CHECK((flags & ADDRESS_UTF8) != 0 || utf8_is_ascii(a->text, a->len));
	CHECK(utf8_is_ascii(address_domain(a), strlen(address_domain(a))));
	CHECK(address_parse(&again, a->text, a->len, ADDRESS_INTERNAL) ==
	    ADDRESS_OK);
	CHECK(memcmp(a, &again, sizeof(again)) == 0);
	n = address_print(a, buf, sizeof(buf));
	CHECK(n == a->len + 2);
	CHECK(address_parse(&again, buf, (size_t)n,
		  ADDRESS_INTERNAL | ADDRESS_BRACKETS) == ADDRESS_OK);
	CHECK(address_equal(a, &again));
	CHECK(address_compare(a, &again) == 0);
	CHECK(received_print(field, sizeof(field), &r) > 0);
	if (address_is_null(a))
		return;
	n = address_local(a, buf, sizeof(buf));
	CHECK(n > 0);
	CHECK(address_make(&again, buf, (size_t)n, address_domain(a),
		  ADDRESS_INTERNAL) == ADDRESS_OK);
	CHECK(memcmp(a, &again, sizeof(again)) == 0);
	CHECK(address_has_leading_dash(a) == (buf[0] == '-'));
	if (address_split_tag(a, '+', &base, &tag, &tag_len)) {
		CHECK(tag + tag_len == a->text + a->local_len);
		CHECK(address_parse(&again, base.text, base.len,
			  ADDRESS_INTERNAL) == ADDRESS_OK);
		CHECK(address_equal(&base, &again));
	}
	again = *a;
	address_fold(&again);
	CHECK(address_equal_fold(a, &again));
}

/* A domain that parses is in A-labels and is found to be itself. */
static void
check_domain(const char *s, size_t len, unsigned int flags)
{
	char out[DOMAIN_MAX + 1], again[DOMAIN_MAX + 1], buf[1024];

	if (domain_parse(out, s, len, flags) == 0) {
		check_text(out, strlen(out));
		CHECK(utf8_is_ascii(out, strlen(out)));
		CHECK(
		    domain_parse(again, out, strlen(out), DOMAIN_LITERAL) == 0);
		CHECK(strcmp(out, again) == 0);
		CHECK(domain_equal(out, again));
		CHECK(domain_is_within(out, again));
		CHECK(domain_print_unicode(buf, sizeof(buf), out) > 0);
	}
	if (domain_parse_helo(out, s, len, (flags & DOMAIN_UTF8) != 0) !=
	    DOMAIN_HELO_BAD)
		check_text(out, strlen(out));
}

/* Longer than any parameter may be is not of interest: the buffers here end. */
static void
check_xtext(const char *s, size_t len)
{
	char coded[1024], plain[512];
	int n;

	if (len > 300)
		return;
	n = xtext_encode(coded, sizeof(coded), s, len);
	CHECK(n >= (int)len);
	CHECK(xtext_is_valid(coded, (size_t)n));
	n = xtext_decode(plain, sizeof(plain), coded, (size_t)n);
	CHECK(n == -1 || memcmp(plain, s, len) == 0);
	if (xtext_decode(plain, sizeof(plain), s, len) != -1)
		CHECK(xtext_is_valid(s, len));
	if (len > 0)
		xtext_is_orcpt(s, len, len % 2 == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct address a;
	unsigned int flags;
	char *s;

	if (size == 0)
		return 0;
	flags = data[0];
	/* A copy of its own: one octet too far is seen. */
	size--;
	CHECK((s = malloc(size + 1)) != NULL);
	memcpy(s + 1, data + 1, size);
	if (address_parse(&a, s + 1, size, flags) == ADDRESS_OK)
		check_address(&a, flags);
	else
		CHECK(address_is_null(&a));
	check_domain(s + 1, size, flags & (DOMAIN_UTF8 | DOMAIN_LITERAL));
	check_xtext(s + 1, size);
	free(s);
	return 0;
}
