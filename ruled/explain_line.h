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
 * What explain says, each a line of key=value words; see explain.h.  No
 * password stands in them: rules are shown with stars in its place.
 */
#ifndef RULED_EXPLAIN_LINE_H
#define RULED_EXPLAIN_LINE_H

#include "out.h"
#include "run.h"

/* Octets of a line, as CTL_LINE carries it, and of a text within:
 * two that hold escapes alone still fit. */
#define EXPLAIN_LINE_MAX 8192
#define EXPLAIN_TEXT_MAX 900

/* All append to an empty out. */
void
explain_line_event(struct out *o, enum rule_event event, const char *rules);
void explain_line_rule(struct out *o, unsigned int depth,
    const struct rules *rules, const struct rule_line *line);
void explain_line_item(struct out *o, const struct run *run,
    const struct rule_item *item, enum step step, const char *values);
void
explain_line_effect(struct out *o, enum rule_effect effect, const char *text);
/* at=warning or at=error; place may be NULL. */
void explain_line_text(
    struct out *o, const char *at, const char *place, const char *text);
void explain_line_verdict(struct out *o, const struct run *run);

#endif
