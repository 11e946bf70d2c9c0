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
 * PRIV_* messages: what deliverd, lookupd and ruled may ask of the parent.
 * Nothing in them is believed: users are looked up here, commands and paths
 * are the parent's own options or judged by them.
 */
#ifndef SELOR_PRIV_H
#define SELOR_PRIV_H

#include "enums.h"
#include "selor.h"
#include "user.h"

peer_handler priv_on_agent, priv_on_program, priv_on_kill, priv_on_lmtp,
    priv_on_worker, priv_on_socket, priv_on_open, priv_on_exec;

/* Who that is, for mail; without root everybody is the caller.  0 or -1. */
int priv_find_user(const char *name, struct user *);

/* Answers who asked for a worker or agent; takes fd (or -1) over. */
void priv_answer_child(struct child *, enum priv_status, int fd);

#endif
