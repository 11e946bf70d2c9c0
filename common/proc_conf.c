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
 * CONF_* as every daemon answers them; see proc_conf.h.  A generation of
 * options gathers beside those in force; CONF_COMMIT asks the daemon whether
 * they would do, CONF_GO puts them in force, CONF_UNDO forgets them.
 */
#include "proc_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "option.h"
#include "proc_trace.h"

/* Descriptors of one generation, and pairs of one daemon. */
#define CONF_FDS_MAX 128
#define CONF_PEERS_MAX 128
#define CONF_CLIENTS_MAX 32

/*
 * A descriptor of a generation that is not in force: kept open, given to
 * nobody.
 */
struct conf_fd_pending {
	enum conf_fd kind;
	uint32_t index;
	int fd;
	char text[257];
};

static struct {
	const struct proc_daemon *d;
	struct peer *parent;
	/*
	 * next is a generation that is being told; NULL: none.  now is NULL
	 * until the first CONF_GO, and is freed only when another has taken its
	 * place.
	 */
	struct options *now, *next;
	uint32_t generation;
	struct conf_fd_pending fd[CONF_FDS_MAX];
	unsigned int fd_count;
	struct peer *peer[CONF_PEERS_MAX];
	/* clients are those of the peers that are selorctl's */
	unsigned int peer_count, clients;
	peer_handler *handlers[MSG_MAX];
} env;

static void on_gone(struct peer *, const char *);
static void on_drained(struct peer *);

static const struct peer_hooks hooks = {
    .handlers = (peer_handler *const *)env.handlers,
    .gone = on_gone,
    .drained = on_drained,
    .trace = proc_trace,
};

/* Fatal: with another list of messages not even a refusal could be said. */
static void
on_hello(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg a = {.conf_hello_answ = {
			   msg_hash(), (uint8_t)env.d->id, proc_instance()}};

	(void)fd;
	if (m->conf_hello.hash != msg_hash() ||
	    m->conf_hello.process != env.d->id ||
	    m->conf_hello.instance != proc_instance())
		fatalx("the parent is of another build");
	peer_answer(p, MSG_CONF_HELLO_ANSW, ref, &a, -1);
}

/* Forgets what was gathered and not put in force. */
static void
forget_next(void)
{
	unsigned int i;

	for (i = 0; i < env.fd_count; i++)
		close(env.fd[i].fd);
	env.fd_count = 0;
	options_free(env.next);
	env.next = NULL;
}

/*
 * One that was told before and never decided is forgotten: the parent that told
 * it may have been another.
 */
static void
on_begin(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)fd;
	forget_next();
	env.generation = m->conf_begin.generation;
	if ((env.next = options_new()) == NULL)
		fatalx("no memory for options");
}

/*
 * The parent has checked each value by the same table; one that does not pass
 * means that this is not its table.
 */
static void
on_option(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	char error[OPTION_ERROR_MAX];
	enum option_id id;

	(void)p;
	(void)ref;
	(void)fd;
	if (env.next == NULL || m->conf_option.generation != env.generation)
		return;
	if (option_find(m->conf_option.option, OPTION_IN_CONF, &id) == -1)
		fatalx("option %s unknown", m->conf_option.option);
	if (option_set_wire(env.next, id, m->conf_option.text, error) == -1)
		fatalx("option %s: %s", m->conf_option.option, error);
}

/* Of an old generation, or one too many: closed, for nobody else will. */
static void
on_fd(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct conf_fd_pending *f;

	(void)p;
	(void)ref;
	if (env.next == NULL || m->conf_fd.generation != env.generation ||
	    env.fd_count == CONF_FDS_MAX) {
		close(fd);
		return;
	}
	f = &env.fd[env.fd_count++];
	f->kind = m->conf_fd.kind;
	f->index = m->conf_fd.index;
	f->fd = fd;
	strlcpy(f->text, m->conf_fd.text, sizeof(f->text));
}

