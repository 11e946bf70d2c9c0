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
 * powerloss_test.c: a random load on a spool with small segments, then a
 * power cut after every single thing it did to the disk.  What the spool
 * promises must hold after each: what was acknowledged is there, whole;
 * what was ended, and known to be so, does not come back; nothing is taken
 * for damage; the same is found a second time.
 */

#include <sys/stat.h>

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
#include "disk.h"

#define SEGMENT (48 * 1024)
#define MESSAGES_MAX 2000
#define LARGE_MAX 20000
#define JOBS_MAX 256

/* What the test knows about one message. */
struct known {
	uint64_t id;
	struct message *m; /* in the queue */
	struct spool_commit commit;
	struct journal_wait wait;
	int fd;
	uint32_t size;
	bool in_file, qlimit;
	int acked, ended; /* events after which this was so; 0: not yet */
	bool failed, removed;
	uint16_t attempts; /* now */
	uint16_t awaited; /* those a wait stands for */
	bool waiting;
	int changes[64]; /* event at which attempts n was durable */
};

static struct {
	char root[64], copy[64];
	int dirfd;
	struct spool *sp;
	struct known known[MESSAGES_MAX];
	int count;
	struct sync_job *jobs[JOBS_MAX];
	int njobs;
	int removed_at; /* count of known ends waiting for a barrier */
	unsigned int reports;
	bool faulty; /* the disk failed now and then */
} t;

static void
start_job(void *arg, struct sync_job *job)
{
	(void)arg;
	assert_true(t.njobs < JOBS_MAX);
	t.jobs[t.njobs++] = job;
}

static void
run_job(void)
{
	struct sync_job *job;

	if (t.njobs == 0)
		return;
	job = t.jobs[0];
	memmove(t.jobs, t.jobs + 1, (size_t)--t.njobs * sizeof(t.jobs[0]));
	job->done(job->arg, (int)sync_work(job->what, job->fd, job->size));
}

static void
report(void *arg, const char *text)
{
	(void)arg;
	t.reports++;
	if (!t.faulty)
		print_message("report: %s\n", text);
}

static int
open_dir(const char *path)
{
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(fd != -1);
	return fd;
}

static struct spool *
open_spool(int dirfd)
{
	struct spool_conf conf = {.dirfd = dirfd,
	    .sid = "x1",
	    .segment_size = SEGMENT,
	    .keep = 1,
	    .sync = {start_job, NULL},
	    .report = report};

	return spool_open(&conf);
}

/* The byte at an offset of a message's content. */
static uint8_t
byte_of(const struct known *k, uint32_t at)
{
	return (uint8_t)(k->id * 31 + at * 7 + (at >> 8));
}

static void
sender_of(const struct known *k, char *buf, size_t size)
{
	snprintf(
	    buf, size, "sender-%llu@example.test", (unsigned long long)k->id);
}

static void
committed(void *arg, int error)
{
	struct known *k = arg;

	if (k->fd != -1)
		close(k->fd);
	k->fd = -1;
	if (error != 0) {
		k->failed = true;
		message_free(k->m);
		k->m = NULL;
		return;
	}
	k->acked = disk_events();
}

static void
do_commit(void)
{
	struct known *k;
	uint8_t buf[LARGE_MAX];
	char sender[80];
	uint32_t i;

	if (t.count == MESSAGES_MAX)
		return;
	k = &t.known[t.count++];
	k->id = ((uint64_t)t.count << 20) | 1;
	k->in_file = random() % 6 == 0;
	k->qlimit = random() % 5 == 0;
	k->size = (uint32_t)random() % (k->in_file ? LARGE_MAX : 3000);
	k->m = message_new(k->id);
	k->m->size = k->size;
	k->m->flags = k->qlimit ? MSG_QLIMIT : 0;
	sender_of(k, sender, sizeof(sender));
	assert_int_equal(message_set(k->m, &k->m->sender, sender), 0);
	assert_int_equal(message_add_rcpt(k->m, "one@example.test"), 0);
	assert_int_equal(message_add_rcpt(k->m, "two@example.test"), 1);
	for (i = 0; i < k->size; i++)
		buf[i] = byte_of(k, i);
	k->fd = k->in_file ? content_file(t.sp, k->id) : content_small(t.sp);
	if (k->fd == -1 || segment_pwrite(k->fd, buf, k->size, 0) == -1) {
		assert_true(t.faulty);
		if (k->fd != -1 && k->in_file)
			content_abort(t.sp, k->id);
		committed(k, EIO);
		return;
	}
	k->commit.message = k->m;
	k->commit.fd = k->fd;
	k->commit.in_file = k->in_file;
	k->commit.done = committed;
	k->commit.arg = k;
	if (spool_commit(t.sp, &k->commit) == -1) {
		assert_true(errno == ENOSPC || t.faulty);
		if (k->in_file)
			content_abort(t.sp, k->id);
		committed(k, ENOSPC);
	}
}

