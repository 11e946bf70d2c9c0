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
 * What a server says in SCRAM-SHA-256: its challenge, and behind an empty line
 * its last word.  What is taken for proven can only be what it should be.
 */
#include "fuzz.h"

#include <string.h>

#include "../../deliverd/scram.h"

#define NONCE "rOprNGfwEbeRWgbNEkqO"

/* Few iterations are as good for a parser; a real number is too slow. */
static bool
is_cheap(struct scram_message m)
{
	struct scram_challenge c;

	if (scram_parse(&c, m) != NULL)
		return true;
	CHECK(c.nonce_len > 0 && c.nonce >= m.at);
	CHECK(c.nonce + c.nonce_len < c.salt);
	CHECK(c.salt + c.salt_len < m.at + m.len);
	CHECK(c.iterations >= SCRAM_ITERATIONS_MIN &&
	    c.iterations <= SCRAM_ITERATIONS_MAX);
	return c.iterations <= SCRAM_ITERATIONS_MIN;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scram_salted key;
	struct scram_message first, last;
	char out[SCRAM_CLIENT_MAX], *copy, *lf;
	struct scram s;

	/* Of its own, so that a step too far is seen. */
	CHECK((copy = malloc(size + 1)) != NULL);
	memcpy(copy, data, size);
	lf = memchr(copy, '\n', size);
	first.at = copy;
	first.len = lf == NULL ? size : (size_t)(lf - copy);
	last.at = lf == NULL ? copy + size : lf + 1;
	last.len = lf == NULL ? 0 : size - first.len - 1;

	CHECK(scram_begin(&s, "user", out) > 0);
	strlcpy(s.nonce, NONCE, sizeof(s.nonce));
	strlcpy(s.first, "n=user,r=" NONCE, sizeof(s.first));
	if (is_cheap(first) &&
	    scram_answer(&s, first, "pencil", &key, out) == NULL) {
		CHECK(strncmp(out, "c=biws,r=" NONCE, 29) == 0);
		CHECK(strstr(out, ",p=") != NULL);
		CHECK(strlen(out) < sizeof(out));
	}
	CHECK((scram_check(&s, last) == NULL) == s.is_proven);
	scram_clear(&s);
	free(copy);
	return 0;
}
