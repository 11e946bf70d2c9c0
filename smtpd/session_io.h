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
 * A session's bytes in and out.
 */
#ifndef SELOR_SESSION_IO_H
#define SELOR_SESSION_IO_H

#include <stdbool.h>
#include <stddef.h>

#include "session.h"

/* A client that sends commands and reads no replies is not read on. */
#define OUT_HIGH 16384

/* libevent's callback for both events; arg is the session. */
void session_io_event(int fd, short what, void *arg);
/* Whether the kernel knows by now that the client's end is gone. */
bool session_io_is_reset(const struct session *s);
/* Reads what is there without looking at it.  -1: the client has gone. */
int session_io_peek(struct session *s);
/* Goes on with what was read before. */
void session_io_resume(struct session *s);
/* Queues bytes to be written.  -1: no memory, the session is dropped. */
int session_io_put(struct session *s, const char *p, size_t len);
/* Writes what is queued.  False: it could not all be written. */
bool session_io_flush(struct session *s);

#endif
