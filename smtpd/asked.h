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
 * A recipient that lookupd is asked about, and the targets that it leads to.
 * Its call is known by its own ref, not the session's: several of one session
 * may be under way, since pipelined RCPT commands are asked ahead of their
 * turn (smtp_ahead.c).
 */
#ifndef SELOR_ASKED_H
#define SELOR_ASKED_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "span.h"

/* Final targets of one message, behind all aliases. */
#define TARGETS_MAX 200000
/* Of these, what one question may gather before its turn has come. */
#define AHEAD_TARGETS 100
/* Questions ahead of their turn: of one session, and of all. */
#define AHEAD_MAX 32
#define AHEAD_ALL 8192
#define ORCPT_MAX 500

/* Where a copy goes.  Texts lie behind the struct. */
struct target {
	RB_ENTRY(target) by_address;
	TAILQ_ENTRY(target) link;
	uint8_t route; /* enum route */
	uint8_t kind; /* enum address_kind */
	uint8_t notify; /* NOTIFY_ bits */
	const struct way *way; /* its transaction's, or NULL */
	uint16_t original, orcpt; /* offsets in text */
	char text[]; /* address, original, orcpt */
};
RB_HEAD(target_tree, target);
TAILQ_HEAD(target_list, target);
struct way;

enum asked_state {
	ASKED_NOT,
	ASKED_SENT, /* the answer is to come */
	ASKED_DONE
};

struct asked {
	TAILQ_ENTRY(asked) link; /* in its transaction's ahead */
	uint64_t ref; /* in env.asked */
	uint64_t session; /* whose it is, a ref in env.sessions */
	struct address address;
	char *given; /* what the client said, where rules changed that */
	uint8_t state; /* enum asked_state */
	uint8_t status; /* enum look_status, once done */
	uint8_t notify; /* NOTIFY_ bits */
	bool over_quota;
	bool is_sender; /* asked about for SRS */
	bool is_copy; /* Cp!, not a recipient */
	bool is_ahead; /* its turn is to come */
	bool is_cut; /* found more than AHEAD_TARGETS: ask again in its turn */
	bool is_full; /* found more than TARGETS_MAX, or no memory */
	struct target_list found;
	uint32_t found_count;
	char orcpt[ORCPT_MAX + 1]; /* "": none */
};
TAILQ_HEAD(asked_list, asked);

/* What RCPT says beside the address. */
struct asked_options {
	unsigned int notify;
	struct span orcpt; /* longer than ORCPT_MAX counts as none */
};

/* NULL: no memory, or too many. */
struct asked *asked_new(
    uint64_t session, const struct address *a, const struct asked_options *o);
/* An answer that is still to come finds nobody. */
void asked_free(struct asked *);
/* Whether it asks just that. */
bool asked_is(const struct asked *, const struct address *a,
    const struct asked_options *o);
/* A target that was found for it; notes when that is one too many. */
void
asked_found(struct asked *, uint8_t route, uint8_t kind, const char *address);
/* As if it had not been asked yet. */
void asked_forget(struct asked *);

#endif
