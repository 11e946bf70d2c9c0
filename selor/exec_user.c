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
 * Whom programs of Exec! run as; see exec_user.h.  Looked up anew now and
 * then, as users of mail are (user.h).
 */
#include "exec_user.h"

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "selor.h"

#define EXEC_USER "_selorexec"

/* Users of the daemons, whose groups are no program's. */
static const char *const daemon_user[PROC_MAX] = {
#define PROC(id, name, user, root, promises, most) [PROC_##id] = user,
#include "process.def"
#undef PROC
};

static struct {
	struct exec_user is;
	bool found;
	struct monotime until;
} known;

/* Group as it was set: never the default, whose members may use selorctl. */
static bool
find_group(gid_t *gid)
{
	struct group *gr;
	struct passwd *pw;
	size_t i;

	if (!option_is_set(env.options, OPT_GROUP) ||
	    (gr = getgrnam(option_text(env.options, OPT_GROUP))) == NULL ||
	    gr->gr_gid == 0)
		return false;
	*gid = gr->gr_gid;
	for (i = 0; i < PROC_MAX; i++)
		if (daemon_user[i] != NULL &&
		    (pw = getpwnam(daemon_user[i])) != NULL &&
		    pw->pw_gid == *gid)
			return false;
	return true;
}

/* With the groups that the user has anyway. */
static void
find_groups(struct exec_user *e)
{
	struct passwd *pw = getpwnam(daemon_user[PROC_QUEUED]);
	gid_t spool = pw != NULL ? pw->pw_gid : e->user.gid;

	/* One place is kept for the spool's. */
	e->group_count = EXEC_GROUPS_MAX - 1;
	if (getgrouplist(
		e->user.name, e->user.gid, e->groups, &e->group_count) == -1) {
		e->groups[0] = e->user.gid;
		e->group_count = 1;
	}
	e->groups[e->group_count++] = spool;
}

static bool
look_up(struct exec_user *e)
{
	struct monotime now = monotime_now();
	gid_t gid;

	memset(e, 0, sizeof(*e));
	if (env.plain) {
		strlcpy(e->user.name, "selor", sizeof(e->user.name));
		e->user.uid = getuid();
		e->user.gid = getgid();
		return true;
	}
	/* Neither root nor a daemon's user passes. */
	if (user_find(option_text(env.options, OPT_USER), 1, now, &e->user) ==
	    0) {
		if (find_group(&gid))
			e->user.gid = gid;
	} else if (user_find(EXEC_USER, 1, now, &e->user) == -1) {
		log_warnx("no program of rules can be run: there is no user "
			  "%s; make install-users makes it",
		    EXEC_USER);
		return false;
	}
	find_groups(e);
	return true;
}

const struct exec_user *
exec_user_get(void)
{
	struct monotime now = monotime_now();

	if (monotime_diff_ms(known.until, now) <= 0) {
		known.found = look_up(&known.is);
		known.until = monotime_add_ms(
		    now, known.found ? USER_FOUND_MS : USER_MISSING_MS);
	}
	return known.found ? &known.is : NULL;
}

void
exec_user_forget(void)
{
	known.until = monotime_now();
}