/*
 * The vote.  Nothing changes yet, whatever it is; the text is for the parent's
 * log.
 */
static void
on_commit(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	char why[256] = "";
	union msg a = {.conf_commit_answ = {0, why}};

	(void)fd;
	if (env.next == NULL || m->conf_commit.generation != env.generation) {
		strlcpy(why, "no such generation", sizeof(why));
		a.conf_commit_answ.status = 1;
	} else if (env.d->conf_check != NULL &&
	    env.d->conf_check(env.next, why, sizeof(why)) == -1)
		a.conf_commit_answ.status = 1;
	peer_answer(p, MSG_CONF_COMMIT_ANSW, ref, &a, -1);
}

/*
 * Descriptors before options: conf_apply may count on them.  The old options
 * live until it returns, so that it may compare.
 */
static void
on_go(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct options *old = env.now;
	unsigned int i;

	(void)p;
	(void)ref;
	(void)fd;
	if (env.next == NULL || m->conf_go.generation != env.generation)
		return;
	env.now = env.next;
	env.next = NULL;
	log_set_json(strcmp(option_text(env.now, OPT_LOG_FORMAT), "json") == 0);
	log_set_zone(option_text(env.now, OPT_TIMEZONE));
	for (i = 0; i < env.fd_count; i++) {
		if (env.d->conf_fd != NULL)
			env.d->conf_fd(env.fd[i].kind, env.fd[i].index,
			    env.fd[i].fd, env.fd[i].text);
		else
			close(env.fd[i].fd);
	}
	env.fd_count = 0;
	if (env.d->conf_apply != NULL)
		env.d->conf_apply(env.now);
	options_free(old);
}

static void
on_undo(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)m;
	(void)fd;
	forget_next();
}

static void
remove_peer(struct peer *p)
{
	unsigned int i;

	for (i = 0; i < env.peer_count; i++)
		if (env.peer[i] == p) {
			env.peer[i] = env.peer[--env.peer_count];
			return;
		}
}

/* A pair closed, by its other end or for a breach of ours to report. */
static void
on_gone(struct peer *p, const char *why)
{
	union msg m;

	if (p == env.parent) {
		/* Nobody starts us again: what is durable is durable. */
		log_flush();
		_exit(why == NULL ? 0 : 1);
	}
	proc_trace_gone(p);
	if (peer_who(p) == PROC_CTL)
		env.clients--;
	else if (why != NULL) {
		log_warnx("%s %u broke the protocol: %s",
		    msg_proc_name(peer_who(p)), peer_instance(p), why);
		m.conf_report.process = (uint8_t)peer_who(p);
		m.conf_report.instance = peer_instance(p);
		m.conf_report.why = why;
		peer_tell(env.parent, MSG_CONF_REPORT, &m, -1);
	}
	remove_peer(p);
	if (env.d->peer_gone != NULL)
		env.d->peer_gone(p);
}

static void
on_drained(struct peer *p)
{
	if (env.d->peer_drained != NULL)
		env.d->peer_drained(p);
}

/*
 * fd is used up in each case.  Without a peer the other side sees its end
 * closed.
 */
static struct peer *
add_peer(enum proc_id who, uint32_t instance, int fd)
{
	struct peer *p;

	if (env.peer_count == CONF_PEERS_MAX ||
	    (p = peer_new(proc_base(), fd, env.d->id, PEER_ID(who, instance),
		 &hooks)) == NULL) {
		close(fd);
		return NULL;
	}
	env.peer[env.peer_count++] = p;
	return p;
}

/*
 * The table says with whom this daemon may have a pair, not the parent's
 * message alone.
 */
