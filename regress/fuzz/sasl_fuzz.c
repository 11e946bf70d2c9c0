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
 * Any octets as base64 and as the messages in it.  What decodes encodes back
 * to the same text, octet for octet.
 */

#include "fuzz.h"

#include <string.h>

#include "sasl.h"

/*
 * Names and passwords go to back ends and logs: a control character in one
 * could end a line there.
 */
static void
check_text(const char *s)
{
	for (; *s != '\0'; s++)
		CHECK((unsigned char)*s >= ' ' && *s != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *in, *raw, *back, name[SASL_NAME_MAX + 1];
	struct sasl s, again;
	ssize_t n;

	CHECK((in = malloc(size + 1)) != NULL);
	CHECK((raw = malloc(SASL_BASE64_DECODED(size))) != NULL);
	CHECK((back = malloc(SASL_BASE64_ROOM(size))) != NULL);
	memcpy(in + 1, data, size);
	n = sasl_base64_decode(raw, SASL_BASE64_DECODED(size), in + 1, size);
	if (n >= 0) {
		CHECK(sasl_base64_encode(back, SASL_BASE64_ROOM(n), raw,
			  (size_t)n) == (ssize_t)size);
		CHECK(memcmp(back, in + 1, size) == 0);
	}
	n = sasl_base64_encode(back, SASL_BASE64_ROOM(size), data, size);
	CHECK(n >= 0);
	free(raw);
	CHECK((raw = malloc(size + 1)) != NULL);
	CHECK(sasl_base64_decode(raw, size, back, (size_t)n) == (ssize_t)size);
	CHECK(size == 0 || memcmp(raw, data, size) == 0);
	/* The octets as the message, and as what stands for it. */
	if (sasl_plain_parse(&s, back, (size_t)n) == SASL_OK) {
		check_text(s.user);
		check_text(s.password);
		check_text(s.authzid);
		n = sasl_plain_print(back, SASL_BASE64_ROOM(size), &s);
		CHECK(n >= 0);
		CHECK(sasl_plain_parse(&again, back, (size_t)n) == SASL_OK);
		CHECK(memcmp(&s, &again, sizeof(s)) == 0);
	} else
		CHECK(s.user[0] == '\0' && s.password[0] == '\0');
	sasl_plain_parse(&s, in + 1, size);
	if (sasl_login_parse(name, sizeof(name), in + 1, size) == SASL_OK)
		check_text(name);
	free(in);
	free(raw);
	free(back);
	return 0;
}
