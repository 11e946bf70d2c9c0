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
 * LOOK_AUTH: is that the password of that login?  The modules of Modseq_auth
 * are asked in their order.  A login that nobody can have is asked for like
 * any other, so that the time it takes tells nothing.  RFC 4954.
 */
#include "lookupd.h"

#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "address.h"
#include "enums.h"
#include "question.h"
#include "rcpt.h"

struct login {
	struct question q;
	char *name, *home; /* of the row that was found, or NULL */
};

static void login_row(uint64_t, uint32_t, const struct account_row *);
static void login_done(uint64_t, uint32_t, enum back_status);

static const struct account_client login_client = {
    false, login_row, login_done};

static void
login_clear(struct question *q)
{
	struct login *l = (struct login *)q;

	free(l->name);
	free(l->home);
}

static void
login_row(uint64_t ref, uint32_t tag, const struct account_row *row)
{
	struct login *l = question_get(ref);

	(void)tag;
	if (l == NULL || l->name != NULL)
		return;
	l->name = strdup(row->login);
	l->home = strdup(row->home);
}

/* A "yes" without a row says nothing that could be believed. */
static void
login_done(uint64_t ref, uint32_t tag, enum back_status status)
{
	struct login *l = question_get(ref);
	union msg m = {.look_auth_answ = {.status = LOOK_TEMP}};

	(void)tag;
	if (l == NULL)
		return;
	if (status == BACK_NO)
		m.look_auth_answ.status = LOOK_NO;
	else if (status == BACK_YES && l->name != NULL && l->home != NULL) {
		m.look_auth_answ.status = LOOK_OK;
		m.look_auth_answ.login = l->name;
		m.look_auth_answ.home = l->home;
	}
	question_end(&l->q, &m);
}

/* The key under which modules have it. */
static void
login_key(char *key, const char *text, const struct overlay *options)
{
	struct address a;

	if (facts_address(&a, text, options))
		account_key(key, &a);
	else
		strlcpy(key, text, ADDRESS_MAX + 2);
}

void
login_asked(struct peer *p, uint64_t ref, const union msg *in, int fd)
{
	const struct msg_look_auth *ask = &in->look_auth;
	union msg m = {.look_auth_answ = {.status = LOOK_TEMP}};
	char key[ADDRESS_MAX + 2];
	struct account_asker asker = {.secret = ask->password};
	struct overlay *options;
	struct login *l;
	int r;

	(void)fd;
	if ((l = question_new(sizeof(*l), p, ref, MSG_LOOK_AUTH_ANSW)) ==
	    NULL) {
		question_answer(p, MSG_LOOK_AUTH_ANSW, ref, &m);
		return;
	}
	l->q.clear = login_clear;
	options = rcpt_options(ask->options);
	login_key(key, ask->login, options);
	asker.ref = l->q.self;
	asker.options = options;
	r = account_ask(BACK_AUTH, key, &login_client, &asker);
	overlay_free(options);
	if (r == 1)
		m.look_auth_answ.status = LOOK_NO;
	if (r != 0)
		question_end(&l->q, &m);
}
