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
 * Listening sockets: bound by the parent, used by smtpd.
 */
#ifndef SELOR_LISTEN_H
#define SELOR_LISTEN_H

#include "selor.h"

/* Binds what the options in force name.  0, or -1 with a line in the log. */
int listen_open(void);
/* Binds what a new configuration names beside what stays.  0 or -1. */
int listen_offer(const struct options *);
/* The offer came into force, or did not: closes what is not wanted. */
void listen_decide(bool in_force);
/* Sends a child the sockets in force, or those on offer. */
void listen_send(struct child *, uint32_t generation, bool offered);
/* Lines for people: where it listens. */
void listen_say(void);
/* Removes the local socket's name. */
void listen_clean(void);

/*
 * A listening Unix socket at that path with that mode, and group unless it
 * is NULL; what a dead suite left there is replaced.  -1 with a log line.
 */
int listen_unix(const char *path, mode_t mode, const char *group);

#endif
