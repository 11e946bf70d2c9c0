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
 * Questions to lookupd; see lookup.h.  Each is a call whose answer finds the
 * session by its ref; one that has gone, or no longer waits for that, has no
 * use for it.
 */
#include "lookup.h"

#include <stdlib.h>
#include <string.h>

#include "enums.h"
#include "proc.h"
#include "session_wait.h"
#include "smtp.h"
#include "smtpd.h"
#include "transaction.h"

static int
look(struct session *s, enum msg_type type, const union msg *m, peer_done *done)
{
	struct peer *p = proc_peer(PROC_LOOKUPD, 0);

	if (p == NULL)
		return -1;
	return peer_call(p, type, m, -1, PEER_THEN(done, s->ref));
}

static void
ptr_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	struct session *s = slot_get(&env.sessions, ref);
	const struct msg_look_ptr_answ *a;

	(void)fd;
	if (s == NULL || s->is_dead)
		return;
	s->ptr_asked = false;
	if (r == PEER_ANSWER && m->look_ptr_answ.status == LOOK_OK) {
		a = &m->look_ptr_answ;
		free(s->ptr);
		s->ptr = strdup(a->host);
		s->ptr_ok = s->ptr != NULL && a->confirmed != 0;
	}
	if (s->wait == WAIT_PTR) {
		s->wait = WAIT_NONE;
		smtp_data_named(s);
		session_wait_resume(s);
	}
}

int
lookup_ptr(struct session *s)
{
	union msg m = {.look_ptr = {.address = s->client}};

	if (look(s, MSG_LOOK_PTR, &m, ptr_done) == -1)
		return -1;
	s->ptr_asked = true;
	return 0;
}

static int
domain_status(enum peer_result r, const union msg *m)
{
	return r == PEER_ANSWER ? m->look_domain_answ.status : LOOK_TEMP;
}

static void
sender_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	struct session *s = session_wait_end(ref, WAIT_SENDER);

	(void)fd;
	if (s == NULL)
		return;
	smtp_mail_answer(s, domain_status(r, m));
	session_wait_resume(s);
}

static void
rcpt_domain_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	struct session *s = session_wait_end(ref, WAIT_DOMAIN);

	(void)fd;
	if (s == NULL)
		return;
	smtp_rcpt_domain(s, domain_status(r, m));
	session_wait_resume(s);
}

int
lookup_domain(
    struct session *s, const char *domain, int level, enum session_wait wait)
{
	union msg m = {
	    .look_domain = {.domain = domain, .level = (uint8_t)level}};

	if (look(s, MSG_LOOK_DOMAIN, &m,
		wait == WAIT_SENDER ? sender_done : rcpt_domain_done) == -1)
		return -1;
	session_wait_begin(s, wait);
	return 0;
}

static void
rcpt_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	struct session *s = session_wait_end(ref, WAIT_RCPT);

	(void)fd;
	if (s == NULL)
		return;
	if (r == PEER_ANSWER)
		smtp_rcpt_answer(s, m->look_rcpt_answ.status,
		    m->look_rcpt_answ.over_quota != 0);
	else
		smtp_rcpt_answer(s, LOOK_TEMP, false);
	session_wait_resume(s);
}

int
lookup_rcpt(struct session *s)
{
	union msg m = {.look_rcpt = {.address = s->tx->asked->address.text}};

	if (look(s, MSG_LOOK_RCPT, &m, rcpt_done) == -1)
		return -1;
	session_wait_begin(s, WAIT_RCPT);
	return 0;
}

void
lookup_on_target(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct session *s = slot_get(&env.sessions, ref);

	(void)p;
	(void)fd;
	if (s == NULL || s->is_dead || s->wait != WAIT_RCPT)
		return;
	(void)transaction_found(s->tx, m->look_target.route,
	    m->look_target.kind, m->look_target.address);
}
