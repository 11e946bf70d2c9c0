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
 * Any octets as a table; the first chooses which.  Whatever is taken is
 * found again under its own key, and its fields keep their bounds.
 */
#include "fuzz.h"

#include <string.h>

#include "../../lookupd/table.h"

/*
 * A row that was taken is parsed again for each question, and may not fail
 * then.
 */
static void
check_row(enum table_kind kind, const char *rest)
{
	char out[TABLE_KEY_MAX + 1], why[TABLE_ERROR_MAX];
	struct table_mailbox m;
	int r;

	if (kind == TABLE_MAILBOXES) {
		CHECK(table_mailbox(rest, &m, why) == 0);
		CHECK(m.home[0] == '/' && m.user[0] != '\0');
		CHECK(strlen(m.home) < TABLE_HOME_MAX);
		CHECK(strchr(m.user, '/') == NULL);
	} else if (kind == TABLE_ALIASES) {
		while ((r = table_target(&rest, out, why)) == 1)
			CHECK(out[0] != '\0' && strlen(out) <= TABLE_KEY_MAX);
		CHECK(r == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum table_kind kind;
	char key[TABLE_KEY_MAX + 2], *text;
	struct table_error err;
	struct table *t;
	const char *k, *rest;
	uint32_t pos = 0;
	size_t len;

	if (size == 0 || (text = malloc(size)) == NULL)
		return 0;
	kind = data[0] % TABLE_KINDS;
	memcpy(text, data + 1, size - 1);
	if ((t = table_parse(kind, text, size - 1, &err)) == NULL)
		return 0;
	while ((k = table_next(t, &pos, &len)) != NULL) {
		CHECK(len <= TABLE_KEY_MAX);
		memcpy(key, k, len);
		key[len] = '\0';
		CHECK((rest = table_find(t, key)) != NULL);
		check_row(kind, rest);
	}
	table_free(t);
	return 0;
}
