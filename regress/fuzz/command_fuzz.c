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
 * Any octets as a command line.  Spans stay inside the line, and a line that
 * passes has no control character.
 */

#include "fuzz.h"

#include <string.h>

#include "command.h"
#include "xtext.h"

/* A span that leads out of the line would show another session's octets. */
static void
check_span(struct span s, const char *line, size_t len)
{
	if (s.p == NULL) {
		CHECK(s.len == 0);
		return;
	}
	CHECK(s.p >= line && s.p <= line + len);
	CHECK(s.len <= (size_t)(line + len - s.p));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct command c;
	char *line;
	size_t i;

	if (size == 0)
		return 0;
	size--;
	CHECK((line = malloc(size + 1)) != NULL);
	memcpy(line + 1, data + 1, size);
	command_parse(&c, line + 1, size, data[0]);
	check_span(c.arg, line + 1, size);
	check_span(c.path, line + 1, size);
	check_span(c.mail.envid, line + 1, size);
	check_span(c.mail.auth, line + 1, size);
	check_span(c.rcpt.orcpt, line + 1, size);
	check_span(c.auth.mech, line + 1, size);
	check_span(c.auth.initial, line + 1, size);
	CHECK((c.status == COMMAND_OK) == (c.reason == NULL));
	CHECK(!c.lost || (c.verb == COMMAND_BDAT && c.status != COMMAND_OK));
	CHECK(command_verb_name(c.verb) != NULL);
	if (c.status == COMMAND_OK) {
		CHECK(c.verb > COMMAND_FOREIGN && c.verb < COMMAND_NVERBS);
		for (i = 0; i < size; i++)
			CHECK((unsigned char)line[i + 1] >= ' ' ||
			    line[i + 1] == '\t');
		if (c.verb == COMMAND_MAIL || c.verb == COMMAND_RCPT)
			CHECK(c.path.len > 0);
		if (c.mail.envid.p != NULL)
			CHECK(xtext_is_valid(c.mail.envid.p, c.mail.envid.len));
	}
	free(line);
	return 0;
}
