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
 * Checks of the options Module and Modseq_*, each by itself; what they must
 * be together is checked in conf_together.c.
 */
#ifndef CONF_MODULE_H
#define CONF_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf_check.h"

/* Whether a program for modules has that name. */
bool conf_module_is_program(const char *, size_t len);
/* One value of Module, and of a Modseq_* option; see conf_check_value. */
enum conf_verdict conf_module_check(enum option_id, char *, char *);
enum conf_verdict conf_module_check_seq(enum option_id, char *, char *);

#endif /* CONF_MODULE_H */