/* A message of the queue that is the test's to change, or NULL. */
static struct known *
pick(void)
{
	struct known *k;
	int i;

	if (t.count == 0)
		return NULL;
	for (i = 0; i < 20; i++) {
		k = &t.known[random() % t.count];
		if (k->acked != 0 && !k->removed)
			return k;
	}
	return NULL;
}

static void
changed(void *arg, int error)
{
	struct known *k = arg;

	k->waiting = false;
	if (error == 0)
		k->changes[k->awaited] = disk_events();
}

static void
do_update(void)
{
	struct known *k = pick();
	uint64_t position;

	if (k == NULL || k->attempts >= 60)
		return;
	k->m->attempts = ++k->attempts;
	k->m->rcpts[1].state = RCPT_DEFERRED;
	k->m->rcpts[1].attempts = k->attempts;
	message_set(k->m, &k->m->rcpts[1].answer, "451 later");
	position = spool_update(t.sp, k->m, 1, 1);
	if (position != 0 && !k->waiting) {
		k->waiting = true;
		k->awaited = k->attempts;
		k->wait.position = position;
		k->wait.done = changed;
		k->wait.arg = k;
		spool_await(t.sp, &k->wait);
	}
}

/* An update of another message comes behind the end in the journal: when
 * that is durable, the end is. */
struct barrier {
	LIST_ENTRY(barrier) link;
	struct journal_wait wait;
	struct known *k;
};
/* Those that wait; on a broken disk some never end. */
static LIST_HEAD(, barrier) barriers = LIST_HEAD_INITIALIZER(barriers);

static void
ended(void *arg, int error)
{
	struct barrier *b = arg;

	if (error == 0)
		b->k->ended = disk_events();
	LIST_REMOVE(b, link);
	free(b);
}

static void
do_remove(void)
{
	struct known *k = pick(), *other;
	struct barrier *b;

	if (k == NULL || k->waiting)
		return;
	k->removed = true;
	spool_remove(t.sp, k->m);
	k->m = NULL;
	if ((other = pick()) == NULL)
		return;
	b = calloc(1, sizeof(*b));
	b->k = k;
	LIST_INSERT_HEAD(&barriers, b, link);
	b->wait.position = spool_update(t.sp, other->m, 0, 0);
	b->wait.done = ended;
	b->wait.arg = b;
	if (b->wait.position != 0)
		spool_await(t.sp, &b->wait);
	else
		ended(b, -1);
}

/*
 * Times of mail coming in, of mail going out, and of both: what one kind
 * of work makes durable in passing must not hide what another forgets.
 */
static void
run_load(int turns)
{
	int i, j, phase;

	for (i = 0; i < turns; i++) {
		phase = i / 30 % 3;
		for (j = (int)random() % (phase == 2 ? 2 : 3); j > 0; j--)
			do_commit();
		if (random() % 2 == 0)
			do_update();
		for (j = (int)random() % (phase == 2 ? 4 : 3);
		     phase != 1 && j > 0; j--)
			do_remove();
		spool_flush(t.sp);
		if (random() % 3 != 0)
			run_job();
		if (random() % 2 == 0)
			run_job();
		spool_step(t.sp);
		if (random() % 4 == 0)
			while (t.njobs > 0)
				run_job();
	}
}

static void
check_content(struct spool *sp, const struct known *k, struct message *m)
{
	uint8_t buf[LARGE_MAX];
	char sender[80];
	uint32_t i;

	sender_of(k, sender, sizeof(sender));
	assert_string_equal(message_text(m, m->sender), sender);
	assert_int_equal(m->nrcpts, 2);
	assert_string_equal(
	    message_text(m, m->rcpts[1].address), "two@example.test");
	assert_int_equal(m->size, k->size);
	assert_int_equal(
	    content_read(sp, m, 0, buf, sizeof(buf)), (ssize_t)k->size);
	for (i = 0; i < k->size; i++)
		assert_int_equal(buf[i], byte_of(k, i));
}

