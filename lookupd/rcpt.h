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
 * LOOK_RCPT on its way: the recipient, the addresses that its expansion has
 * still to look at, what came of it.  rcpt.c owns the whole, alias.c works
 * on one address after the other.  selor-flows.md section 3.
 */
#ifndef RCPT_H
#define RCPT_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "enums.h"
#include "overlay.h"
#include "question.h"
#include "seen.h"

/* Aliases of aliases. */
#define RCPT_DEPTH_MAX 16
/* Addresses that one recipient may expand to, looked at or found. */
#define RCPT_TARGETS_MAX 10000
/* Addresses of one expansion that are looked at at a time. */
#define RCPT_ACTIVE_MAX 32

/* What is asked about one address, in this order. */
enum node_stage {
	NODE_EXACT, /* domain, mailbox and alias of the address */
	NODE_BASE, /* the same without its tag */
	NODE_DEFAULT, /* the default aliases "@domain" and "@" */
	NODE_FIRST, /* of a postmaster: whoever there is */
	NODE_LIST /* all addresses of a domain */
};

/* The questions of a stage, which are in flight together. */
enum node_ask {
	ASK_DOMAIN,
	ASK_MAILBOX,
	ASK_ALIAS,
	ASK_DEFAULT,
	NODE_ASKS
};

/* A target that waits for its node's decision. */
struct target {
	bool broadcast;
	STAILQ_ENTRY(target) entry;
	char text[];
};
STAILQ_HEAD(targets, target);

/*
 * One address that is looked at: in rcpt.waiting, then in rcpt.active while
 * its questions are on their way.  The tag of a question names its place
 * there, so an answer never holds a pointer to a node that may have gone.
 */
struct node {
	uint16_t slot; /* in rcpt.active */
	uint8_t depth; /* 0: the recipient itself */
	uint8_t stage, open;
	uint8_t status[NODE_ASKS]; /* enum back_status */
	bool over; /* its mailbox is over quota */
	bool only_domain; /* nothing else was asked yet */
	bool is_list; /* the text is a domain */
	struct targets targets[NODE_ASKS];
	TAILQ_ENTRY(node) entry;
	char text[]; /* canonical, case kept */
};
TAILQ_HEAD(nodes, node);

/*
 * An alias file may be written by somebody who wants to bring us down: depth,
 * addresses looked at, targets held and found are each bounded, and every
 * address is looked at once.  A failure ends the whole: half a list that is
 * delivered can not be told from a whole one.
 */
struct rcpt {
	struct question q;
	struct nodes waiting;
	struct node *active[RCPT_ACTIVE_MAX];
	unsigned int actives;
	struct seen seen; /* empty until there is a second address */
	struct overlay *options; /* as Def! has them for this recipient */
	uint32_t looked, count; /* addresses looked at; targets sent */
	uint32_t held; /* targets that wait in nodes */
	uint8_t kind; /* enum address_kind */
	bool over, loop;
	bool postmaster; /* "postmaster" alone was asked for */
	bool guessed; /* and stands for one at a name that may not be ours */
	uint8_t failed; /* enum look_status, LOOK_OK: not */
	char local_domain[256]; /* one that is known to be local */
	char root[ADDRESS_MAX + 1]; /* the recipient, for the log */
};

/* Sends a target. */
void rcpt_emit(struct rcpt *, enum route, enum address_kind, const char *);
/* Another address to look at, unless it was met before. */
void
rcpt_push(struct rcpt *, const char *text, unsigned int depth, bool is_list);
/* A number as Def! or selor.conf has it. */
int64_t rcpt_num(const struct rcpt *, enum option_id);
/*
 * Options that came with a question, lines of "Name value", into an overlay,
 * which the caller frees.  One that does not fit is left out, and told.
 */
struct overlay *rcpt_options(const char *lines);
/* Whether an address is met for the first time. */
bool rcpt_is_new(struct rcpt *, const char *key);
/* The whole ends with that status. */
void rcpt_fail(struct rcpt *, enum look_status);

/* Goes on with the addresses that wait, or ends the question, which then is
 * gone. */
void rcpt_run(struct rcpt *);

/* Begins to look at an address; true: it is done already. */
bool node_start(struct rcpt *, struct node *);
void node_free(struct rcpt *, struct node *);

#endif
