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
 * journal_bench.c: how many messages of 4 KiB a second the spool commits
 * with 1, 10 and 50 of them waiting at a time, syncs done by a helper
 * process as queued has it, beside what the disk itself can do.  Each
 * message is removed once it is committed, as by a quick delivery.
 *
 *	journal_bench directory [seconds]
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../queued/spool.h"

#define CONTENT 4096
#define WAITERS_MAX 50

/*
 * As queued sends it to its helper, but with the descriptor on a plain pair:
 * the framing is not what is measured.
 */
struct request {
	uint32_t what;
	uint64_t size;
};

/*
 * The pair with a helper; one for commits, one for what can wait.  Jobs are
 * answered in the order in which they were sent.
 */
struct helper {
	int fd;
	pid_t pid;
	struct sync_job *queue[4096];
	int first, count;
};

/* A client that waits for its message to be safe, one at a time. */
struct waiter {
	struct spool_commit commit;
	bool busy;
};

static struct {
	struct helper helpers[2];
	struct spool *sp;
	struct waiter waiters[WAITERS_MAX];
	uint64_t id, done;
	char content[CONTENT];
} b;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/*
 * May block when the pair is full, as queued never would: here nothing else has
 * to go on.
 */
static void
send_fd(int sock, const struct request *r, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct request copy = *r;
	struct iovec iov = {&copy, sizeof(copy)};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(sock, &msg, 0) == -1)
		err(1, "sendmsg");
}

/* The helper: works until its pair is closed. */
static void
helper_main(int sock)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct request r;
	int fd, error;

	for (;;) {
		struct iovec iov = {&r, sizeof(r)};
		struct msghdr msg = {.msg_iov = &iov,
		    .msg_iovlen = 1,
		    .msg_control = control,
		    .msg_controllen = sizeof(control)};

		if (recvmsg(sock, &msg, 0) <= 0)
			_exit(0);
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
		error = sync_work(r.what, fd, r.size);
		close(fd);
		if (write(sock, &error, sizeof(error)) == -1)
			_exit(1);
	}
}

/*
 * The spool's callback.  Two helpers, as queued runs them: what nobody waits
 * for must not stand before a commit.
 */
static void
start_job(void *arg, struct sync_job *job)
{
	struct helper *h = &b.helpers[job->urgent ? 0 : 1];
	struct request r = {job->what, job->size};

	(void)arg;
	h->queue[(h->first + h->count++) % 4096] = job;
	send_fd(h->fd, &r, job->fd);
}

/*
 * By fork, before the spool is open, so that a helper holds none of its files.
 */
static void
start_helper(struct helper *h)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		err(1, "socketpair");
	if ((h->pid = fork()) == -1)
		err(1, "fork");
	if (h->pid == 0) {
		close(pair[0]);
		helper_main(pair[1]);
	}
	close(pair[1]);
	h->fd = pair[0];
}

/*
 * One answer of each helper at most, so that a commit that is ready is told
 * before the next is read.
 */
static void
wait_jobs(int ms)
{
	struct pollfd p[2] = {
	    {b.helpers[0].fd, POLLIN, 0}, {b.helpers[1].fd, POLLIN, 0}};
	struct sync_job *job;
	int i, error;

	if (poll(p, 2, ms) <= 0)
		return;
	for (i = 0; i < 2; i++) {
		struct helper *h = &b.helpers[i];

		if ((p[i].revents & POLLIN) == 0 ||
		    read(h->fd, &error, sizeof(error)) <= 0)
			continue;
		job = h->queue[h->first];
		h->first = (h->first + 1) % 4096;
		h->count--;
		job->done(job->arg, error);
	}
}

/*
 * Removed at once: without it segments would fill, and what was measured would
 * be checkpoints.
 */
static void
committed(void *arg, int error)
{
	struct waiter *w = arg;

	if (error != 0)
		errx(1, "commit: %s", strerror(error));
	b.done++;
	w->busy = false;
	spool_remove(b.sp, w->commit.message);
}

/*
 * A spool that is full for now refuses; the same waiter tries in the next turn.
 */
