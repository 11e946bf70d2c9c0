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
 * One run of a delivery program; see program.h.  The message goes down a pipe
 * that we feed as the program reads, with Return-Path on top and LF line ends
 * (A46); its output comes back on another, of which the first line is kept
 * for the report.  PRIV_EXIT brings the wait status, read by sysexits(3).
 */
#include "program.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "monotime.h"
#include "proc.h"
#include "program_place.h"
#include "slot.h"

#include "dot.h"
#include "utf8.h"

/* What is kept of the output; the rest is read and dropped. */
#define PROGRAM_OUTPUT 512
/* Content is turned to LF line ends in pieces of this size. */
#define PROGRAM_CHUNK 16384
/* Between TERM and KILL, and to wait for a status after that. */
#define PROGRAM_GRACE_MS 5000

struct program {
	uint64_t ref;
	struct job *owner;
	uint32_t number; /* the parent's number of the process */
	bool running;
	bool exited; /* status is valid */
	uint8_t killed; /* 0, 1: TERM was sent, 2: KILL */
	uint32_t status;
	struct monotime deadline;
	int in; /* we write the message here; -1: closed */
	int out; /* and read what it says here */
	struct event *ev_in, *ev_out;
	struct dot dot;
	uint64_t at; /* of the content */
	bool finished; /* all content is in buf */
	bool taken; /* and the pipe took it */
	size_t len, sent;
	size_t said;
	char output[PROGRAM_OUTPUT];
	char buf[DOT_ROOM(PROGRAM_CHUNK) + 400];
};

static struct {
	struct slots slots;
	unsigned int running;
} env;

static void program_check(struct program *);

int
program_init(void)
{
	slots_init(&env.slots, 10000);
	program_place_init();
	return 0;
}

unsigned int
program_count(void)
{
	return env.running;
}

/*
 * The program sees the end of its input.  Also what makes a program that reads
 * to the end begin its work.
 */
static void
program_close_in(struct program *g)
{
	if (g->ev_in != NULL)
		event_free(g->ev_in);
	g->ev_in = NULL;
	if (g->in != -1)
		close(g->in);
	g->in = -1;
}

/* Who still writes there gets SIGPIPE, as with any reader that has gone. */
static void
program_close_out(struct program *g)
{
	if (g->ev_out != NULL)
		event_free(g->ev_out);
	g->ev_out = NULL;
	if (g->out != -1)
		close(g->out);
	g->out = -1;
}

/* The first line that it said, for the report. */
static void
program_text(struct program *g, char *text, size_t size)
{
	const char *s = g->output, *end = s + g->said, *p;

	while (s < end && (*s == '\n' || *s == '\r' || *s == ' '))
		s++;
	p = memchr(s, '\n', (size_t)(end - s));
	utf8_clean(text, size, s, (size_t)((p == NULL ? end : p) - s), false);
}

/* What it said first is the text of the report. */
static void
program_result(struct program *g, struct result *r)
{
	char said[PROGRAM_OUTPUT + 1];

	program_text(g, said, sizeof(said));
	/* One that read all and then says "delivered" has delivered, though
	 * it was told to end: it must not be given the message again. */
	if (g->killed != 0 && !(g->taken && g->status == 0))
		result_set(r, 451, "4.3.0", "delivery program took too long");
	else
		result_exit(r, g->status, said);
}

/* Closes both pipes; the process itself is the parent's. */
static void
program_free(struct program *g)
{
	program_close_in(g);
	program_close_out(g);
	slot_remove(&env.slots, g->ref);
	env.running--;
	free(g);
}

static void
program_end(struct program *g, const struct result *r)
{
	struct job *j = g->owner;

	program_free(g);
	local_end(j, r);
	program_place_next();
}

/* It is over when the program ended and what it said was read. */
static void
program_check(struct program *g)
{
	struct result r;

	if (!g->exited || g->out != -1)
		return;
	program_result(g, &r);
	program_end(g, &r);
}

