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
 * What rules made of a task, told between DLV_TASK and DLV_GO: options that
 * Def! changed, lines on top of the content, and the way it goes out.
 */
#ifndef TASK_RULES_H
#define TASK_RULES_H

#include "task.h"

/* Octets of lines above the content of one task; more are left out. */
#define TASK_HEAD_MAX 262144

peer_handler task_on_option, task_on_header, task_on_route;
/*
 * All of it is told: settles where the task goes.  False: not as it was told;
 * its recipients have their results.
 */
bool task_settle(struct task *);
void task_rules_free(struct task *);

#endif
