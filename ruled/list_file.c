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
 * Files of lines for Find_strfile?, Find_filestr? and Find_fileline?: lists
 * through the cache, and the content of the message at hand (%L/c%d), which
 * is read for the one question and not kept.
 */
#include <string.h>
#include <unistd.h>

#include "enums.h"
#include "proc.h"

#include "ask.h"
#include "file_cache.h"
#include "list_lines.h"
#include "pending.h"
#include "rule_enums.h"

/* The content of a message, while one item looks at it. */
struct content {
	struct pending pending;
	bool is_answered;
	struct list_file *list; /* NULL: it could not be had */
};

/* The text becomes the list's own, also where that fails. */
static void *
list_load(const struct file_text *file, size_t *cost)
{
	struct list_file *list = list_lines_new(file->text, file->len, false);

	if (list != NULL)
		*cost = list_lines_cost(list);
	return list;
}

static void
list_drop(void *list)
{
	list_lines_free(list);
}

static const struct file_kind list_kind = {
    OPEN_LIST, LIST_FILE_MAX, list_load, list_drop};

/* Is it the content file of this message? */
static bool
is_content(const struct policy *p, const char *path)
{
	size_t len;

	if (p->spool == NULL || p->id == NULL)
		return false;
	len = strlen(p->spool);
	return strncmp(path, p->spool, len) == 0 && path[len] == '/' &&
	    path[len + 1] == 'c' && strcmp(path + len + 2, p->id) == 0;
}

/* Also when the session goes while the file is being opened: the answer then
 * finds nothing. */
static void
content_end(struct run_op *op)
{
	struct content *c = op->data;

	list_lines_free(c->list);
	pending_free(&c->pending);
}

/* LIST_CONTENT_MAX bounds what one message can take; above it the item fails,
 * with a warning. */
static void
content_opened(
    uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	struct content *c = pending_get(ref);
	size_t len;
	char *text;

	if (c == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	c->is_answered = true;
	if (result == PEER_ANSWER && m->priv_open_answ.status == PRIV_OK &&
	    fd != -1) {
		text = file_read(
		    fd, m->priv_open_answ.size, LIST_CONTENT_MAX, &len);
		if (text != NULL)
			c->list = list_lines_new(text, len, true);
	} else if (fd != -1)
		close(fd);
	pending_resume(&c->pending);
}

/* Not through the cache, which it would empty of lists: each content is looked
 * at once. */
static enum asked
content_get(struct run *run, const char *path, const struct list_file **list)
{
	union msg m = {
	    .priv_open = {.purpose = OPEN_LIST, .path = path, .home_of = ""}};
	struct content *c = run->op.data;

	if (c == NULL) {
		if ((c = pending_new(run, sizeof(*c))) == NULL)
			return ASK_FAILED;
		pending_hang(run, &c->pending, content_end);
		if (peer_call(proc_parent(), MSG_PRIV_OPEN, &m, -1,
			PEER_THEN(content_opened, c->pending.self)) == -1)
			return ASK_FAILED;
	}
	if (!c->is_answered)
		return ASK_WAIT;
	*list = c->list;
	return c->list != NULL ? ASK_GOT : ASK_FAILED;
}

/* The list is good until the item has ended. */
enum asked
list_file_get(struct run *run, const char *path, const struct list_file **list)
{
	bool is_missing = false;
	const struct file_where where = {path, NULL, &is_missing};
	void *object = NULL;
	enum asked asked;

	if (is_content(run->policy, path))
		asked = content_get(run, path, list);
	else {
		asked = file_cache_get(run, &list_kind, &where, &object);
		*list = object;
	}
	if (asked == ASK_FAILED)
		run_warn(run,
		    is_missing ? "there is no file %.200s" :
				 "%.200s can not be read",
		    path);
	return asked;
}
