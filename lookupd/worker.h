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
 * lookupd's side of the back ends: a process for each "Module" of
 * selor.conf, asked over a pair that the parent gives (PRIV_WORKER), and one
 * more for its logins, from the first one on: a password's hash takes long,
 * and all other questions would stand behind it.  A
 * worker that dies or hangs is replaced after a growing pause; meanwhile
 * questions wait a little, then fail for now.  See lookupd(8).
 */
#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "enums.h"
#include "msg.h"
#include "option.h"

struct event_base;

/* Modules at most, as many as the option may be given. */
#define WORKERS_MAX OPTION_LIST_MAX
#define WORKER_NAME_MAX 32

/* What is asked.  The texts are copied; secret: a password, or NULL. */
struct worker_question {
	enum back_what what;
	const char *key, *secret;
};

/*
 * Who asks.  row runs for each row of the answer, whose texts live during
 * the call only and are unchecked but for length; done runs once, for each
 * worker_ask that returned 0, never inside it.
 */
struct worker_client {
	/* Many questions of one asker: they leave room for those of others. */
	bool bulk;
	void (*row)(uint64_t ref, const struct msg_back_row *);
	void (*done)(uint64_t ref, enum back_status);
};

void workers_init(struct event_base *);
/* The modules of new options: those unchanged keep their worker. */
void workers_apply(const struct options *);
size_t workers_count(void);
/* The name of a module, "file". */
const char *worker_name(size_t module);

/* Asks a module.  -1: not now (too many wait, it fails, the key is known to
 * kill it), done will not run. */
int worker_ask(size_t module, const struct worker_question *,
    const struct worker_client *, uint64_t ref);
/* One line "key=value ..." for selorctl; the length as snprintf.  That of the
 * process for logins: 0 when it was never needed. */
int worker_print(size_t module, char *, size_t);
int worker_print_auth(size_t module, char *, size_t);

#endif
