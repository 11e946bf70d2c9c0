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
 * What all sessions of one smtpd process share: the options in force and
 * what was worked out of them, the tables, the counters.
 */
#ifndef SELOR_SMTPD_H
#define SELOR_SMTPD_H

#include <sys/queue.h>

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netset.h"
#include "option.h"
#include "ring.h"
#include "slot.h"
#include "wheel.h"

struct session;

/* What is read at a time: of content, and of commands (which is also what a
 * client can have waiting here while its session waits). */
#define READ_CONTENT 65536
#define READ_COMMANDS 16384
/* Content on its way to queued, in one piece. */
#define CONTENT_PIECE 65536

/* Worked out of the options once, when they come in force. */
struct settings {
	struct netset proxy_from;
	struct netset relay_from;
	/* The whole answer to EHLO; and where AUTH is offered. */
	char *ehlo[2];
	size_t ehlo_len[2];
	/* Replies that are an option's text alone, once they were composed. */
	struct composed {
		char *text; /* NULL: not yet */
		size_t len;
		const char *enhanced; /* the code that it was composed with */
	} composed[OPT_COUNT];
	bool bare_reject;
	bool can_auth; /* there is a module to ask about logins */
	uint32_t events; /* bits by enum rule_event: those that have rules */
};

struct stats {
	uint64_t connections, sessions_most, commands, messages, recipients;
	uint64_t bytes, refused, junk, timeouts, slow, early, floods;
};

TAILQ_HEAD(session_list, session);

struct smtpd_env {
	struct event_base *base;
	const struct options *opts;
	struct settings settings;
	struct slots sessions;
	uint32_t session_max;
	struct slots asked; /* questions about recipients */
	struct session_list dirty; /* have output, or are to end */
	struct session_list kept; /* have output that may wait for more */
	struct ring ring;
	struct wheel wheel;
	struct event tick;
	struct stats stats;
	uint64_t last_id; /* of a session */
	uint32_t load; /* hundredths */
	bool is_ticking;
	bool is_late; /* this turn writes what was kept */
	bool is_paused; /* by the administrator */
	bool is_stopping;
	char in[READ_CONTENT];
	char out[CONTENT_PIECE];
};

extern struct smtpd_env env;

/* Monotonic milliseconds, the time of all timers here. */
int64_t smtpd_now(void);
/* Keeps the wheel turning while there are sessions. */
void smtpd_tick_start(void);
/* A session has gone: accept again, or end when stopping. */
void smtpd_session_gone(void);

#endif
