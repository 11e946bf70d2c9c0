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
 * diskspeed: what the disk itself allows, to be read beside the figures of
 * mail servers.
 *
 *	diskspeed directory
 *
 * create: a file of 4 KiB made, synced and removed, as a queue with a file
 * for each message does.  append: records of 4 KiB written into a
 * preallocated file with one fdatasync for each 1, 10 and 50 of them.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * Bytes of a message; of the file that is written round and round; how long
 * each figure is measured.
 */
#define RECORD 4096
#define FILE_SIZE (64 << 20)
#define SECONDS 1.5

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/*
 * Made, synced and removed in one directory: what a queue pays at least for a
 * message that is a file.  Messages a second.
 */
static double
create_rate(int dir, const char *record)
{
	double start = now(), t;
	unsigned int n = 0;
	int fd;

	do {
		fd = openat(
		    dir, "diskspeed.tmp", O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd == -1 || write(fd, record, RECORD) != RECORD ||
		    fsync(fd) == -1 || close(fd) == -1 ||
		    unlinkat(dir, "diskspeed.tmp", 0) == -1)
			err(1, "create");
		n++;
	} while ((t = now() - start) < SECONDS);
	return n / t;
}

/* Every block is written once before, so that a sync flushes only data. */
static int
segment_open(int dir, const char *record)
{
	int fd = openat(dir, "diskspeed.seg", O_RDWR | O_CREAT | O_EXCL, 0600);
	off_t at;

	if (fd == -1 || unlinkat(dir, "diskspeed.seg", 0) == -1)
		err(1, "segment");
	for (at = 0; at < FILE_SIZE; at += RECORD) {
		if (pwrite(fd, record, RECORD, at) != RECORD)
			err(1, "segment");
	}
	if (fsync(fd) == -1)
		err(1, "segment");
	return fd;
}

/*
 * What a journal pays: the same place is written again and again, so a sync has
 * no metadata to write.  Messages a second, "group" to a sync.
 */
static double
append_rate(int fd, const char *record, unsigned int group)
{
	double start = now(), t;
	unsigned int i, n = 0;
	off_t at = 0;

	do {
		for (i = 0; i < group; i++, n++) {
			if (at == FILE_SIZE)
				at = 0;
			if (pwrite(fd, record, RECORD, at) != RECORD)
				err(1, "append");
			at += RECORD;
		}
		if (fdatasync(fd) == -1)
			err(1, "append");
	} while ((t = now() - start) < SECONDS);
	return n / t;
}

/* One line of key=value words, which the bench's Python reads. */
int
main(int argc, char **argv)
{
	static const unsigned int groups[] = {1, 10, 50};
	char record[RECORD];
	unsigned int i;
	int dir, fd;

	if (argc != 2)
		errx(2, "usage: diskspeed directory");
	memset(record, 'x', sizeof(record));
	if ((dir = open(argv[1], O_RDONLY | O_DIRECTORY)) == -1)
		err(1, "%s", argv[1]);
	printf("create=%.1f", create_rate(dir, record));
	fd = segment_open(dir, record);
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		printf(" append_%u=%.1f", groups[i],
		    append_rate(fd, record, groups[i]));
	printf("\n");
	return 0;
}
