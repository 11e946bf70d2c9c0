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
 * What each child is told of a configuration, from its first word to the
 * order to work; see conf_send.h.  One that is started later gets the
 * generation in force by itself, and its vote concerns nobody else; a vote on
 * a generation that is offered to all goes to conf_offer.c.
 */
#include "conf_send.h"

#include <unistd.h>

#include "child.h"
#include "conf_offer.h"
#include "control.h"
#include "enums.h"
#include "listen.h"
#include "log.h"
#include "logfile.h"
#include "shared.h"

/* A child is addressed by its pid in calls: a dead one is not found. */
static uint64_t
child_ref(const struct child *c)
{
	return (uint64_t)c->pid;
}

static struct child *
child_of(uint64_t ref)
{
	return child_by_pid((pid_t)ref);
}

/*
 * The hash says that both were built from the same list of messages.  The child
 * compares all three, so that none takes another's options.
 */
static void
hello_of(union msg *m, const struct child *c)
{
	m->conf_hello.hash = msg_hash();
	m->conf_hello.process = (uint8_t)c->id;
	m->conf_hello.instance = c->instance & UINT16_MAX;
}

/* Rows of options.def say which daemons need an option: a secret goes to
 * nobody else. */
static unsigned int
daemon_bit(enum proc_id id)
{
	switch (id) {
	case PROC_SMTPD:
		return FOR_SMTPD;
	case PROC_RULED:
		return FOR_RULED;
	case PROC_QUEUED:
		return FOR_QUEUED;
	case PROC_DELIVERD:
		return FOR_DELIVERD;
	case PROC_LOOKUPD:
		return FOR_LOOKUPD;
	default:
		return 0;
	}
}

/*
 * Every option that was set and that this daemon needs.  0, or -1: one could
 * not be sent.  Then nothing of it may be put in force, since an option that
 * is missing is one at its default, which may permit what was forbidden.
 */
static int
send_options(struct child *c, const struct options *opts, uint32_t generation)
{
	char text[OPTION_PRINT_MAX];
	const struct option_row *row;
	union msg m;
	size_t i, n;
	int id;

	for (id = 0; id < OPT_COUNT; id++) {
		row = option_row(id);
		if (!option_is_set(opts, id) ||
		    (row->to != FOR_ALL && !(row->to & daemon_bit(c->id))))
			continue;
		n = option_count(opts, id);
		for (i = 0; i < n; i++) {
			if (option_print(opts, id, i, text, sizeof(text)) ==
			    -1) {
				log_warnx("option %s can not be sent to %s",
				    row->name, child_name(c));
				return -1;
			}
			m.conf_option.generation = generation;
			m.conf_option.option = row->name;
			m.conf_option.text = text;
			if (child_tell(c, MSG_CONF_OPTION, &m, -1) == -1)
				return -1;
		}
	}
	return 0;
}

static void on_commit(uint64_t, enum peer_result, const union msg *, int);

int
conf_send_generation(
    struct child *c, const struct options *opts, uint32_t generation)
{
	union msg m = {.conf_begin = {generation}};

	c->asked = false;
	if (child_tell(c, MSG_CONF_BEGIN, &m, -1) == -1 ||
	    send_options(c, opts, generation) == -1)
		return -1;
	if (c->id == PROC_SMTPD) {
		listen_send(c, generation, generation != env.generation);
		shared_send(c, generation);
	}
	if (c->id == PROC_QUEUED)
		logfile_send_spool(c, opts, generation);
	m.conf_commit.generation = generation;
	c->asked = c->peer != NULL &&
	    peer_call(c->peer, MSG_CONF_COMMIT, &m, -1,
		PEER_THEN(on_commit, child_ref(c))) == 0;
	return c->asked ? 0 : -1;
}

/*
 * The options in force, to a child that has just been greeted.  A child that
 * can not be sent its options is killed and not left alone: it would work by
 * defaults, which are nobody's configuration.
 */
static void
begin(struct child *c)
{
	c->waits = false;
	if (conf_send_generation(c, env.options, env.generation) == -1)
		child_kill(c, "it takes no configuration");
	else
		c->state = CHILD_COMMIT;
}

/*
 * Those that came up while a generation was offered: they would have got one
 * that is not in force when they say yes.
 */
void
conf_send_waiting(void)
{
	struct child *c;

	TAILQ_FOREACH (c, &env.children, entry)
		if (c->waits)
			begin(c);
}

bool
conf_send_is_any_beginning(void)
{
	struct child *c;

	TAILQ_FOREACH (c, &env.children, entry)
		if (c->state == CHILD_COMMIT)
			return true;
	return false;
}

/*
 * Runs "done" when every daemon has dealt with all that it was sent so far:
 * what is then said to be in force is.
 */
static struct {
	unsigned int waiting;
	void (*done)(void);
} barrier;

/*
 * A child that died has dealt with it too: it gets the generation in force when
 * it starts again.  So how the call ended does not matter.
 */
static void
barrier_on_answer(
    uint64_t ref, enum peer_result r, const union msg *answ, int fd)
{
	(void)ref;
	(void)r;
	(void)answ;
	(void)fd;
	if (--barrier.waiting == 0)
		barrier.done();
}

