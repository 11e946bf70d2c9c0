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
 * What comes from children; see hooks.h.  Each may be taken over: what it
 * says of others ends at most HOOKS_REPORTS_MAX of them.
 */
#include "hooks.h"

#include <signal.h>

#include "child.h"
#include "priv.h"

/* Accusations believed in one life of the accuser. */
#define HOOKS_REPORTS_MAX 4

/* A daemon accuses its peer of breaking the protocol. */
static void
on_report(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct child *c, *accuser = peer_data(p);

	(void)ref;
	(void)fd;
	if (m->conf_report.process >= PROC_MAX ||
	    !msg_is_pair(peer_who(p), m->conf_report.process))
		return;
	/* One who finds fault with everybody is at fault. */
	if (++accuser->reports > HOOKS_REPORTS_MAX) {
		child_kill(accuser, "it accuses others too often");
		return;
	}
	c = child_find(m->conf_report.process, m->conf_report.instance);
	if (c != NULL)
		child_kill(c, m->conf_report.why);
}

/*
 * Without its pair a process can not be told anything, not even to stop: it
 * ends, if it has not already.  That changes nothing of how it ended then.
 */
static void
on_gone(struct peer *p, const char *why)
{
	struct child *c = peer_data(p);

	c->peer = NULL;
	if (why != NULL)
		child_kill(c, why);
	else if (c->pid > 0)
		kill(c->pid, SIGKILL);
}

static peer_handler *const handlers[MSG_MAX] = {
    [MSG_CONF_REPORT] = on_report,
    [MSG_PRIV_AGENT] = priv_on_agent,
    [MSG_PRIV_PROGRAM] = priv_on_program,
    [MSG_PRIV_KILL] = priv_on_kill,
    [MSG_PRIV_LMTP] = priv_on_lmtp,
    [MSG_PRIV_WORKER] = priv_on_worker,
    [MSG_PRIV_OPEN] = priv_on_open,
    [MSG_PRIV_EXEC] = priv_on_exec,
    [MSG_PRIV_SOCKET] = priv_on_socket,
};

const struct peer_hooks hooks_conf = {.handlers = handlers, .gone = on_gone};
