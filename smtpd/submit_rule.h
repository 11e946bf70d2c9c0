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
 * What rules say about a message, told to queued.  -1: it can not be told.
 */
#ifndef SELOR_SUBMIT_RULE_H
#define SELOR_SUBMIT_RULE_H

#include "option.h"
#include "session.h"

/* With the envelope: all of it. */
int submit_rules(struct session *s);
/* When queued has the envelope already: what has changed. */
int submit_sender(struct session *s);
int submit_spool(struct session *s);
int submit_option(struct session *s, enum option_id id);
int submit_mark(struct session *s, const char *mark);
int submit_header(struct session *s, const char *line);
int submit_ways(struct session *s);
/* Recipients that came after the envelope, and their ways. */
int submit_copies(struct session *s);
/* Asks for content and envelope to be laid out for rules that run now: the
 * session waits for those all the while. */
int submit_stage(struct session *s);

#endif
