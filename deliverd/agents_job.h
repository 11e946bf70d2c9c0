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
 * An agent as deliverd sees it, and the deliveries that it is given.  agents.c
 * makes and frees it; both files share it and nobody else.
 */
#ifndef AGENTS_JOB_H
#define AGENTS_JOB_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "local.h"
#include "monotime.h"
#include "peer.h"

enum agent_state {
	AGENT_WAITING, /* AGENTS_MAX others run */
	AGENT_ASKED, /* for PRIV_AGENT_ANSW */
	AGENT_UP /* has a peer */
};

/* Jobs in waiting belong to it; those it was sent are found by their refs. */
struct agent {
	TAILQ_ENTRY(agent) entry; /* latest use first */
	uint64_t ref;
	enum agent_state state;
	char *user;
	uint32_t job; /* the parent's number of the process */
	struct peer *peer;
	struct job_list waiting;
	unsigned int calls; /* sent, not answered */
	bool is_cut; /* we ended it: it broke a rule or did not answer */
	bool holds; /* it was given more since the last AGENT_SYNC */
	struct monotime idle_since; /* while there are no calls */
	struct monotime heard; /* its last answer, or the call it owes one */
};

/*
 * Sends what waits for an agent that is up, as much as the pair takes; the
 * rest goes when the pair has drained.
 */
void agents_job_pump(struct agent *);
/*
 * The end of an agent says nothing about the mail that it had, and an attempt
 * that is counted would make it wait for Queue_time: once more with a fresh
 * agent, at the next tick.  A job that loses its second agent too has failed.
 */
void agents_job_again(struct job *);
/* Once a second. */
void agents_job_tick(void);
/* Ends a job.  Always temporary: agents fail for reasons that can be mended. */
void agents_job_fail(
    struct job *, uint16_t code, const char *enhanced, const char *text);

#endif
