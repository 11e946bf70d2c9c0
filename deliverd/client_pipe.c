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
 * From the end of a message's content to the server's verdict, and the next
 * task's commands behind it: RFC 2920 section 3.1 lets content begin a group
 * of commands, so content, MAIL, RCPT and DATA go out in one write and their
 * replies come in one read.  Both transactions are apart: what becomes of the
 * first is no failure of the second, none of whose content is out.
 */
#include <string.h>

#include "log.h"
#include "proc.h"

#include "client_talk.h"

/* Where verdicts take longer, milliseconds, a task had better wait for the
 * next connection than behind this one. */
#define PIPE_QUICK 1000
/* Below this the wait costs less than a dialogue of its own. */
#define PIPE_NEAR 20

void
client_pipe_end(struct client *c, uint32_t replies)
{
	c->state = CLIENT_DOT;
	c->end = (struct client_end){
	    .task = c->task,
	    .unanswered = replies,
	    .bdat = c->bdat,
	    .unsent = c->out_end - c->out_start,
	    .since = monotime_now(),
	};
}

bool
client_pipe_is_used(const struct client *c)
{
	return c->end.task != NULL && c->end.task != c->task;
}

/*
 * Not on the first message of a connection: how soon its server makes up its
 * mind is not known.  Not behind what needs a transaction more itself, nor
 * where this was the last that we or the server allow.
 */
static bool
pipe_may(const struct client *c)
{
	return c->caps & CAP_PIPELINING && c->quick && !c->spoilt &&
	    c->dest != NULL && !client_is_used_up(c) && !client_has_more(c);
}

/*
 * The task that ends keeps its hold by c->end.  Where nothing of the next one
 * is to be sent to this server, client_finish() puts things back.
 */
void
client_pipe_next(struct client *c)
{
	struct task *t;

	if (!pipe_may(c) || (t = pool_take_next(c->dest)) == NULL)
		return;
	c->task = NULL;
	client_attach(c, t);
	client_dispatch(c);
}

void
client_pipe_back(struct client *c)
{
	client_detach(c);
	c->task = c->end.task;
	c->state = CLIENT_DOT;
}

void
client_pipe_done(struct client *c)
{
	struct task *t = c->end.task;
	bool piped = client_pipe_is_used(c);

	if (t == NULL)
		return;
	c->end.task = NULL;
	c->end.unsent = 0;
	if (!piped)
		return;
	t->client = NULL;
	pool_end_work(c->dest);
	task_release(t);
}

/* How long it took decides whether others had better wait for this one. */
void
client_pipe_verdict(struct client *c)
{
	int64_t ms = monotime_diff_ms(monotime_now(), c->end.since);

	c->quick = ms < PIPE_QUICK;
	pool_verdict(c->dest, c->caps & CAP_PIPELINING && ms < PIPE_NEAR);
	client_pipe_done(c);
}
