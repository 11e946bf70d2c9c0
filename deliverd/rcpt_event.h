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
 * Event.dl_rcpt: rules that hear what another host answered to our RCPT TO.
 * They decide nothing here.  A transaction waits for them only where so many
 * are behind that memory would grow.
 */
#ifndef RCPT_EVENT_H
#define RCPT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "peer.h"
#include "task.h"

void rcpt_event_init(void);
/* The host answered for this recipient; copies both texts.  Nothing happens
 * where no rules are set. */
void rcpt_event_add(struct task *, const char *rcpt, const char *reply);
/* With so many more answers to come there would be too many. */
bool rcpt_event_is_full(const struct task *, uint32_t to_come);
/* The task ends; its events go on. */
void rcpt_event_task_gone(struct task *);
/* ruled went. */
void rcpt_event_ruled_gone(void);
/* Once a second: who waits too long for rules goes on without. */
void rcpt_event_tick(void);

#endif
