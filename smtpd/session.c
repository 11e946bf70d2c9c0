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
 * The life of a connection; see session.h.  Nothing here frees a session
 * while others may hold it: ending is a mark, carried out at the end of the
 * turn (session_turn_end), so that every handler may go on to its end.
 */
#include "session.h"

#include <sys/socket.h>

#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "accept.h"
#include "log.h"
#include "lookup.h"
#include "outcast.h"
#include "proc.h"
#include "reply.h"
#include "rule.h"
#include "session_io.h"
#include "session_log.h"
#include "session_time.h"
#include "smtp_auth.h"
#include "smtp_reply.h"
#include "smtpd.h"
#include "submit.h"
#include "transaction.h"

/* A warning of a flood, and the next one not before, ms. */
#define FLOOD_WARN_MS 10000

const char *const smtp_state_names[] = {"proxy", "start", "ready", "auth",
    "mail", "rcpt", "data", "chunk", "bdat", "close"};
const char *const session_wait_names[] = {"none", "name", "rule", "ptr", "auth",
    "sender", "rcpt", "srs", "domain", "copy", "open", "file", "room", "commit",
    "delay"};

/* Unique over restarts and instances: milliseconds and the instance. */
static uint64_t
new_id(void)
{
	struct timespec ts;
	uint64_t ms;

	clock_gettime(CLOCK_REALTIME, &ts);
	ms = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
	env.last_id = ms > env.last_id ? ms : env.last_id + 1;
	return (env.last_id << 6 | (proc_instance() & 63)) & ((1ULL << 48) - 1);
}

/* A client of IPv4 is one on a socket of IPv6 too: lists and logs know one form
 * of each address. */
static void
set_client(struct msg_addr *a, const struct sockaddr *sa)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	if (sa->sa_family == AF_INET) {
		a->family = AF_INET;
		memcpy(a->ip, &in->sin_addr, 4);
		a->port = ntohs(in->sin_port);
	} else if (sa->sa_family == AF_INET6) {
		a->port = ntohs(in6->sin6_port);
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			a->family = AF_INET;
			memcpy(a->ip, in6->sin6_addr.s6_addr + 12, 4);
			return;
		}
		a->family = AF_INET6;
		memcpy(a->ip, &in6->sin6_addr, 16);
		a->scope = in6->sin6_scope_id;
	}
}

/* A local user: who it is, the kernel tells. -1: the kernel does not say who it
 * is, and nobody is taken at their word. */
static int
set_local(struct session *s)
{
	struct ucred u;
	socklen_t len = sizeof(u);

	if (getsockopt(s->fd, SOL_SOCKET, SO_PEERCRED, &u, &len) == -1)
		return -1;
	s->kind = SESSION_LOCAL;
	s->uid = u.uid;
	return 0;
}

/* calloc: every state and flag of a session begins at 0. NULL: no place, or no
 * memory. */
static struct session *
session_alloc(int fd)
{
	struct session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	if ((s->ref = slot_add(&env.sessions, s)) == 0) {
		free(s);
		return NULL;
	}
	s->fd = fd;
	s->id = new_id();
	s->started = s->active = smtpd_now();
	event_assign(&s->ev_read, env.base, fd, EV_READ | EV_PERSIST,
	    session_io_event, s);
	event_assign(&s->ev_write, env.base, fd, EV_WRITE, session_io_event, s);
	return s;
}

/* fd is taken over. Behind a balancer nothing is said before its header: the
 * client is not known until then. */
void
session_new(const struct listener *l, int fd, const struct sockaddr *client)
{
	struct session *s;

	if ((s = session_alloc(fd)) == NULL) {
		close(fd);
		return;
	}
	env.stats.connections++;
	if (env.sessions.used > env.stats.sessions_most)
		env.stats.sessions_most = env.sessions.used;
	smtpd_tick_start();
	set_client(&s->client, client);
	s->kind = l->is_submission ? SESSION_SUBMISSION : SESSION_MTA;
	if (l->is_local && set_local(s) == -1) {
		session_drop(s, "no credentials");
		return;
	}
	session_time_arm(s);
	event_add(&s->ev_read, NULL);
	if (l->is_proxy && netset_has(&env.settings.proxy_from, &s->client)) {
		s->state = SMTP_PROXY;
		return;
	}
	session_greet(s, false);
}

/*
 * Whether the client is flagged: its connection makes a flood together with
 * others of its address (A59), no matter which process took them.
 */
static bool
is_flagged(const struct session *s)
{
	int64_t now = smtpd_now();
	char ip[CLIENT_TEXT_MAX];
	size_t run;

	run = ring_add(&env.ring, &s->client, now,
	    option_num(env.opts, OPT_LIMIT_TIME) * 1000);
	if (run == 0 || run < (size_t)option_num(env.opts, OPT_LIMIT_CNX))
		return false;
	env.stats.floods++;
	if (ring_may_warn(&env.ring, now, FLOOD_WARN_MS))
		log_warnx("flood: %zu connections of %s in quick succession",
		    run, client_text(&s->client, ip));
	return true;
}

/* RFC 5321 section 4.2: our name is the first word behind 220. */
void
session_welcome(struct session *s, const char *text)
{
	const char *name = session_text(s, OPT_SERVER_NAME);
	struct reply_spec spec = {.code = 220, .id = name};
	char buf[REPLY_OUT_MAX];
	size_t n = strlen(name);

	if (text == NULL)
		text = option_text(env.opts, OPT_MSG_WELCOME);
	/* RFC 5321 wants our name first (A25). */
	text += strspn(text, "0123456789");
	text += strspn(text, " ");
	if (strncasecmp(text, name, n) == 0 &&
	    (text[n] == ' ' || text[n] == '\0'))
		spec.id = NULL;
	spec.text = *text == '\0' ? "ESMTP" : text;
	n = reply_compose(buf, sizeof(buf), &spec);
	session_io_put(s, buf, n);
}

