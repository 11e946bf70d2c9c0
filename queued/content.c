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
 * content.c: content on its way in, reading it, and the writing of c and l
 * files.  Names come from ids alone; links are never followed.
 */

#include "content.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lfile.h"
#include "segment.h"
#include "spool_impl.h"

#define COPY_PIECE (64 * 1024)
#define C_MODE 0640 /* programs of Exec! read it, by their group */
#define L_MODE 0640 /* they read what became of each recipient, too */
#define L_MODE_SECRET 0600 /* but no password of Mx_auth! */
#define SUFFIX ".tmp"

/* O_EXCL and O_NOFOLLOW: whatever lies there already, nothing is written
 * to it. */
static int
create(int dirfd, const char *name, mode_t mode)
{
	return openat(dirfd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

/* Closes and keeps errno. */
static int
fail(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

/* Sealed at its size before anybody else has it: an smtpd that has gone bad can
 * neither shrink it under a reader, which would be a SIGBUS, nor make it grow
 * without end. */
int
content_small(struct spool *sp)
{
	int fd;

	(void)sp;
	fd = memfd_create("content", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -1;
	if (ftruncate(fd, CONTENT_SMALL) == -1 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) ==
		-1)
		return fail(fd);
	return fd;
}

/* The id is noted first: should the file survive a crash, its id is not
 * given again. */
int
content_file(struct spool *sp, uint64_t id)
{
	char name[SPOOL_NAME_MAX];

	spool_note_id(sp, id);
	spool_name(sp, 'c', id, "", name);
	return create(sp->rootfd, name, C_MODE);
}

/* Both directories and both kinds: it may have got as far as any of them. */
void
content_abort(struct spool *sp, uint64_t id)
{
	static const char kinds[] = "cl";
	char name[SPOOL_NAME_MAX];
	const char *k;

	for (k = kinds; *k != '\0'; k++) {
		spool_name(sp, *k, id, "", name);
		unlinkat(sp->rootfd, name, 0);
		unlinkat(sp->qlimitfd, name, 0);
	}
}

/* Copies size bytes between files. */
static int
copy(int from, int to, uint64_t size)
{
	uint8_t buf[COPY_PIECE];
	uint64_t at;
	size_t piece;

	for (at = 0; at < size; at += piece) {
		piece =
		    size - at < sizeof(buf) ? (size_t)(size - at) : sizeof(buf);
		if (segment_pread(from, buf, piece, at) == -1 ||
		    segment_pwrite(to, buf, piece, at) == -1)
			return -1;
	}
	return 0;
}

/* Copies a message's content out of the journal. */
static int
copy_out(struct spool *sp, const struct message *m, int to)
{
	ssize_t n;

	if (m->size == 0)
		return 0;
	n = content_read(sp, m, 0, sp->scratch, (size_t)m->size);
	if (n != (ssize_t)m->size) {
		if (n >= 0)
			errno = EIO;
		return -1;
	}
	return segment_pwrite(to, sp->scratch, (size_t)m->size, 0);
}

/* Programs of the rules belong to the group that the directory gives its
 * files; a password is none of their business. */
static mode_t
file_mode(const struct message *m, char kind)
{
	uint32_t i;

	if (kind == 'c')
		return C_MODE;
	for (i = 0; i < m->nrcpts; i++)
		if (m->rcpts[i].mx_auth != 0)
			return L_MODE_SECRET;
	return L_MODE;
}

/* A new file under its name and suffix; what a crash left there goes.  That
 * is rare, so it is looked for only when it is in the way: in a directory of
 * many names each look costs. */
static int
create_new(
    struct spool *sp, const struct message *m, char kind, const char *suffix)
{
	char name[SPOOL_NAME_MAX];
	int fd, dirfd = spool_dir(sp, m);
	mode_t mode = file_mode(m, kind);

	spool_name(sp, kind, m->id, suffix, name);
	fd = create(dirfd, name, mode);
	if (fd != -1 || errno != EEXIST)
		return fd;
	if (unlinkat(dirfd, name, 0) == -1 && errno != ENOENT)
		return -1;
	return create(dirfd, name, mode);
}

/* Removes what could not be finished; errno is the caller's. */
static void
forget(struct spool *sp, const struct message *m, char kind, const char *suffix)
{
	char name[SPOOL_NAME_MAX];
	int error = errno;

	spool_name(sp, kind, m->id, suffix, name);
	unlinkat(spool_dir(sp, m), name, 0);
	errno = error;
}

/* The caller gets the descriptor, to close or to sync. The text is wiped, as it
 * may hold the password of a route. */
int
content_write_l(struct spool *sp, const struct message *m, const char *suffix,
    bool incoming)
{
	struct lfile l = {.incoming = incoming};
	size_t len;
	char *text;
	int fd;

	if ((text = lfile_print(m, sp->sid, &l, &len)) == NULL)
		return -1;
	fd = create_new(sp, m, 'l', suffix);
	if (fd != -1 && segment_pwrite(fd, text, len, 0) == -1) {
		forget(sp, m, 'l', suffix);
		fd = fail(fd);
	}
	freezero(text, len);
	return fd;
}

/* For content that the journal has; the file gets its name in place only when
 * the caller settles it. */
int
content_write_c(struct spool *sp, const struct message *m, const char *suffix)
{
	int fd;

	fd = create_new(sp, m, 'c', suffix);
	if (fd != -1 && copy_out(sp, m, fd) == -1) {
		forget(sp, m, 'c', suffix);
		fd = fail(fd);
	}
	return fd;
}

/* Gives a file its name; closes it. */
static int
settle(struct spool *sp, const struct message *m, char kind, int fd)
{
	char from[SPOOL_NAME_MAX], to[SPOOL_NAME_MAX];
	int dirfd = spool_dir(sp, m);

	if (fd == -1)
		return -1;
	close(fd);
	spool_name(sp, kind, m->id, SUFFIX, from);
	spool_name(sp, kind, m->id, "", to);
	return renameat(dirfd, from, dirfd, to);
}

/* From the memory file of a small message, which only this process and the
 * smtpd that sends it know. */
static int
show_content(struct spool *sp, const struct message *m, int from)
{
	int fd;

	fd = create_new(sp, m, 'c', SUFFIX);
	if (fd != -1 && copy(from, fd, m->size) == -1) {
		forget(sp, m, 'c', SUFFIX);
		return fail(fd);
	}
	return settle(sp, m, 'c', fd);
}

/* For the rules, which see a message before it is committed: the l file says
 * incoming, so a start after a crash takes neither of them for mail. */
int
content_show(struct spool *sp, struct message *m, int fd, bool in_file)
{
	if (!in_file && show_content(sp, m, fd) == -1)
		return -1;
	m->files |= FILE_C;
	if (settle(sp, m, 'l', content_write_l(sp, m, SUFFIX, true)) == -1)
		return -1;
	m->files |= FILE_L;
	return 0;
}

/* A second link would be a name by which somebody else keeps or changes it
 * after we have looked. */
static bool
is_plain(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 &&
	    st->st_uid == geteuid();
}

/* Of the name and not of a descriptor: a program may have put another file
 * there, and exactly that is to be noticed. */
int
content_stat(struct spool *sp, const struct message *m, struct stat *st)
{
	char name[SPOOL_NAME_MAX];

	spool_name(sp, 'c', m->id, "", name);
	if (fstatat(spool_dir(sp, m), name, st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (is_plain(st))
		return 0;
	errno = ELOOP;
	return -1;
}

/* O_NONBLOCK, as a program may have left a FIFO under that name, whose open
 * would hold up the whole queue. */
int
content_reopen(struct spool *sp, const struct message *m)
{
	char name[SPOOL_NAME_MAX];
	struct stat st;
	int fd;

	spool_name(sp, 'c', m->id, "", name);
	fd = openat(spool_dir(sp, m), name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		return fail(fd);
	if (is_plain(&st))
		return fd;
	errno = ELOOP;
	return fail(fd);
}

/* For programs that look at the spool; the journal goes on to hold the
 * message until a checkpoint has synced them. */
int
content_write_files(struct spool *sp, struct message *m)
{
	if ((m->files & FILE_C) == 0) {
		if (settle(sp, m, 'c', content_write_c(sp, m, SUFFIX)) == -1)
			return -1;
		m->files |= FILE_C;
	}
	if ((m->files & FILE_SAFE) != 0) {
		if (m->need > sp->evacuate)
			sp->evacuate = m->need;
		return 0;
	}
	if (settle(sp, m, 'l', content_write_l(sp, m, SUFFIX, false)) == -1)
		return -1;
	m->files |= FILE_L;
	return 0;
}

/* What rests upon files is written when nothing in the journal is needed beyond
 * them; any other, when its l file is there at all. */
bool
content_is_written(const struct message *m)
{
	return (m->files & FILE_SAFE) == 0 ? (m->files & FILE_L) != 0 :
					     m->need == 0;
}

/* c<ID> for reading: a plain file with the size it should have. */
static int
open_file(struct spool *sp, const struct message *m)
{
	char name[SPOOL_NAME_MAX];
	struct stat st;
	int fd;

	spool_name(sp, 'c', m->id, "", name);
	fd = openat(spool_dir(sp, m), name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		return fail(fd);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != m->size) {
		errno = EIO;
		return fail(fd);
	}
	return fd;
}

/* The journal is asked first: while it has the content, a c file of that
 * name may be one that a crash cut. */
ssize_t
content_read(struct spool *sp, const struct message *m, uint64_t offset,
    void *buf, size_t len)
{
	int fd;

	if (offset >= m->size)
		return 0;
	if (len > m->size - offset)
		len = (size_t)(m->size - offset);
	if (m->content != 0)
		return journal_read(sp->journal, m->content + offset, buf, len);
	if ((fd = open_file(sp, m)) == -1)
		return -1;
	if (segment_pread(fd, buf, len, offset) == -1)
		return fail(fd);
	close(fd);
	return (ssize_t)len;
}

/* Only EIO is the disk's last word; want of memory or descriptors passes. */
bool
content_is_lost(struct spool *sp, const struct message *m)
{
	return m->size > 0 &&
	    content_read(sp, m, 0, sp->scratch, CONTENT_SMALL) == -1 &&
	    errno == EIO;
}

/* The message is not dropped and not bounced: the administrator has the segment
 * and decides. Its need ends, or a segment that can not be read would keep all
 * later ones from being used again. */
void
content_give_up(struct spool *sp, struct message *m)
{
	char name[SPOOL_NAME_MAX];

	spool_name(sp, 'l', m->id, "", name);
	spool_report(sp,
	    "%s: its content cannot be read any more; held, "
	    "its segment kept below damaged/",
	    name);
	sp->stats.damaged++;
	m->flags |= MSG_HOLD;
	journal_keep(sp->journal, m->content);
	spool_set_need(sp, m, 0);
	if (settle(sp, m, 'l', content_write_l(sp, m, SUFFIX, false)) == 0)
		m->files |= FILE_L;
}

/* What is only in the journal gets a sealed memory file: its reader must
 * not see the segment used again, nor write to it. */
int
content_open(struct spool *sp, const struct message *m)
{
	int fd;

	if (m->content == 0 && m->size > 0)
		return open_file(sp, m);
	fd = memfd_create("content", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -1;
	if (copy_out(sp, m, fd) == -1 ||
	    fcntl(fd, F_ADD_SEALS,
		F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == -1)
		return fail(fd);
	return fd;
}
