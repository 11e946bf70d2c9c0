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
 * Deliveries to an agent and their answers; see agents_job.h.  Many are in
 * flight to one agent, which syncs them together: nothing here waits for an
 * answer before it sends the next.
 */
#include "agents_job.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "agents.h"
#include "agents_pace.h"
#include "proc.h"
#include "slot.h"

/* Octets of one AGENT_DATA. */
#define AGENTS_CHUNK 16000

/* Jobs whose agent ended; each holds its task, so these are few. */
static struct job_list again = TAILQ_HEAD_INITIALIZER(again);

/*
 * The id as part of a file's name: hexadecimal, and the Sid.  The same for each
 * try, since a Maildir's file is named after it.
 */
static void
agents_id(const struct task *t, char *buf, size_t size)
{
	const char *sid = option_text(proc_options(), OPT_SID);

	snprintf(buf, size, "%llx%s%s", (unsigned long long)t->msgid,
	    *sid == '\0' ? "" : "_", sid);
}

void
agents_job_fail(
    struct job *j, uint16_t code, const char *enhanced, const char *text)
{
	struct result r;

	result_set(&r, code, enhanced, text);
	local_end(j, &r);
}

void
agents_job_again(struct job *j)
{
	if (j->is_second) {
		agents_job_fail(j, 451, "4.3.0", "the delivery agent ended");
		return;
	}
	j->is_second = true;
	TAILQ_INSERT_TAIL(&again, j, entry);
}

/* Later than the end of the agent that had them, so never to that one. */
void
agents_job_tick(void)
{
	struct job_list jobs = TAILQ_HEAD_INITIALIZER(jobs);
	struct job *j;

	TAILQ_CONCAT(&jobs, &again, entry);
	while ((j = TAILQ_FIRST(&jobs)) != NULL) {
		TAILQ_REMOVE(&jobs, j, entry);
		agents_deliver(j);
	}
}

/*
 * An agent that has gone may have published the file: the repeated delivery
 * will find it there.
 */
static void
agent_on_answer(uint64_t ref, enum peer_result how, const union msg *m, int fd)
{
	const struct msg_agent_deliver_answ *a;
	static const uint16_t codes[] = {250, 451, 552};
	struct agent *g;
	struct result r;
	struct job *j = local_job(ref);
	uint64_t agent;

	(void)fd;
	if (j == NULL)
		return;
	agent = j->agent;
	if ((g = agents_get(j->agent)) != NULL) {
		g->heard = monotime_now();
		if (--g->calls == 0)
			g->idle_since = g->heard;
	}
	if (how == PEER_GONE && (g == NULL || !g->is_cut)) {
		agents_job_again(j);
		return;
	}
	if (how != PEER_ANSWER) {
		agents_job_fail(j, 451, "4.3.0", "the delivery agent ended");
		/* What the job's end led to may have closed it. */
		g = agents_get(agent);
		if (how == PEER_TIMEOUT && g != NULL && g->peer != NULL) {
			g->is_cut = true;
			peer_breach(g->peer, "deliveries take too long");
		}
		return;
	}
	a = &m->agent_deliver_answ;
	result_set(
	    &r, codes[a->result > 2 ? 1 : a->result], a->enhanced, a->text);
	local_end(j, &r);
}

/*
 * Content in pieces, or its descriptor, then the call.  -1 leaves the job with
 * the caller.  The agent then has content without its delivery, but can fail
 * only by having gone: all fields were bounded when the task and the mailbox
 * came in.
 */
static int
agent_send(struct agent *g, struct job *j)
{
	struct task *t = j->task;
	const char *p;
	char id[64];
	uint64_t at;
	ssize_t n;
	union msg m;
	int fd = -1;

	agents_id(t, id, sizeof(id));
	for (at = 0; t->fd == -1 && at < t->size; at += (uint64_t)n) {
		n = task_content(t, at, &p, AGENTS_CHUNK);
		m.agent_data.data = (const uint8_t *)p;
		m.agent_data.data_len = (uint32_t)n;
		if (peer_tell(g->peer, MSG_AGENT_DATA, &m, -1) == -1)
			return -1;
	}
	if (t->fd != -1 && (fd = fcntl(t->fd, F_DUPFD_CLOEXEC, 3)) == -1)
		return -1;
	m.agent_deliver.how = j->how;
	m.agent_deliver.path = j->path;
	m.agent_deliver.id = id;
	m.agent_deliver.index = local_rcpt(j)->index;
	m.agent_deliver.sender = t->sender;
	m.agent_deliver.recipient = local_rcpt(j)->address;
	m.agent_deliver.size = t->size;
	m.agent_deliver.arrival = t->arrival;
	m.agent_deliver.repeat = t->repeat || j->is_second;
	if (peer_call(g->peer, MSG_AGENT_DELIVER, &m, fd,
		PEER_THEN(agent_on_answer, j->ref)) == 0)
		return 0;
	if (fd != -1)
		close(fd);
	return -1;
}

void
agents_job_pump(struct agent *g)
{
	struct job *j;

	if (g->state != AGENT_UP)
		return;
	while (
	    (j = TAILQ_FIRST(&g->waiting)) != NULL && !peer_is_full(g->peer)) {
		TAILQ_REMOVE(&g->waiting, j, entry);
		if (g->calls++ == 0)
			g->heard = monotime_now();
		j->agent = g->ref;
		if (agent_send(g, j) == 0) {
			g->holds = true;
			agents_pace_add();
			continue;
		}
		g->calls--;
		agents_job_fail(j, 451, "4.3.0", "can not reach the agent");
	}
}
