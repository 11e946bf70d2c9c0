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
 * Walks over daemons; see daemons.h.
 */
#include "daemons.h"

#include <stdio.h>

/* Instances of smtpd: more than Smtpd_procs allows. */
#define SMTPD_MAX 256

/*
 * How many were asked: 1, or 0 where it is not there.  Quiet: in a walk over
 * all it is normal that some do not run.
 */
static int
one(const struct settings *s, const char *name, daemons_do *act, void *arg)
{
	struct client *c;

	if ((c = client_open(s, name, 1)) == NULL)
		return 0;
	act(c, name, arg);
	client_close(c);
	return 1;
}

/*
 * They are numbered without a gap, "smtpd" being the first: the first that is
 * missing ends the walk.  A restart under way can hide those behind it; the
 * bound keeps us finite whatever the directory holds.
 */
static int
all_smtpd(const struct settings *s, daemons_do *act, void *arg)
{
	char name[32];
	int i, n;

	n = one(s, "smtpd", act, arg);
	for (i = 1; i < SMTPD_MAX; i++) {
		snprintf(name, sizeof(name), "smtpd.%d", i);
		if (one(s, name, act, arg) == 0)
			break;
		n++;
	}
	return n;
}

/*
 * None was there: the first tells why.  Asked once more, aloud, because that is
 * the one case in which the reason is the whole answer.
 */
static int
conclude(const struct settings *s, const char *name, int n)
{
	if (n == 0)
		client_close(client_open(s, name, 0));
	return n;
}

/*
 * Each that is there, for the reader in one list; with nobody there it is
 * queued whose socket tells why.
 */
int
daemons_each(
    const struct settings *s, const char *only, daemons_do *act, void *arg)
{
	struct client *c;
	int n;

	if (only != NULL) {
		if ((c = client_open(s, only, 0)) == NULL)
			return 0;
		act(c, only, arg);
		client_close(c);
		return 1;
	}
	n = one(s, "queued", act, arg);
	n += all_smtpd(s, act, arg);
	n += one(s, "deliverd", act, arg);
	n += one(s, "lookupd", act, arg);
	n += one(s, "ruled", act, arg);
	return conclude(s, "queued", n);
}

int
daemons_each_smtpd(const struct settings *s, daemons_do *act, void *arg)
{
	return conclude(s, "smtpd", all_smtpd(s, act, arg));
}
