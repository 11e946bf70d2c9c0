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
 * Files that rules name; see open_path.h.  A path is first taken hold of
 * without being opened (O_PATH), so that no device or FIFO notices, then what
 * it led to is judged, and that very thing is opened.
 */
#include "open_path.h"

#include <sys/syscall.h>

#include <linux/openat2.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "module.h"
#include "open_place.h"
#include "selor.h"

static enum priv_status
refuse(struct open_file *f, enum priv_status status, const char *why)
{
	strlcpy(f->why, why, sizeof(f->why));
	return status;
}

/* What a failed system call means. */
static enum priv_status
failed(struct open_file *f)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return refuse(f, PRIV_MISSING, strerror(errno));
	case ELOOP:
	case EXDEV:
		return refuse(f, PRIV_REFUSED, "a link is in its path");
	case EACCES:
	case EPERM:
	case EISDIR:
	case ENAMETOOLONG:
		return refuse(f, PRIV_REFUSED, strerror(errno));
	default:
		return refuse(f, PRIV_TEMP, strerror(errno));
	}
}

/* Below a directory and nowhere else, without any link. */
static int
open_beneath(const char *dir, const char *rest, int flags, mode_t mode)
{
	struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC),
	    .mode = mode,
	    .resolve =
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
	int saved, fd, dirfd;

	if ((dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	fd = (int)syscall(SYS_openat2, dirfd, rest, &how, sizeof(how));
	saved = errno;
	close(dirfd);
	errno = saved;
	return fd;
}

/* What a descriptor of O_PATH stands for. */
static int
open_again(int fd, int flags)
{
	char name[40];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return open(name, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/*
 * The first directory on the path that is this user's own is where his home
 * begins: what is above is the system's, what is below is his.
 */
static enum priv_status
place_home(const char *path, uid_t uid, struct place *pl, struct open_file *f)
{
	const char *slash = path;
	struct stat st;

	while ((slash = strchr(slash + 1, '/')) != NULL) {
		snprintf(pl->dir, sizeof(pl->dir), "%.*s", (int)(slash - path),
		    path);
		if (stat(pl->dir, &st) == -1)
			return failed(f);
		if (!S_ISDIR(st.st_mode) || st.st_uid != uid)
			continue;
		pl->kind = PLACE_HOME;
		pl->rest = slash + strspn(slash, "/");
		return PRIV_OK;
	}
	return refuse(f, PRIV_REFUSED, "it is not in that user's home");
}

static bool
is_file(const char *path, const struct stat *st)
{
	struct stat other;

	return *path != '\0' && stat(path, &other) == 0 &&
	    other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* What must not reach a process that reads what strangers send: keys and
 * passwords, by whatever name. */
static bool
is_secret(const struct stat *st)
{
	char table[OPEN_PLACE_MAX + 16];
	const char *text;
	struct module m;
	uint32_t i;

	if (is_file(env.conf_path, st) ||
	    is_file(option_text(env.options, OPT_TLS_PRIVKEY), st))
		return true;
	for (i = 0; (text = option_nth(env.options, OPT_MODULE, i)) != NULL;
	     i++) {
		if (module_parse(text, &m) == -1)
			continue;
		snprintf(table, sizeof(table), "%s/mailboxes", m.file);
		if (is_file(m.file, st) || is_file(table, st))
			return true;
	}
	return false;
}

/* The parent itself or root. */
static bool
is_own(const struct stat *st)
{
	return st->st_uid == 0 || (env.plain && st->st_uid == getuid());
}

/* Whether whoever owns it there may have it read by us. */
static bool
is_theirs_to_show(
    const struct place *pl, const struct user *user, const struct stat *st)
{
	struct stat dir;

	switch (pl->kind) {
	case PLACE_HOME:
		/* A link to root's own file can be made by anyone. */
		return st->st_uid == user->uid ||
		    (st->st_uid == 0 && st->st_mode & S_IROTH &&
			st->st_nlink == 1);
	case PLACE_SPOOL:
		return stat(pl->dir, &dir) == 0 && dir.st_uid == st->st_uid;
	case PLACE_RULES:
	case PLACE_EVENT:
		return is_own(st) || st->st_mode & S_IROTH;
	default:
		return env.plain || st->st_mode & S_IROTH;
	}
}

static enum priv_status
judge(enum open_purpose purpose, const struct place *pl,
    const struct user *user, struct open_file *f)
{
	if (fstat(f->fd, &f->st) == -1)
		return failed(f);
	if (S_ISLNK(f->st.st_mode))
		return refuse(f, PRIV_REFUSED, "it is a link");
	if (!S_ISREG(f->st.st_mode))
		return refuse(f, PRIV_REFUSED, "it is not a plain file");
	f->is_trusted = is_own(&f->st) && (f->st.st_mode & 022) == 0;
	f->is_spool = pl->kind == PLACE_SPOOL;
	if (purpose == OPEN_LOG)
		return f->st.st_uid == geteuid() && f->is_trusted &&
			f->st.st_nlink == 1 ?
		    PRIV_OK :
		    refuse(f, PRIV_REFUSED, "it is not ours alone to write");
	if (!is_theirs_to_show(pl, user, &f->st))
		return refuse(f, PRIV_REFUSED,
		    "it belongs to another user and not everyone may read it");
	if (is_secret(&f->st))
		return refuse(f, PRIV_REFUSED, "it holds keys or passwords");
	if (f->st.st_size >
	    (purpose == OPEN_RULES ? OPEN_RULES_MAX : OPEN_LIST_MAX))
		return refuse(f, PRIV_REFUSED, "it is too large");
	return PRIV_OK;
}

/* What is there, judged and opened. */
static enum priv_status
open_there(enum open_purpose purpose, const struct place *pl,
    const struct user *user, struct open_file *f)
{
	enum priv_status status;
	int held;

	if ((f->fd = open_beneath(pl->dir, pl->rest, O_PATH, 0)) == -1)
		return failed(f);
	held = f->fd;
	status = judge(purpose, pl, user, f);
	f->fd = -1;
	if (status == PRIV_OK &&
	    (f->fd = open_again(held,
		 purpose == OPEN_LOG ? O_WRONLY | O_APPEND : O_RDONLY)) == -1)
		status = failed(f);
	close(held);
	return status;
}

/* A log is made where there is none; another may do so in the same instant. */
static enum priv_status
open_log(const struct place *pl, struct open_file *f)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NONBLOCK;
	enum priv_status status = open_there(OPEN_LOG, pl, NULL, f);

	if (status != PRIV_MISSING)
		return status;
	f->fd = open_beneath(pl->dir, pl->rest, flags, 0640);
	if (f->fd == -1 && errno == EEXIST)
		return open_there(OPEN_LOG, pl, NULL, f);
	if (f->fd == -1)
		return failed(f);
	if ((status = judge(OPEN_LOG, pl, NULL, f)) != PRIV_OK) {
		close(f->fd);
		f->fd = -1;
	}
	return status;
}

enum priv_status
open_path(enum open_purpose purpose, const char *path, const struct user *user,
    struct open_file *f)
{
	enum priv_status status;
	struct place pl = {.kind = PLACE_NONE};

	memset(f, 0, sizeof(*f));
	f->fd = -1;
	if (!open_place_is_path(path))
		return refuse(f, PRIV_REFUSED, "it is no path for a file here");
	if (user != NULL && purpose != OPEN_LOG) {
		status = place_home(path, user->uid, &pl, f);
		return status == PRIV_OK ? open_there(purpose, &pl, user, f) :
					   status;
	}
	open_place(purpose, path, &pl);
	if (pl.kind == PLACE_NONE)
		return refuse(f, PRIV_REFUSED,
		    "it lies in none of the directories for such files");
	return purpose == OPEN_LOG ? open_log(&pl, f) :
				     open_there(purpose, &pl, NULL, f);
}