static void
check_one(struct spool *sp, const struct known *k, int at)
{
	struct message *m = spool_find(sp, k->id);
	int n, least = 0;

	if (k->ended != 0 && k->ended - 1 <= at) {
		assert_null(m);
		return;
	}
	if (m == NULL) {
		/* Gone though acknowledged: only if it was being ended. */
		if (k->acked != 0 && k->acked - 1 <= at)
			assert_true(k->removed);
		return;
	}
	check_content(sp, k, m);
	for (n = 1; n <= k->attempts; n++)
		if (k->changes[n] != 0 && k->changes[n] - 1 <= at)
			least = n;
	assert_in_range(m->attempts, least, k->attempts);
	/* A change that could not be recorded is nobody's promise, and the
	 * next record of the message tells only part of it. */
	if (m->attempts > 0 && !t.faulty)
		assert_string_equal(
		    message_text(m, m->rcpts[1].answer), "451 later");
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
make_copy(int at, enum disk_loss loss)
{
	static const char *const dirs[] = {
	    "", "/journal", "/damaged", "/qlimit"};
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", t.copy, dirs[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	disk_rebuild(t.copy, at, loss);
}

static void
check_cut(int at, enum disk_loss loss)
{
	struct spool_stats first, second;
	struct spool *sp;
	int fd, i;

	make_copy(at, loss);
	fd = open_dir(t.copy);
	t.njobs = 0;
	t.reports = 0;
	sp = open_spool(fd);
	assert_non_null(sp);
	for (i = 0; i < t.count; i++)
		check_one(sp, &t.known[i], at);
	spool_get_stats(sp, &first);
	spool_close(sp);
	t.njobs = 0;
	sp = open_spool(fd);
	assert_non_null(sp);
	spool_get_stats(sp, &second);
	spool_close(sp);
	assert_int_equal(first.messages, second.messages);
	if (t.faulty) {
		close(fd);
		remove_tree(t.copy);
		return;
	}
	if (first.messages != second.messages || first.damaged != 0 ||
	    second.damaged != 0 || t.reports != 0)
		print_message("cut after event %d (%s), %s\n", at,
		    disk_event_name(at), disk_loss_names[loss]);
	assert_int_equal(first.messages, second.messages);
	assert_int_equal(first.damaged, 0);
	assert_int_equal(second.damaged, 0);
	assert_int_equal(t.reports, 0);
	close(fd);
	remove_tree(t.copy);
}

/* Cuts after each event, or with a step above 1 after some of them; the
 * losses that say least least often. */
static void
check_cuts(int events, int step)
{
	static const int every[LOSSES] = {1, 2, 3, 16};
	enum disk_loss loss;
	int at;

	for (at = 0; at < events; at++)
		for (loss = 0; loss < LOSSES; loss++)
			if ((at + (int)loss) % (every[loss] * step) == 0)
				check_cut(at, loss);
}

/* One load, then the cuts. */
static void
run_round(unsigned int seed, int turns, int step, int one_in)
{
	struct spool_stats stats;
	struct barrier *b;
	int at, events;

	srandom(seed);
	memset(&t, 0, sizeof(t));
	snprintf(t.root, sizeof(t.root), "/dev/shm/selor-power.%d", getpid());
	snprintf(t.copy, sizeof(t.copy), "/dev/shm/selor-cut.%d", getpid());
	assert_int_equal(mkdir(t.root, 0700), 0);
	t.dirfd = open_dir(t.root);
	disk_record(t.root);
	t.sp = open_spool(t.dirfd);
	assert_non_null(t.sp);
	t.faulty = one_in != 0;
	disk_fail(one_in);
	run_load(turns);
	spool_get_stats(t.sp, &stats);
	disk_stop();
	events = disk_events();
	print_message("seed %u: %d events, %d messages, %llu written back, "
		      "%llu segments used again, %d faults\n",
	    seed, events, t.count, (unsigned long long)stats.checkpointed,
	    (unsigned long long)stats.journal.recycled, disk_faults());
	/* The load must have reached what is to be tested. */
	assert_true(t.faulty || stats.checkpointed > 0);
	assert_true(t.faulty || stats.journal.recycled > 0);
	assert_true(!t.faulty || disk_faults() > 0);
	check_cuts(events, step);
	for (at = 0; at < t.count; at++)
		if (t.known[at].acked == 0 && !t.known[at].failed)
			message_free(t.known[at].m);
	spool_close(t.sp);
	while ((b = LIST_FIRST(&barriers)) != NULL) {
		LIST_REMOVE(b, link);
		free(b);
	}
	close(t.dirfd);
	remove_tree(t.root);
	disk_free();
}

static void
test_power_loss(void **state)
{
	(void)state;
	run_round(1, 200, 2, 0);
	run_round(2, 400, 10, 0);
}

/* The same on a disk that fails: whatever it said, a 250 is a 250. */
static void
test_faults(void **state)
{
	unsigned int seed;

	(void)state;
	for (seed = 10; seed < 16; seed++)
		run_round(seed, 300, 40, seed % 2 == 0 ? 40 : 150);
}

static void
test_power_loss_long(void **state)
{
	unsigned int seed;

	(void)state;
	if (getenv("SELOR_LONG") == NULL)
		return;
	for (seed = 100; seed < 140; seed++)
		run_round(seed, 400, 1, seed % 3 == 0 ? 60 : 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_power_loss),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_power_loss_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
