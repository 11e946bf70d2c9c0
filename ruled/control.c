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
 * What ruled tells selorctl(8); see control.h.
 */
#include "control.h"

#include <stdio.h>

#include "ctl.h"
#include "proc.h"
#include "proc_show.h"

#include "explain.h"
#include "policy.h"

/* Marks the data of a client that may change things. */
static char control_writer;

void
control_client(struct peer *peer, bool may_change)
{
	peer_set_data(peer, may_change ? &control_writer : NULL);
}

void
control_gone(struct peer *peer)
{
	explain_gone(peer);
}

/* How many connections and messages have told us something and may ask. */
static uint32_t
control_stats(struct peer *peer, uint64_t ref)
{
	char line[32];
	union msg m = {.ctl_line = {.line = line}};

	snprintf(line, sizeof(line), "sessions=%u", policy_count());
	return peer_item(peer, MSG_CTL_LINE, ref, &m, -1) == 0 ? 1 : 0;
}

/* Explain alone takes its time; it answers by itself. */
void
control_list(struct peer *peer, uint64_t ref, const union msg *m, int fd)
{
	union msg a = {.ctl_list_answ = {.status = CTL_OK}};

	(void)fd;
	switch (m->ctl_list.what) {
	case CTL_STATS:
		a.ctl_list_answ.count = control_stats(peer, ref);
		break;
	case CTL_OPTIONS:
		a.ctl_list_answ.count = proc_show_options(peer, ref, FOR_RULED);
		break;
	case CTL_EXPLAIN:
		explain_start(peer, ref, m->ctl_list.query,
		    peer_data(peer) == &control_writer);
		return;
	default:
		a.ctl_list_answ.status = CTL_BAD_QUERY;
	}
	(void)peer_answer(peer, MSG_CTL_LIST_ANSW, ref, &a, -1);
}

/* There is nothing in here that lives longer than a session, so nothing to
 * retry, hold or remove. */
void
control_act(struct peer *peer, uint64_t ref, const union msg *m, int fd)
{
	union msg a = {.ctl_act_answ = {.status = CTL_BAD_QUERY,
			   .text = "ruled has nothing to act on"}};

	(void)m;
	(void)fd;
	(void)peer_answer(peer, MSG_CTL_ACT_ANSW, ref, &a, -1);
}
