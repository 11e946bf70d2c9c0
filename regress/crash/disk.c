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
 * disk.c: the model.  A file is a number; names are paths below the root
 * that point to numbers.  Data is durable when its file was synced later,
 * a change of names when the directory was; a syncfs makes both so.  No
 * order is assumed between them, which is less than any file system gives.
 */

#include "disk.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FDS_MAX 4096
#define FILE_BYTES_MAX (64 * 1024)

const char *const disk_loss_names[LOSSES] = {
    "all unsynced lost", "random part lost", "last write torn", "nothing lost"};

enum event_type {
	EV_WRITE,
	EV_SYNC,
	EV_SYNCDIR,
	EV_SYNCALL,
	EV_NAME,
	EV_UNLINK
};
static const char *const event_names[] = {
    "write", "sync", "syncdir", "syncall", "name", "unlink"};

struct event {
	enum event_type type;
	int file;
	bool lost; /* by a failed sync, for ever */
	int durable; /* event from which on it is; INT_MAX: never */
	uint64_t offset;
	size_t len;
	uint8_t *data;
	char *path; /* name made, or gone; directory synced */
	char *from; /* rename: name that goes */
};

/* A test program has one disk. */
static struct {
	char root[PATH_MAX];
	bool on;
	struct event *events;
	int count, size, files;
	int one_in, faults;
	int64_t skew; /* ms */
	int fds[FDS_MAX]; /* file numbers; 0: none */
	char **names; /* current name of each file, by number */
} disk;

int __real_openat(int, const char *, int, ...);
ssize_t __real_pwrite(int, const void *, size_t, off_t);
int __real_fsync(int);
int __real_fdatasync(int);
int __real_syncfs(int);
int __real_renameat(int, const char *, int, const char *);
int __real_unlinkat(int, const char *, int);
int __real_linkat(int, const char *, int, const char *, int);
int __real_close(int);
int __real_clock_gettime(clockid_t, struct timespec *);
int __wrap_clock_gettime(clockid_t, struct timespec *);
int __wrap_openat(int, const char *, int, ...);
ssize_t __wrap_pwrite(int, const void *, size_t, off_t);
int __wrap_fsync(int);
int __wrap_fdatasync(int);
int __wrap_syncfs(int);
int __wrap_renameat(int, const char *, int, const char *);
int __wrap_unlinkat(int, const char *, int);
int __wrap_linkat(int, const char *, int, const char *, int);
int __wrap_close(int);

static struct event *
add_event(enum event_type type, int file)
{
	struct event *e;

	if (disk.count == disk.size) {
		disk.size = disk.size == 0 ? 256 : disk.size * 2;
		disk.events = reallocarray(
		    disk.events, (size_t)disk.size, sizeof(*disk.events));
		if (disk.events == NULL)
			abort();
	}
	e = &disk.events[disk.count++];
	memset(e, 0, sizeof(*e));
	e->type = type;
	e->file = file;
	e->durable = INT_MAX;
	return e;
}

/* Path of name in dirfd, below the root; NULL: elsewhere. */
static char *
path_of(int dirfd, const char *name)
{
	char link[64], dir[PATH_MAX], *path;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
	if (!disk.on || (n = readlink(link, dir, sizeof(dir) - 1)) == -1)
		return NULL;
	dir[n] = '\0';
	if (strncmp(dir, disk.root, strlen(disk.root)) != 0)
		return NULL;
	if (asprintf(&path, "%s/%s", dir + strlen(disk.root), name) == -1)
		abort();
	return path;
}

/* The directory part, as a new string. */
static char *
dir_of(const char *path)
{
	return strndup(path, (size_t)(strrchr(path, '/') - path));
}

static int
file_named(const char *path)
{
	int i;

	for (i = 1; i <= disk.files; i++)
		if (disk.names[i] != NULL && strcmp(disk.names[i], path) == 0)
			return i;
	return 0;
}

static void
set_name(int file, const char *path)
{
	free(disk.names[file]);
	disk.names[file] = path == NULL ? NULL : strdup(path);
}

static int
new_file(void)
{
	disk.files++;
	disk.names = reallocarray(
	    disk.names, (size_t)disk.files + 1, sizeof(*disk.names));
	if (disk.names == NULL)
		abort();
	disk.names[disk.files] = NULL;
	return disk.files;
}

/* Does this one fail?  Sets errno. */
static bool
fails(int error, int other)
{
	if (!disk.on || disk.one_in == 0 || random() % disk.one_in != 0)
		return false;
	disk.faults++;
	errno = random() % 2 == 0 ? error : other;
	return true;
}

