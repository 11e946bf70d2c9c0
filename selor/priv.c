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
 * PRIV_* messages; see priv.h.
 */
#include "priv.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "dlocal.h"
#include "job.h"
#include "log.h"
#include "module.h"
#include "user.h"

#define LMTP_UNIX "lmtp:unix:"

/*
 * Who that is.  Without root everybody is the caller: no ids change, so the
 * name is text for the program and nothing else.
 */
int
priv_find_user(const char *name, struct user *u)
{
	if (!env.plain)
		return user_find(name, option_num(env.options, OPT_MIN_UID),
		    monotime_now(), u);
	strlcpy(u->name, name, sizeof(u->name));
	u->uid = getuid();
	u->gid = getgid();
	return 0;
}

void
priv_answer_child(struct child *c, enum priv_status status, int fd)
{
	struct child *asker =
	    child_find(c->id == PROC_AGENT ? PROC_DELIVERD : PROC_LOOKUPD, 0);
	union msg a;
	int r;

	/* The call was that process's own, not its successor's. */
	if (asker == NULL || asker->peer == NULL || asker->pid != c->asker) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (c->id == PROC_AGENT) {
		a.priv_agent_answ.status = (uint8_t)status;
		a.priv_agent_answ.job = c->job;
		r = peer_answer(
		    asker->peer, MSG_PRIV_AGENT_ANSW, c->ref, &a, fd);
	} else {
		a.priv_worker_answ.status = (uint8_t)status;
		a.priv_worker_answ.instance = c->instance;
		r = peer_answer(
		    asker->peer, MSG_PRIV_WORKER_ANSW, c->ref, &a, fd);
	}
	if (r == -1 && fd != -1)
		close(fd);
}

/* Answered at once when refused, else when the agent is up, with the other
 * end of its pair. */
void
priv_on_agent(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg a = {.priv_agent_answ = {PRIV_REFUSED, 0}};
	struct user u;

	(void)fd;
	if (priv_find_user(m->priv_agent.user, &u) == -1)
		log_warnx(
		    "no mail is delivered as user \"%s\"", m->priv_agent.user);
	else if (child_add_agent(u.name, u.uid, u.gid, job_number(), ref) !=
	    NULL)
		return;
	else
		a.priv_agent_answ.status = PRIV_TEMP;
	peer_answer(p, MSG_PRIV_AGENT_ANSW, ref, &a, -1);
}

/*
 * The nth Module: the program that serves it, and its directory.  By place in
 * the list: lookupd never names a program or a directory.
 */
static int
priv_module(uint32_t index, char *program, size_t size, const char **dir)
{
	const char *text = option_nth(env.options, OPT_MODULE, index);
	struct module m;

	/* Its name has no '/', so nothing outside of libexec is run. */
	if (text == NULL || module_parse(text, &m) == -1 ||
	    (size_t)snprintf(program, size, "lookupd-%s", m.program) >= size)
		return -1;
	*dir = m.file;
	return **dir == '/' ? 0 : -1;
}

void
priv_on_worker(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	static uint32_t last_instance;
	union msg a = {.priv_worker_answ = {PRIV_REFUSED}};
	char program[64];
	const char *dir;

	(void)fd;
	if (priv_module(
		m->priv_worker.module, program, sizeof(program), &dir) == 0) {
		last_instance = last_instance % UINT16_MAX + 1;
		if (child_add_worker(last_instance, program, dir, ref) != NULL)
			return;
		a.priv_worker_answ.status = PRIV_TEMP;
	}
	peer_answer(p, MSG_PRIV_WORKER_ANSW, ref, &a, -1);
}

/* A delivery program has ended: deliverd is told, if it is the same one. */
static void
priv_job_done(uint32_t job, int status, void *arg)
{
	struct child *c = child_find(PROC_DELIVERD, 0);
	union msg m = {.priv_exit = {job, (uint32_t)status}};

	if (c != NULL && c->pid == (pid_t)(intptr_t)arg)
		child_tell(c, MSG_PRIV_EXIT, &m, -1);
}

