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
 * Questions about accounts, put to the modules in their order (Modseq_*):
 * "no" goes on to the next module, an error ends as temporary, the first
 * "yes" is the answer; a list takes what all of them have.  What comes back
 * is checked here: a field that is not what it should be makes the whole
 * answer a temporary failure, never "no such user".
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "enums.h"
#include "msg.h"
#include "option.h"
#include "overlay.h"
#include "peer.h"

/* A checked row.  Texts live during the call of row only. */
struct account_row {
	struct address address; /* BACK_ALIAS, BACK_LIST, BACK_FIRST */
	char domain[256]; /* BACK_ALIAS to "@domain": that; else "" */
	const char *user, *home, *dlocal; /* BACK_MAILBOX, BACK_AUTH */
	const char *login; /* BACK_AUTH: as the module has it */
	uint64_t quota, used; /* bytes; 0: none, not known */
};

/* Who asks: ref and tag come back with the answer; options: what Def! changed
 * of Modseq_* for this question, or NULL. */
struct account_asker {
	uint64_t ref;
	uint32_t tag;
	const struct overlay *options;
	const char *secret; /* BACK_AUTH: the password; else NULL */
};

/* ref and tag are the asker's.  done runs once for each account_ask that
 * returned 0, never inside it. */
struct account_client {
	bool bulk; /* see struct worker_client */
	void (*row)(uint64_t ref, uint32_t tag, const struct account_row *);
	void (*done)(uint64_t ref, uint32_t tag, enum back_status);
};

/* Modules named in Modseq_* must be loaded.  0, or -1 with why. */
int account_check(const struct options *, char *why, size_t size);
void account_apply(const struct options *);

/*
 * key: lower case in ASCII.  0: done will run.  1: there is no module to ask,
 * which is a "no".  -1: not now, a temporary failure.
 */
int account_ask(enum back_what, const char *key, const struct account_client *,
    const struct account_asker *);

/* Over quota: only where both figures are known. */
bool account_is_over(const struct account_row *);

/*
 * The address under which tables hold one: local part in lower case.  With
 * base the tag of the Recipient_delimiter marks is taken off too; false:
 * there is none.
 */
void account_key(char *key, const struct address *);
bool account_base(char *key, const struct address *);

#endif
