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
 * notice.c: warnings to the Postmaster.  They are kept in memory only, as
 * each stands in the Warning_log too; what comes faster than it can be
 * sent is counted instead.
 */

#include "notice.h"

#include <stdlib.h>

#include "answer.h"
#include "dsn.h"
#include "log.h"
#include "out.h"
#include "post.h"
#include "proc.h"
#include "queued.h"

/* Lines that one message may hold, in bytes. */
#define NOTICE_BYTES (16 * 1024)
/* Wait for another try, seconds. */
#define NOTICE_AGAIN 60

static struct out lines;
static unsigned int left_out;
static int64_t next;
static struct post *under_way;

/* The text is cleaned, as a sender or a host may have written parts of it.
 * Never fails: what has no room is counted. */
void
notice_add(const struct message *m, const char *what, const char *why)
{
	char clean[ANSWER_TEXT_MAX], sender[400];

	/* No warning about a warning. */
	if (m != NULL &&
	    (m->flags & (MSG_BOUNCE | MSG_AUTOSUB)) ==
		(MSG_BOUNCE | MSG_AUTOSUB))
		return;
	if (lines.most == 0)
		out_init(&lines, NOTICE_BYTES);
	if (lines.failed || lines.len > NOTICE_BYTES - 2048) {
		left_out++;
		return;
	}
	answer_clean(clean, sizeof(clean), why);
	if (m != NULL) {
		answer_clean(
		    sender, sizeof(sender), message_text(m, m->sender));
		out_fmt(&lines, "Message %s from <%s>:\r\n", queued_id(m->id),
		    sender);
	}
	out_fmt(&lines, "%s: %s\r\n\r\n", what, clean);
}

/* Not kept for another try: each line stands in the Warning_log. */
static void
notice_done(void *arg, enum post_result r)
{
	(void)arg;
	free(under_way);
	under_way = NULL;
	if (r == POST_NOBODY)
		log_warnx("there is no Postmaster <%s>: a warning is lost",
		    option_text(proc_options(), OPT_POSTMASTER));
	if (r != POST_OK)
		log_warnx("a warning to the Postmaster was not sent");
}

/* Lines are kept until the message is on its way, and are gone then: a warning
 * that can not be sent must not come again and again. */
static void
notice_send(int64_t now)
{
	struct message *m;
	struct out o;

	if ((m = post_message(MSG_BOUNCE | MSG_AUTOSUB)) == NULL)
		return;
	dsn_notice(&o, m, lines.text, left_out);
	if (o.failed || (under_way = calloc(1, sizeof(*under_way))) == NULL) {
		out_clear(&o);
		message_free(m);
		return;
	}
	under_way->message = m;
	under_way->text = (uint8_t *)o.text;
	under_way->len = o.len;
	under_way->done = notice_done;
	if (post_begin(
		under_way, option_text(proc_options(), OPT_POSTMASTER)) == -1) {
		free(under_way);
		under_way = NULL;
		next = now + NOTICE_AGAIN;
		return;
	}
	next = now + NOTICE_PAUSE;
	out_clear(&lines);
	left_out = 0;
}

/* One message per NOTICE_PAUSE however much there is to say: a disk that dies
 * must not fill the Postmaster's box as well. */
void
notice_tick(int64_t now)
{
	if (lines.len == 0 || now < next || under_way != NULL ||
	    proc_peer(PROC_DELIVERD, 0) == NULL || env.spool == NULL)
		return;
	notice_send(now);
}