/*
 * The command: the mailbox's own where it may be, else Dlocal.  Its own never
 * goes through the shell: a program of Adlocal_allowed followed by "; other"
 * would allow all programs.
 */
static int
priv_build(
    struct dlocal_command *c, const char *own, const struct dlocal_values *v)
{
	if (*own != '\0') {
		if (dlocal_is_allowed(
			own, option_text(env.options, OPT_ADLOCAL_ALLOWED)))
			return dlocal_build(c, own, false, v);
		log_warnx("dlocal \"%s\" is not in Adlocal_allowed: "
			  "Dlocal serves",
		    own);
	}
	return dlocal_build(c, option_text(env.options, OPT_DLOCAL),
	    option_num(env.options, OPT_DLOCAL_TYPE) == 1, v);
}

/* Every text in the request may be a lie: the user is judged, the command is
 * the parent's own option, and the rest is arguments and environment. */
static int
priv_run(const struct msg_priv_program *r, uint32_t job, int in, int *out)
{
	struct dlocal_values v = {r->user, r->id, r->recipient, r->sender,
	    r->rcpt_domain, r->from_domain, r->from_local, r->rcpt_local,
	    r->home};
	static struct dlocal_command c;
	struct child *asker = child_find(PROC_DELIVERD, 0);
	struct job_args a;
	struct user u;

	if (priv_find_user(r->user, &u) == -1 ||
	    priv_build(&c, r->dlocal, &v) == -1) {
		log_warnx("no program can be run for user \"%s\"", r->user);
		return PRIV_REFUSED;
	}
	a.user = u.name;
	a.uid = u.uid;
	a.gid = u.gid;
	a.home = *r->home != '\0' ? r->home : "/";
	a.argv = c.argv;
	a.limits = NULL;
	a.in = in;
	a.out = out;
	if (asker == NULL ||
	    job_start(job, &a, priv_job_done, (void *)(intptr_t)asker->pid) ==
		-1)
		return PRIV_TEMP;
	return PRIV_OK;
}

/* fd is the message, for the program to read; out its output, for deliverd. */
void
priv_on_program(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg a;
	int out = -1;

	a.priv_program_answ.job = job_number();
	a.priv_program_answ.status = (uint8_t)priv_run(
	    &m->priv_program, a.priv_program_answ.job, fd, &out);
	close(fd);
	if (peer_answer(p, MSG_PRIV_PROGRAM_ANSW, ref, &a, out) == -1 &&
	    out != -1)
		close(out);
}

/* The job must be one of the daemon that asks, by its pid. */
void
priv_on_kill(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct child *c = peer_data(p);

	(void)ref;
	(void)fd;
	job_kill(m->priv_kill.job, (void *)(intptr_t)c->pid,
	    m->priv_kill.hard ? SIGKILL : SIGTERM);
}

/* The local socket that Local_delivery names; it answers at once or not. */
static int
priv_connect_lmtp(void)
{
	const char *path = option_text(env.options, OPT_LOCAL_DELIVERY);
	struct sockaddr_un sun;
	int fd;

	if (strncmp(path, LMTP_UNIX, strlen(LMTP_UNIX)) != 0)
		return -1;
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path + strlen(LMTP_UNIX),
		sizeof(sun.sun_path)) >= sizeof(sun.sun_path))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd != -1 &&
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		log_warn("%s", sun.sun_path);
		close(fd);
		fd = -1;
	}
	return fd;
}

void
priv_on_lmtp(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	int conn = priv_connect_lmtp();
	union msg a = {.priv_lmtp_answ = {conn == -1 ? PRIV_TEMP : PRIV_OK}};

	(void)m;
	(void)fd;
	if (peer_answer(p, MSG_PRIV_LMTP_ANSW, ref, &a, conn) == -1 &&
	    conn != -1)
		close(conn);
}
