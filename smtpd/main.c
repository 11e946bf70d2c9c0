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
 * smtpd speaks SMTP to clients.  It parses what strangers send, so it may do
 * nothing: no file is opened, no connection made, nothing forked or run;
 * listening sockets come from the parent, descriptors of content from
 * queued, all questions go to lookupd.
 *
 * Runs as _selorsmtp in an empty root directory; promises: stdio recvfd
 * accept.  Up to 64 of them share the listening sockets.
 */
#include "smtpd.h"

#include <sys/resource.h>

#include <event2/event.h>
#include <string.h>

#include "accept.h"
#include "asked.h"
#include "log.h"
#include "lookup.h"
#include "monotime.h"
#include "outcast.h"
#include "proc.h"
#include "rule.h"
#include "session.h"
#include "session_time.h"
#include "session_wait.h"
#include "settings.h"
#include "status.h"

/* Descriptors that are no sessions: pairs, listeners, logs, clients of
 * selorctl. */
#define FILES_RESERVED 128
#define FILES_LEAST 64

struct smtpd_env env;

/* Milliseconds of the monotonic clock: a clock that is set ends no session. */
int64_t
smtpd_now(void)
{
	return monotime_now().us / 1000;
}

/* Sessions get three quarters of what is left, content files the rest. */
static int
smtpd_before_cage(void)
{
	struct rlimit r;
	rlim_t most = FILES_LEAST;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		return -1;
	if (r.rlim_max > FILES_RESERVED + FILES_LEAST)
		most = (r.rlim_max - FILES_RESERVED) / 4 * 3;
	env.session_max = most > 100000 ? 100000 : (uint32_t)most;
	return 0;
}

/* Only while there are sessions: an idle process does not wake up. */
static void
smtpd_tick(evutil_socket_t fd, short what, void *arg)
{
	struct timeval tv = {0, WHEEL_TICK_MS * 1000};

	(void)fd;
	(void)what;
	(void)arg;
	wheel_run(&env.wheel, smtpd_now(), session_time_fire);
	session_keep_no_longer();
	env.is_ticking = env.sessions.used > 0;
	if (env.is_ticking)
		event_add(&env.tick, &tv);
}

void
smtpd_tick_start(void)
{
	if (!env.is_ticking)
		smtpd_tick(-1, 0, NULL);
}

/* Room for another; the last one of a stop ends the process. */
void
smtpd_session_gone(void)
{
	if (env.is_stopping && env.sessions.used == 0)
		proc_exit();
	accept_resume();
}

static int
smtpd_start(struct event_base *base)
{
	env.base = base;
	TAILQ_INIT(&env.dirty);
	TAILQ_INIT(&env.kept);
	slots_init(&env.sessions, env.session_max);
	/* A session's question in its turn always finds room. */
	slots_init(&env.asked, env.session_max + AHEAD_ALL);
	wheel_init(&env.wheel, smtpd_now());
	event_assign(&env.tick, base, -1, 0, smtpd_tick, NULL);
	accept_init();
	return 0;
}

/* Descriptors that come with options, before those are applied. */
static void
smtpd_conf_fd(enum conf_fd kind, uint32_t index, int fd, const char *text)
{
	if (kind == CONF_FD_RING)
		ring_map(&env.ring, fd);
	else
		accept_listener(kind, index, fd, text);
}

/* Sessions go on with these from their next command; texts that they were
 * greeted with are not taken back. */
static void
smtpd_apply(const struct options *o)
{
	env.opts = o;
	settings_apply(&env.settings, o);
	if (ring_resize(&env.ring, (size_t)option_num(o, OPT_LIMIT_BUF)) == -1)
		log_warnx("no memory for Limit_buf: floods are not seen");
	accept_apply();
}

/* The pair is new when the process has come back, so nothing of before is in
 * it. */
static void
smtpd_peer_gone(struct peer *p)
{
	if (peer_who(p) == PROC_QUEUED)
		session_wait_queue_gone();
	else if (peer_who(p) == PROC_RULED)
		rule_peer_gone();
}

static void
smtpd_drained(struct peer *p)
{
	if (peer_who(p) == PROC_QUEUED)
		session_wait_queue_drained();
}

static void
smtpd_load(uint32_t hundredths)
{
	env.load = hundredths;
}

/* The parent has counted two crashes while this client's input was looked at.
 */
static void
smtpd_poison(enum proc_id who, const char *key)
{
	if (who == PROC_SMTPD)
		outcast_add(key);
}

/* Once a turn: replies are written, the dead are freed. Nobody is worked on
 * behind it. */
static void
smtpd_turn_end(void)
{
	session_turn_end();
	proc_busy("");
}

/* New clients go elsewhere; commits under way are waited for, as their messages
 * would else come twice. */
static void
smtpd_stop(void)
{
	if (env.is_stopping)
		return;
	env.is_stopping = true;
	accept_stop();
	session_time_stop_all();
	if (env.sessions.used == 0)
		proc_exit();
}

static peer_handler *const handlers[MSG_MAX] = {
    [MSG_LOOK_TARGET] = lookup_on_target,
    [MSG_RULE_EFFECT] = rule_on_effect,
    [MSG_CTL_LIST] = status_on_list,
    [MSG_CTL_ACT] = status_on_act,
};

int
main(int argc, char **argv)
{
	static const struct proc_daemon daemon = {
	    .id = PROC_SMTPD,
	    .handlers = handlers,
	    .before_cage = smtpd_before_cage,
	    .start = smtpd_start,
	    .conf_check = settings_check,
	    .conf_apply = smtpd_apply,
	    .conf_fd = smtpd_conf_fd,
	    .peer_gone = smtpd_peer_gone,
	    .peer_drained = smtpd_drained,
	    .client_up = status_client,
	    .load = smtpd_load,
	    .poison = smtpd_poison,
	    .stop = smtpd_stop,
	    .turn_end = smtpd_turn_end,
	};

	proc_main(&daemon, argc, argv);
}
