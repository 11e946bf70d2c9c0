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
 * intake_rules.c: what rules made of a message on its way in: its spool,
 * options, header lines for other hosts, marks, and the route of each
 * recipient.  All are tells: what can not be kept fails the commit, as a
 * message must not go another way than the rules said.
 */

#include "intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intake_impl.h"
#include "log.h"
#include "override.h"
#include "queued.h"
#include "route.h"
#include "stage.h"

void
intake_spool(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct intake *in = intake_find(p, m->queue_spool.msgid);

	(void)ref;
	(void)fd;
	if (in == NULL)
		return;
	/* Never back: programs may have its path already. */
	if (m->queue_spool.spool != SPOOL_QLIMIT ||
	    in->message->flags & MSG_QLIMIT)
		return;
	in->message->flags |= MSG_QLIMIT;
	if (stage_move(in) == -1)
		in->has_failed = true;
}

/* Kept as an overlay until the commit, so that what is changed twice is
 * stored once.  A value that is not allowed was refused by ruled, too; it is
 * said and left out, as Def! promises. */
void
intake_option(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_option *q = &m->queue_option;
	struct intake *in = intake_find(p, q->msgid);
	char why[OPTION_ERROR_MAX], *line = NULL;
	enum option_id id = OPT_COUNT;
	const char *quote = "\"";

	(void)ref;
	(void)fd;
	if (in == NULL)
		return;
	/* The outermost quotes are taken off again, whatever is inside. */
	if (!route_is_line(q->text) ||
	    asprintf(&line, "%s %s%s%s", q->option, quote, q->text, quote) ==
		-1) {
		in->has_failed = true;
		return;
	}
	if (overlay_set(&in->options, line, &id, why) == -1)
		log_warnx("%s: an option of this message is left out: %s",
		    queued_id(in->message->id), why);
	override_warn(in->message->id, id);
	freezero(line, strlen(line));
}

/* Adds a line to a text of many. Bounded by message_set, which takes no text
 * beyond MESSAGE_TEXT_MAX: rules that loop fail the commit and not the process.
 */
static int
text_append(struct message *m, textref *ref, const char *line, const char *end)
{
	char *text;
	int r;

	if (asprintf(&text, "%s%s%s", message_text(m, *ref), line, end) == -1)
		return -1;
	r = message_set(m, ref, text);
	free(text);
	return r;
}

/* The line came from a rule that may have put a client's text into it: with a
 * line end inside it would be two fields, or the body. */
void
intake_header(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_header *q = &m->queue_header;
	struct intake *in = intake_find(p, q->msgid);

	(void)ref;
	(void)fd;
	if (in != NULL &&
	    (!route_is_line(q->line) ||
		text_append(in->message, &in->message->hadd, q->line, "\r\n") ==
		    -1))
		in->has_failed = true;
}

/* Marks are kept for the events of the queue, where Tmark? asks for them again.
 */
void
intake_mark(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_mark *q = &m->queue_mark;
	struct intake *in = intake_find(p, q->msgid);

	(void)ref;
	(void)fd;
	if (in != NULL &&
	    (!route_is_line(q->mark) ||
		text_append(in->message, &in->message->marks, q->mark, "\n") ==
		    -1))
		in->has_failed = true;
}

/* For one recipient by its index, or for all; which of them counts is settled
 * at the commit, when all are known. */
void
intake_route(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_route *q = &m->queue_route;
	const char *const text[2] = {q->text, q->secret};
	struct intake *in = intake_find(p, q->msgid);
	struct message *msg;

	(void)ref;
	(void)fd;
	if (in == NULL)
		return;
	msg = in->message;
	if (q->rcpt == QUEUE_ROUTE_ALL) {
		if (q->what >= ROUTE_WHAT_COUNT ||
		    routes_set(&in->all, q->what, q->text, q->secret) == -1)
			in->has_failed = true;
	} else if (q->rcpt >= msg->nrcpts ||
	    route_set(msg, &msg->rcpts[q->rcpt], q->what, text) == -1)
		in->has_failed = true;
}

/* A30: what was said for all holds where nothing was said for one.  Copies
 * go where their address says. */
int
intake_settle(struct intake *in)
{
	struct message *m = in->message;
	uint32_t i;

	for (i = 0; i < m->nrcpts; i++) {
		if (m->rcpts[i].kind != RCPT_COPY &&
		    route_inherit(m, &m->rcpts[i], &in->all) == -1)
			return -1;
		/* Whoever has a mailbox here: it was told to go there. */
		if (m->rcpts[i].mx_dest != 0)
			m->rcpts[i].flags &= (uint8_t)~RCPT_LOCAL;
	}
	return intake_options(in);
}

/* Into the message and so into journal and l file; the overlay was only for the
 * way in. Values may be secrets and are wiped. */
int
intake_options(struct intake *in)
{
	struct message *m = in->message;
	char *options;
	int r = 0;

	if (in->options == NULL)
		return 0;
	if ((options = override_print(in->options)) == NULL ||
	    message_set(m, &m->overrides, options) == -1)
		r = -1;
	if (options != NULL)
		freezero(options, strlen(options));
	return r;
}
