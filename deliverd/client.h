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
 * One connection to an SMTP (RFC 5321) or LMTP (RFC 2033) server, and the
 * task that is being sent over it.  States are those of the dialogue; what a
 * connection waits for is its state.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monotime.h"
#include "reply.h"

#include "client_caps.h"
#include "dot.h"
#include "pool.h"
#include "route.h"
#include "task.h"

struct client_auth;
struct event;
struct way;

enum client_state {
	CLIENT_CONNECT,
	CLIENT_BANNER,
	CLIENT_EHLO, /* or LHLO */
	CLIENT_HELO,
	CLIENT_AUTH,
	CLIENT_IDLE,
	CLIENT_ENVELOPE, /* MAIL, RCPT, DATA are out, or some of them */
	CLIENT_CONTENT, /* content is on its way, the end not yet */
	CLIENT_DOT, /* all is out: the reply decides */
	CLIENT_RSET,
	CLIENT_QUIT
};

/* A place in the envelope: the command to send or to be answered next. */
enum client_step {
	STEP_MAIL,
	STEP_RCPT,
	STEP_DATA,
	STEP_NONE
};

/* A transaction whose content is out and that waits for the verdict.  The
 * connection's task is the same, or the next, pipelined behind it. */
struct client_end {
	struct task *task; /* NULL: nothing waits for a verdict */
	uint32_t answer_at; /* the recipient whose LMTP reply is next */
	uint32_t unanswered; /* replies to come: LMTP has one for each */
	bool bdat;
	size_t unsent; /* octets of the buffer that belong to the content */
	struct monotime since;
};

struct client {
	LIST_ENTRY(client) entry; /* of its destination */
	uint64_t ref, session;
	struct dest *dest;
	struct task *task; /* NULL: idle */
	struct way *way; /* its destination's */
	struct route_list *route;
	size_t host; /* in the route, being tried or used */
	uint32_t chance; /* which of equal hosts comes first */
	enum client_state state;
	int fd;
	uint32_t tries; /* sockets so far: a number of fd may come again */
	struct event *ev_read, *ev_write;
	bool writing; /* ev_write is waiting */
	bool lmtp;
	bool dead; /* to be freed by the loop that handles it */
	bool in_loop;
	bool soft; /* some host failed for now, not for good */
	bool reached; /* some host answered EHLO or HELO */
	struct client_auth *auth; /* of a login in progress */
	bool logged_in;
	bool unmarked; /* of a socket that the parent makes: no mark */
	struct monotime since, deadline; /* of what is waited for */
	struct monotime overall; /* of the content */

	uint16_t caps;
	uint64_t max_size; /* SIZE; 0: not said */
	uint32_t max_rcpts; /* LIMITS RCPTMAX (RFC 9422) */
	uint32_t max_mails; /* LIMITS MAILMAX */
	uint32_t mails, rcpts; /* transactions and RCPTs so far */

	/* the transaction */
	enum client_step send, answer;
	uint32_t send_at, answer_at; /* recipients, by index in the task */
	uint32_t in_batch, accepted, unanswered;
	bool fresh; /* commands queued, none of them on the wire */
	bool mail_failed, data_sent, heard; /* some reply came */
	bool bdat, as_8bit, as_utf8;
	struct dot dot;
	uint64_t at; /* of the content */
	struct client_end end;
	bool quick; /* the last verdict came soon: pipelining pays */
	bool spoilt; /* an aborted task's commands are out: close, no reuse */

	char *out;
	size_t out_size, out_start, out_end;
	struct reply reply;
	char peer[321]; /* "mx.example.org [192.0.2.1]" */
};

extern const char *const client_state_names[];

/* client.c */
int client_init(void);
/* Opens a connection for the task; NULL: no memory. */
struct client *client_new(struct dest *, struct route_list *, struct task *);
void client_open(struct client *);
/* Gives the next task to an idle connection. */
void client_begin(struct client *, struct task *);
/* Says QUIT and closes in time. */
void client_quit(struct client *);
void client_evict(void); /* closes the one that was idle longest */
/* Closes at once, without a word. */
void client_close(struct client *);
/* Takes a task out without results; false: its end was sent already. */
bool client_abort(struct client *, struct task *);
/* Once a second: what takes too long. */
void client_tick(void);
struct client *client_get(uint64_t ref);
struct client *client_next(uint32_t *pos);
uint32_t client_count(void);

#endif
