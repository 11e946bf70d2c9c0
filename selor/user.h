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
 * The users that mail may be delivered as, for the parent alone: who they
 * are, and that none of them is root, one of the daemons' own, or below
 * Min_uid (selor.conf(5)).
 *
 * getpwnam(3) may ask a server over the network, and the parent waits for its
 * answer.  So answers are remembered for a short while, and a server that is
 * slow or away costs one wait for each user in that time, not one for each
 * message.
 */
#ifndef SELOR_USER_H
#define SELOR_USER_H

#include <sys/types.h>

#include <stdint.h>

#include "monotime.h"

/* How long an answer holds: one that there is a user, and one that not. */
#define USER_FOUND_MS 60000
#define USER_MISSING_MS 5000

struct user {
	char name[64]; /* of the password file, or the number as text */
	uid_t uid;
	gid_t gid;
};

/*
 * Looks a name, or a number as text, up, as it was within the times above.
 * 0; or -1: there is none, or mail is never delivered as that user.
 */
int user_find(
    const char *name, int64_t min_uid, struct monotime now, struct user *);
/* Forgets all: the configuration was read again. */
void user_forget(void);

#endif /* SELOR_USER_H */
