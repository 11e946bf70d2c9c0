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
 * A connection's life: opened for a task, given further ones, closed.  What
 * it waits for has a deadline that partial answers do not move.
 */
#include "client.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client_auth.h"
#include "client_event.h"
#include "dest.h"
#include "client_talk.h"
#include "log.h"
#include "proc.h"
#include "slot.h"
#include "way.h"

/* Connections in all, idle ones with them. */
#define CLIENT_MAX 512
/* Transactions of one connection; then it is closed. */
#define CLIENT_MAILS 100
/* Seconds that one waits for more work, and for the answer to QUIT. */
#define CLIENT_IDLE_TIME 5
#define CLIENT_QUIT_TIME 3
/* Reused connections that may prove dead before that counts as a failure. */
#define CLIENT_STALE 3

const char *const client_state_names[] = {"connect", "banner", "ehlo", "helo",
    "auth", "idle", "envelope", "content", "dot", "rset", "quit"};

static struct {
	struct slots slots;
	uint64_t session;
} env;

static void
client_on_socket(uint64_t, enum peer_result, const union msg *, int);

int
client_init(void)
{
	slots_init(&env.slots, CLIENT_MAX);
	/* Ids differ from those of an earlier start. */
	env.session = ((uint64_t)monotime_now().us << 8) & 0xffffffffffffULL;
	return 0;
}

struct client *
client_get(uint64_t ref)
{
	return slot_get(&env.slots, ref);
}

struct client *
client_next(uint32_t *pos)
{
	return slot_next(&env.slots, pos);
}

uint32_t
client_count(void)
{
	return env.slots.used;
}

void
client_set_deadline(struct client *c, int64_t seconds)
{
	c->since = monotime_now();
	c->deadline = monotime_add_ms(c->since, seconds * 1000);
}

/* Def! may have changed it for the task; a connection without one has what
 * is configured. */
void
client_set_timeout(struct client *c)
{
	client_set_deadline(c,
	    c->task != NULL ? task_num(c->task, OPT_TIMEOUT) :
			      option_num(proc_options(), OPT_TIMEOUT));
}

/* A task in work is held: results may end it while we still look at it. */
void
client_attach(struct client *c, struct task *t)
{
	task_hold(t);
	c->task = t;
	t->client = c;
	pool_begin_work(c->dest);
}

/* The task may be gone afterwards: nobody holds it for us any more. */
void
client_detach(struct client *c)
{
	struct task *t = c->task;

	if (t == NULL)
		return;
	if (c->end.task == t)
		c->end.task = NULL;
	c->task = NULL;
	t->client = NULL;
	pool_end_work(c->dest);
	task_release(t);
}

/* A connected local socket is the parent's to make. */
static void
client_ask_socket(struct client *c)
{
	union msg m;

	memset(&m, 0, sizeof(m));
	strlcpy(c->peer, "local socket", sizeof(c->peer));
	c->state = CLIENT_CONNECT;
	client_set_deadline(c, 60);
	if (peer_call(proc_parent(), MSG_PRIV_LMTP, &m, -1,
		PEER_THEN(client_on_socket, c->ref)) == -1)
		fatalx("no way to the parent");
}

static void
client_on_socket(uint64_t ref, enum peer_result how, const union msg *m, int fd)
{
	struct client *c = slot_get(&env.slots, ref);
	struct result r;

	(void)m;
	if (c == NULL || c->dead) {
		if (fd != -1)
			close(fd);
		return;
	}
	client_enter(c);
	if (how == PEER_ANSWER && fd != -1)
		connect_established(c, fd);
	else {
		result_option(&r, way_options(c->way), OPT_MSG_CANNOT_CONNECT,
		    451, "4.4.1");
		connect_next(c, &r);
	}
	client_leave(c);
}

struct client *
client_new(struct dest *d, struct route_list *route, struct task *t)
{
	struct client *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	if ((c->ref = slot_add(&env.slots, c)) == 0) {
		free(c);
		return NULL;
	}
	c->session = ++env.session;
	c->dest = d;
	c->lmtp = pool_is_lmtp(d);
	c->way = way_ref(d->way);
	c->route = route_ref(route);
	c->chance = arc4random();
	c->fd = -1;
	client_attach(c, t);
	return c;
}

void
client_open(struct client *c)
{
	client_enter(c);
	if (c->route->local_socket)
		client_ask_socket(c);
	else
		connect_start(c);
	client_leave(c);
}

/* Only from client_close, and never while a handler of it runs. */
static void
client_free(struct client *c)
{
	client_event_remove(c);
	if (c->fd != -1)
		close(c->fd);
	slot_remove(&env.slots, c->ref);
	route_unref(c->route);
	client_auth_end(c);
	way_unref(c->way);
	free(c->out);
	free(c);
}

void
client_close(struct client *c)
{
	if (!c->dead) {
		c->dead = true;
		client_log(c, "disconnect", client_state_names[c->state]);
		client_pipe_done(c);
		client_detach(c);
		pool_remove(c);
	}
	if (!c->in_loop)
		client_free(c);
}

/* No more work comes to it: its destination may open another already. */
void
client_quit(struct client *c)
{
	c->state = CLIENT_QUIT;
	c->unanswered = 1;
	client_set_deadline(c, CLIENT_QUIT_TIME);
	client_put(c, "QUIT\r\n", 6);
	pool_remove(c);
	if (!c->in_loop) {
		client_enter(c);
		client_leave(c);
	}
}

