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
 * One connection from accept to close.  Small while idle: buffers exist only
 * while they hold something.  Whatever it asks of another process is found
 * again by its ref; what it waits for is a field, and while it waits its
 * input is not looked at.
 */
#ifndef SELOR_SESSION_H
#define SELOR_SESSION_H

#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg.h"
#include "wheel.h"

struct auth;
struct listener;
struct rule;
struct transaction;

/* Where a session is in RFC 5321's dialogue. */
enum smtp_state {
	SMTP_PROXY, /* the PROXY header is to come */
	SMTP_START, /* greeted, no HELO yet */
	SMTP_READY, /* between transactions */
	SMTP_AUTH, /* AUTH wants an answer of the client */
	SMTP_MAIL, /* MAIL was accepted */
	SMTP_RCPT, /* and a RCPT */
	SMTP_DATA, /* content until CRLF.CRLF */
	SMTP_CHUNK, /* content of a BDAT chunk */
	SMTP_BDAT, /* between two chunks */
	SMTP_CLOSE /* what was said goes out, nothing more is read */
};
extern const char *const smtp_state_names[];

/* What it waits for. */
enum session_wait {
	WAIT_NONE,
	WAIT_NAME, /* the client's name, before an event */
	WAIT_RULE, /* what rules say */
	WAIT_PTR, /* the client's name, before the Received field */
	WAIT_AUTH, /* whether a password is right */
	WAIT_SENDER, /* the sender's domain */
	WAIT_RCPT, /* a recipient */
	WAIT_SRS, /* whether the sender is local */
	WAIT_DOMAIN, /* a recipient's domain */
	WAIT_COPY, /* where a copy by Cp! goes */
	WAIT_OPEN, /* an id from queued */
	WAIT_FILE, /* a descriptor for large content */
	WAIT_ROOM, /* queued to take more */
	WAIT_COMMIT, /* the message to be durable */
	WAIT_DELAY /* No_mailbox_delay, Incorrect_pass_delay */
};
extern const char *const session_wait_names[];

enum session_kind {
	SESSION_MTA,
	SESSION_SUBMISSION,
	SESSION_LOCAL /* a local user, over the local socket */
};

struct session {
	TAILQ_ENTRY(session) dirty_link;
	struct wheel_entry timer;
	struct event ev_read, ev_write;
	uint64_t id; /* in logs */
	uint64_t ref; /* in env.sessions */
	int fd;
	uint8_t state; /* enum smtp_state */
	uint8_t wait; /* enum session_wait */
	uint8_t kind; /* enum session_kind */
	uint8_t verb; /* of the command under way */
	bool is_dirty, is_dead;
	bool is_kept; /* replies wait for the one that is being worked on */
	bool is_held; /* its reply waits for a timer */
	bool is_unread; /* reading is off */
	bool is_lingering; /* all said, waits for the client to close */
	bool is_early, is_proxied, is_esmtp;
	bool is_hiding; /* what it says may be a password: not for logs */
	bool is_swallowing; /* the rest of a line that is too long */
	bool wants_linger; /* closing may cut off our last reply else */
	bool ptr_asked, ptr_ok;
	bool chunk_last, chunk_void;
	uint8_t chunk_back; /* the state after a void chunk */
	struct msg_addr client;
	uint32_t uid; /* SESSION_LOCAL */
	char *helo; /* NULL: none yet */
	char *ptr; /* the name of its address, or NULL */
	char *line; /* the command under way, while it waits, for the log */
	char *in; /* read, and from in_at on, in_len octets, not yet used */
	char *out; /* said and not yet written */
	uint32_t in_at, in_len, out_at, out_len, out_size, line_len;
	uint32_t swallowed;
	uint32_t mails; /* MAIL commands that were accepted */
	uint32_t committed, accepted; /* messages given to queued, and kept */
	uint32_t junk, idle;
	int64_t started, active; /* monotonic ms */
	uint64_t chunk_left;
	struct transaction *tx;
	struct auth *auth; /* NULL: AUTH was not said */
	struct rule *rule; /* its policy, or NULL */
};

/* A fresh connection of that client; takes over fd, and closes it when there
 * is no room. */
void
session_new(const struct listener *l, int fd, const struct sockaddr *client);
/* The client is who it will be: looks its name up, greets.  is_early: it has
 * spoken already (behind a PROXY header; else that is found out here). */
void session_greet(struct session *s, bool is_early);
/* It is no flood, or may stay: its greeting, which rules may have set (text,
 * else NULL), once they have seen it. */
void session_admit(struct session *s);
void session_welcome(struct session *s, const char *text);
/* It will end when all that was said is written. */
void session_end(struct session *s, const char *why);
/* It ends without a further word. */
void session_drop(struct session *s, const char *why);
/* Has something to write, or to be done at the end of this turn. */
void session_mark(struct session *s);
/* Writes and ends what is marked; once a turn. */
void session_turn_end(void);
/* Replies that were kept for a later one are written at the turn's end. */
void session_keep_no_longer(void);

#endif
