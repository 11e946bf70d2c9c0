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
 * What the files of a run share among themselves.
 */
#ifndef RULED_RUN_FRAME_H
#define RULED_RUN_FRAME_H

#include <stdbool.h>

#include "run.h"

/* Nothing of this line's expansions is used any more; all: at the end. */
void run_scratch_clear(struct run *run, bool all);

/* An item of a run that is watched, dry or not. */
enum step run_watched(struct run *run, const struct rule_item *item);

/* The rules of an event are not to be had: told once until they are. */
void run_no_rules(
    struct run *run, enum option_id option, const char *value, bool is_missing);

/* They are to be had again. */
void run_has_rules(const struct run *run, const char *value);

/* The reply that was set has no Deny! beside it. */
void run_warn_reply(struct run *run);

#endif
