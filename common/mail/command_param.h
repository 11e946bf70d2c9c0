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
 * The parameters behind the path of MAIL and RCPT; used by command.c alone.
 */

#ifndef COMMAND_PARAM_H
#define COMMAND_PARAM_H

#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "span.h"

/*
 * Reads the parameters in rest, separated by blanks, into c (whose verb is
 * MAIL or RCPT).  offered: COMMAND_P_ bits.  Sets c->reason on error.
 */
enum command_status
command_parse_params(struct command *c, struct span rest, unsigned int offered);

/* *n = *n * 10 + digit; false, and *n as it was, when that overflows. */
bool command_add_digit(uint64_t *n, char digit);

#endif /* COMMAND_PARAM_H */
