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
 * spool_test.c: what the spool makes of damaged, foreign and doubled
 * things, of a second queued, of a message of every kind, and that it
 * neither leaks descriptors nor lets the journal grow without end.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../queued/content.h"
#include "../../queued/segment.h"
#include "../../queued/spool.h"

#define SEGMENT (48 * 1024)
#define ID(n) ((uint64_t)(n) << 20 | 7)
#define JOBS_MAX 64

static struct {
	char root[64];
	int dirfd;
	struct spool *sp;
	struct sync_job *jobs[JOBS_MAX];
	int njobs, reports, committed, error;
	char said[4096];
} t;

static void
start_job(void *arg, struct sync_job *job)
{
	(void)arg;
	assert_true(t.njobs < JOBS_MAX);
	t.jobs[t.njobs++] = job;
}

static void
report(void *arg, const char *text)
{
	(void)arg;
	t.reports++;
	strlcat(t.said, text, sizeof(t.said));
	strlcat(t.said, "\n", sizeof(t.said));
}

static void
turn(void)
{
	struct sync_job *job;

	spool_flush(t.sp);
	while (spool_step(t.sp))
		;
	while (t.njobs > 0) {
		job = t.jobs[0];
		memmove(
		    t.jobs, t.jobs + 1, (size_t)--t.njobs * sizeof(t.jobs[0]));
		job->done(
		    job->arg, (int)sync_work(job->what, job->fd, job->size));
	}
}

static void
settle(void)
{
	int i;

	for (i = 0; i < 1000 && (i < 3 || !spool_is_idle(t.sp)); i++) {
		turn();
		usleep(100);
	}
	assert_true(spool_is_idle(t.sp));
}

static struct spool *
open_spool(const char *sid)
{
	struct spool_conf conf = {.dirfd = t.dirfd,
	    .sid = sid,
	    .segment_size = SEGMENT,
	    .keep = 1,
	    .sync = {start_job, NULL},
	    .report = report};

	return spool_open(&conf);
}

static void
reopen(void)
{
	spool_close(t.sp);
	t.njobs = 0;
	t.reports = 0;
	t.said[0] = '\0';
	t.sp = open_spool("");
	assert_non_null(t.sp);
}

