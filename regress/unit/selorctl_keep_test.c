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
 * Kept messages: what is written is read again; what is cut or changed is
 * refused.
 */

#include "../../selorctl/keep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/selor_keep.XXXXXX";

/* Opens the one file of the directory, which must have no dot. */
static int
open_kept(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int fd = -1;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.') {
			assert_int_equal(fd, -1);
			fd = openat(dirfd(d), e->d_name, O_RDWR);
			unlinkat(dirfd(d), e->d_name, 0);
		}
	closedir(d);
	assert_int_not_equal(fd, -1);
	return fd;
}

/* A file of that text is no message. */
static void
refused(const char *text)
{
	struct envelope e;
	struct letter l;
	char path[] = "/tmp/selor_keep_file.XXXXXX";
	int fd = mkstemp(path);

	assert_int_not_equal(fd, -1);
	unlink(path);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	envelope_init(&e);
	letter_init(&l);
	if (keep_read(fd, &e, &l) != -1)
		fail_msg("taken: %s", text);
	letter_clear(&l);
	envelope_clear(&e);
	close(fd);
}

#define HEAD "SELOR-OFFLINE 1\nsender 0:\nrcpt 3:a@b\n"

/* What would be a command of its own, or none that a server takes. */
static void
envid_is_checked(void **state)
{
	(void)state;
	refused(HEAD "envid 3:a b\nmessage 1:2\n\r\n");
	refused(HEAD "envid 16:a\r\nMAIL FROM:<x>\nmessage 1:2\n\r\n");
	refused("SELOR-OFFLINE 1\nsender 6:a\r\nX: \nrcpt 1:b\n"
		"message 1:2\n\r\n");
	refused("SELOR-OFFLINE 1\nsender 0:\nrcpt 5:<a@b>\n"
		"message 1:2\n\r\n");
	refused(HEAD "envid 3:+0D\nmessage 1:2\n\r\n");
	refused(HEAD "envid 2:+g\nmessage 1:2\n\r\n");
	refused(HEAD "envid 101:"
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		     "\nmessage 1:2\n\r\n");
}

static int
keep_one(void)
{
	struct envelope e;
	struct letter l;

	envelope_init(&e);
	letter_init(&l);
	assert_int_equal(envelope_set_sender(&e, "a@x.test", 8), 0);
	assert_int_equal(envelope_add(&e, "<b@x.test>", 10), 0);
	assert_int_equal(envelope_add(&e, "c@x.test", 8), 0);
	e.rcpts[1].state = RCPT_SENT;
	assert_int_equal(envelope_set_notify(&e, "success,DELAY"), 0);
	assert_int_equal(envelope_set_envid(&e, "x y"), 0);
	assert_int_equal(letter_add(&l, "Subject: s\r\n", 12), 0);
	assert_int_equal(letter_add_body(&l, ".\r\n\xe9\r\n", 6), 0);
	assert_int_equal(keep_write(dir, &e, &l), 0);
	letter_clear(&l);
	envelope_clear(&e);
	return open_kept();
}

static int
read_back(int fd, struct envelope *e, struct letter *l)
{
	envelope_init(e);
	letter_init(l);
	lseek(fd, 0, SEEK_SET);
	return keep_read(fd, e, l);
}

static void
reads_what_it_wrote(void **state)
{
	struct envelope e;
	struct letter l;
	char body[16];
	int fd = keep_one();

	(void)state;
	assert_int_equal(read_back(fd, &e, &l), 0);
	assert_string_equal(e.sender, "a@x.test");
	/* The one that was sent is not kept. */
	assert_int_equal(e.count, 1);
	assert_string_equal(e.rcpts[0].address, "b@x.test");
	assert_int_equal(e.notify, 0x02 | 0x08);
	assert_string_equal(e.envid, "x+20y");
	assert_int_equal(l.header_len, 12);
	assert_int_equal(l.body_size, 6);
	assert_int_equal(pread(l.body, body, sizeof(body), 0), 6);
	assert_memory_equal(body, ".\r\n\xe9\r\n", 6);
	assert_true(l.is_8bit);
	letter_clear(&l);
	envelope_clear(&e);
	close(fd);
}

/* Cut anywhere it is refused, and so is a wrong byte in a record's frame. */
static void
refuses_damage(void **state)
{
	struct envelope e;
	struct letter l;
	int fd = keep_one();
	off_t len = lseek(fd, 0, SEEK_END), at;

	(void)state;
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
	assert_int_equal(read_back(fd, &e, &l), -1);
	envelope_clear(&e);
	letter_clear(&l);
	assert_int_equal(pwrite(fd, "S", 1, 0), 1);
	for (at = len - 1; at >= 0; at--) {
		assert_int_equal(ftruncate(fd, at), 0);
		if (read_back(fd, &e, &l) != -1)
			fail_msg("cut to %ld bytes it was taken", (long)at);
		envelope_clear(&e);
		letter_clear(&l);
	}
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_it_wrote),
	    cmocka_unit_test(envid_is_checked),
	    cmocka_unit_test(refuses_damage)};
	int r;

	if (mkdtemp(dir) == NULL)
		return 1;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(dir);
	return r;
}
