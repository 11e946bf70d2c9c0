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
 * spool_scan.c: what lies in the spool's directories at the start.  l files
 * become messages; anything with another name, owner, type or a second
 * link is reported and left alone; what can not be read as what it should
 * be is moved below damaged/.
 */

#include "spool_scan.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lfile.h"
#include "segment.h"
#include "spool_impl.h"

/* The year 2248 in an id. */
#define ID_MAX_SEEN (UINT64_MAX >> 1)
#define REPORTS_MAX 100 /* foreign names told one by one */

static int
found_compare(const struct found *a, const struct found *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE(found_tree, found, entry, found_compare)

/* A name that could be a queue file's. */
struct named {
	uint64_t id;
	char kind; /* 'c' or 'l' */
};

/* One directory being read.  Its names are gathered and sorted first: ids
 * are in order of arrival, which is nearly that of the files on the disk
 * and the one in which trees are cheap to build; the directory's own order
 * is none. */
struct scan {
	struct spool *sp;
	struct found_tree *tree;
	int dirfd;
	bool qlimit;
	const char *where; /* "" or "qlimit/", for reports */
	struct named *names;
	size_t count, size;
};

struct found *
found_get(struct found_tree *tree, uint64_t id)
{
	struct found key = {.id = id};

	return RB_FIND(found_tree, tree, &key);
}

/* A name that is taken there is replaced: it is the same file's. */
void
spool_set_aside(struct spool *sp, int dirfd, const char *name, const char *why)
{
	spool_report(sp, "%s: %s; moved to damaged/", name, why);
	sp->stats.damaged++;
	if (renameat(dirfd, name, sp->damagedfd, name) == -1)
		spool_report(sp, "damaged/%s: %s", name, strerror(errno));
}

/* Names from outside are not ours to print: only what they are not. */
static void
foreign(struct scan *s, const char *name, const char *why)
{
	char safe[48];
	size_t i;

	if (s->sp->stats.foreign++ >= REPORTS_MAX)
		return;
	strlcpy(safe, name, sizeof(safe));
	for (i = 0; safe[i] != '\0'; i++)
		if (safe[i] <= ' ' || safe[i] >= 0x7f)
			safe[i] = '?';
	spool_report(s->sp, "%s%s: %s, left alone", s->where, safe, why);
}

/* Reads a whole l file, or NULL. */
static char *
read_all(int fd, off_t size)
{
	char *text;

	errno = 0;
	if (size > LFILE_MAX || (text = malloc((size_t)size + 1)) == NULL)
		return NULL;
	if (segment_pread(fd, text, (size_t)size, 0) == -1) {
		free(text);
		return NULL;
	}
	return text;
}

/* As read_lfile. */
static int
parse_text(struct scan *s, const char *name, struct found *f, const char *text,
    size_t len)
{
	struct lfile_error error;
	struct message *m;
	struct lfile l;

	m = lfile_parse(text, len, s->sp->sid, &l, &error);
	if (m == NULL && error.why == lfile_no_memory) {
		errno = ENOMEM;
		return -1;
	}
	if (m != NULL &&
	    (m->id != f->id || ((m->flags & MSG_QLIMIT) != 0) != s->qlimit)) {
		message_free(m);
		m = NULL;
		error.why = "does not say what its name says";
		error.line = 0;
	}
	if (m == NULL) {
		spool_report(s->sp, "%s%s: line %u: %s", s->where, name,
		    error.line, error.why);
		spool_set_aside(s->sp, s->dirfd, name, "damaged queue file");
		return 0;
	}
	f->files |= FILE_L;
	if (l.incoming || RB_INSERT(message_tree, &s->sp->messages, m)) {
		/* Never committed, unless the journal says so. */
		message_free(m);
		return 0;
	}
	m->files = FILE_L | FILE_SAFE;
	return 0;
}

/* Only what nobody else could have put there, or hold on to. */
static bool
is_plain(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 &&
	    st->st_uid == geteuid();
}

/* 0; -1 with errno: it could not be read for want of something that has
 * nothing to do with it. */
static int
read_lfile(struct scan *s, const char *name, struct found *f)
{
	struct stat st;
	char *text = NULL;
	int fd, result = 0;

	errno = 0;
	fd = openat(
	    s->dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if ((fd == -1 && errno == ELOOP) ||
	    (fd != -1 && fstat(fd, &st) == 0 && !is_plain(&st))) {
		foreign(s, name, "not a plain file of ours");
		if (fd != -1)
			close(fd);
		return 0;
	}
	if (fd != -1 && errno == 0)
		text = read_all(fd, st.st_size);
	if (text != NULL) {
		result = parse_text(s, name, f, text, (size_t)st.st_size);
		freezero(text, (size_t)st.st_size + 1);
	} else if (errno == ENOMEM || errno == EMFILE || errno == ENFILE)
		result = -1;
	else
		spool_set_aside(s->sp, s->dirfd, name, "cannot be read");
	if (fd != -1)
		close(fd);
	return result;
}

/* Whether it is whole is decided at the end, by the size that the message says.
 */
static void
note_cfile(struct scan *s, const char *name, struct found *f)
{
	struct stat st;

	if (fstatat(s->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !is_plain(&st)) {
		foreign(s, name, "not a plain file of ours");
		return;
	}
	f->files |= FILE_C;
	f->size = (uint64_t)st.st_size;
}

/* A queue file of this Sid, by its name. */
static int
scan_file(struct scan *s, const struct named *n)
{
	struct found *f, key = {.id = n->id};
	char name[SPOOL_NAME_MAX];

	spool_name(s->sp, n->kind, n->id, "", name);
	journal_note_id(s->sp->journal, n->id);
	if ((f = RB_FIND(found_tree, s->tree, &key)) == NULL) {
		if ((f = calloc(1, sizeof(*f))) == NULL)
			return -1;
		f->id = n->id;
		f->qlimit = s->qlimit;
		RB_INSERT(found_tree, s->tree, f);
	}
	if (f->qlimit != s->qlimit) {
		spool_set_aside(s->sp, s->dirfd, name, "in both spools");
		return 0;
	}
	if (n->kind == 'l')
		return read_lfile(s, name, f);
	note_cfile(s, name, f);
	return 0;
}

/* Some octets for each file: a million of them fit where reading them in the
 * directory's order would take minutes. */
static int
keep_name(struct scan *s, uint64_t id, char kind)
{
	struct named *more;
	size_t size = s->size == 0 ? 1024 : s->size * 2;

	if (s->count == s->size) {
		more = reallocarray(s->names, size, sizeof(*more));
		if (more == NULL)
			return -1;
		s->names = more;
		s->size = size;
	}
	s->names[s->count++] = (struct named){id, kind};
	return 0;
}

/* A file that was being written when queued ended; no message has it. */
static void
remove_unfinished(struct scan *s, const char *name)
{
	struct stat st;

	if (fstatat(s->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !is_plain(&st))
		foreign(s, name, "not a plain file of ours");
	else
		unlinkat(s->dirfd, name, 0);
}

/* c or l, an id, a Sid: whose?  A suffix: a file that was being written.
 * Only the one spelling that spool_name would give is a name of ours. */
static int
scan_name(struct scan *s, const char *name)
{
	char sid[ID_SID_MAX], id_text[ID_TEXT_MAX], own[SPOOL_NAME_MAX];
	const char *dot = strchr(name, '.');
	bool unfinished;
	uint64_t id;

	unfinished = dot != NULL &&
	    (strcmp(dot, ".new") == 0 || strcmp(dot, ".tmp") == 0);
	strlcpy(id_text, name + 1, sizeof(id_text));
	if (unfinished && (size_t)(dot - name) < sizeof(id_text))
		id_text[dot - name - 1] = '\0';
	if ((name[0] != 'c' && name[0] != 'l') ||
	    id_parse(id_text, &id, sid, sizeof(sid)) == -1) {
		foreign(s, name, "not a name of ours");
		return 0;
	}
	if (strcmp(sid, s->sp->sid) != 0)
		return 0;
	/* New ids are greater than all that were seen, so one near the end of
	 * their range would end the range. */
	if (id == 0 || id > ID_MAX_SEEN) {
		foreign(s, name, "not an id that was given");
		return 0;
	}
	spool_name(s->sp, name[0], id, unfinished ? dot : "", own);
	if (strcmp(own, name) != 0) {
		foreign(s, name, "not a name of ours");
		return 0;
	}
	if (!unfinished)
		return keep_name(s, id, name[0]);
	remove_unfinished(s, name);
	return 0;
}

/* What lies there beside messages.  The manual's own Cp_errors_path and
 * Offline_path are in its own Queue_path. */
static bool
is_ours(const struct scan *s, const char *name)
{
	static const char *const own[] = {".", "..", "journal", "damaged",
	    "qlimit", "errors", "offline", "lost+found"};
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(own[i], name) == 0)
			return i < 2 || !s->qlimit;
	return false;
}

/* By a descriptor of its own, as the directory's has to keep its place for
 * others. */
static int
read_names(struct scan *s)
{
	struct dirent *d;
	int fd, result = 0;
	DIR *dir;

	if ((fd = openat(s->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1)
		return -1;
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return -1;
	}
	while (result == 0 && (d = readdir(dir)) != NULL)
		if (!is_ours(s, d->d_name))
			result = scan_name(s, d->d_name);
	closedir(dir);
	return result;
}

/* The c file of an id before its l file. */
static int
named_compare(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->kind - y->kind;
}

/* Nothing is removed here but what was unfinished: what belongs to nobody is
 * known only when the journal has been heard. */
static int
scan_dir(struct scan *s)
{
	int result = read_names(s);
	size_t i;

	if (s->count > 0)
		qsort(s->names, s->count, sizeof(*s->names), named_compare);
	for (i = 0; result == 0 && i < s->count; i++)
		result = scan_file(s, &s->names[i]);
	free(s->names);
	return result;
}

int
spool_scan(struct spool *sp, struct found_tree *tree)
{
	struct scan root = {
	    .sp = sp, .tree = tree, .dirfd = sp->rootfd, .where = ""};
	struct scan qlimit = {.sp = sp,
	    .tree = tree,
	    .dirfd = sp->qlimitfd,
	    .qlimit = true,
	    .where = "qlimit/"};

	return scan_dir(&root) == -1 || scan_dir(&qlimit) == -1 ? -1 : 0;
}
