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
 * Users that mail is delivered as; see user.h.  The memory is a table of
 * fixed size with one place for each hash of a name: a crowd of names, which
 * deliverd could ask for, only makes the parent look up again.
 */
#include "user.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 256

/* What was answered for a name. */
struct memory {
	char name[64]; /* as asked; "": the place is free */
	struct user user;
	bool found;
	struct monotime until;
};

static struct memory places[PLACES];

/* Users of process.def by uid; (uid_t)-1: not there. */
static uid_t ours[32];
static size_t ours_count;
static struct monotime ours_until;

/*
 * By uid: another name may have the same.  A user of ours that is not there
 * now may be made later, so this is looked up anew as names are.
 */
static void
learn_ours(struct monotime now)
{
	static const char *const names[] = {
#define PROC(id, pname, user, root, promises, most) user,
#include "process.def"
#undef PROC
	};
	struct passwd *pw;
	size_t i;

	if (ours_count > 0 && monotime_diff_ms(ours_until, now) > 0)
		return;
	ours_count = 0;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i] != NULL && (pw = getpwnam(names[i])) != NULL &&
		    ours_count < sizeof(ours) / sizeof(ours[0]))
			ours[ours_count++] = pw->pw_uid;
	ours_until = monotime_add_ms(now, USER_FOUND_MS);
}

static bool
is_ours(uid_t uid)
{
	size_t i;

	for (i = 0; i < ours_count; i++)
		if (ours[i] == uid)
			return true;
	return false;
}

/* Asks the system.  A number needs no entry: its group is the same number. */
static bool
look_up(const char *name, struct user *u)
{
	struct passwd *pw = getpwnam(name);
	const char *error = NULL;
	long long uid;

	if (pw == NULL) {
		uid = strtonum(name, 1, UINT32_MAX - 1LL, &error);
		if (error != NULL)
			return false;
		pw = getpwuid((uid_t)uid);
		u->uid = (uid_t)uid;
		u->gid = (gid_t)uid;
	}
	if (pw != NULL) {
		u->uid = pw->pw_uid;
		u->gid = pw->pw_gid;
		name = pw->pw_name;
	}
	/* A name that is cut could be another's. */
	return strlcpy(u->name, name, sizeof(u->name)) < sizeof(u->name);
}

/*
 * FNV-1a.  Names that share a place push each other out, which costs look-ups
 * and nothing else.
 */
static struct memory *
place_of(const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	return &places[hash % PLACES];
}

int
user_find(
    const char *name, int64_t min_uid, struct monotime now, struct user *u)
{
	struct memory *m = place_of(name);

	if (*name == '\0' || strlen(name) >= sizeof(m->name))
		return -1;
	if (strcmp(m->name, name) != 0 ||
	    monotime_diff_ms(m->until, now) <= 0) {
		memset(m, 0, sizeof(*m));
		m->found = look_up(name, &m->user);
		strlcpy(m->name, name, sizeof(m->name));
		m->until = monotime_add_ms(
		    now, m->found ? USER_FOUND_MS : USER_MISSING_MS);
	}
	if (!m->found)
		return -1;
	/* Judged each time: only what the system says is remembered. */
	learn_ours(now);
	if (m->user.uid == 0 || m->user.gid == 0 || is_ours(m->user.uid) ||
	    (int64_t)m->user.uid < min_uid)
		return -1;
	*u = m->user;
	return 0;
}

void
user_forget(void)
{
	memset(places, 0, sizeof(places));
	ours_count = 0;
}
