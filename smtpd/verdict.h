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
 * What the answer of rules does to a session: A14 to A20 and A22 of the
 * grammar page, "Replies and verdicts" of selor.rules(5).
 */
#ifndef SELOR_VERDICT_H
#define SELOR_VERDICT_H

#include <stdint.h>

#include "rule_enums.h"
#include "session.h"

struct verdict {
	uint8_t verdict; /* enum rule_verdict */
	const char *reply; /* "code text", or "": as ever */
	const char *rule; /* "file:line" of what decided, or "" */
};

/* Refuses, closes, or goes on where the event was asked. */
void verdict_apply(
    struct session *s, enum rule_event event, const struct verdict *v);

#endif
