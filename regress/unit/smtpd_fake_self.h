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
 * What the files of smtpd_fake share.
 */
#ifndef SMTPD_FAKE_SELF_H
#define SMTPD_FAKE_SELF_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "log.h"
#include "peer.h"
#include "smtpd_fake.h"

struct fake_self {
	struct event_base *base;
	struct peer *parent, *queued, *lookupd, *ruled, *ctl;
	pid_t pid;
	uint32_t generation;
	int listener[FAKE_PORTS], port[FAKE_PORTS];
	int log[LOG_FILES];
	int commit_result;
	struct fake_message *committing;
};
extern struct fake_self self;

extern peer_handler *const fake_queued_handlers[MSG_MAX];
extern peer_handler *const fake_lookupd_handlers[MSG_MAX];
extern peer_handler *const fake_ruled_handlers[MSG_MAX];
/* A new process, and no rules. */
void fake_rules_init(void);
/* The message of an id. */
struct fake_message *fake_message_of(uint64_t id);
/* Answers, or keeps the answer back when the test wants that. */
void fake_answer_or_hold(struct fake_hold *h, uint64_t ref, const char *text);

/* What queued is told of rules, smtpd_fake_rules.c. */
peer_handler fake_on_spool, fake_on_option, fake_on_mark, fake_on_header,
    fake_on_route, fake_on_stage;

void fake_peers_init(void);
/* Drops what clients have received and not yet looked at. */
void fake_client_forget(void);
/* A client of the control socket. */
struct peer *fake_ctl_peer(bool may_change);

#endif
