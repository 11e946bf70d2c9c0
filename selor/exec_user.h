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
 * Whom programs of Exec! run as: User and Group of selor.conf where they are
 * neither root's nor a daemon's, else _selorexec; with the spool's group
 * beside them, which may read the files of messages and nothing else.
 */
#ifndef SELOR_EXEC_USER_H
#define SELOR_EXEC_USER_H

#include <sys/types.h>

#include "user.h"

#define EXEC_GROUPS_MAX 32

struct exec_user {
	struct user user;
	gid_t groups[EXEC_GROUPS_MAX];
	int group_count;
};

/* As it was within the last minute.  NULL: nobody is there to run them. */
const struct exec_user *exec_user_get(void);
/* The configuration was read again. */
void exec_user_forget(void);

#endif
