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
 * bounce_who.c: what there is to say of a recipient, and to whom.  Depends
 * on the state of the message alone.
 */

#include "bounce_who.h"

#include <string.h>

#include "bounce.h"
#include "override.h"
#include "queued.h"
#include "route.h"

/* Recipients among which those of one alias are looked for. */
#define BOUNCE_ALIASES 1000

/*
 * Who hears of a recipient: its own sender, where rules gave it one (A29);
 * the Postmaster of a copy that rules made, as nobody outside knows of it;
 * "": nobody, for what came from nobody.
 */
const char *
bounce_who_to(const struct message *m, const struct recipient *r)
{
	if (m->flags & MSG_BOUNCE)
		return "";
	if (r->kind == RCPT_COPY)
		return override_text(override_of(m), OPT_POSTMASTER);
	return route_sender_of(m, r);
}

/*
 * What to say of the success of what an alias gave: expanded, where it gave
 * several, and that once, as the sender knows one address only.
 */
static enum dsn_action
bounce_alias(
    const struct message *m, const struct recipient *r, enum dsn_action dflt)
{
	const struct recipient *o;
	bool is_told = false;
	uint32_t i, n = 0;

	if (r->kind != RCPT_ALIAS || m->nrcpts > BOUNCE_ALIASES)
		return dflt;
	for (i = 0; i < m->nrcpts; i++) {
		o = &m->rcpts[i];
		if (o->kind != RCPT_ALIAS ||
		    strcmp(message_text(m, o->original),
			message_text(m, r->original)) != 0)
			continue;
		n++;
		if ((o->state == RCPT_DELIVERED || o->state == RCPT_RELAYED) &&
		    (o->flags & RCPT_REPORTED ||
			(o < r && o->task == RCPT_REPORTING)))
			is_told = true;
	}
	if (n < 2)
		return dflt;
	return is_told ? DSN_NONE : DSN_EXPANDED;
}

/* RFC 3461 section 4.1: without NOTIFY a failure is reported and, as is the
 * custom, one delay; with it exactly what was asked for. What a copy of the
 * rules meets is of interest as a failure only, to the Postmaster. Depends on
 * flags that are journalled, so a restart reports nothing twice. */
enum dsn_action
bounce_action(const struct message *m, const struct recipient *r, bool delay)
{
	if (r->flags & RCPT_REPORTED || r->notify & NOTIFY_NEVER)
		return DSN_NONE;
	/* What a rule sent by itself answers to nobody. */
	if (m->flags & MSG_AUTOSUB)
		return DSN_NONE;
	if (r->kind == RCPT_COPY)
		return r->state == RCPT_FAILED ? DSN_FAILED : DSN_NONE;
	switch (r->state) {
	case RCPT_FAILED:
		return r->notify == 0 || r->notify & NOTIFY_FAILURE ?
		    DSN_FAILED :
		    DSN_NONE;
	case RCPT_DEFERRED:
		return delay && !(r->flags & RCPT_DELAYED) &&
			(r->notify == 0 || r->notify & NOTIFY_DELAY) ?
		    DSN_DELAYED :
		    DSN_NONE;
	case RCPT_DELIVERED:
	case RCPT_RELAYED:
		if (!(r->notify & NOTIFY_SUCCESS))
			return DSN_NONE;
		return bounce_alias(m, r,
		    r->state == RCPT_DELIVERED ? DSN_DELIVERED : DSN_RELAYED);
	default:
		return DSN_NONE;
	}
}

/* Is it time for the one delay warning? */
bool
bounce_who_is_delayed(
    const struct message *m, const struct recipient *r, int64_t now)
{
	int64_t delay = env.conf.delay;

	if (m->flags & MSG_DELAYWARNED)
		return false;
	if (delay == 0) {
		if (!(r->notify & NOTIFY_DELAY))
			return false;
		delay = BOUNCE_DELAY;
	}
	return now - m->arrival >= delay;
}

/* Is there something to say of this one, if only to the administrator? */
static bool
bounce_wants(const struct message *m, const struct recipient *r, int64_t now)
{
	if (r->flags & RCPT_REPORTED)
		return false;
	/* A message of a rule's own that fails is dropped; a warning of ours
	 * to the Postmaster is not. */
	if ((m->flags & (MSG_AUTOSUB | MSG_BOUNCE)) == MSG_AUTOSUB)
		return false;
	if (bounce_who_to(m, r)[0] == '\0')
		return r->state == RCPT_FAILED;
	return bounce_action(m, r, bounce_who_is_delayed(m, r, now)) !=
	    DSN_NONE;
}

/* The first of whom something is to be said, or NULL. */
const struct recipient *
bounce_who_first(const struct message *m, int64_t now)
{
	uint32_t i;

	for (i = 0; i < m->nrcpts; i++)
		if (bounce_wants(m, &m->rcpts[i], now))
			return &m->rcpts[i];
	return NULL;
}

/* Is called whenever a message is settled, so it must not change anything. */
bool
bounce_is_due(const struct entry *e, int64_t now)
{
	return bounce_who_first(e->message, now) != NULL;
}