static void
start_commit(struct waiter *w)
{
	struct message *m = message_new(b.id += 1 << 8);

	m->size = CONTENT;
	message_set(m, &m->sender, "sender@example.test");
	message_add_rcpt(m, "recipient@example.test");
	memset(w, 0, sizeof(*w));
	w->commit.message = m;
	w->commit.data = b.content;
	w->commit.done = committed;
	w->commit.arg = w;
	w->busy = true;
	if (spool_commit(b.sp, &w->commit) == -1) {
		message_free(m);
		w->busy = false;
	}
}

static void
report(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

/*
 * Segments of the last run are filled with zeros again before the next one
 * begins, so that none pays for another.
 */
static void
settle(void)
{
	double end = now() + 3;

	while (now() < end) {
		spool_flush(b.sp);
		while (spool_step(b.sp))
			;
		wait_jobs(10);
	}
}

/*
 * Time passes while commits are in flight at the end: with 50 waiters these are
 * a small part of some seconds.
 */
static void
run(int waiters, double seconds)
{
	struct spool_stats before, after;
	double start;
	int i;

	settle();
	spool_get_stats(b.sp, &before);
	b.done = 0;
	start = now();
	while (now() - start < seconds) {
		for (i = 0; i < waiters; i++)
			if (!b.waiters[i].busy)
				start_commit(&b.waiters[i]);
		spool_flush(b.sp);
		spool_step(b.sp);
		wait_jobs(100);
	}
	spool_get_stats(b.sp, &after);
	printf("bench journal_%d %.0f/s, %.0f syncs/s, %.1f messages/sync, "
	       "%u segments, %llu written back\n",
	    waiters, (double)b.done / seconds,
	    (double)(after.journal.syncs - before.journal.syncs) / seconds,
	    (double)b.done /
		(double)(after.journal.syncs - before.journal.syncs),
	    after.journal.segments,
	    (unsigned long long)(after.checkpointed - before.checkpointed));
	fflush(stdout);
	settle();
}

/* What the disk can do: one preallocated file, one sync per block. */
static void
run_disk(int dirfd, double seconds)
{
	uint64_t n = 0, at = 0;
	double start;
	int fd;

	fd = openat(dirfd, "disk", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd == -1 || sync_work(SYNC_FILL, fd, 8 << 20) != 0)
		err(1, "disk");
	for (start = now(); now() - start < seconds; n++) {
		if (pwrite(fd, b.content, CONTENT, (off_t)at) == -1 ||
		    fdatasync(fd) == -1)
			err(1, "disk");
		at = (at + CONTENT) % (8 << 20);
	}
	printf("bench disk_sync %.0f/s\n", (double)n / seconds);
	for (n = 0, start = now(); now() - start < seconds; n++) {
		close(fd);
		unlinkat(dirfd, "disk", 0);
		fd = openat(dirfd, "disk", O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd == -1 || pwrite(fd, b.content, CONTENT, 0) == -1 ||
		    fsync(fd) == -1)
			err(1, "disk");
	}
	printf("bench disk_create_sync %.0f/s\n", (double)n / seconds);
	fflush(stdout);
	close(fd);
	unlinkat(dirfd, "disk", 0);
}

int
main(int argc, char *argv[])
{
	struct spool_conf conf = {
	    .sid = "", .sync = {start_job, NULL}, .report = report};
	double seconds = argc > 2 ? atof(argv[2]) : 4;

	if (argc < 2) {
		fprintf(stderr, "usage: journal_bench directory [seconds]\n");
		return 1;
	}
	if (mkdir(argv[1], 0700) == -1 && errno != EEXIST)
		err(1, "%s", argv[1]);
	conf.dirfd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (conf.dirfd == -1)
		err(1, "%s", argv[1]);
	run_disk(conf.dirfd, seconds);
	start_helper(&b.helpers[0]);
	start_helper(&b.helpers[1]);
	if ((b.sp = spool_open(&conf)) == NULL)
		err(1, "spool_open");
	b.id = spool_last_id(b.sp);
	run(1, seconds);
	run(10, seconds);
	run(50, seconds);
	spool_close(b.sp);
	/* The second helper holds the first one's pair, too. */
	close(b.helpers[0].fd);
	close(b.helpers[1].fd);
	waitpid(b.helpers[0].pid, NULL, 0);
	waitpid(b.helpers[1].pid, NULL, 0);
	return 0;
}
