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
 * l files as a disk or an editor may have left them.  What is accepted is
 * printed and parsed again to the same text.
 */
#include <stdlib.h>
#include <string.h>

#include "../../queued/lfile.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message *m, *again;
	struct lfile_error error;
	struct lfile l, l2;
	char *text, *text2;
	size_t len, len2;

	m = lfile_parse((const char *)data, size, "a", &l, &error);
	if (m == NULL) {
		CHECK(error.why != NULL);
		return 0;
	}
	CHECK((text = lfile_print(m, "a", &l, &len)) != NULL);
	again = lfile_parse(text, len, "a", &l2, &error);
	CHECK(again != NULL);
	CHECK((text2 = lfile_print(again, "a", &l2, &len2)) != NULL);
	CHECK(len == len2 && memcmp(text, text2, len) == 0);
	free(text);
	free(text2);
	message_free(m);
	message_free(again);
	return 0;
}
