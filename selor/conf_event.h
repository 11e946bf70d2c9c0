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
 * The value of an Event.* option: nothing, a rule written out, or the path
 * of a rules file.  See selor.conf(5), EVENTS.
 */

#ifndef CONF_EVENT_H
#define CONF_EVENT_H

#include "conf_check.h"
#include "option.h"

/*
 * Reads what follows the name on a line, without leading blanks.  The value
 * (OPTION_TEXT_MAX bytes) is in normal form: empty; a path, which begins
 * with '/'; or else a rule with plain quotes.  conf is the path of the
 * file, in whose directory relative paths begin.
 */
enum conf_verdict conf_event_parse(const char *, const char *, char *, char *);

#endif /* CONF_EVENT_H */
