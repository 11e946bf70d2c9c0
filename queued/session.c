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
 * session.c: which messages wait for the end of which SMTP session.
 */

#include "session.h"

#include <stdlib.h>

#include "queued.h"

/* Sessions remembered at a time; messages of others wait for the scan. */
#define SESSIONS_MAX 65536

struct session {
	RB_ENTRY(session) tree;
	struct entry_list entries;
	uint64_t session;
	uint32_t instance;
	uint32_t commits; /* under way */
	bool is_closed;
};

RB_HEAD(session_tree, session);

static struct session_tree sessions = RB_INITIALIZER(&sessions);
static unsigned int nsessions;

/* The instance first: one smtpd's sessions stand together for session_gone. */
static int
session_compare(const struct session *a, const struct session *b)
{
	if (a->instance != b->instance)
		return a->instance < b->instance ? -1 : 1;
	if (a->session == b->session)
		return 0;
	return a->session < b->session ? -1 : 1;
}

RB_PROTOTYPE(session_tree, session, tree, session_compare)
RB_GENERATE(session_tree, session, tree, session_compare)

/* No room is no error: its messages wait for the scan instead. */
struct session *
session_begin(uint32_t instance, uint64_t session)
{
	struct session key = {.session = session, .instance = instance};
	struct session *s;

	if ((s = RB_FIND(session_tree, &sessions, &key)) == NULL) {
		if (nsessions >= SESSIONS_MAX ||
		    (s = calloc(1, sizeof(*s))) == NULL)
			return NULL;
		s->session = session;
		s->instance = instance;
		TAILQ_INIT(&s->entries);
		RB_INSERT(session_tree, &sessions, s);
		nsessions++;
	}
	s->commits++;
	return s;
}

static void
session_free(struct session *s)
{
	RB_REMOVE(session_tree, &sessions, s);
	nsessions--;
	free(s);
}

/* e is NULL where the commit failed. False: it is not waited for. */
bool
session_end(struct session *s, struct entry *e)
{
	bool waits;

	s->commits--;
	waits = e != NULL && !s->is_closed;
	if (waits) {
		TAILQ_INSERT_TAIL(&s->entries, e, of_session);
		e->session = s;
	} else if (s->is_closed && s->commits == 0)
		session_free(s);
	return waits;
}

void
session_forget(struct entry *e)
{
	if (e->session == NULL)
		return;
	TAILQ_REMOVE(&e->session->entries, e, of_session);
	e->session = NULL;
}

/* Its local recipients need not wait any longer. */
static void
session_release(struct entry *e, int64_t now)
{
	struct message *m = e->message;
	uint32_t i;

	session_forget(e);
	for (i = 0; i < m->nrcpts; i++)
		if (m->rcpts[i].state == RCPT_PENDING)
			m->rcpts[i].next = 0;
	e->cursor = 0;
	/* A busy one is looked at again when it is free. */
	if (!e->is_busy && !(m->flags & MSG_HOLD))
		schedule_put(&env.schedule, e, now, now);
}

/* Commits under way still point to it: the last of them frees it. */
static void
session_over(struct session *s, int64_t now)
{
	struct entry *e;

	while ((e = TAILQ_FIRST(&s->entries)) != NULL)
		session_release(e, now);
	if (s->commits > 0)
		s->is_closed = true;
	else
		session_free(s);
}

/* From an smtpd, for a session of its own alone, as the instance is the pair's
 * and not a field of the message. */
void
session_closed(uint32_t instance, uint64_t session, int64_t now)
{
	struct session key = {.session = session, .instance = instance};
	struct session *s;

	if ((s = RB_FIND(session_tree, &sessions, &key)) != NULL)
		session_over(s, now);
}

/* The process has ended, and all of its sessions with it. */
void
session_gone(uint32_t instance, int64_t now)
{
	struct session key = {.instance = instance};
	struct session *s, *next;

	for (s = RB_NFIND(session_tree, &sessions, &key);
	     s != NULL && s->instance == instance; s = next) {
		next = RB_NEXT(session_tree, &sessions, s);
		session_over(s, now);
	}
}
