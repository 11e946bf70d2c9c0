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
 * message.h: a queued message and its recipients in memory, as replay
 * builds them and as intake, schedule, task, result and bounce use them.
 *
 * One message is one struct, one array of recipients and one arena that
 * holds every string, so that a million of them can be thought of.  A
 * string is named by its offset in the arena (a textref); offset 0 is the
 * empty string, and absent and empty are the same.  Strings are bytes to
 * queued: bounded, without NUL, never parsed.
 */

#ifndef QUEUED_MESSAGE_H
#define QUEUED_MESSAGE_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#define MESSAGE_RCPTS_MAX 100000 /* recipients of one message */
#define MESSAGE_TEXT_MAX 65535 /* bytes of one string */
#define MESSAGE_ARENA_MAX (64 * 1024 * 1024) /* bytes of all its strings */

typedef uint32_t textref;

struct recipient {
	int64_t next; /* due, seconds since the epoch; 0: at once */
	textref address;
	textref original; /* as the client wrote it, if different */
	textref orcpt; /* ORCPT, as given: type;xtext */
	textref sender; /* sender for this recipient (SRS, Fchange!) */
	textref mx_dest;
	textref mx_auth; /* secret: only in l files of mode 0600 */
	textref mx_source;
	textref user; /* system user of a local mailbox */
	textref home;
	textref dlocal; /* its own delivery program */
	textref answer; /* last answer from outside */
	uint32_t so_mark;
	uint16_t attempts;
	uint8_t state; /* enum rcpt_state */
	uint8_t kind; /* enum rcpt_kind */
	uint8_t notify;
	uint8_t flags;
	uint8_t task; /* free for the schedule; not stored */
};

struct message {
	RB_ENTRY(message) tree; /* in spool.messages, by id */
	TAILQ_ENTRY(message) segment; /* spool.c: of its journal segment */
	uint64_t id;
	int64_t arrival; /* seconds since the epoch, wall clock */
	int64_t next; /* due, seconds since the epoch */
	uint64_t size; /* bytes of content */
	uint64_t content; /* where it is in the journal, or 0: c file */
	uint64_t need; /* spool.c: oldest segment it needs, or 0 */
	uint64_t last; /* spool.c: position of its last record */
	void *sched; /* the schedule's own; NULL from replay */
	struct recipient *rcpts;
	char *arena;
	uint32_t nrcpts;
	uint32_t arena_len;
	uint32_t arena_size;
	uint32_t arena_waste; /* bytes no textref names any more */
	uint32_t flags; /* MSG_* */
	uint32_t header; /* bytes of content's header, blank line out */
	uint16_t attempts; /* runs so far */
	uint16_t files; /* spool.c: which of its files exist */
	textref sender; /* "" is the null sender */
	textref client_ip;
	textref client_name;
	textref client_helo;
	textref login;
	textref envid;
	textref hadd; /* Hadd! lines for external copies, CRLF ended */
	textref marks; /* marks of the session, LF between */
	textref overrides; /* Def! overrides, "Name value", LF between */
};

RB_HEAD(message_tree, message);
RB_PROTOTYPE(message_tree, message, tree, message_compare)

/* Order by id, which is order of arrival. */
int message_compare(const struct message *, const struct message *);

/* A message without recipients or texts; NULL when memory is short. */
struct message *message_new(uint64_t id);
/* Frees it and its texts; wipes them, as they may hold credentials. */
void message_free(struct message *);

/*
 * The string behind a textref: valid until the next message_set or
 * message_add_rcpt of this message.  Never NULL.
 */
const char *message_text(const struct message *, textref);

/*
 * Sets *ref (a field of the message or of one of its recipients) to a
 * copy of text, which may point into the message itself.  0, or -1 with
 * errno ENOMEM, or E2BIG when a limit above would be passed; then nothing
 * changed.
 */
int message_set(struct message *, textref *ref, const char *text);

/* Adds a recipient, RCPT_PENDING and all else zero, with this address.
 * Its index, or -1 as message_set.  Recipients may move in memory. */
int message_add_rcpt(struct message *, const char *address);

/* True while some recipient is pending or deferred. */
bool message_is_active(const struct message *);

/* Bytes of memory it takes, for limits and statistics. */
size_t message_memory(const struct message *);

#endif
