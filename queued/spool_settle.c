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
 * spool_settle.c: the end of a start.  What is in the queue is compared
 * with the files that were found: each message needs its content, and a
 * file that no message owns has no business in the spool.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spool_impl.h"
#include "spool_scan.h"

/* Removes, or where the journal was damaged sets aside, what no message
 * owns: a client never got its 250, or the message has ended. */
static void
settle_orphan(struct spool *sp, const struct found *f, bool damaged)
{
	int dirfd = f->qlimit ? sp->qlimitfd : sp->rootfd;
	char name[SPOOL_NAME_MAX];
	const char *k;

	for (k = "lc"; *k != '\0'; k++) {
		if ((f->files & (*k == 'l' ? FILE_L : FILE_C)) == 0)
			continue;
		spool_name(sp, *k, f->id, "", name);
		if (damaged && (f->files & FILE_DONE) == 0)
			spool_set_aside(
			    sp, dirfd, name, "belongs to no message");
		else if (unlinkat(dirfd, name, 0) == -1)
			spool_report(sp, "%s: %s", name, strerror(errno));
		sp->unlinked = true;
	}
}

/* Is the content of this message's c file all there?  f may be NULL. */
static bool
has_content(const struct message *m, const struct found *f)
{
	if (m->content != 0 || m->size == 0)
		return true;
	return f != NULL && (f->files & FILE_C) != 0 && f->size == m->size;
}

/* A message whose content is gone can not be delivered. */
static void
drop_message(struct spool *sp, struct message *m)
{
	char name[SPOOL_NAME_MAX];
	int fd;

	spool_name(sp, 'l', m->id, "", name);
	if ((m->files & FILE_L) == 0 &&
	    (fd = content_write_l(sp, m, "", false)) != -1)
		close(fd);
	spool_set_aside(
	    sp, spool_dir(sp, m), name, "its content is missing or cut");
	if ((m->files & FILE_C) != 0) {
		spool_name(sp, 'c', m->id, "", name);
		spool_set_aside(sp, spool_dir(sp, m), name, "cut short");
	}
	m->files = 0;
	spool_remove(sp, m);
}

/* After the replay: what is in the queue needs its content, and what is in
 * no queue has no business here. */
void
spool_settle(struct spool *sp, struct found_tree *tree, bool damaged)
{
	struct message *m, *next_m;
	struct found *f, *next;

	RB_FOREACH_SAFE (m, message_tree, &sp->messages, next_m) {
		if ((f = found_get(tree, m->id)) != NULL)
			m->files |= f->files & (FILE_C | FILE_L);
		sp->stats.messages++;
		sp->stats.bytes += m->size;
		if (!has_content(m, f))
			drop_message(sp, m);
	}
	RB_FOREACH_SAFE (f, found_tree, tree, next) {
		if (spool_find(sp, f->id) == NULL)
			settle_orphan(sp, f, damaged);
		RB_REMOVE(found_tree, tree, f);
		free(f);
	}
	sp->stats.recovered = sp->stats.messages;
}
