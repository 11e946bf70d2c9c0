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
 * Sessions and time.
 */
#ifndef SELOR_SESSION_TIME_H
#define SELOR_SESSION_TIME_H

#include <stdint.h>

#include "session.h"

/* Sets its timer by what it is doing; most often that is one store. */
void session_time_arm(struct session *s);
/* The client did something that carries the dialogue on. */
void session_time_active(struct session *s);
/* The reply just given goes out after ms, and input waits (WAIT_DELAY). */
void session_time_delay(struct session *s, int64_t ms);
/* The timer of a session has gone off. */
void session_time_fire(struct wheel_entry *e);
/* The process ends: 421 to all who can hear it; sessions that wait for a
 * commit get their answer first, within a limit. */
void session_time_stop_all(void);

#endif
