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
 * Content from a file that is not ours: its line ends, its header, its
 * limits, wherever the pieces in which it is read are cut.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <sys/mman.h>

#include "../../queued/gather.h"
#include "../../queued/queued.h"

static int ended; /* -1: not yet */

void
queued_kick(void)
{
}

static void
on_end(void *arg, int error)
{
	(void)arg;
	ended = error;
}

static int
file(const char *data, size_t len)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, data, len), len);
	return fd;
}

static void
read_all(struct gather *g, const char *data, size_t len, size_t most)
{
	*g = (struct gather){.fd = file(data, len), .most = most};
	g->done = on_end;
	ended = -1;
	assert_int_equal(gather_begin(g), 0);
	assert_int_equal(ended, -1);
	while (gather_step())
		;
	assert_int_not_equal(ended, -1);
	assert_int_equal(g->fd, -1);
}

static void
line_ends(void **state)
{
	static const struct {
		const char *in, *out;
		size_t header;
	} cases[] = {
	    {"", "", 0},
	    {"a", "a\r\n", 3},
	    {"a: b\n\nc\n", "a: b\r\n\r\nc\r\n", 8},
	    {"a: b\r\n\r\nc\r\n", "a: b\r\n\r\nc\r\n", 8},
	    {"a\rb", "a\r\nb\r\n", 6},
	    {"a\r\r\nb", "a\r\n\r\nb\r\n", 5},
	    {"a\n\r", "a\r\n\r\n", 5},
	    {"\nbody\n", "\r\nbody\r\n", 2},
	    {"a\r\n.\r\n", "a\r\n.\r\n", 6},
	    {"a\n.\nb\n", "a\r\n.\r\nb\r\n", 9},
	};
	struct gather g;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_all(&g, cases[i].in, strlen(cases[i].in), 1000);
		assert_int_equal(ended, 0);
		assert_int_equal(g.len, strlen(cases[i].out));
		assert_memory_equal(g.text, cases[i].out, g.len);
		assert_int_equal(g.header, cases[i].header);
		gather_clear(&g);
	}
}

/* A CRLF on both sides of the end of a piece, at each place near it. */
static void
pieces(void **state)
{
	enum {
		PIECE = 64 * 1024,
		SIZE = 2 * PIECE + 100
	};
	char *data = malloc(SIZE);
	struct gather g;
	int shift;

	(void)state;
	assert_non_null(data);
	for (shift = -3; shift <= 3; shift++) {
		memset(data, 'x', SIZE);
		memcpy(data + PIECE + shift, "\r\n\r\n", 4);
		data[SIZE - 1] = '\n';
		read_all(&g, data, SIZE, SIZE * 2);
		assert_int_equal(ended, 0);
		assert_int_equal(g.len, SIZE + 1);
		assert_int_equal(g.header, PIECE + shift + 4);
		assert_memory_equal(g.text, data, SIZE - 1);
		gather_clear(&g);
	}
	free(data);
}

static void
limits(void **state)
{
	struct gather g, other;
	char data[200];

	(void)state;
	memset(data, '\n', sizeof(data));
	read_all(&g, data, sizeof(data), 399);
	assert_int_equal(ended, EMSGSIZE);
	gather_clear(&g);
	read_all(&g, data, sizeof(data), 400);
	assert_int_equal(ended, 0);
	gather_clear(&g);
	/* One that is taken back is never heard of. */
	g = (struct gather){.fd = file("a", 1), .most = 10, .done = on_end};
	other = (struct gather){.fd = file("b", 1), .most = 10, .done = on_end};
	ended = -1;
	assert_int_equal(gather_begin(&g), 0);
	assert_int_equal(gather_begin(&other), 0);
	gather_clear(&g);
	gather_clear(&other);
	assert_false(gather_step());
	assert_int_equal(ended, -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(line_ends),
	    cmocka_unit_test(pieces),
	    cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
