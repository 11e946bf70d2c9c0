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
 * task.h: from due messages to tasks at deliverd, and what becomes of a
 * task that gets no answer.
 */

#ifndef QUEUED_TASK_H
#define QUEUED_TASK_H

#include "dest.h"
#include "peer.h"

/* Makes tasks of what is due and sends what deliverd has room for. */
void task_run(int64_t now);
/* deliverd announced room; handler of DLV_ROOM. */
void task_room(struct peer *, uint64_t, const union msg *, int);
/* deliverd went: what was out is to be tried again and nothing counted. */
void task_gone(int64_t now);

/* The task of that number if it is out, else NULL. */
struct task *task_find(uint64_t ref);
/* A task that is out has ended: its slot and place are free again, those
 * without a result are idle and due at "again".  Frees it. */
void task_end(struct task *, int64_t again);
/* Takes all tasks of a message back, out or ready, as for its removal:
 * results that come later are not heard. */
void task_recall(struct entry *);
/* Takes those back that are ready, and asks deliverd to give back what it
 * has not begun; what it has begun ends as it ends. */
void task_withdraw(struct entry *, int64_t now);
/* Is some task of it out? */
bool task_is_out(const struct entry *);
/* Ends those that were out for too long: counted as an attempt. */
void task_check(int64_t now);
/* Whether anything may go out now; false: paused, load, no deliverd. */
bool task_is_open(void);
unsigned int task_out(void);
unsigned int task_ready(void);

#endif
