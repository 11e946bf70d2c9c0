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
 * Options, lines and the way of a task; see task_rules.h.  Lines of Hadd! are
 * for other hosts alone (A62).  The texts were complete when queued got them;
 * that they are single lines of a bounded length is seen to here, where they
 * become part of a message.
 */
#include "task_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "option_check.h"
#include "overlay.h"
#include "proc.h"
#include "rule_enums.h"
#include "way.h"

/* Octets of a line without its end (RFC 5322 section 2.1.1), and how far from
 * that a blank is looked for at which to fold it. */
#define HEAD_LINE 998
#define HEAD_BACK 200

/* A task that may still be told of; NULL: the pair is closed for it. */
static struct task *
rules_task(struct peer *p, uint64_t id)
{
	struct task *t = task_find(id);

	if (t != NULL && !t->going)
		return t;
	peer_breach(p, "what rules say, outside a task");
	return NULL;
}

/* A value that is not allowed was refused by ruled, too: it is left out, as
 * queued does. */
void
task_on_option(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_dlv_option *o = &m->dlv_option;
	struct task *t = rules_task(p, o->task);
	char why[OPTION_ERROR_MAX], *line;

	(void)ref;
	(void)fd;
	if (t == NULL)
		return;
	/* The outermost quotes are taken off again, whatever is inside. */
	if (asprintf(&line, "%s \"%s\"", o->option, o->text) == -1)
		fatalx("no memory for an option of a task");
	if (overlay_set(&t->options, line, NULL, why) == -1)
		log_warnx("%s: %s is left as it was: %s", task_id_text(t),
		    o->option, why);
	freezero(line, strlen(line));
}

/* Where to cut what is longer than most: before a blank if there is one. */
static size_t
head_cut(const char *line, size_t len, size_t most)
{
	size_t n;

	if (len <= most)
		return len;
	for (n = most; n > most - HEAD_BACK; n--)
		if (line[n] == ' ' || line[n] == '\t')
			return n;
	/* Not in the middle of a UTF-8 character. */
	for (n = most; n > most - 4; n--)
		if (((unsigned char)line[n] & 0xc0) != 0x80)
			return n;
	return most;
}

/* One line of ours into several of theirs.  A part that does not begin with a
 * blank gets one, or it were no part of the field (RFC 5322 section 2.2.3). */
static void
head_put(struct task *t, const char *line, size_t len)
{
	const char *first = line;
	size_t n;

	for (; len > 0; line += n, len -= n) {
		n = head_cut(line, len, HEAD_LINE - (line != first));
		if (line != first && *line != ' ' && *line != '\t')
			t->head[t->head_len++] = ' ';
		memcpy(t->head + t->head_len, line, n);
		memcpy(t->head + t->head_len + n, "\r\n", 2);
		t->head_len += n + 2;
	}
}

/* "name: value": what else stood above a message could end its header. */
static bool
head_is_field(const char *line)
{
	size_t n;

	for (n = 0; line[n] > ' ' && line[n] < 0x7f && line[n] != ':'; n++)
		;
	return n > 0 && line[n] == ':' && line[strcspn(line, "\r\n")] == '\0';
}

void
task_on_header(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const char *line = m->dlv_header.line;
	struct task *t = rules_task(p, m->dlv_header.task);
	size_t len = strlen(line), room;
	char *head;

	(void)ref;
	(void)fd;
	if (t == NULL)
		return;
	/* Each fold takes three octets, and there is one for each line. */
	room = len + (len / (HEAD_LINE - HEAD_BACK) + 1) * 3;
	if (!head_is_field(line) || room > TASK_HEAD_MAX - t->head_len) {
		log_warnx("%s: a line of Hadd! is left out: %s",
		    task_id_text(t),
		    head_is_field(line) ? "too many" : "not a header line");
		return;
	}
	if ((head = realloc(t->head, t->head_len + room)) == NULL)
		fatalx("no memory for a header");
	t->head = head;
	head_put(t, line, len);
}

/* What can not be read is found by task_settle(). */
void
task_on_route(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_dlv_route *r = &m->dlv_route;
	struct task *t = rules_task(p, r->task);

	(void)ref;
	(void)fd;
	if (t != NULL && way_set(&t->way, r->what, r->text, r->secret) == -1)
		fatalx("no memory for a way");
}

int64_t
task_num(const struct task *t, enum option_id id)
{
	return overlay_num(t->options, proc_options(), id);
}

const char *
task_text(const struct task *t, enum option_id id)
{
	return overlay_text(t->options, proc_options(), id);
}

bool
task_settle(struct task *t)
{
	struct result r;

	if (t->way != NULL && t->way->bad != NULL) {
		log_warnx("%s: %s", task_id_text(t), t->way->bad);
		result_set(&r, 451, "4.3.5", t->way->bad);
		task_result_all(t, &r);
		return false;
	}
	/* Mx_dest! goes before a mailbox here. */
	if (t->way != NULL && t->way->host != NULL)
		t->route = ROUTE_REMOTE;
	if (t->route == ROUTE_LOCAL) {
		way_drop_route(&t->way);
		t->head_len = 0;
	}
	if (way_set_options(&t->way, t->options) == -1)
		fatalx("no memory for a way");
	t->size += t->head_len;
	t->header_size += (uint32_t)t->head_len;
	return true;
}

void
task_rules_free(struct task *t)
{
	overlay_free(t->options);
	way_unref(t->way);
	free(t->head);
}