static int
set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	strlcpy(t.root, "/tmp/selor-spool.XXXXXX", sizeof(t.root));
	assert_non_null(mkdtemp(t.root));
	t.dirfd = open(t.root, O_RDONLY | O_DIRECTORY);
	t.sp = open_spool("");
	assert_non_null(t.sp);
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
tear_down(void **state)
{
	(void)state;
	spool_close(t.sp);
	close(t.dirfd);
	nftw(t.root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static void
committed(void *arg, int error)
{
	(void)arg;
	t.committed++;
	t.error = error;
}

/* Commits "content N" and waits for it. */
static struct message *
commit(int n)
{
	static struct spool_commit c;
	struct message *m = message_new(ID(n));
	char content[32];

	snprintf(content, sizeof(content), "content %d", n);
	m->size = strlen(content);
	message_set(m, &m->sender, "a@example.test");
	message_add_rcpt(m, "b@example.test");
	memset(&c, 0, sizeof(c));
	c.message = m;
	c.data = content;
	c.done = committed;
	t.committed = 0;
	assert_int_equal(spool_commit(t.sp, &c), 0);
	assert_int_equal(t.committed, 0);
	settle();
	assert_int_equal(t.committed, 1);
	assert_int_equal(t.error, 0);
	return m;
}

static void
check(int n)
{
	struct message *m = spool_find(t.sp, ID(n));
	char content[32], buf[32] = "", again[32] = "";
	int fd;

	snprintf(content, sizeof(content), "content %d", n);
	assert_non_null(m);
	assert_int_equal(content_read(t.sp, m, 0, buf, sizeof(buf)),
	    (ssize_t)strlen(content));
	assert_string_equal(buf, content);
	fd = content_open(t.sp, m);
	assert_true(fd != -1);
	assert_int_equal(read(fd, again, sizeof(again)), strlen(content));
	assert_string_equal(again, content);
	assert_int_equal(write(fd, "x", 1), -1);
	close(fd);
}

static bool
exists(const char *name)
{
	struct stat st;

	return fstatat(t.dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
put_file(const char *name, const char *text)
{
	int fd = openat(t.dirfd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
test_lock(void **state)
{
	struct spool *other;

	(void)state;
	assert_null(open_spool(""));
	assert_int_equal(errno, EBUSY);
	other = open_spool("b");
	assert_non_null(other);
	spool_close(other);
	assert_null(open_spool("../x"));
}

/*
 * Content and l file appear when they are written back, and go with the
 * message; an id is never given again, even if nothing is left of it.
 */
static void
test_files(void **state)
{
	struct message *m = commit(1);

	(void)state;
	check(1);
	assert_false(exists("c1_0007"));
	assert_int_equal(content_write_files(t.sp, m), 0);
	assert_true(exists("c1_0007"));
	assert_true(exists("l1_0007"));
	reopen();
	check(1);
	spool_remove(t.sp, spool_find(t.sp, ID(1)));
	settle();
	assert_false(exists("c1_0007"));
	assert_false(exists("l1_0007"));
	reopen();
	assert_null(spool_find(t.sp, ID(1)));
	assert_true(spool_last_id(t.sp) >= ID(1));
}

/*
 * Sealed: smtpd, which writes into it, can not make queued keep more than was
 * meant to be small.
 */
static void
test_small(void **state)
{
	char buf[4096] = "";
	int fd;

	(void)state;
	fd = content_small(t.sp);
	assert_int_equal(pwrite(fd, buf, 4096, CONTENT_SMALL - 4096), 4096);
	assert_int_equal(pwrite(fd, buf, 4096, CONTENT_SMALL), -1);
	assert_int_equal(ftruncate(fd, CONTENT_SMALL + 1), -1);
	close(fd);
}

/*
 * Anything else in the directory is left alone and told of: links, FIFOs, files
 * of another Sid.  What claims to be ours and is not is set aside, never
 * removed.
 */
static void
test_foreign(void **state)
{
	char path[128];

	(void)state;
	commit(1);
	put_file("README", "hello");
	put_file("c5_0007_other", "of another Sid");
	put_file("c6_0007", "never committed");
	put_file("l8_0007", "nonsense\n");
	put_file("l9_0007.new", "unfinished");
	assert_int_equal(symlinkat("/etc/passwd", t.dirfd, "l2_0007"), 0);
	assert_int_equal(mkfifoat(t.dirfd, "l3_0007", 0600), 0);
	assert_int_equal(linkat(t.dirfd, "README", t.dirfd, "l4_0007", 0), 0);
	snprintf(
	    path, sizeof(path), "%s/journal/main.00000000000000ff", t.root);
	assert_int_equal(mkfifo(path, 0600), 0);
	reopen();
	check(1);
	assert_int_equal(RB_MIN(message_tree, spool_messages(t.sp))->id, ID(1));
	assert_null(
	    message_tree_RB_NEXT(RB_MIN(message_tree, spool_messages(t.sp))));
	assert_true(exists("README") && exists("c5_0007_other"));
	assert_true(exists("l2_0007") && exists("l3_0007"));
	assert_true(exists("l4_0007"));
	assert_true(exists("damaged/l8_0007") && !exists("l8_0007"));
	assert_false(exists("l9_0007.new"));
	assert_non_null(strstr(t.said, "l2_0007: not a plain file"));
	assert_non_null(strstr(t.said, "l3_0007: not a plain file"));
	assert_non_null(strstr(t.said, "l8_0007: line 1"));
}

/* Damage in the middle of what was durable costs what it hit, no more. */
static void
test_damage(void **state)
{
	char path[128], byte = 'X';
	int fd, i;

	(void)state;
	for (i = 1; i <= 5; i++)
		commit(i);
	snprintf(
	    path, sizeof(path), "%s/journal/main.0000000000000001", t.root);
	fd = open(path, O_WRONLY);
	assert_true(fd != -1);
	/* Behind BEGIN and the first message. */
	assert_int_equal(pwrite(fd, &byte, 1, SEGMENT_START + 400), 1);
	close(fd);
	reopen();
	assert_non_null(strstr(t.said, "damaged at offset"));
	assert_true(exists("damaged/main.0000000000000001"));
	assert_non_null(spool_find(t.sp, ID(1)));
	check(1);
	check(4);
	check(5);
	/* All of it is written back, then the segment goes. */
	settle();
	for (i = 0; i < 20; i++)
		turn();
	assert_false(exists("journal/main.0000000000000001"));
	assert_true(exists("l5_0007"));
	reopen();
	check(1);
	check(5);
	assert_int_equal(t.reports, 0);
}

/* Content that the disk lost is told of, and does not hold its segment. */
static void
test_lost(void **state)
{
	struct spool_stats stats;
	struct message *m;
	char path[128];
	int i;

	(void)state;
	for (i = 1; i <= 400; i++) {
		m = commit(i);
		spool_get_stats(t.sp, &stats);
		if (stats.journal.segments == 2)
			break;
	}
	assert_true(i <= 400);
	snprintf(
	    path, sizeof(path), "%s/journal/main.0000000000000001", t.root);
	assert_int_equal(truncate(path, SEGMENT_START), 0);
	assert_int_equal(
	    content_read(t.sp, spool_find(t.sp, ID(1)), 0, path, 10), -1);
	for (i = 401; i <= 800; i++) {
		m = commit(i);
		spool_get_stats(t.sp, &stats);
		if (stats.journal.segments == 3)
			break;
	}
	for (i = 0; i < 200; i++)
		turn();
	assert_non_null(strstr(t.said, "l1_0007: its content cannot be read"));
	assert_true((spool_find(t.sp, ID(1))->flags & MSG_HOLD) != 0);
	assert_true(exists("damaged/main.0000000000000001"));
	assert_false(exists("journal/main.0000000000000001"));
	assert_true((m->flags & MSG_HOLD) == 0);
	reopen();
	assert_non_null(strstr(t.said, "l1_0007: its content is missing"));
	assert_null(spool_find(t.sp, ID(1)));
	assert_true(exists("damaged/l1_0007"));
}

/* Of this process, now. */
static int
count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/*
 * Two thousand messages later there are as few segments and descriptors as
 * before: room is used again.
 */
static void
test_bounded(void **state)
{
	struct spool_stats stats;
	int i, before;

	(void)state;
	for (i = 1; i <= 20; i++)
		commit(i);
	before = count_fds();
	for (; i <= 2000; i++)
		spool_remove(t.sp, commit(i));
	settle();
	spool_get_stats(t.sp, &stats);
	assert_in_range(stats.journal.segments, 1, 3);
	assert_in_range(stats.journal.spares, 1, JOURNAL_KEPT);
	assert_true(stats.journal.recycled > 5);
	assert_true(count_fds() <= before + JOURNAL_KEPT + 2);
	assert_int_equal(stats.messages, 20);
	reopen();
	for (i = 1; i <= 20; i++)
		check(i);
}

/* The wish of DESIGN: a million messages must be thinkable. */
static void
test_memory(void **state)
{
	struct message *m = commit(1);

	(void)state;
	assert_true(message_memory(m) < 450);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_lock),
	    TEST(test_files),
	    TEST(test_small),
	    TEST(test_foreign),
	    TEST(test_damage),
	    TEST(test_lost),
	    TEST(test_bounded),
	    TEST(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