int
__wrap_openat(int dirfd, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;
	char *path;
	int fd, file;

	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if ((flags & O_CREAT) != 0 && fails(EMFILE, ENOSPC))
		return -1;
	fd = __real_openat(dirfd, name, flags, mode);
	if (fd == -1 || fd >= FDS_MAX || (flags & O_DIRECTORY) != 0 ||
	    (path = path_of(dirfd, name)) == NULL)
		return fd;
	if ((file = file_named(path)) == 0) {
		file = new_file();
		set_name(file, path);
		add_event(EV_NAME, file)->path = strdup(path);
	}
	disk.fds[fd] = file;
	free(path);
	return fd;
}

/* On a disk that fails time flies, or the pauses before a second try would
 * outlast the test. */
int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int r;

	r = __real_clock_gettime(clock, ts);
	if (disk.on && disk.one_in != 0) {
		disk.skew += 20;
		ts->tv_sec += (time_t)(disk.skew / 1000);
	}
	return r;
}

int
__wrap_close(int fd)
{
	if (fd >= 0 && fd < FDS_MAX)
		disk.fds[fd] = 0;
	return __real_close(fd);
}

ssize_t
__wrap_pwrite(int fd, const void *data, size_t len, off_t offset)
{
	struct event *e;
	ssize_t n;

	if (disk.on && disk.fds[fd] != 0) {
		if (fails(EIO, EDQUOT))
			return -1;
		if (len > 1 && fails(0, 0))
			len = 1 + (size_t)random() % (len - 1);
	}
	n = __real_pwrite(fd, data, len, offset);
	if (n > 0 && disk.on && disk.fds[fd] != 0) {
		e = add_event(EV_WRITE, disk.fds[fd]);
		e->offset = (uint64_t)offset;
		e->len = (size_t)n;
		if ((e->data = malloc((size_t)n)) == NULL)
			abort();
		memcpy(e->data, data, (size_t)n);
	}
	return n;
}

/* What the sync makes durable hears of it. */
static void
mark_durable(int file, const char *dir, bool failed)
{
	struct event *e;
	char *of;
	int i;

	for (i = 0; i < disk.count - 1; i++) {
		e = &disk.events[i];
		if (e->durable != INT_MAX || e->lost)
			continue;
		if (e->type == EV_WRITE && file != 0 && e->file == file) {
			if (failed)
				e->lost = true;
			else
				e->durable = disk.count - 1;
		}
		if ((e->type == EV_NAME || e->type == EV_UNLINK) &&
		    dir != NULL) {
			of = dir_of(e->path);
			if (strcmp(of, dir) == 0)
				e->durable = disk.count - 1;
			free(of);
		}
	}
}

static int
sync_fd(int fd)
{
	struct stat st;
	char *path;
	bool failed;
	int error;

	if (!disk.on)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		if ((path = path_of(fd, "")) != NULL) {
			path[strlen(path) - 1] = '\0';
			add_event(EV_SYNCDIR, 0)->path = path;
			mark_durable(0, path, false);
		}
	} else if (disk.fds[fd] != 0) {
		failed = fails(EIO, ENOSPC);
		error = errno;
		add_event(EV_SYNC, disk.fds[fd]);
		mark_durable(disk.fds[fd], NULL, failed);
		errno = error;
		return failed ? -1 : 0;
	}
	return 0;
}

int
__wrap_fsync(int fd)
{
	return sync_fd(fd);
}

int
__wrap_fdatasync(int fd)
{
	return sync_fd(fd);
}

/* Of a syncfs that failed nobody knows what it wrote: here, each file's
 * bytes or not, and no name. */
int
__wrap_syncfs(int fd)
{
	bool failed = fails(EIO, ENOSPC);
	int error = errno, i;
	struct event *e;

	(void)fd;
	if (!disk.on)
		return 0;
	add_event(EV_SYNCALL, 0);
	for (i = 0; i < disk.count - 1; i++) {
		e = &disk.events[i];
		if (e->durable != INT_MAX || e->lost)
			continue;
		if (!failed)
			e->durable = disk.count - 1;
		else if (e->type == EV_WRITE)
			e->lost = random() % 2 == 0;
	}
	errno = error;
	return failed ? -1 : 0;
}

int
__wrap_renameat(int fromfd, const char *from, int tofd, const char *to)
{
	char *a = path_of(fromfd, from), *b = path_of(tofd, to);
	int r, file, over;
	struct event *e;

	r = __real_renameat(fromfd, from, tofd, to);
	if (r == 0 && a != NULL && b != NULL && (file = file_named(a)) != 0) {
		if ((over = file_named(b)) != 0)
			set_name(over, NULL);
		set_name(file, b);
		e = add_event(EV_NAME, file);
		e->path = strdup(b);
		e->from = strdup(a);
	}
	free(a);
	free(b);
	return r;
}