void
conf_send_barrier(void (*done)(void))
{
	union msg m;
	struct child *c;

	barrier.done = done;
	barrier.waiting = 1;
	TAILQ_FOREACH (c, &env.children, entry) {
		if (c->state != CHILD_UP || c->dynamic || c->peer == NULL)
			continue;
		hello_of(&m, c);
		if (peer_call(c->peer, MSG_CONF_HELLO, &m, -1,
			PEER_THEN(barrier_on_answer, 0)) == 0)
			barrier.waiting++;
	}
	barrier_on_answer(0, PEER_ANSWER, NULL, -1);
}

/*
 * Every daemon has answered behind its CONF_GO: what follows is true.  What is
 * said to the log and to the one who started us is said here.
 */
static void
all_started(void)
{
	env.started = true;
	control_started();
	conf_offer_if_wanted();
}

/*
 * Each daemon said yes: the suite begins.  Nobody begins before all can: a
 * suite of which a part refused would take mail and not deliver it.
 */
static void
start_all(void)
{
	union msg m = {.conf_go = {env.generation}};
	struct child *c;

	TAILQ_FOREACH (c, &env.children, entry)
		if (c->state != CHILD_READY)
			return;
	TAILQ_FOREACH (c, &env.children, entry) {
		child_tell(c, MSG_CONF_GO, &m, -1);
		child_is_up(c);
	}
	conf_send_barrier(all_started);
}

/*
 * A vote on a child's first generation.  During the start a refusal ends the
 * suite, as the person who started it waits for the outcome; later it ends that
 * child alone, whose pause then grows.
 */
static void
first_vote(struct child *c, bool yes, const char *why)
{
	union msg m = {.conf_go = {env.generation}};

	if (!yes) {
		log_warnx(
		    "%s refuses the configuration: %s", child_name(c), why);
		if (!env.started)
			selor_end(1);
		child_kill(c, "it refuses the configuration");
		return;
	}
	c->state = CHILD_READY;
	if (!env.started && !c->dynamic) {
		start_all();
		return;
	}
	child_tell(c, MSG_CONF_GO, &m, -1);
	child_is_up(c);
	conf_offer_if_wanted();
}

/*
 * The same answer ends a child's beginning or an offer; which of the two it is
 * says the child's state, as no child is in both.
 */
static void
on_commit(uint64_t ref, enum peer_result r, const union msg *answ, int fd)
{
	struct child *c = child_of(ref);
	bool yes = r == PEER_ANSWER && answ->conf_commit_answ.status == 0;
	const char *why =
	    r == PEER_ANSWER ? answ->conf_commit_answ.why : "no answer";

	(void)fd;
	/* A child that died is dealt with by conf_send_lost. */
	if (c == NULL || r == PEER_GONE)
		return;
	if (c->state == CHILD_COMMIT)
		first_vote(c, yes, why);
	else if (conf_offer_is_open())
		conf_offer_vote(c, yes, why);
}

void
conf_send_lost(struct child *c, enum child_state was)
{
	if (!env.started && !env.stopping) {
		log_warnx("%s has died during the start", child_name(c));
		selor_end(1);
	}
	if (conf_offer_is_open() && was == CHILD_UP && !c->dynamic)
		conf_offer_vote(c, false, "it has died");
	if (was == CHILD_COMMIT)
		conf_offer_if_wanted();
}

/*
 * The first word of a child.  Another build would misread all that follows.
 * Logs before options, so that what is wrong with these can be told.
 */
static void
on_hello(uint64_t ref, enum peer_result r, const union msg *answ, int fd)
{
	struct child *c = child_of(ref);

	(void)fd;
	if (c == NULL || r == PEER_GONE)
		return;
	if (r != PEER_ANSWER || answ->conf_hello_answ.hash != msg_hash() ||
	    answ->conf_hello_answ.process != c->id) {
		child_kill(c, "it is of another build, or does not answer");
		return;
	}
	conf_send_logs(c);
	/* A reload that waits for others to begin would wait for ever. */
	if (conf_offer_is_open() || conf_offer_is_wanted())
		c->waits = true;
	else
		begin(c);
}

void
conf_send_hello(struct child *c)
{
	union msg m;

	hello_of(&m, c);
	peer_call(
	    c->peer, MSG_CONF_HELLO, &m, -1, PEER_THEN(on_hello, child_ref(c)));
}

void
conf_send_logs(struct child *c)
{
	union msg m;
	int file, fd;

	for (file = 0; file <= LOG_FILES; file++) {
		/* Without a descriptor: that log is off. */
		fd = logfile_dup(file);
		m.conf_logs.index = (uint32_t)file;
		if (child_tell(c, MSG_CONF_LOGS, &m, fd) == -1 && fd != -1)
			close(fd);
	}
}

void
conf_send_logs_all(void)
{
	struct child *c;

	TAILQ_FOREACH (c, &env.children, entry)
		if (c->peer != NULL)
			conf_send_logs(c);
}
