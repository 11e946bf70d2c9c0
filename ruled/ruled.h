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
 * The one env of ruled, and the handlers of the messages that it gets.  The
 * tests and explain fill an env of their own.
 */
#ifndef RULED_RULED_H
#define RULED_RULED_H

#include <stdbool.h>
#include <stdint.h>

#include "option.h"
#include "peer.h"
#include "policy.h"
#include "slot.h"

struct event_base;

/* What ruled works on while it explains, as proc_busy has it. */
#define EXPLAIN_BUSY "explain"

/* Buckets of sessions by asker and number; a power of two. */
#define RULED_BUCKETS 16384

struct ruled {
	struct event_base *base; /* NULL: nothing can wait */
	const struct options *options; /* in force */
	struct slots policies; /* by ref */
	struct slots pending; /* of pending.h */
	/* Told when a run goes on, and with NULL when it pauses or ends; may
	 * be NULL.  So the parent learns what ended this process. */
	void (*busy)(const struct policy *, const struct run *);
	/* By event, a hash of the value whose rules were not to be had when
	 * that was told last; 0: none. */
	uint32_t told_missing[RULE_EVENT_COUNT];
	struct policies buckets[RULED_BUCKETS];
};
extern struct ruled ruled;

/* Empty, with these options.  Once before anything else. */
void ruled_init(struct event_base *base, const struct options *options);
/* Ends all that is there. */
void ruled_clear(void);

/* Handlers in the form of peer_handler, in serve.c. */
void serve_open(struct peer *, uint64_t, const union msg *, int);
void serve_fact(struct peer *, uint64_t, const union msg *, int);
void serve_close(struct peer *, uint64_t, const union msg *, int);
void serve_event(struct peer *, uint64_t, const union msg *, int);
void file_changed(struct peer *, uint64_t, const union msg *, int);
void ask_dns_record(struct peer *, uint64_t, const union msg *, int);
void exec_exited(struct peer *, uint64_t, const union msg *, int);
/* The hook ruled.busy. */
void serve_busy(const struct policy *, const struct run *);

#endif
