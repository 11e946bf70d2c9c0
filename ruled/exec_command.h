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
 * The command of Exec! as the parent wants it: a list of arguments, cut
 * before any value is put in (A13b), and an environment.  See selor.rules(5).
 */
#ifndef RULED_EXEC_COMMAND_H
#define RULED_EXEC_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "run.h"

/* Octets of all arguments, and of the environment: messages.def. */
#define EXEC_BYTES_MAX 8000

struct exec_list {
	size_t len;
	char bytes[EXEC_BYTES_MAX]; /* texts that end in NUL */
};

struct exec_command {
	struct exec_list arguments, environment;
};

/* STEP_YES; or STEP_WAIT, STEP_FAILED: told. */
enum step exec_command_make(struct run *run, const struct template *template,
    struct exec_command *command);

#endif
