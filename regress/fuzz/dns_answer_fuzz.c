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
 * Any octets as a DNS answer; the first chooses the type asked for.  Names
 * that come out are host names and nothing else.
 */
#include "fuzz.h"

#include <string.h>

#include "../../lookupd/dns_answer.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = {DNS_A, DNS_PTR, DNS_MX, DNS_AAAA};
	struct dns_answer a;
	const char *name;
	size_t i;

	if (size == 0)
		return 0;
	dns_answer_parse(&a, "d.test", types[data[0] % 4], data + 1, size - 1);
	CHECK(a.count <= DNS_RECORDS_MAX);
	CHECK((a.count > 0) == (a.status == DNS_OK));
	for (i = 0; i < a.count; i++) {
		name = a.record[i].name;
		CHECK(strlen(name) <= DNS_NAME_MAX);
		CHECK(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") ==
		    strlen(name));
	}
	dns_answer_clear(&a);
	return 0;
}
