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
 * Local delivery.  Each recipient of a local task is a job: its mailbox is
 * looked up, then the way is chosen: the mailbox's own program, the option
 * Local_delivery (agents.c, pool.c for LMTP), or Dlocal (program.c).
 */
#ifndef LOCAL_H
#define LOCAL_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "monotime.h"
#include "option.h"
#include "task.h"

struct job {
	TAILQ_ENTRY(job) entry; /* of whoever it waits for */
	uint64_t ref;
	struct task *task; /* held until the job ends */
	uint32_t rcpt; /* index in the task */
	char *user, *home, *dlocal;
	char *path; /* of the mailbox, for agents */
	uint8_t how; /* enum agent_how */
	uint64_t agent; /* ref of the agent that has it */
	bool is_second; /* an agent ended while it had this */
	struct monotime since; /* it waits for a place among programs */
};

TAILQ_HEAD(job_list, job);

int local_init(void);
/* Reads Local_delivery; before that nothing is local. */
void local_configure(const struct options *);
/* Starts all recipients of a task, a bounded number at a time. */
void local_start(struct task *);

struct job *local_job(uint64_t ref);
struct rcpt *local_rcpt(const struct job *);
/* Ends a job with a result, and frees it. */
void local_end(struct job *, const struct result *);

#endif
