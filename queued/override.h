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
 * override.h: options that Def! changed for one message.  They travel as
 * lines of its overrides ("Name value", LF between), in the journal and in
 * its l file, and are read once when the message gets its entry, so that a
 * message without any costs nothing.
 */

#ifndef QUEUED_OVERRIDE_H
#define QUEUED_OVERRIDE_H

#include <stdbool.h>

#include "entry.h"
#include "overlay.h"

/* The lines of an overlay as a text from malloc; "" for an empty one, NULL:
 * no memory. */
char *override_print(const struct overlay *);
/* Reads the message's lines, over what the entry had.  What a line of
 * another version says is left out, with a warning. */
void override_read(struct entry *);
/* One more, for the run that begins: "Name value".  -1: not allowed. */
int override_add(struct entry *, const char *line);
/* Says of an option that it can not be changed for a message, where so. */
void override_warn(uint64_t msgid, enum option_id);
/* Forgets what the run changed. */
void override_end_run(struct entry *);
void override_free(struct entry *);

/* The value in force for a message; e may be NULL: the suite's. */
int64_t override_num(const struct entry *, enum option_id);
const char *override_text(const struct entry *, enum option_id);
/* The entry of a message, to look options up by; NULL is fine. */
const struct entry *override_of(const struct message *);

/* The lines of those options that a process reads (FOR_* of option.h), LF
 * between; what has no room is left out.  In a static buffer. */
const char *override_lines(const struct entry *, unsigned int to);

/* May this message be delivered at the load that there is? */
bool override_load_ok(const struct entry *, uint32_t load);
/* Messages in the queue that have their own Lavg_queue. */
unsigned int override_loads(void);

#endif
