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
 * Sessions and time; see session_time.h.  Each session has one timer, and
 * what it means follows from what the session does: silence, a slow message,
 * a delay that we impose, the last wait for the client to close.
 */
#include "session_time.h"

#include <stddef.h>

#include "content.h"
#include "option.h"
#include "rule.h"
#include "session_io.h"
#include "session_wait.h"
#include "smtp_auth.h"
#include "smtp_reply.h"
#include "smtpd.h"

/* How long a client may take to read our last reply and close, ms. */
#define LINGER_MS 5000
/* A balancer says who the client is at once, ms. */
#define PROXY_MS 10000
/* Look at the rate of content that often, ms. */
#define RATE_MS 5000
/* Calls have deadlines of their own; this is beyond all of them, ms. */
#define WAIT_MS (600 * 1000)
/* When stopping, what waits for a commit gets that long, ms. */
#define STOP_MS 10000

static int64_t
timeout_ms(const struct session *s)
{
	return session_num(s, OPT_TIMEOUT) * 1000;
}

static bool
takes_content(const struct session *s)
{
	return s->state == SMTP_DATA || s->state == SMTP_CHUNK;
}

/* The first that fits counts: what the session does says how long silence may
 * last. A delay of ours is not cut short by it. */
void
session_time_arm(struct session *s)
{
	int64_t ms = timeout_ms(s);

	if (s->wait == WAIT_DELAY)
		return;
	if (s->is_lingering)
		ms = LINGER_MS;
	else if (env.is_stopping)
		ms = STOP_MS;
	else if (s->wait != WAIT_NONE)
		ms = WAIT_MS;
	else if (s->state == SMTP_PROXY && ms > PROXY_MS)
		ms = PROXY_MS;
	else if (takes_content(s) && ms > RATE_MS)
		ms = RATE_MS;
	wheel_set(&env.wheel, &s->timer, smtpd_now(), ms);
}

/* A whole line came. Content does not come here, or a trickle would live for
 * ever. */
void
session_time_active(struct session *s)
{
	s->active = smtpd_now();
	session_time_arm(s);
}

/* Nothing of it is written and nothing read until then: the refusal is held
 * back as well. */
void
session_time_delay(struct session *s, int64_t ms)
{
	if (ms <= 0 || s->is_dead || s->state == SMTP_CLOSE)
		return;
	s->is_held = true;
	s->wait = WAIT_DELAY;
	wheel_set(&env.wheel, &s->timer, smtpd_now(), ms);
}

static void
delay_over(struct session *s)
{
	s->is_held = false;
	s->wait = WAIT_NONE;
	session_mark(s);
	smtp_auth_delayed(s);
	session_wait_resume(s);
}

static void
too_slow(struct session *s)
{
	env.stats.slow++;
	smtp_reply_421(s, "4.4.2", "message comes too slowly");
}

/* RFC 5321 section 3.8: 421 before it is closed. */
static void
timeout(struct session *s)
{
	env.stats.timeouts++;
	/* A client that does not read is told nothing more. */
	if (s->out_len > s->out_at || s->state == SMTP_CLOSE)
		session_drop(s, "timeout");
	else if (s->state == SMTP_PROXY)
		session_drop(s, "no PROXY header");
	else
		smtp_reply_421(s, "4.4.2", "timeout, closing connection");
}

/* What was due may have been moved on in the meantime; what is asked is how
 * things are now. */
void
session_time_fire(struct wheel_entry *e)
{
	struct session *s = (struct session *)(void *)((char *)e -
	    offsetof(struct session, timer));
	int64_t now = smtpd_now();

	if (s->is_dead)
		return;
	if (s->wait == WAIT_DELAY)
		delay_over(s);
	else if (env.is_stopping)
		session_drop(s, "stopping");
	else if (s->wait == WAIT_NONE && takes_content(s) &&
	    content_is_slow(s, now))
		too_slow(s);
	else if (s->wait == WAIT_NONE && takes_content(s) &&
	    now - s->active < timeout_ms(s))
		session_time_arm(s);
	else
		timeout(s);
	/* What was said last has to be read in its time too. */
	if (s->state == SMTP_CLOSE && !s->timer.is_set && !s->is_dead)
		wheel_set(&env.wheel, &s->timer, now, LINGER_MS);
}

/* Sessions in a commit get their answer; the others hear 421 and come again. */
void
session_time_stop_all(void)
{
	struct session *s;
	uint32_t pos = 0;

	while ((s = slot_next(&env.sessions, &pos)) != NULL) {
		if (s->is_dead)
			continue;
		if (s->wait == WAIT_COMMIT || s->state == SMTP_CLOSE)
			session_time_arm(s);
		else if (s->state == SMTP_PROXY)
			session_drop(s, "stopping");
		else
			smtp_reply_421(s, "4.3.2", "server is stopping");
	}
}
