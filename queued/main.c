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
 * main.c: queued owns the spool: takes messages in, keeps them safe, says
 * when each is tried, tells the sender what became of it.  queued(8).
 * Promises: stdio recvfd sendfd spool; its root directory is Queue_path.
 * It opens nothing else, has no socket of its own and asks the parent for
 * nothing.
 */

#include <sys/stat.h>

#include <event2/event.h>

#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bounce.h"
#include "control.h"
#include "control_act.h"
#include "enums.h"
#include "errors.h"
#include "gather.h"
#include "helper.h"
#include "id.h"
#include "inject.h"
#include "intake.h"
#include "log.h"
#include "monotime.h"
#include "notice.h"
#include "override.h"
#include "post.h"
#include "proc.h"
#include "queued.h"
#include "report.h"
#include "result.h"
#include "rules.h"
#include "stage.h"
#include "sweep.h"
#include "task.h"

struct queued_env env = {.spool_fd = -1, .errors_fd = -1};

/* Read from the wall clock once: a clock that is set while we run moves no
 * due time and expires nothing. */
int64_t
queued_now(void)
{
	static int64_t offset; /* from monotonic to wall, microseconds */
	struct timespec ts;
	struct monotime mono = monotime_now();

	if (offset == 0) {
		clock_gettime(CLOCK_REALTIME, &ts);
		offset =
		    (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 - mono.us;
	}
	return (mono.us + offset) / 1000000;
}

/* Changes at a restart only, so names of files stay valid while we run. */
const char *
queued_sid(void)
{
	return option_text(proc_options(), OPT_SID);
}

/* In a buffer of its own, used up before the next call. */
const char *
queued_id(uint64_t id)
{
	static char text[ID_TEXT_MAX];

	id_print(id, queued_sid(), text, sizeof(text));
	return text;
}

/* For rules and reports, in the terms of the administrator's paths: our own
 * root directory is Queue_path. */
const char *
queued_directory(const struct message *m)
{
	static char path[OPTION_TEXT_MAX + 8];

	snprintf(path, sizeof(path), "%s%s",
	    option_text(proc_options(), OPT_QUEUE_PATH),
	    m->flags & MSG_QLIMIT ? "/qlimit" : "");
	return path;
}

/* Another turn of the loop at once. Safe to call from anywhere and more than
 * once. */
void
queued_kick(void)
{
	static const struct timeval now = {0, 0};

	event_add(env.ev_step, &now);
}

/* Sets the one timer of the schedule.  What is overdue waits for room, for
 * deliverd or for the load, whose news bring a turn of their own. */
static void
arm_due(int64_t now)
{
	int64_t at = schedule_wake(&env.schedule);
	struct timeval tv = {0, 0};

	if (at <= now || at > now + env.conf.scan)
		at = now + env.conf.scan;
	if (at == env.wake && event_pending(env.ev_due, EV_TIMEOUT, NULL))
		return;
	env.wake = at;
	tv.tv_sec = (time_t)(at - now);
	event_add(env.ev_due, &tv);
}

/* What is not synced yet wants another flush in some ms. */
static void
flush(void)
{
	struct timeval tv = {0, 0};
	int ms = spool_flush(env.spool);

	if (ms < 0)
		return;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	event_add(env.ev_flush, &tv);
}

/* Results first, then what became due: a destination's slot that was given
 * back is used in the same turn.  The journal is written once, at the end. */
static void
on_turn(void)
{
	int64_t now = queued_now();
	bool more;

	if (env.spool == NULL)
		return;
	/* Jobs for which there was no descriptor. */
	helper_up();
	more = spool_step(env.spool);
	more |= errors_step();
	more |= gather_step();
	more |= sweep_step(now);
	more |= control_step();
	notice_tick(now);
	bounce_wake(now);
	rules_tick(now);
	result_settle(now);
	task_run(now);
	result_settle(now);
	flush();
	/* What became durable just now goes out in this turn. */
	if (env.schedule.ndue > 0) {
		task_run(now);
		result_settle(now);
	}
	helper_up();
	if (more)
		queued_kick();
	arm_due(now);
	if (env.stopping && helper_jobs() == 0 && spool_is_idle(env.spool))
		proc_exit();
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	/* The turn's end does the work. */
	schedule_tick(&env.schedule, task_is_open(), queued_now());
}

/* Before the cage: the descriptor of the spool is the one thing that needs the
 * file system. -1 ends the process with a message. */
static int
on_start(struct event_base *base)
{
#ifdef __GLIBC__
	/* Content comes and goes by the megabyte: keep its memory. */
	mallopt(M_TRIM_THRESHOLD, QUEUED_CACHE_MAX);
	mallopt(M_TOP_PAD, 4 * 1024 * 1024);
#endif
	schedule_init(&env.schedule);
	env.ev_due = evtimer_new(base, on_timer, NULL);
	env.ev_step = evtimer_new(base, on_timer, NULL);
	env.ev_flush = evtimer_new(base, on_timer, NULL);
	env.spool_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (env.spool_fd == -1)
		log_warn("Queue_path");
	return env.ev_due == NULL || env.ev_step == NULL ||
		env.ev_flush == NULL || env.spool_fd == -1 ?
	    -1 :
	    0;
}

/* Files of the spool are read by programs of the rules, which are in our
 * group; each is made with the mode that it shall have. */
static int
before_cage(void)
{
	umask(027);
	return 0;
}

/* What the spool has to say is the log's and the Postmaster's. */
static void
on_report(void *arg, const char *text)
{
	(void)arg;
	log_warnx("%s", text);
	notice_add(NULL, "About the spool", text);
}

/* A message that was found at the start, or that got no entry before. */
void
queued_adopt(struct message *m, int64_t now)
{
	struct entry *e = schedule_add(&env.schedule, m);
	struct recipient *r;
	uint32_t i;

	if (e == NULL)
		return;
	override_read(e);
	e->is_patient = true;
	/* A clock that was wrong must not keep anything for years. */
	if (m->arrival > now)
		m->arrival = now;
	for (i = 0; i < m->nrcpts; i++) {
		r = &m->rcpts[i];
		r->task = RCPT_IDLE;
		if (r->next > now + schedule_retry(&env.conf, m))
			r->next = now + schedule_retry(&env.conf, m);
	}
	if (m->flags & MSG_HOLD)
		return;
	schedule_put(&env.schedule, e,
	    message_is_active(m) ? schedule_due(m) : now, now);
}

/* With the first options, as the Sid is one.  Blocks until all of the queue
 * is known: a message must not be taken in under an id that is in use. */
static void
open_spool(void)
{
	struct spool_conf conf = {
	    .dirfd = env.spool_fd,
	    .sid = queued_sid(),
	    .sync.start = helper_start,
	    .report = on_report,
	};
	struct spool_stats stats;
	struct message *m;
	int64_t now = queued_now();

	if ((env.spool = spool_open(&conf)) == NULL)
		fatal("the spool can not be opened%s",
		    errno == EBUSY ? " (another queued has it)" : "");
	RB_FOREACH (m, message_tree, spool_messages(env.spool))
		queued_adopt(m, now);
	spool_get_stats(env.spool, &stats);
	if (stats.recovered > 0)
		log_info("%llu messages in the queue",
		    (unsigned long long)stats.recovered);
	env.swept = now;
}

/* Says no to a generation that would not work; nothing is changed yet, as
 * another daemon may still refuse it. */
static int
on_conf_check(const struct options *opts, char *why, size_t size)
{
	const char *sid = option_text(opts, OPT_SID);

	if (sid[0] != '\0' && !id_sid_ok(sid)) {
		snprintf(why, size, "Sid: at most %d letters, digits, -",
		    ID_SID_MAX - 1);
		return -1;
	}
	if (env.spool != NULL && strcmp(sid, queued_sid()) != 0) {
		snprintf(why, size, "Sid changes at a restart only");
		return -1;
	}
	return 0;
}

/* Values out of the range of our counters are cut here, so that nothing
 * else needs to look. */
static void
on_conf(const struct options *opts)
{
	struct schedule_conf *c = &env.conf;

	c->retry = option_num(opts, OPT_QUEUE_TIME) * 60;
	if (c->retry < 1)
		c->retry = 1;
	c->low_retry = option_num(opts, OPT_QLIMIT_TIME) * 60;
	if (c->low_retry < 1)
		c->low_retry = 1;
	c->scan = option_num(opts, OPT_QSLEEP_TIME);
	if (c->start == 0)
		c->start = queued_now();
	c->delay = option_num(opts, OPT_DELAY_WARNING) * 3600;
	c->attempts = (uint32_t)option_num(opts, OPT_MAX_ATTEMPTS);
	/* As far as the counter of a recipient goes. */
	if (c->attempts > UINT16_MAX)
		c->attempts = UINT16_MAX;
	c->reports = (uint32_t)option_num(opts, OPT_MAX_ERROR_REPORT);
	if (c->reports < 1)
		c->reports = 1;
	c->procs = (uint32_t)option_num(opts, OPT_MAX_QPROCS);
	c->low_procs = (uint32_t)option_num(opts, OPT_QLIMIT_MAX_PROCS);
	c->per_dest = (uint32_t)option_num(opts, OPT_DEST_MAX_CNX);
	c->load = (uint32_t)option_num(opts, OPT_LAVG_QUEUE) * 100;
	c->immediate = (uint8_t)option_num(opts, OPT_IMMED_DELIVERY);
	if (env.spool == NULL)
		open_spool();
}

/* Descriptors are ours to close, those of a kind we have no use for too. */
static void
on_conf_fd(enum conf_fd kind, uint32_t index, int fd, const char *text)
{
	(void)index;
	(void)text;
	if (kind == CONF_FD_REPORT)
		report_set(fd);
	else if (kind == CONF_FD_ERRORS) {
		if (env.errors_fd != -1)
			close(env.errors_fd);
		env.errors_fd = fd;
	} else
		close(fd);
}

/* deliverd's room comes with its own first message; what was waiting for any of
 * them is looked at in this turn. */
static void
on_peer_up(struct peer *p)
{
	if (peer_who(p) == PROC_SYNC)
		helper_up();
	else if (peer_who(p) == PROC_RULED)
		rules_up();
	schedule_tick(&env.schedule, false, queued_now());
}

/* What a process had is settled at once: its successor knows nothing of it.
 * The calls it owed us end by themselves, with an error. */
static void
on_peer_gone(struct peer *p)
{
	if (env.spool == NULL)
		return;
	if (peer_who(p) == PROC_SMTPD)
		intake_gone(p);
	else if (peer_who(p) == PROC_DELIVERD)
		task_gone(queued_now());
	else if (peer_who(p) == PROC_CTL)
		control_gone(p);
}

/* The parent's, in hundredths; compared with Lavg_queue when a task would go
 * out, so that nothing needs to be done here. */
static void
on_load(uint32_t hundredths)
{
	env.load = hundredths;
}

/* A message that ended a process twice is set aside. */
static void
on_poison(enum proc_id who, const char *key)
{
	char sid[ID_SID_MAX], why[96];
	struct message *m;
	uint64_t id;

	if (env.spool == NULL || id_parse(key, &id, sid, sizeof(sid)) == -1 ||
	    (m = spool_find(env.spool, id)) == NULL || m->sched == NULL)
		return;
	snprintf(why, sizeof(why), "it ended the process %s twice",
	    msg_proc_name(who));
	result_hold(m->sched, why);
}

/* Nothing more is taken or sent; it ends when all is durable. */
static void
on_stop(void)
{
	env.stopping = true;
	queued_kick();
	if (env.spool == NULL)
		proc_exit();
}

static peer_handler *const handlers[MSG_MAX] = {
    [MSG_QUEUE_OPEN] = intake_open,
    [MSG_QUEUE_SENDER] = intake_sender,
    [MSG_QUEUE_RCPT] = intake_rcpt,
    [MSG_QUEUE_DATA] = intake_data,
    [MSG_QUEUE_FILE] = intake_file,
    [MSG_QUEUE_COMMIT] = intake_commit,
    [MSG_QUEUE_SPOOL] = intake_spool,
    [MSG_QUEUE_OPTION] = intake_option,
    [MSG_QUEUE_HEADER] = intake_header,
    [MSG_QUEUE_MARK] = intake_mark,
    [MSG_QUEUE_ROUTE] = intake_route,
    [MSG_QUEUE_STAGE] = stage_on_call,
    [MSG_QUEUE_ABORT] = intake_abort,
    [MSG_QUEUE_CLOSED] = intake_closed,
    [MSG_QUEUE_INJECT] = inject_on_call,
    [MSG_RULE_EFFECT] = rules_effect,
    [MSG_DLV_ROOM] = task_room,
    [MSG_DLV_RESULT] = result_rcpt,
    [MSG_DLV_DONE] = result_done,
    [MSG_DLV_TARGET] = post_target,
    [MSG_CTL_LIST] = control_list,
    [MSG_CTL_ACT] = control_act,
};

int
main(int argc, char **argv)
{
	static const struct proc_daemon daemon = {
	    .id = PROC_QUEUED,
	    .handlers = handlers,
	    .before_cage = before_cage,
	    .start = on_start,
	    .conf_check = on_conf_check,
	    .conf_apply = on_conf,
	    .conf_fd = on_conf_fd,
	    .peer_up = on_peer_up,
	    .peer_gone = on_peer_gone,
	    .client_up = control_up,
	    .load = on_load,
	    .poison = on_poison,
	    .stop = on_stop,
	    .turn_end = on_turn,
	};

	proc_main(&daemon, argc, argv);
}
