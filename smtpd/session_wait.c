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
 * What a session waits for; see session_wait.h.  An answer finds its session
 * by ref and by what it waits for, so one that comes late finds nobody.
 */
#include "session_wait.h"

#include "content.h"
#include "session_io.h"
#include "session_log.h"
#include "session_time.h"
#include "smtp_reply.h"
#include "smtpd.h"
#include "transaction.h"

/* No input is looked at from here on, so no two commands of a session are ever
 * under way. */
void
session_wait_begin(struct session *s, enum session_wait wait)
{
	s->wait = (uint8_t)wait;
	session_log_keep(s);
	session_time_arm(s);
}

/* NULL: it has gone, or waits for something else by now. */
struct session *
session_wait_end(uint64_t ref, enum session_wait wait)
{
	struct session *s = slot_get(&env.sessions, ref);

	if (s == NULL || s->is_dead || s->wait != wait)
		return NULL;
	session_log_busy(s);
	s->wait = WAIT_NONE;
	return s;
}

void
session_wait_resume(struct session *s)
{
	if (s->is_dead || s->wait != WAIT_NONE)
		return;
	/* The silence was ours. */
	session_time_active(s);
	session_io_resume(s);
}

/* What queued had of a message is lost with it. One in a commit is told by its
 * call's end. */
void
session_wait_queue_gone(void)
{
	struct session *s;
	uint32_t pos = 0;

	while ((s = slot_next(&env.sessions, &pos)) != NULL) {
		if (s->tx == NULL || !s->tx->content.is_open)
			continue;
		s->tx->content.is_open = false;
		s->wait = WAIT_NONE;
		smtp_reply_421(s, "4.3.0", "message lost, try again");
	}
}

/* The pair takes more: all go on, and the first to fill it has the others wait
 * again. */
void
session_wait_queue_drained(void)
{
	struct session *s;
	uint32_t pos = 0;

	while ((s = slot_next(&env.sessions, &pos)) != NULL) {
		if (s->wait != WAIT_ROOM)
			continue;
		s->wait = WAIT_NONE;
		content_rate_reset(s, smtpd_now());
		session_wait_resume(s);
	}
}
