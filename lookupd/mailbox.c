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
 * LOOK_MAILBOX: where the mail of one local address is written.  The exact
 * address first, then without its tag; both are asked at once.
 */
#include "lookupd.h"

#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "address.h"
#include "enums.h"
#include "question.h"

/* Which of the two questions. */
enum mailbox_tag {
	MAILBOX_EXACT,
	MAILBOX_BASE,
	MAILBOX_TAGS
};

/*
 * What one of the two questions came to.  Texts are copies: a row lives only
 * while its message is handled.
 */
struct mailbox_found {
	enum back_status status;
	bool over;
	char *user, *home, *dlocal;
};

struct mailbox {
	struct question q;
	unsigned int open;
	struct mailbox_found found[MAILBOX_TAGS];
};

static void mailbox_row(uint64_t, uint32_t, const struct account_row *);
static void mailbox_done(uint64_t, uint32_t, enum back_status);

static const struct account_client mailbox_client = {
    false, mailbox_row, mailbox_done};

static void
mailbox_clear(struct question *q)
{
	struct mailbox *m = (struct mailbox *)q;
	int i;

	for (i = 0; i < MAILBOX_TAGS; i++) {
		free(m->found[i].user);
		free(m->found[i].home);
		free(m->found[i].dlocal);
	}
}

/* The first row counts; a mailbox has one. */
static void
mailbox_row(uint64_t ref, uint32_t tag, const struct account_row *row)
{
	struct mailbox *m = question_get(ref);
	struct mailbox_found *f;

	if (m == NULL || tag >= MAILBOX_TAGS || m->found[tag].user != NULL)
		return;
	f = &m->found[tag];
	f->over = account_is_over(row);
	f->user = strdup(row->user);
	f->home = strdup(row->home);
	f->dlocal = strdup(row->dlocal);
}

/*
 * The exact address comes before the one without its tag, also with its
 * failure.
 */
static void
mailbox_answer(struct mailbox *m)
{
	union msg a = {.look_mailbox_answ = {.status = LOOK_NO}};
	const struct mailbox_found *f = &m->found[MAILBOX_EXACT];

	if (f->status == BACK_NO)
		f = &m->found[MAILBOX_BASE];
	if (f->status == BACK_YES && f->user != NULL && f->home != NULL &&
	    f->dlocal != NULL) {
		a.look_mailbox_answ.status = LOOK_OK;
		a.look_mailbox_answ.over_quota = f->over;
		a.look_mailbox_answ.user = f->user;
		a.look_mailbox_answ.home = f->home;
		a.look_mailbox_answ.dlocal = f->dlocal;
	} else if (f->status != BACK_NO)
		a.look_mailbox_answ.status = LOOK_TEMP;
	question_end(&m->q, &a);
}

static void
mailbox_done(uint64_t ref, uint32_t tag, enum back_status status)
{
	struct mailbox *m = question_get(ref);

	if (m == NULL || tag >= MAILBOX_TAGS)
		return;
	m->found[tag].status = status;
	if (--m->open == 0)
		mailbox_answer(m);
}

/*
 * 1 from account_ask means that there is no module for it, -1 that it can not
 * be asked now; both are temporary here.
 */
static void
mailbox_ask(struct mailbox *m, enum mailbox_tag tag, const char *key)
{
	const struct account_asker asker = {m->q.self, tag, NULL, NULL};
	int r = account_ask(BACK_MAILBOX, key, &mailbox_client, &asker);

	/* Without any module there is nobody to say no: the message was
	 * accepted once, and may be delivered when one is configured. */
	m->found[tag].status = BACK_TEMP;
	if (r == 0)
		m->open++;
}

/*
 * An address that does not parse can not have been accepted by us: a clear no.
 */
void
mailbox_asked(struct peer *p, uint64_t ref, const union msg *in, int fd)
{
	const char *text = in->look_mailbox.address;
	union msg a = {.look_mailbox_answ = {.status = LOOK_NO}};
	char key[ADDRESS_MAX + 1];
	struct address address;
	struct mailbox *m;

	(void)fd;
	if (address_parse(&address, text, strlen(text),
		ADDRESS_UTF8 | ADDRESS_LONG) != ADDRESS_OK) {
		question_answer(p, MSG_LOOK_MAILBOX_ANSW, ref, &a);
		return;
	}
	m = question_new(sizeof(*m), p, ref, MSG_LOOK_MAILBOX_ANSW);
	if (m == NULL) {
		a.look_mailbox_answ.status = LOOK_TEMP;
		question_answer(p, MSG_LOOK_MAILBOX_ANSW, ref, &a);
		return;
	}
	m->q.clear = mailbox_clear;
	m->found[MAILBOX_BASE].status = BACK_NO;
	account_key(key, &address);
	mailbox_ask(m, MAILBOX_EXACT, key);
	if (account_base(key, &address))
		mailbox_ask(m, MAILBOX_BASE, key);
	if (m->open == 0)
		mailbox_answer(m);
}
