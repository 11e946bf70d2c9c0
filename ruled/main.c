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
 * ruled decides: it runs the rules of every event for those who ask, smtpd,
 * queued and deliverd.  It opens no file, starts no program and asks no
 * name server itself: the parent and lookupd do that for it.
 *
 * Runs as _selorrule in an empty root directory; promises: stdio recvfd.
 * What clients say comes through it as text.  See ruled(8).
 */
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "poison.h"
#include "proc.h"

#include "control.h"
#include "file_cache.h"
#include "ruled.h"
#include "spf_check.h"

/* What reads files: the system's zone, and libspf2's own beginnings. */
static int
main_before_cage(void)
{
	tzset();
	return spf_check_init();
}

static int
main_start(struct event_base *base)
{
	ruled_init(base, NULL);
	ruled.busy = serve_busy;
	return 0;
}

/* What was missing is told anew: a reload is when an administrator looks. */
static void
main_conf_apply(const struct options *o)
{
	ruled.options = o;
	memset(ruled.told_missing, 0, sizeof(ruled.told_missing));
}

/* Its sessions knew facts that nobody can tell again. */
static void
main_peer_gone(struct peer *p)
{
	policy_gone(p);
	control_gone(p);
}

static void
main_logs(void)
{
	file_cache_reopen(OPEN_LOG);
}

/* By a client and event, or by explain: serve.c gives the key. */
static void
main_poison(enum proc_id who, const char *key)
{
	if (who != PROC_RULED)
		return;
	log_warnx("not decided any more, it ended a process twice: %s", key);
	poison_add(key);
}

static void
main_stop(void)
{
	proc_exit();
}

static peer_handler *const handlers[MSG_MAX] = {
    [MSG_RULE_OPEN] = serve_open,
    [MSG_RULE_FACT] = serve_fact,
    [MSG_RULE_CLOSE] = serve_close,
    [MSG_RULE_EVENT] = serve_event,
    [MSG_PRIV_CHANGED] = file_changed,
    [MSG_CTL_LIST] = control_list,
    [MSG_CTL_ACT] = control_act,
    [MSG_LOOK_RR] = ask_dns_record,
    [MSG_PRIV_EXIT] = exec_exited,
};

static const struct proc_daemon daemon_row = {
    .id = PROC_RULED,
    .handlers = handlers,
    .before_cage = main_before_cage,
    .start = main_start,
    .conf_apply = main_conf_apply,
    .peer_gone = main_peer_gone,
    .client_up = control_client,
    .logs = main_logs,
    .poison = main_poison,
    .stop = main_stop,
};

int
main(int argc, char **argv)
{
	proc_main(&daemon_row, argc, argv);
}
