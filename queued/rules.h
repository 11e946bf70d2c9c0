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
 * rules.h: queued as an asker of ruled: Event.qstart_process before a
 * message's recipients are tried, Event.qend_process when its l file shows
 * what became of them, Event.error_report before a report is made.  Without
 * such an option no message of these is sent.  What can not be asked is
 * left out with a warning: mail must go on (A7).
 */

#ifndef QUEUED_RULES_H
#define QUEUED_RULES_H

#include <stdbool.h>

#include "entry.h"
#include "peer.h"

/* entry.rules: how far the events of its run are. */
enum rules_state {
	RULES_NONE, /* the run has not begun */
	RULES_STARTED, /* qstart is over, or was not asked */
	RULES_WRITING, /* the l file is on its way */
	RULES_ENDED /* qend is over, too */
};

/* Each begins an event and returns true: the entry is busy until its end,
 * which touches it; or returns false: there is nothing to ask.  begin also
 * forgets what the run before changed. */
bool rules_begin(struct entry *, int64_t now);
bool rules_end(struct entry *, int64_t now);
/* done: whether the report is to be made. */
bool rules_report(struct entry *, const struct recipient *,
    void (*done)(struct entry *, bool));
/* The run is over. */
void rules_reset(struct entry *);
/* The entry goes. */
void rules_free(struct entry *);

/* Once a turn: events whose l file had to be written first. */
void rules_tick(int64_t now);
/* Handler of RULE_EFFECT. */
void rules_effect(struct peer *, uint64_t, const union msg *, int);
/* Another ruled: it knows of no session. */
void rules_up(void);

#endif
