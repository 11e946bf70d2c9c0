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
 * The parent's children: start, watch, start again after a growing pause.
 */
#ifndef SELOR_CHILD_H
#define SELOR_CHILD_H

#include "selor.h"

/* Makes a row for a process and starts it; NULL: no memory or no fork. */
struct child *child_add(enum proc_id, uint32_t instance);
/*
 * Starts a process for a daemon that asked by the call "ref": a back end's
 * worker (root: its directory) or a delivery agent (as the user).  It is
 * answered by child_is_up.  NULL: not started.
 */
struct child *child_add_worker(
    uint32_t instance, const char *program, const char *root, uint64_t ref);
struct child *
child_add_agent(const char *user, uid_t, gid_t, uint32_t job, uint64_t ref);
/* The child whose process this is, or NULL. */
struct child *child_by_pid(pid_t);
struct child *child_find(enum proc_id, uint32_t instance);
/* It has ended: logs why, forgets it or plans its restart. */
void child_ended(struct child *, int status);
/* Ends it with SIGKILL, as what broke the protocol. */
void child_kill(struct child *, const char *why);
/* Options are in force there: joins it with its peers. */
void child_is_up(struct child *);
/* One way to a child; -1 also when its end has closed. */
int child_tell(struct child *, enum msg_type, const union msg *, int fd);
/* "smtpd.1", in a static buffer. */
const char *child_name(const struct child *);

#endif
