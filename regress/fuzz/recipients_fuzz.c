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
 * Address lists and headers as any program may give them to sendmail -t.
 * What is taken is an address that is taken again, alone, as the same; an
 * error says something that a terminal can show.
 */
#include <string.h>

#include "../../selorctl/recipients.h"
#include "address.h"
#include "fuzz.h"
#include "utf8.h"

#define ERROR_SIZE 256

/* It is shown on a terminal and quotes what was given. */
static void
check_error(const char *error)
{
	size_t i;

	CHECK(*error != '\0' && strlen(error) < ERROR_SIZE);
	for (i = 0; error[i] != '\0'; i++)
		CHECK((unsigned char)error[i] >= ' ' && error[i] != 0x7f);
}

/* Each is one address, and no part of a list: it is a list of itself. */
static void
check_again(const struct envelope *e)
{
	struct envelope one;
	struct address a;
	char error[ERROR_SIZE];
	const char *text;
	size_t i;

	for (i = 0; i < e->count; i++) {
		text = e->rcpts[i].address;
		CHECK(strpbrk(text, "\r\n") == NULL);
		CHECK(address_parse(&a, text, strlen(text), ADDRESS_INTERNAL) ==
		    ADDRESS_OK);
		envelope_init(&one);
		CHECK(recipients_from_list(
			  &one, text, strlen(text), error, sizeof(error)) == 0);
		CHECK(
		    one.count == 1 && strcmp(one.rcpts[0].address, text) == 0);
		envelope_clear(&one);
	}
	CHECK(e->count <= ENVELOPE_RCPTS_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct envelope e;
	char error[ERROR_SIZE] = "";
	const char *text = (const char *)data;

	envelope_init(&e);
	if (recipients_from_list(&e, text, size, error, sizeof(error)) == -1)
		check_error(error);
	check_again(&e);
	envelope_clear(&e);
	envelope_init(&e);
	error[0] = '\0';
	if (recipients_from_header(&e, text, size, error, sizeof(error)) == -1)
		check_error(error);
	check_again(&e);
	envelope_clear(&e);
	return 0;
}