/* Read to the end, whatever it says: a program that is not read would block. */
static void
program_on_out(evutil_socket_t fd, short what, void *arg)
{
	struct program *g = arg;
	char drop[4096];
	size_t n;
	ssize_t r;

	(void)what;
	r = read(fd, drop, sizeof(drop));
	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r <= 0) {
		program_close_out(g);
		program_check(g);
		return;
	}
	n = sizeof(g->output) - g->said;
	if (n > (size_t)r)
		n = (size_t)r;
	memcpy(g->output + g->said, drop, n);
	g->said += n;
}

/* Puts the next piece of the message into the buffer.  -1: unreadable. */
static int
program_fill(struct program *g)
{
	struct dot_io io = {NULL, 0, g->buf, sizeof(g->buf)};
	const char *p;
	ssize_t n;

	g->sent = g->len = 0;
	n = task_content(g->owner->task, g->at, &p, PROGRAM_CHUNK);
	if (n == -1)
		return -1;
	if (n == 0) {
		dot_finish(&g->dot, &io);
		g->finished = true;
	} else {
		io.in = p;
		io.in_len = (size_t)n;
		dot_run(&g->dot, &io);
		g->at += (uint64_t)n;
	}
	g->len = sizeof(g->buf) - io.out_len;
	return 0;
}

static void
program_on_in(evutil_socket_t fd, short what, void *arg)
{
	struct program *g = arg;
	ssize_t n;

	(void)what;
	while (g->sent < g->len || !g->finished) {
		if (g->sent == g->len && program_fill(g) == -1) {
			/* It must not take half a message for a whole, so it
			 * is ended before it sees an end of its input; until
			 * then there is nothing more to write. */
			log_warn("content of %s", task_id_text(g->owner->task));
			g->deadline = monotime_now();
			event_del(g->ev_in);
			return;
		}
		n = write(fd, g->buf + g->sent, g->len - g->sent);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n == -1)
			/* It does not want to read on: its own affair. */
			break;
		g->sent += (size_t)n;
	}
	g->taken = g->finished && g->sent == g->len;
	program_close_in(g);
}

static void
program_fail(struct program *g, uint16_t code, const char *text)
{
	struct result r;

	result_set(&r, code, code / 100 == 5 ? "5.3.5" : "4.3.0", text);
	program_end(g, &r);
}

/*
 * From here the time of Dlocal_timeout counts against the program; what it
 * waited for the parent counts as well.
 */
