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
 * Options as smtpd needs them: checked beyond their rows, and what is worked
 * out of them once.
 */
#ifndef SELOR_SETTINGS_H
#define SELOR_SETTINGS_H

#include <stddef.h>

#include "option.h"
#include "overlay.h"
#include "smtpd.h"

/* Would these options do?  -1, and the reason in why. */
int settings_check(const struct options *o, char *why, size_t whysize);
/* Replaces *s.  The options passed settings_check(). */
void settings_apply(struct settings *s, const struct options *o);
/* The answer to EHLO of a session with options of its own, or with another
 * first line; to be freed. */
char *settings_ehlo(
    const struct overlay *own, const char *first, bool auth, size_t *len);
void settings_clear(struct settings *s);

#endif
