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
 * Time and connections: deadlines, kept connections that lead nowhere any
 * more, and the idle one that makes room for another destination's.
 */
#include <stdio.h>
#include <string.h>

#include "client_event.h"
#include "client_talk.h"
#include "log.h"
#include "way.h"

/* Seconds after which a reused one is looked at: does anything arrive? */
#define CLIENT_CUT_OFF 5

/*
 * A server need not be waited for to be left: QUIT goes out, and that is all.
 * A connection whose handler runs keeps its slot until that returns, so it is
 * no help.
 */
void
client_evict(void)
{
	struct client *c, *oldest = NULL;
	uint32_t pos = 0;

	while ((c = client_next(&pos)) != NULL)
		if (c->state == CLIENT_IDLE && c->task == NULL && !c->dead &&
		    !c->in_loop &&
		    (oldest == NULL ||
			monotime_diff_ms(oldest->deadline, c->deadline) > 0))
			oldest = c;
	if (oldest == NULL)
		return;
	client_put(oldest, "QUIT\r\n", 6);
	(void)client_flush(oldest);
	client_close(oldest);
}

/* One deadline has passed. */
static void
client_late(struct client *c)
{
	struct result r;

	client_enter(c);
	switch (c->state) {
	case CLIENT_IDLE:
		client_quit(c);
		break;
	case CLIENT_QUIT:
		client_close(c);
		break;
	case CLIENT_CONNECT:
		result_option(&r, way_options(c->way), OPT_MSG_CANNOT_CONNECT,
		    451, "4.4.1");
		snprintf(r.text + strlen(r.text),
		    sizeof(r.text) - strlen(r.text), ": %s: timed out",
		    c->peer);
		strlcpy(r.host, c->peer, sizeof(r.host));
		connect_next(c, &r);
		break;
	default:
		client_lost_text(c, 451, "4.4.2", "timed out");
	}
	client_leave(c);
}

/*
 * A kept connection to a machine that has gone since would cost a whole
 * Timeout.  The first command on it tells: nothing of it is acknowledged.
 * Its idle sisters lead to the same machine.
 */
static void
client_look_alive(struct client *c, struct monotime now)
{
	if (c->state != CLIENT_ENVELOPE || c->mails < 2 || c->heard ||
	    c->end.task != NULL ||
	    monotime_diff_ms(now, c->since) < CLIENT_CUT_OFF * 1000 ||
	    !connect_is_cut_off(c))
		return;
	pool_close_idle(c->dest);
	client_enter(c);
	client_lost_text(c, 451, "4.4.2", "connection is cut off");
	client_leave(c);
}

/* Deadlines need no event for each connection: a second more is no harm. */
void
client_tick(void)
{
	struct monotime now = monotime_now();
	struct client *c;
	uint32_t pos = 0;

	while ((c = client_next(&pos)) != NULL)
		if (monotime_diff_ms(now, c->deadline) >= 0 ||
		    (c->state == CLIENT_CONTENT &&
			monotime_diff_ms(now, c->overall) >= 0))
			client_late(c);
		else
			client_look_alive(c, now);
}