void
session_admit(struct session *s)
{
	if (!rule_ask(s, RULE_CONNECTION))
		session_welcome(s, NULL);
}

void
session_greet(struct session *s, bool is_early)
{
	bool flagged;
	int ended = 0;

	s->state = SMTP_START;
	if (outcast_has(&s->client)) {
		session_drop(s, "outcast");
		return;
	}
	/* What happens to it is for Event.limit to say; without that it is
	 * seen and let in (A19). */
	flagged = is_flagged(s);
	if (s->kind != SESSION_LOCAL &&
	    option_num(env.opts, OPT_RESOLVE_ALL) != 0)
		(void)lookup_ptr(s);
	/* Whoever speaks before the greeting is no mail server (RFC 5321,
	 * 4.3.1): it is noted, and its words are read in their turn. */
	if (s->kind != SESSION_LOCAL && !s->is_proxied) {
		ended = session_io_peek(s);
		is_early = s->in_len > 0;
	}
	s->is_early = is_early;
	env.stats.early += is_early;
	session_log_connect(s);
	if (ended == -1)
		session_drop(s, "closed by client");
	else if (env.is_paused || env.is_stopping)
		smtp_reply_421(s, "4.3.2", "no mail is taken at the moment");
	else if (!flagged || !rule_ask(s, RULE_LIMIT))
		session_admit(s);
}

/* At the end of the turn it is looked at: written, gone on with, or freed.
 * Nothing is freed before, so callers may still hold it. */
void
session_mark(struct session *s)
{
	if (s->is_dirty)
		return;
	if (s->is_kept)
		TAILQ_REMOVE(&env.kept, s, dirty_link);
	s->is_kept = false;
	s->is_dirty = true;
	TAILQ_INSERT_TAIL(&env.dirty, s, dirty_link);
}

/* Without a word and without reading on: the connection is broken, or its
 * client is not to be answered. */
void
session_drop(struct session *s, const char *why)
{
	if (s->is_dead)
		return;
	s->is_dead = true;
	if (s->state != SMTP_CLOSE)
		session_log_end(s, why);
	s->state = SMTP_CLOSE;
	session_mark(s);
}

/* What was said is written first, and the client has some seconds to read it.
 */
void
session_end(struct session *s, const char *why)
{
	if (s->is_dead || s->state == SMTP_CLOSE)
		return;
	session_log_end(s, why);
	/* Callers may still look at the transaction. */
	if (s->tx != NULL)
		submit_abort(s);
	s->state = SMTP_CLOSE;
	s->wait = WAIT_NONE;
	s->is_held = false;
	session_mark(s);
}

/* At the end of the turn alone. Answers under way find no ref. */
static void
session_free(struct session *s)
{
	if (s->tx != NULL)
		submit_abort(s);
	submit_closed(s);
	rule_closed(s);
	transaction_free(s->tx);
	smtp_auth_free(s);
	event_del(&s->ev_read);
	event_del(&s->ev_write);
	wheel_clear(&s->timer);
	slot_remove(&env.sessions, s->ref);
	close(s->fd);
	free(s->helo);
	free(s->ptr);
	free(s->line);
	freezero(s->in, s->in_at + s->in_len);
	free(s->out);
	free(s);
	smtpd_session_gone();
}

/* All is said.  Input that nobody read would make the kernel answer close()
 * with a reset, which can overtake our last reply: so that is read first. */
static void
session_hang_up(struct session *s)
{
	if (!s->wants_linger) {
		s->is_dead = true;
		session_mark(s);
		return;
	}
	if (s->is_lingering)
		return;
	s->is_lingering = true;
	shutdown(s->fd, SHUT_WR);
	free(s->in);
	s->in = NULL;
	s->in_at = s->in_len = 0;
	if (s->is_unread)
		event_add(&s->ev_read, NULL);
	s->is_unread = false;
	wheel_clear(&s->timer);
	session_time_arm(s);
}

/* A client that sends its commands in groups waits for the last reply of a
 * group; so those before it go out with it, in one segment.  RFC 2920 section
 * 3.2.  The wheel's next tick is the latest: look-ups may take long. */
static bool
session_keep(struct session *s)
{
	if (env.is_late || s->out_len == 0 ||
	    (s->wait != WAIT_RCPT && s->wait != WAIT_OPEN &&
		s->wait != WAIT_RULE))
		return false;
	s->is_kept = true;
	TAILQ_INSERT_TAIL(&env.kept, s, dirty_link);
	return true;
}

/* is_late lets them pass session_keep in this turn. */
void
session_keep_no_longer(void)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&env.kept)) != NULL) {
		session_mark(s);
		env.is_late = true;
	}
}

/* A session may be marked again while others are looked at: the list is gone
 * through until it is empty. */
void
session_turn_end(void)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&env.dirty)) != NULL) {
		TAILQ_REMOVE(&env.dirty, s, dirty_link);
		s->is_dirty = false;
		if (s->is_dead) {
			session_free(s);
			continue;
		}
		if (s->is_held || session_keep(s) || !session_io_flush(s))
			continue;
		if (s->is_dead)
			session_mark(s);
		else if (s->state == SMTP_CLOSE)
			session_hang_up(s);
		else
			session_io_resume(s);
	}
	env.is_late = false;
}
