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
 * Tracing; see proc_trace.h.  One client at a time and process; a client that
 * reads too slowly loses lines, the daemon loses nothing.
 */
#include "proc_trace.h"

#include <stdio.h>
#include <string.h>

#define TRACE_LINE_MAX 2048

static struct {
	struct peer *client;
	uint64_t ref;
	bool busy; /* a line is being sent: not traced itself */
} trace;

void
proc_trace(struct peer *p, const struct peer_traced *t)
{
	char line[TRACE_LINE_MAX];
	union msg out;
	int n;

	if (trace.client == NULL || trace.busy || peer_who(p) == PROC_CTL ||
	    peer_is_full(trace.client))
		return;
	n = snprintf(line, sizeof(line), "%s %s.%u id=%x%s ",
	    t->sent ? "to" : "from", msg_proc_name(peer_who(p)),
	    peer_instance(p), t->id, t->has_fd ? " fd" : "");
	msg_print(t->type, t->m, line + n, sizeof(line) - (size_t)n);
	trace.busy = true;
	out.ctl_line.line = line;
	peer_item(trace.client, MSG_CTL_LINE, trace.ref, &out, -1);
	trace.busy = false;
}

void
proc_trace_start(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg a = {.ctl_trace_answ = {1}};

	(void)m;
	(void)fd;
	if (trace.client != NULL) {
		peer_answer(p, MSG_CTL_TRACE_ANSW, ref, &a, -1);
		return;
	}
	trace.client = p;
	trace.ref = ref;
}

void
proc_trace_gone(struct peer *p)
{
	if (trace.client == p)
		trace.client = NULL;
}
