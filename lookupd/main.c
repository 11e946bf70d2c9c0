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
 * lookupd: answers questions about addresses, domains and hosts.  It asks
 * back ends (a process each) about accounts and resolvers about names; it
 * opens no file and starts no program.
 *
 * Promises: stdio recvfd inet udp; root: an empty directory.  It speaks to
 * smtpd, deliverd, its back ends, the parent; and parses what resolvers
 * answer, which is hostile.  See lookupd(8).
 */
#include <sys/types.h>

#include <stddef.h>

#include "log.h"
#include "poison.h"
#include "proc.h"

#include "account.h"
#include "dns.h"
#include "lookupd.h"
#include "question.h"
#include "worker.h"

static int
main_before_cage(void)
{
	return dns_read_files();
}

static int
main_start(struct event_base *base)
{
	questions_init();
	workers_init(base);
	return dns_init(base);
}

static int
main_conf_check(const struct options *o, char *why, size_t size)
{
	if (account_check(o, why, size) == -1)
		return -1;
	return dns_check(o, why, size);
}

static void
main_conf_apply(const struct options *o)
{
	account_apply(o);
	dns_apply(o);
}

static void
main_peer_gone(struct peer *p)
{
	questions_gone(p);
}

static void
main_poison(enum proc_id who, const char *key)
{
	if (who != PROC_BACKEND && who != PROC_LOOKUPD)
		return;
	log_warnx("not asked any more, it ended a process twice: %s", key);
	poison_add(key);
}

static void
main_stop(void)
{
	proc_exit();
}

static peer_handler *const handlers[MSG_MAX] = {
    [MSG_LOOK_PTR] = ptr_asked,
    [MSG_LOOK_DOMAIN] = exists_asked,
    [MSG_LOOK_RCPT] = rcpt_asked,
    [MSG_LOOK_MAILBOX] = mailbox_asked,
    [MSG_LOOK_ROUTE] = route_asked,
    [MSG_LOOK_DNS] = record_asked,
    [MSG_LOOK_ADDRESS] = facts_asked,
    [MSG_LOOK_AUTH] = login_asked,
    [MSG_CTL_LIST] = control_list,
    [MSG_CTL_ACT] = control_act,
};

static const struct proc_daemon daemon_row = {
    .id = PROC_LOOKUPD,
    .handlers = handlers,
    .before_cage = main_before_cage,
    .start = main_start,
    .conf_check = main_conf_check,
    .conf_apply = main_conf_apply,
    .peer_gone = main_peer_gone,
    .client_up = control_client,
    .poison = main_poison,
    .stop = main_stop,
};

int
main(int argc, char **argv)
{
	proc_main(&daemon_row, argc, argv);
}