static void
program_on_started(
    uint64_t ref, enum peer_result how, const union msg *m, int fd)
{
	struct program *g = slot_get(&env.slots, ref);
	int on = 1;

	if (g == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (how != PEER_ANSWER || fd == -1 ||
	    m->priv_program_answ.status != PRIV_OK) {
		if (fd != -1)
			close(fd);
		if (how == PEER_ANSWER &&
		    m->priv_program_answ.status == PRIV_REFUSED)
			program_fail(g, 451, "delivery program not allowed");
		else
			program_fail(g, 451, "can not run delivery program");
		return;
	}
	g->number = m->priv_program_answ.job;
	g->running = true;
	g->out = fd;
	(void)ioctl(fd, FIONBIO, &on);
	g->ev_out =
	    event_new(proc_base(), fd, EV_READ | EV_PERSIST, program_on_out, g);
	g->ev_in = event_new(
	    proc_base(), g->in, EV_WRITE | EV_PERSIST, program_on_in, g);
	if (g->ev_out == NULL || g->ev_in == NULL)
		fatalx("no memory for a program");
	event_add(g->ev_out, NULL);
	event_add(g->ev_in, NULL);
}

/* The parent ended before it said how the program did, or says it now. */
void
program_on_exit(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct program *g;
	uint32_t pos = 0;

	(void)p;
	(void)ref;
	(void)fd;
	while ((g = slot_next(&env.slots, &pos)) != NULL)
		if (g->running && g->number == m->priv_exit.job)
			break;
	if (g == NULL || g->exited)
		return; /* an agent */
	g->exited = true;
	g->status = m->priv_exit.status;
	program_close_in(g);
	/* A child that it left behind may hold the pipe: not for long. */
	g->deadline = monotime_add_ms(monotime_now(), PROGRAM_GRACE_MS);
	program_check(g);
}

/* TERM first, so that it may clean up. */
static void
program_kill(struct program *g, bool hard)
{
	union msg m;

	m.priv_kill.job = g->number;
	m.priv_kill.hard = hard;
	peer_tell(proc_parent(), MSG_PRIV_KILL, &m, -1);
}

static void
program_late(struct program *g, struct monotime now)
{
	if (g->exited) {
		program_close_out(g);
		program_check(g);
		return;
	}
	if (!g->running)
		return;
	g->deadline = monotime_add_ms(now, PROGRAM_GRACE_MS);
	switch (g->killed++) {
	case 0:
		program_kill(g, false);
		break;
	case 1:
		program_kill(g, true);
		break;
	default:
		/* No word of it: the parent lost sight of it. */
		program_fail(g, 451, "delivery program took too long");
	}
}

/*
 * What stands above the content.  The sender was parsed when it was accepted:
 * it has no line end.
 */
static void
program_head(struct program *g)
{
	int n = snprintf(g->buf, sizeof(g->buf), "Return-Path: <%s>\n",
	    g->owner->task->sender);

	g->len = (size_t)n;
	dot_init(&g->dot, DOT_LF);
}

/*
 * Parts of an address; a program gets them as arguments of their own.  What
 * does not fit is cut: the whole address is there as well.
 */
static void
program_split(
    const char *address, char *local, size_t size, const char **domain)
{
	const char *at = strrchr(address, '@');
	size_t n = at == NULL ? strlen(address) : (size_t)(at - address);

	*domain = at == NULL ? "" : at + 1;
	if (n >= size)
		n = size - 1;
	memcpy(local, address, n);
	local[n] = '\0';
}

/* Values go as they are: the parent makes arguments of them, no shell line. */
static int
program_ask(struct program *g, int in)
{
	struct job *j = g->owner;
	struct msg_priv_program *p;
	char from_local[128], rcpt_local[128];
	union msg m;

	p = &m.priv_program;
	program_split(
	    j->task->sender, from_local, sizeof(from_local), &p->from_domain);
	program_split(local_rcpt(j)->address, rcpt_local, sizeof(rcpt_local),
	    &p->rcpt_domain);
	p->user = j->user;
	p->id = task_id_text(j->task);
	p->recipient = local_rcpt(j)->address;
	p->sender = j->task->sender;
	p->from_local = from_local;
	p->rcpt_local = rcpt_local;
	p->home = j->home;
	p->dlocal = j->dlocal;
	return peer_call(proc_parent(), MSG_PRIV_PROGRAM, &m, in,
	    PEER_THEN(program_on_started, g->ref));
}

void
program_run(struct job *j)
{
	struct program *g;
	struct result r;
	int fds[2], on = 1;

	result_set(&r, 451, "4.3.0", "out of memory or descriptors");
	if ((g = calloc(1, sizeof(*g))) == NULL ||
	    (g->ref = slot_add(&env.slots, g)) == 0) {
		free(g);
		local_end(j, &r);
		return;
	}
	env.running++;
	g->owner = j;
	g->in = g->out = -1;
	g->deadline = monotime_add_ms(monotime_now(),
	    option_num(proc_options(), OPT_DLOCAL_TIMEOUT) * 1000);
	if (pipe2(fds, O_CLOEXEC) == -1) {
		program_free(g);
		local_end(j, &r);
		return;
	}
	g->in = fds[1];
	(void)ioctl(g->in, FIONBIO, &on);
	program_head(g);
	if (program_ask(g, fds[0]) == -1) {
		close(fds[0]);
		program_free(g);
		result_set(&r, 451, "4.3.5", "names not fit for a program");
		local_end(j, &r);
	}
}

unsigned int
program_of_user(const char *user)
{
	const struct program *g;
	unsigned int n = 0;
	uint32_t pos = 0;

	while ((g = slot_next(&env.slots, &pos)) != NULL)
		n += strcmp(g->owner->user, user) == 0;
	return n;
}

void
program_tick(void)
{
	struct monotime now = monotime_now();
	struct program *g;
	uint32_t pos = 0;

	while ((g = slot_next(&env.slots, &pos)) != NULL)
		if (monotime_diff_ms(now, g->deadline) >= 0)
			program_late(g, now);
	program_place_tick(now);
}

void
program_start(struct job *j)
{
	program_place_add(j);
}
