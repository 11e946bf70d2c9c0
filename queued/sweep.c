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
 * sweep.c: expiry as an invariant.  Whatever path a message is stuck on,
 * here it is found: attempts used up, too old, in no list, reported never.
 */

#include "sweep.h"

#include "log.h"
#include "queued.h"
#include "result.h"
#include "task.h"

/* Messages looked at in one turn. */
#define SWEEP_PIECE 500

/* Has some recipient used its attempts up without having failed? */
static bool
sweep_is_spent(const struct message *m)
{
	uint32_t i, most = schedule_attempts(&env.conf, m);

	for (i = 0; i < m->nrcpts; i++)
		if ((m->rcpts[i].state == RCPT_PENDING ||
			m->rcpts[i].state == RCPT_DEFERRED) &&
		    m->rcpts[i].task == RCPT_IDLE &&
		    m->rcpts[i].attempts >= most)
			return true;
	return false;
}

/* A message that is out or busy has a deadline elsewhere. */
static void
sweep_message(struct message *m)
{
	int64_t now = queued_now();
	struct entry *e = m->sched;

	if (e == NULL) {
		/* Memory was short when it came. */
		queued_adopt(m, now);
		return;
	}
	/* What is out comes back in time: task_check. */
	if (e->is_busy || m->flags & MSG_HOLD || task_is_out(e))
		return;
	if (message_is_active(m) &&
	    (sweep_is_spent(m) ||
		schedule_is_over(&env.schedule, &env.conf, e, now))) {
		log_warnx("%s: expired by the sweeper", queued_id(m->id));
		result_expire(e);
		return;
	}
	if (e->where == ENTRY_NOWHERE && e->tasks == 0 && !e->is_touched) {
		log_warnx("%s: was in no list", queued_id(m->id));
		e->cursor = 0;
		schedule_put(&env.schedule, e, now, now);
		return;
	}
	result_tell(e, now);
}

bool
sweep_step(int64_t now)
{
	if (!env.is_sweeping && now - env.swept < env.conf.scan)
		return false;
	if (!env.is_sweeping) {
		task_check(now);
		env.swept = now;
	}
	env.is_sweeping = !schedule_sweep(&env.schedule,
	    spool_messages(env.spool), SWEEP_PIECE, sweep_message);
	return env.is_sweeping;
}
