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
 * Deliveries that wait for their turn to run a program; see program_place.h.
 */
#include "program_place.h"

#include <stdbool.h>

#include "option.h"
#include "proc.h"
#include "program.h"

/* Programs at a time where Dlocal_max_procs sets no limit. */
#define PROGRAM_MAX 100
/* Seconds that a delivery waits for a place when many do. */
#define PROGRAM_WAIT 60

static struct {
	struct job_list waiting;
	unsigned int count;
} env;

void
program_place_init(void)
{
	TAILQ_INIT(&env.waiting);
}

/* Dlocal_max_procs 0 means no limit; ours holds then. */
static unsigned int
place_most(void)
{
	int64_t n = option_num(proc_options(), OPT_DLOCAL_MAX_PROCS);

	return n == 0 ? PROGRAM_MAX : (unsigned int)n;
}

/*
 * Whether one more of that user may run.  Half of the places is the most
 * that one may have: programs that hang must not keep others from theirs.
 */
static bool
place_is_free(const char *user)
{
	unsigned int most = place_most();

	return program_count() < most &&
	    (most < 4 || program_of_user(user) < most - most / 2);
}

void
program_place_next(void)
{
	static bool busy;
	struct job *j, *next;

	if (busy)
		return;
	busy = true;
	TAILQ_FOREACH_SAFE (j, &env.waiting, entry, next) {
		if (program_count() >= place_most())
			break;
		if (!place_is_free(j->user))
			continue;
		TAILQ_REMOVE(&env.waiting, j, entry);
		env.count--;
		program_run(j);
	}
	busy = false;
}

/*
 * What waits holds tasks that others' mail needs (TASK_ROOM).  Where half of
 * them wait here and nothing moves, the oldest go back to the queue.
 */
void
program_place_tick(struct monotime now)
{
	struct result r;
	struct job *j;

	result_set(&r, 451, "4.3.2", "too many delivery programs");
	while (env.count >= TASK_ROOM / 2 &&
	    (j = TAILQ_FIRST(&env.waiting)) != NULL &&
	    monotime_diff_ms(now, j->since) >= PROGRAM_WAIT * 1000) {
		TAILQ_REMOVE(&env.waiting, j, entry);
		env.count--;
		local_end(j, &r);
	}
}

void
program_place_add(struct job *j)
{
	j->since = monotime_now();
	TAILQ_INSERT_TAIL(&env.waiting, j, entry);
	env.count++;
	program_place_next();
}