int
__wrap_unlinkat(int dirfd, const char *name, int flags)
{
	char *path = path_of(dirfd, name);
	int r, file;

	r = __real_unlinkat(dirfd, name, flags);
	if (r == 0 && path != NULL && (file = file_named(path)) != 0) {
		set_name(file, NULL);
		add_event(EV_UNLINK, file)->path = strdup(path);
	}
	free(path);
	return r;
}

int
__wrap_linkat(int afd, const char *a, int bfd, const char *b, int flags)
{
	/* Only damage makes links, and a power cut is no damage. */
	return __real_linkat(afd, a, bfd, b, flags);
}

void
disk_record(const char *root)
{
	if (realpath(root, disk.root) == NULL)
		abort();
	disk.on = true;
}

void
disk_stop(void)
{
	disk.on = false;
}

void
disk_fail(int one_in)
{
	disk.one_in = one_in;
}

int
disk_faults(void)
{
	return disk.faults;
}

int
disk_events(void)
{
	return disk.count;
}

const char *
disk_event_name(int at)
{
	static char line[PATH_MAX + 64];
	struct event *e = &disk.events[at];

	snprintf(line, sizeof(line), "%s file %d %s %s", event_names[e->type],
	    e->file, e->path == NULL ? "" : e->path,
	    e->from == NULL ? "" : e->from);
	return line;
}

/* How much of a write survives. */
static size_t
survives(const struct event *e, int at, int i, enum disk_loss loss)
{
	if (e->durable <= at || loss == LOSS_NONE)
		return e->type == EV_WRITE ? e->len : 1;
	switch (loss) {
	case LOSS_RANDOM:
		return random() % 2 == 0 ? 0 : e->type == EV_WRITE ? e->len : 1;
	case LOSS_TORN:
		if (e->type != EV_WRITE)
			return 1;
		return i < at ? e->len : (size_t)random() % (e->len + 1);
	default:
		return 0;
	}
}

struct image {
	uint8_t *data;
	size_t len;
	char *path;
};

static void
apply_write(struct image *f, const struct event *e, size_t len)
{
	if (len == 0)
		return;
	if (e->offset + len > FILE_BYTES_MAX)
		abort();
	if (f->data == NULL && (f->data = calloc(1, FILE_BYTES_MAX)) == NULL)
		abort();
	memcpy(f->data + e->offset, e->data, len);
	if (e->offset + len > f->len)
		f->len = e->offset + len;
}

static void
apply_name(struct image *files, const struct event *e)
{
	int i;

	/* A name belongs to one file. */
	for (i = 1; i <= disk.files; i++)
		if (files[i].path != NULL &&
		    strcmp(files[i].path, e->path) == 0)
			files[i].path = NULL;
	if (e->type == EV_NAME)
		files[e->file].path = e->path;
}

static void
write_image(const char *to, const struct image *f)
{
	char path[2 * PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s%s", to, f->path);
	fd = __real_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd == -1 ||
	    (f->len > 0 &&
		__real_pwrite(fd, f->data, f->len, 0) != (ssize_t)f->len))
		abort();
	__real_close(fd);
}

void
disk_rebuild(const char *to, int at, enum disk_loss loss)
{
	struct image *files;
	struct event *e;
	size_t len;
	int i;

	if ((files = calloc((size_t)disk.files + 1, sizeof(*files))) == NULL)
		abort();
	for (i = 0; i <= at; i++) {
		e = &disk.events[i];
		if (e->type == EV_SYNC || e->type == EV_SYNCDIR ||
		    e->type == EV_SYNCALL ||
		    (len = survives(e, at, i, loss)) == 0)
			continue;
		if (e->type == EV_WRITE)
			apply_write(&files[e->file], e, len);
		else
			apply_name(files, e);
	}
	for (i = 1; i <= disk.files; i++) {
		if (files[i].path != NULL)
			write_image(to, &files[i]);
		free(files[i].data);
	}
	free(files);
}

void
disk_free(void)
{
	int i;

	for (i = 0; i < disk.count; i++) {
		free(disk.events[i].data);
		free(disk.events[i].path);
		free(disk.events[i].from);
	}
	free(disk.events);
	for (i = 1; i <= disk.files; i++)
		free(disk.names[i]);
	free(disk.names);
	memset(&disk, 0, sizeof(disk));
}
