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
 * inject.c: a message from a file.  Its text is used as it is, below a
 * Received field of ours; where it goes is found out as for a report.  No
 * event is run for it and no report is made on it, so that no rule can make
 * mail without end.
 */

#include "inject.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enums.h"
#include "gather.h"
#include "intake_impl.h"
#include "log.h"
#include "out.h"
#include "post.h"
#include "proc.h"
#include "queued.h"
#include "route.h"

/* Under way at a time. */
#define INJECTS_MAX 256
/* Our field, at most. */
#define INJECT_HEAD_MAX 1024

struct inject {
	struct gather gather;
	struct post post;
	uint64_t call;
	uint64_t msgid;
	const struct peer *ruled; /* who asked */
	char sender[321], rcpt[321];
};

static unsigned int ninjects;

/* ruled's call ends here; with no ruled there is nobody to tell. */
static void
inject_answer(uint64_t call, uint64_t msgid, enum queue_status status)
{
	struct peer *p = proc_peer(PROC_RULED, 0);
	union msg answer = {0};

	answer.queue_inject_answ.msgid = msgid;
	answer.queue_inject_answ.status = status;
	if (p != NULL)
		peer_answer(p, MSG_QUEUE_INJECT_ANSW, call, &answer, -1);
}

static void
inject_end(struct inject *i, enum queue_status status)
{
	/* A later ruled has asked nothing. */
	if (proc_peer(PROC_RULED, 0) == i->ruled)
		inject_answer(i->call, i->msgid, status);
	gather_clear(&i->gather);
	ninjects--;
	free(i);
}

/* POST_LATER is no later here: the rule that sent it has ended, and nobody
 * would try again. */
static void
inject_posted(void *arg, enum post_result r)
{
	struct inject *i = arg;

	if (r == POST_NOBODY)
		log_warnx("Sendmail!: there is no recipient <%s>", i->rcpt);
	else if (r == POST_LATER)
		log_warnx("Sendmail!: nothing is sent to <%s>", i->rcpt);
	else
		env.accepted++;
	inject_end(i, r == POST_OK ? QUEUE_OK : QUEUE_FAILED);
}

/* Our Received field, and the text below it; NULL: no memory. */
static uint8_t *
inject_text(struct inject *i, const struct message *m, size_t *len)
{
	const char *zone = option_text(proc_options(), OPT_TIMEZONE);
	struct out o;
	uint8_t *text = NULL;

	out_init(&o, INJECT_HEAD_MAX);
	out_fmt(&o, "Received: by %s id %s;\r\n\t",
	    option_text(proc_options(), OPT_SERVER_NAME), queued_id(m->id));
	out_date(&o, m->arrival, zone);
	out_str(&o, "\r\n");
	if (!o.failed && (text = malloc(o.len + i->gather.len + 1)) != NULL) {
		memcpy(text, o.text, o.len);
		memcpy(text + o.len, i->gather.text, i->gather.len);
		*len = o.len + i->gather.len;
	}
	out_clear(&o);
	return text;
}

/* -1: nothing is under way and the caller ends it. What post_begin was given is
 * freed by it, also where it fails. */
static int
inject_post(struct inject *i)
{
	struct message *m = post_message(MSG_AUTOSUB);
	uint8_t *text;
	size_t at;

	if (m == NULL)
		return -1;
	if (message_set(m, &m->sender, i->sender) == -1 ||
	    (text = inject_text(i, m, &i->post.len)) == NULL) {
		message_free(m);
		return -1;
	}
	for (at = 0; at < i->post.len && text[at] < 0x80; at++)
		continue;
	if (at < i->post.len)
		m->flags |= MSG_8BIT;
	gather_clear(&i->gather);
	i->msgid = m->id;
	i->post.message = m;
	i->post.text = text;
	i->post.done = inject_posted;
	i->post.arg = i;
	return post_begin(&i->post, i->rcpt);
}

/* The text is whole, in our form of lines, and below Max_mail_size. */
static void
inject_read(void *arg, int error)
{
	struct inject *i = arg;

	if (error != 0)
		log_warnx("Sendmail!: to <%s>: %s", i->rcpt, strerror(error));
	if (error != 0 || inject_post(i) == -1)
		inject_end(i, QUEUE_FAILED);
}

/* fd is closed here, or by the gather. */
static int
inject_begin(struct inject *i, const struct msg_queue_inject *q, int fd)
{
	int64_t most = option_num(proc_options(), OPT_MAX_MAIL_SIZE);
	struct stat st;

	strlcpy(i->sender, q->sender, sizeof(i->sender));
	strlcpy(i->rcpt, q->rcpt, sizeof(i->rcpt));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
	    (most != 0 && st.st_size > most) ||
	    intake_room((uint64_t)st.st_size) != QUEUE_OK || !post_has_room() ||
	    !route_is_line(q->sender) || !route_is_line(q->rcpt) ||
	    q->rcpt[0] == '\0') {
		close(fd);
		return -1;
	}
	i->gather.fd = fd;
	i->gather.most = most == 0 ? SIZE_MAX / 2 : (size_t)most;
	i->gather.done = inject_read;
	i->gather.arg = i;
	return gather_begin(&i->gather);
}

/* The file was opened by the parent for this purpose (OPEN_MESSAGE) and came
 * through ruled, which may have gone bad: what it is, is looked at again. */
void
inject_on_call(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_inject *q = &m->queue_inject;
	struct inject *i = NULL;

	if (ninjects >= INJECTS_MAX || (i = calloc(1, sizeof(*i))) == NULL) {
		close(fd);
		inject_answer(ref, 0, QUEUE_FAILED);
		return;
	}
	ninjects++;
	i->call = ref;
	i->ruled = p;
	i->gather.fd = -1;
	if (inject_begin(i, q, fd) == -1) {
		log_warnx("Sendmail!: nothing is sent to <%s>: not now, or "
			  "not this file",
		    q->rcpt);
		inject_end(i, QUEUE_FAILED);
	}
}
