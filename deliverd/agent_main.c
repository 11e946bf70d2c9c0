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
 * agent: started by selor(8) for one user, with that user's ids, and spoken
 * to by deliverd alone.  See agent.h and deliverd(8).
 *
 * In the cage it may (common/process.def: stdio recvfd filerw maildir) work
 * on files as its user may; it opens no socket and starts nothing.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "id.h"
#include "log.h"
#include "proc.h"

#include "agent.h"

/* Inline content of one message, octets (QUEUE_INLINE_MAX). */
#define AGENT_INLINE_MAX 65536

static struct {
	uint8_t data[AGENT_INLINE_MAX];
	size_t len;
	bool over; /* more than that came */
	/* seconds since 1970, as arrival is */
	time_t started;
	struct event *again;
} env;

/* Gathers until AGENT_DELIVER; too much is answered there, not here. */
static void
on_data(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_agent_data *d = &m->agent_data;

	(void)p;
	(void)ref;
	(void)fd;
	if (d->data_len > sizeof(env.data) - env.len) {
		env.over = true;
		return;
	}
	memcpy(env.data + env.len, d->data, d->data_len);
	env.len += d->data_len;
}

/* A part of a file's name that can lead nowhere else. */
static bool
is_name(const char *s)
{
	return *s != '\0' &&
	    s[strspn(s,
		"0123456789abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ_-")] == '\0';
}

/* The message's id as everybody prints it. */
void
agent_busy(const char *id)
{
	char *sid, text[ID_TEXT_MAX];
	unsigned long long n;

	if (id == NULL) {
		proc_busy("");
		return;
	}
	n = strtoull(id, &sid, 16);
	id_print(n, *sid == '_' ? sid + 1 : sid, text, sizeof(text));
	proc_busy(text);
}

/* Content and its length must agree, or it belongs to another delivery. */
static void
on_deliver(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_agent_deliver *d = &m->agent_deliver;
	struct agent_mail mail;

	memset(&mail, 0, sizeof(mail));
	mail.path = d->path;
	mail.id = d->id;
	mail.index = d->index;
	mail.sender = d->sender;
	mail.recipient = d->recipient;
	mail.size = d->size;
	mail.arrival = d->arrival;
	mail.data = env.data;
	mail.fd = fd;
	/* What arrived before this process did may be a second try. */
	mail.repeat = d->repeat != 0 || (time_t)d->arrival <= env.started + 1;
	if (!is_name(d->id) || (fd == -1 && (env.over || env.len != d->size))) {
		if (fd != -1)
			close(fd);
		peer_breach(p, "AGENT_DELIVER does not fit its data");
	} else {
		agent_busy(d->id);
		agent_batch_add(p, ref, d->how, &mail);
		agent_busy(NULL);
	}
	env.len = 0;
	env.over = false;
}

/* Done at the end of this turn. */
static void
on_sync(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)fd;
	agent_batch_sync(m->agent_sync.hold != 0);
}

/* Its only purpose is another turn of the loop, for the step at its end. */
static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* The handlers only gather; what is slow is done once a turn, for all. */
static void
turn_end(void)
{
	if (agent_batch_step())
		event_active(env.again, EV_TIMEOUT, 0);
}

static int
start(struct event_base *base)
{
	env.started = time(NULL);
	env.again = event_new(base, -1, 0, on_again, NULL);
	return env.again == NULL ? -1 : 0;
}

/* deliverd has gone, or has no more work for this user. */
static void
peer_gone(struct peer *p)
{
	if (peer_who(p) != PROC_DELIVERD)
		return;
	agent_batch_forget();
	while (agent_batch_step())
		continue;
	proc_exit();
}

static peer_handler *const handlers[MSG_MAX] = {
    [MSG_AGENT_DATA] = on_data,
    [MSG_AGENT_DELIVER] = on_deliver,
    [MSG_AGENT_SYNC] = on_sync,
};

int
main(int argc, char **argv)
{
	static const struct proc_daemon d = {
	    .id = PROC_AGENT,
	    .handlers = handlers,
	    .before_cage = agent_maildir_init,
	    .start = start,
	    .peer_gone = peer_gone,
	    .turn_end = turn_end,
	};

	proc_main(&d, argc, argv);
}
