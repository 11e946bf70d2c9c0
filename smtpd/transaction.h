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
 * One mail transaction, RFC 5321 section 3.3: sender, recipients and where
 * they lead, and the state of the content on its way to queued.
 */
#ifndef SELOR_TRANSACTION_H
#define SELOR_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "asked.h"
#include "dot.h"
#include "enums.h"
#include "header.h"
#include "way.h"

#define ENVID_MAX 100

/* Why the content can not be accepted; told when it has ended. */
enum fault {
	FAULT_NONE,
	FAULT_SIZE,
	FAULT_HEADER,
	FAULT_HOPS,
	FAULT_NEWLINE,
	FAULT_DISK,
	FAULT_DENIED,
	FAULT_RULE, /* rules refused it: the reply is held */
	FAULT_INTERNAL
};
extern const char *const fault_names[];

struct content {
	uint64_t msgid;
	bool is_open; /* queued has a message of that id for us */
	bool is_told; /* and its envelope */
	bool is_staging, is_staged; /* as files, for rules */
	int fd; /* where content goes once it is large, or -1 */
	enum fault fault;
	struct dot dot;
	struct header_scan header;
	uint64_t size; /* octets given to queued */
	uint64_t received; /* of these, our own field on top */
	uint64_t wire; /* octets read from the client */
	uint64_t swallowed; /* of these, after a fault */
	int64_t since; /* start of the measure of its rate */
	uint64_t since_wire;
};

enum sender_kind {
	SENDER_UNKNOWN,
	SENDER_LOCAL,
	SENDER_FOREIGN
};

struct transaction {
	struct address sender;
	uint8_t body; /* enum body */
	uint8_t ret; /* enum ret */
	bool utf8;
	uint64_t declared; /* SIZE=, or 0 */
	char envid[ENVID_MAX + 1];
	uint8_t relay, rcpt_relay; /* enum relay: the message, this RCPT */
	bool is_qlimited;
	bool is_srs; /* this RCPT was an SRS address of ours */
	uint8_t sender_kind; /* enum sender_kind */
	bool is_accepted; /* Accept!: its domain is not checked */
	uint32_t rcpts; /* accepted RCPT commands */
	uint32_t told; /* targets that queued knows */
	uint32_t target_count;
	struct target_list targets;
	struct target_tree tree;
	struct asked *asked; /* of the RCPT under way, or NULL */
	struct asked_list ahead; /* of those behind it, in their order */
	uint32_t ahead_count;
	char *data_reply; /* refuses DATA, or NULL */
	struct note_list headers, copies;
	struct way *way; /* of the RCPT under way, or NULL */
	struct way *far; /* of its aliases' targets elsewhere, or NULL */
	struct asked *sender_asked; /* is the sender local?, or NULL */
	struct way *all; /* of those without their own, or NULL */
	struct way_list ways; /* those that targets have */
	struct content content;
};

struct transaction *transaction_new(void);
/* Frees it and closes its descriptor; tells queued nothing. */
void transaction_free(struct transaction *t);

/*
 * Begins the question for one recipient: what was asked ahead for it, or a
 * new one.  -1: no memory.
 */
int transaction_ask(struct transaction *t, uint64_t session,
    const struct address *a, const struct asked_options *o);
/* The recipient is another one now, or lookupd is to be asked with other
 * options: what was asked does not count.  -1: no memory, and it stands. */
int transaction_ask_anew(struct transaction *t, const struct address *a);
/* Ends it. */
void transaction_answered(struct transaction *t);
/* Asks nothing ahead any more. */
void transaction_drop_ahead(struct transaction *t);
/*
 * The recipient is accepted: what was found joins the targets, each address
 * once however many recipients lead to it.  -1: too many.
 */
int transaction_accept(struct transaction *t);
/* The same for a copy, which is no recipient (Cp!). */
int transaction_copy(struct transaction *t);

#endif
