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
 * session, or the question about a recipient, by its ref; one that has gone,
 * or no longer waits for that, has no use for it.
 */
#include "lookup.h"

#include <stdlib.h>
#include <string.h>

#include "copy.h"
#include "enums.h"
#include "proc.h"
#include "rule.h"
#include "session_wait.h"
#include "smtp.h"
#include "smtp_auth.h"
#include "smtpd.h"

/* The bound of LOOK_RCPT in messages.def. */
#define LOOK_OPTIONS_MAX 1024

/* -1: nobody is there, or its pair is full; the caller answers as for a
 * temporary failure. */
static int
look(uint64_t ref, enum msg_type type, const union msg *m, peer_done *done)
{
	struct peer *p = proc_peer(PROC_LOOKUPD, 0);

	if (p == NULL)
		return -1;
	return peer_call(p, type, m, -1, PEER_THEN(done, ref));
}

/* A name that did not lead back to the address is kept for rules, but is never
 * said of the client in a Received field as if it were proven. */
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
	if (s->wait == WAIT_NAME) {
		s->wait = WAIT_NONE;
		rule_named(s);
		session_wait_resume(s);
	} else if (s->wait == WAIT_PTR) {
		s->wait = WAIT_NONE;
		smtp_data_named(s);
		session_wait_resume(s);
	}
}

/* Asked beside the session, which goes on; who needs the name waits for it
 * there. */
int
lookup_ptr(struct session *s)
{
	union msg m = {.look_ptr = {.address = s->client}};

	if (look(s->ref, MSG_LOOK_PTR, &m, ptr_done) == -1)
		return -1;
	s->ptr_asked = true;
	return 0;
}

/* No answer is the same as "not now": nobody is refused for good because
 * lookupd was away. */
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

	if (look(s->ref, MSG_LOOK_DOMAIN, &m,
		wait == WAIT_SENDER ? sender_done : rcpt_domain_done) == -1)
		return -1;
	session_wait_begin(s, wait);
	return 0;
}

/* Its turn has not come: only a real answer counts then. */
static void
ahead_done(struct asked *q, enum peer_result r)
{
	if (r != PEER_ANSWER || q->is_cut)
		asked_forget(q);
}

/* Three kinds of question share one answer: what the session waits for tells a
 * late one from the one that is wanted. */
static enum session_wait
wait_of(const struct asked *q)
{
	if (q->is_sender)
		return WAIT_SRS;
	return q->is_copy ? WAIT_COPY : WAIT_RCPT;
}

/* Targets have come as items before. What was cut is asked once more, whole,
 * now that its turn is there. */
static void
rcpt_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	struct asked *q = slot_get(&env.asked, ref);
	struct session *s;

	(void)fd;
	if (q == NULL)
		return;
	q->state = ASKED_DONE;
	q->status = LOOK_TEMP;
	if (r == PEER_ANSWER) {
		q->status = m->look_rcpt_answ.status;
		q->over_quota = m->look_rcpt_answ.over_quota != 0;
	}
	if (q->is_ahead) {
		ahead_done(q, r);
		return;
	}
	if (q->is_cut) {
		asked_forget(q);
		s = slot_get(&env.sessions, q->session);
		if (s != NULL && lookup_rcpt(s, q) == 0)
			return;
		q->state = ASKED_DONE;
		q->status = LOOK_TEMP;
	}
	s = session_wait_end(q->session, wait_of(q));
	if (s == NULL)
		return;
	if (q->is_sender)
		smtp_rcpt_sender(s, q->status);
	else if (q->is_copy)
		copy_answer(s);
	else
		smtp_rcpt_answer(s);
	session_wait_resume(s);
}

/* The session's own of what lookupd reads: "Name value" lines. Those alone that
 * lookupd reads and that are no secret: what a rule set for this connection
 * holds for its questions too. One that does not fit is left out. */
static void
print_options(const struct session *s, char *buf, size_t size)
{
	const struct overlay *o = s->rule != NULL ? s->rule->options : NULL;
	enum option_id id;
	size_t len = 0, n;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; (id = overlay_id(o, i)) != OPT_COUNT; i++) {
		if ((option_row(id)->to & FOR_LOOKUPD) == 0 ||
		    (option_row(id)->flags & OPTION_SECRET) != 0)
			continue;
		n = strlen(overlay_line(o, i));
		if (len + n + 2 > size)
			continue;
		memcpy(buf + len, overlay_line(o, i), n);
		len += n;
		buf[len++] = '\n';
		buf[len] = '\0';
	}
}

/* The question is found again by its own ref and not by its session's, as one
 * session may have many ahead. */
int
lookup_rcpt(const struct session *s, struct asked *q)
{
	char options[LOOK_OPTIONS_MAX];
	union msg m = {
	    .look_rcpt = {.address = q->address.text, .options = options}};

	print_options(s, options, sizeof(options));
	if (look(q->ref, MSG_LOOK_RCPT, &m, rcpt_done) == -1)
		return -1;
	q->state = ASKED_SENT;
	return 0;
}

static void
auth_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	struct session *s = session_wait_end(ref, WAIT_AUTH);

	(void)fd;
	if (s == NULL)
		return;
	if (r == PEER_ANSWER)
		smtp_auth_answer(
		    s, m->look_auth_answ.status, m->look_auth_answ.login);
	else
		smtp_auth_answer(s, LOOK_TEMP, NULL);
	session_wait_resume(s);
}

int
lookup_auth(struct session *s, const char *login, const char *password)
{
	char options[LOOK_OPTIONS_MAX];
	union msg m = {
	    .look_auth = {
		.login = login, .password = password, .options = options}};

	print_options(s, options, sizeof(options));
	if (look(s->ref, MSG_LOOK_AUTH, &m, auth_done) == -1)
		return -1;
	session_wait_begin(s, WAIT_AUTH);
	return 0;
}

/* An item of a call: peer.c has checked that such a call is under way. */
void
lookup_on_target(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct asked *q = slot_get(&env.asked, ref);

	(void)p;
	(void)fd;
	if (q != NULL)
		asked_found(q, m->look_target.route, m->look_target.kind,
		    m->look_target.address);
}
