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
 * selorctl's connection to one daemon's control socket: the CTL_* messages
 * of messages.def, one call at a time.
 */

#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "enums.h"
#include "settings.h"

struct client;

/* A line of a list or trace; it lives during the call. */
typedef void client_line(const char *line, void *arg);

/*
 * Connects to the daemon of that name ("queued", "smtpd.1").  NULL: it is
 * not there; with a line on stderr unless quiet.
 */
struct client *
client_open(const struct settings *, const char *name, int quiet);
void client_close(struct client *);

/*
 * Asks for a list; line runs for each.  0; or -1 after a line on stderr: a
 * refusal, a timeout, the end of the daemon.  With quiet a daemon that does
 * not know this list has none.
 */
int client_list(struct client *, enum ctl_list what, const char *query,
    client_line *line, void *arg);
/*
 * Acts.  The number of things it was done to, or -1 as above; text (size
 * octets) gets what the daemon says beside.
 */
int64_t client_act(struct client *, enum ctl_action, const char *query,
    char *text, size_t size);
/* Messages between processes until the daemon or the user ends it.  -1. */
int client_trace(struct client *, client_line *line, void *arg);

/* The status of the last list or act. */
enum ctl_status client_status(const struct client *);

#endif /* CLIENT_H */