static void
on_peer(struct peer *from, uint64_t ref, const union msg *m, int fd)
{
	struct peer *p;

	(void)from;
	(void)ref;
	if (m->conf_peer.process >= PROC_MAX ||
	    !msg_is_pair(env.d->id, m->conf_peer.process)) {
		close(fd);
		return;
	}
	/* The old end may not have seen its end of file yet. */
	if ((p = proc_peer(m->conf_peer.process, m->conf_peer.instance)) !=
	    NULL)
		peer_breach(p, NULL);
	p = add_peer(m->conf_peer.process, m->conf_peer.instance, fd);
	if (p != NULL && env.d->peer_up != NULL)
		env.d->peer_up(p);
}

/*
 * may_change is the parent's judgement of the user; the connection's bytes have
 * been read by nobody yet.
 */
static void
on_client(struct peer *from, uint64_t ref, const union msg *m, int fd)
{
	struct peer *p;

	(void)from;
	(void)ref;
	if (env.clients >= CONF_CLIENTS_MAX) {
		close(fd);
		return;
	}
	if ((p = add_peer(PROC_CTL, m->conf_client.pid, fd)) == NULL)
		return;
	env.clients++;
	/* Also the daemon's own data may hang there; ours is the flag. */
	if (env.d->client_up != NULL)
		env.d->client_up(p, m->conf_client.may_change != 0);
}

static void
on_load(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)fd;
	if (env.d->load != NULL)
		env.d->load(m->conf_load.hundredths);
}

static void
on_logs(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	/* -1 closes. */
	if (m->conf_logs.index == 0 && env.d->logs != NULL)
		env.d->logs();
	if (m->conf_logs.index < LOG_FILES)
		log_set_fd(m->conf_logs.index, fd);
	else if (m->conf_logs.index == LOG_FILES)
		log_set_syslog(fd);
	else if (fd != -1)
		close(fd);
}

static void
on_poison(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)fd;
	if (env.d->poison != NULL && m->conf_poison.process < PROC_MAX)
		env.d->poison(m->conf_poison.process, m->conf_poison.key);
}

/* A daemon with nothing in hand ends at once. */
static void
on_stop(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)m;
	(void)fd;
	if (env.d->stop == NULL)
		proc_exit();
	env.d->stop();
}

static peer_handler *const conf_handlers[MSG_MAX] = {
    [MSG_CONF_HELLO] = on_hello,
    [MSG_CONF_BEGIN] = on_begin,
    [MSG_CONF_OPTION] = on_option,
    [MSG_CONF_FD] = on_fd,
    [MSG_CONF_COMMIT] = on_commit,
    [MSG_CONF_GO] = on_go,
    [MSG_CONF_UNDO] = on_undo,
    [MSG_CONF_PEER] = on_peer,
    [MSG_CONF_CLIENT] = on_client,
    [MSG_CONF_LOAD] = on_load,
    [MSG_CONF_LOGS] = on_logs,
    [MSG_CONF_POISON] = on_poison,
    [MSG_CONF_STOP] = on_stop,
    [MSG_CTL_TRACE] = proc_trace_start,
};

/* A daemon may replace one of the handlers here by its own. */
void
proc_conf_init(const struct proc_daemon *d, int fd)
{
	size_t i;

	env.d = d;
	for (i = 0; i < MSG_MAX; i++) {
		env.handlers[i] = conf_handlers[i];
		if (d->handlers != NULL && d->handlers[i] != NULL)
			env.handlers[i] = d->handlers[i];
	}
	env.parent =
	    peer_new(proc_base(), fd, d->id, PEER_ID(PROC_SELOR, 0), &hooks);
	if (env.parent == NULL)
		fatalx("no memory");
}

const struct options *
proc_options(void)
{
	return env.now;
}

struct peer *
proc_peer(enum proc_id who, uint32_t instance)
{
	unsigned int i;

	for (i = 0; i < env.peer_count; i++)
		if (peer_who(env.peer[i]) == who &&
		    peer_instance(env.peer[i]) == instance)
			return env.peer[i];
	return NULL;
}

struct peer *
proc_parent(void)
{
	return env.parent;
}
