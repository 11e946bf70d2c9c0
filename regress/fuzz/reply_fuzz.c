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
 * Any octets as a server's reply, in any chunking, and as the texts that our
 * own replies are composed of: those always read back as one reply.
 */

#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "reply.h"
#include "utf8.h"

/* *at: how far it read; a reply never takes what follows it. */
static enum reply_status
feed(struct reply *r, const char *in, size_t len, size_t piece, size_t *at)
{
	enum reply_status status = REPLY_MORE;
	size_t n, used;

	reply_init(r);
	for (*at = 0; *at < len && status == REPLY_MORE; *at += used) {
		n = len - *at < piece ? len - *at : piece;
		status = reply_feed(r, in + *at, n, &used);
		CHECK(used <= n && (status != REPLY_MORE || used == n));
	}
	return status;
}

/*
 * Where a reply is cut must not change it: servers and networks cut anywhere.
 */
static void
check_read(const char *in, size_t len, size_t piece)
{
	struct reply one, other;
	struct span keyword, params;
	enum reply_status status;
	size_t at, at2, pos = 0, last = 0, n;
	char line[300];

	status = feed(&one, in, len, len, &at);
	CHECK(feed(&other, in, len, piece, &at2) == status && at == at2);
	CHECK(one.code == other.code && one.len == other.len);
	CHECK(memcmp(one.text, other.text, one.len) == 0);
	CHECK(
	    memcmp(&one.enhanced, &other.enhanced, sizeof(one.enhanced)) == 0);
	n = reply_print(&one, line, sizeof(line));
	CHECK(n < sizeof(line) && strlen(line) == n);
	CHECK(utf8_is_text(line, n));
	if (status != REPLY_DONE) {
		CHECK(reply_class(&one) == 4);
		return;
	}
	CHECK(one.code >= 200 && one.code <= 599);
	CHECK(one.len <= REPLY_TEXT_MAX && strlen(one.text) == one.len);
	while (reply_ehlo_next(&one, &pos, &keyword, &params)) {
		CHECK(pos > last && keyword.len > 0);
		CHECK(params.p + params.len <= one.text + one.len);
		last = pos;
	}
}

/*
 * Texts come from an administrator or a table; whatever they hold, a client has
 * to see one reply.
 */
static void
check_compose(const char *text, int code)
{
	static const char *const enhanced[] = {NULL, "5.1.1", "x"};
	struct reply_spec spec = {text, code, enhanced[strlen(text) % 3],
	    code % 2 != 0 ? "id" : NULL, code % 3 == 0 ? text : NULL};
	char buf[REPLY_OUT_MAX];
	struct reply r;
	size_t n, used;

	n = reply_compose(buf, sizeof(buf), &spec);
	CHECK(n > 0 && n < sizeof(buf) && strlen(buf) == n);
	reply_init(&r);
	CHECK(reply_feed(&r, buf, n, &used) == REPLY_DONE && used == n);
	CHECK(utf8_is_ascii(buf, n));
	n = reply_print_line(buf, sizeof(buf), r.code, true, text);
	CHECK(n <= REPLY_FOLD + 2);
	reply_init(&r);
	CHECK(reply_feed(&r, buf, n, &used) == REPLY_DONE && used == n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *in;

	if (size < 2)
		return 0;
	CHECK((in = malloc(size)) != NULL);
	memcpy(in, data + 1, size - 1);
	in[size - 1] = '\0';
	check_compose(in, data[0] * 3);
	check_read(in, size - 1, 1u + data[0] % 32u);
	free(in);
	return 0;
}