void
client_dispatch(struct client *c)
{
	struct result r;

	if (client_caps_check(c, &r) == -1)
		task_result_client(c->task, &r);
	if (!client_has_more(c))
		client_finish(c);
	else
		client_send_envelope(c);
}

void
client_begin(struct client *c, struct task *t)
{
	bool outer = !c->in_loop;

	client_attach(c, t);
	if (outer)
		client_enter(c);
	client_dispatch(c);
	if (outer)
		client_leave(c);
}

/* Logged in or not: the greeting is over when the first MAIL may go out. */
void
client_ready(struct client *c)
{
	if (client_auth_is_due(c)) {
		client_auth_start(c);
		return;
	}
	c->state = CLIENT_IDLE;
	c->reached = true;
	pool_reached(c->dest);
	client_dispatch(c);
}

/*
 * Tarpit_limit counts recipients of a connection, and is for strangers: not for
 * an LMTP server of our own.
 */
bool
client_is_used_up(const struct client *c)
{
	int64_t tarpit = way_num(c->way, OPT_TARPIT_LIMIT);

	if (c->mails >= CLIENT_MAILS ||
	    (c->max_mails != 0 && c->mails >= c->max_mails))
		return true;
	return !c->lmtp && tarpit > 0 && c->rcpts >= tarpit;
}

/* Recipients that are left: another transaction, or later. */
bool
client_has_more(const struct client *c)
{
	const struct task *t = c->task;
	uint32_t i;

	for (i = 0; i < t->rcpt_count; i++)
		if (t->rcpts[i].state == RCPT_CLIENT)
			return true;
	return false;
}

/*
 * What is left of the task needs another transaction here, another connection,
 * or by Tarpit_limit another time.
 */
void
client_finish(struct client *c)
{
	struct dest *d = c->dest;

	if (client_pipe_is_used(c)) {
		client_pipe_back(c);
		return;
	}
	if (client_has_more(c)) {
		if (!client_is_used_up(c)) {
			client_send_envelope(c);
			return;
		}
		if (c->max_mails == 0 && c->mails < CLIENT_MAILS)
			task_give_back(c->task,
			    (uint32_t)task_num(c->task, OPT_TARPIT_SLEEP));
		else
			pool_requeue(c->task);
	}
	client_detach(c);
	c->state = CLIENT_IDLE;
	client_set_deadline(c, CLIENT_IDLE_TIME);
	if (c->spoilt)
		client_close(c);
	else if (client_is_used_up(c))
		client_quit(c);
	pool_pump(d);
}

void
client_unsend(struct client *c)
{
	struct task *t = c->task;
	uint32_t i;

	for (i = 0; i < t->rcpt_count; i++)
		if (t->rcpts[i].state == RCPT_SENT ||
		    t->rcpts[i].state == RCPT_ACCEPTED)
			t->rcpts[i].state = RCPT_CLIENT;
}

/*
 * Past the end of content it may have been taken (RFC 1047), so that it is for
 * queued to try it again, later.  Of a task whose commands were pipelined
 * behind it no content is out: it waits again as if nothing had been.
 */
static void
client_lost_content(struct client *c, const struct result *r)
{
	struct dest *d = c->dest;
	bool piped = client_pipe_is_used(c);

	pool_trouble(d);
	task_result_client(piped ? c->end.task : c->task, r);
	if (piped) {
		client_unsend(c);
		c->task->stale++;
		pool_requeue(c->task);
	}
	client_close(c);
	pool_pump(d);
}

/*
 * Only what was surely not taken is tried again elsewhere; once the end of the
 * content may have reached the server, that would deliver twice.
 */
void
client_lost(struct client *c, const struct result *r)
{
	struct dest *d = c->dest;
	struct task *t = c->task;

	if (t == NULL) {
		client_close(c);
		return;
	}
	if (c->end.task != NULL || c->state == CLIENT_CONTENT) {
		client_lost_content(c, r);
		return;
	}
	client_unsend(c);
	if (!client_has_more(c)) {
		pool_trouble(d);
		client_close(c);
		pool_pump(d);
		return;
	}
	if (c->mails > 1 && !c->heard && t->stale++ < CLIENT_STALE) {
		/* It closed while it was idle: nobody's fault. */
		pool_requeue(t);
		client_close(c);
		pool_pump(d);
		return;
	}
	pool_trouble(d);
	connect_next(c, r);
}

void
client_lost_text(
    struct client *c, uint16_t code, const char *enhanced, const char *text)
{
	struct result r;

	result_set(&r, code, enhanced, "");
	snprintf(r.text, sizeof(r.text), "%s: %s (%s)", c->peer, text,
	    client_state_names[c->state]);
	strlcpy(r.host, c->peer, sizeof(r.host));
	client_lost(c, &r);
}

/*
 * With the end of content sent the server decides: its reply is waited for,
 * also where the task to abort is the one behind it.
 */
bool
client_abort(struct client *c, struct task *t)
{
	if (c->end.task == t)
		return false;
	client_unsend(c);
	if (client_pipe_is_used(c)) {
		c->spoilt = true;
		client_pipe_back(c);
	} else
		client_close(c);
	return true;
}
