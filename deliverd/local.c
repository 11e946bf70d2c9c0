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
 * Local delivery; see local.h.  A mailbox that can not be looked up now is a
 * temporary failure; one that has gone since the message was accepted is a
 * permanent one.
 */
#include "local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents.h"
#include "log.h"
#include "overlay.h"
#include "path.h"
#include "pool.h"
#include "proc.h"
#include "program.h"
#include "slot.h"

/* Jobs of one task at a time, and of all tasks. */
#define LOCAL_JOBS 64
#define LOCAL_JOBS_ALL 32768
/* Longest path of a mailbox, with its NUL; as in messages.def. */
#define LOCAL_PATH_MAX 1025

enum local_way {
	LOCAL_PROGRAM,
	LOCAL_MAILDIR,
	LOCAL_MBOX,
	LOCAL_LMTP
};

static struct {
	struct slots jobs;
	enum local_way way;
	char path[OPTION_TEXT_MAX];
} env;

int
local_init(void)
{
	slots_init(&env.jobs, LOCAL_JOBS_ALL);
	return 0;
}

void
local_configure(const struct options *o)
{
	const char *text = option_text(o, OPT_LOCAL_DELIVERY);

	env.way = LOCAL_PROGRAM;
	if (strncmp(text, "maildir:", 8) == 0)
		env.way = LOCAL_MAILDIR;
	else if (strncmp(text, "mbox:", 5) == 0)
		env.way = LOCAL_MBOX;
	else if (strncmp(text, "lmtp:", 5) == 0)
		env.way = LOCAL_LMTP;
	text += strcspn(text, ":");
	text += *text == ':';
	strlcpy(env.path, text, sizeof(env.path));
}

struct job *
local_job(uint64_t ref)
{
	return slot_get(&env.jobs, ref);
}

struct rcpt *
local_rcpt(const struct job *j)
{
	return &j->task->rcpts[j->rcpt];
}

static void local_pump(struct task *);

/*
 * One job less: others of the task may begin.  The task may end with this, and
 * t with it.
 */
static void
local_free(struct job *j)
{
	struct task *t = j->task;

	slot_remove(&env.jobs, j->ref);
	free(j->user);
	free(j->home);
	free(j->dlocal);
	free(j->path);
	free(j);
	t->jobs--;
	local_pump(t);
	task_release(t);
}

void
local_end(struct job *j, const struct result *r)
{
	task_result(j->task, local_rcpt(j), r);
	local_free(j);
}

/* Ends it with a text of our own, which the sender may read in a report. */
static void
local_fail(struct job *j, uint16_t code, const char *enhanced, const char *text)
{
	struct result r;

	result_set(&r, code, enhanced, text);
	local_end(j, &r);
}

/* Ends it with a text of the administrator. */
static void
local_fail_option(
    struct job *j, enum option_id id, uint16_t code, const char *enhanced)
{
	struct result r;

	result_option(&r, j->task->options, id, code, enhanced);
	local_end(j, &r);
}

/* A path that can not be made is the administrator's to mend: temporary. */
static void
local_to_agent(struct job *j)
{
	const struct path_values v = {j->home, j->user, local_rcpt(j)->address};
	char path[LOCAL_PATH_MAX];
	const char *why = NULL;

	if (path_expand(path, sizeof(path), env.path, &v, &why) == -1) {
		log_warnx(
		    "%s for %s: %s", env.path, local_rcpt(j)->address, why);
		local_fail(j, 451, "4.3.5", why);
		return;
	}
	j->how = env.way == LOCAL_MBOX ? AGENT_MBOX : AGENT_MAILDIR;
	if ((j->path = strdup(path)) == NULL)
		local_fail(j, 451, "4.3.0", "out of memory");
	else
		agents_deliver(j);
}

/* By the program's whole path, in a list parted by blanks. */
static bool
local_is_listed(const char *command, const char *list)
{
	size_t len = strcspn(command, " \t"), n;

	for (; *list != '\0'; list += n) {
		list += strspn(list, " \t");
		n = strcspn(list, " \t");
		if (n > 0 && n == len && memcmp(list, command, n) == 0)
			return true;
	}
	return false;
}

/* Def! may make the list shorter, not longer: the parent has its own, for its
 * word would be worth nothing if messages could change it. */
static bool
local_is_allowed(const struct task *t, const char *command)
{
	return local_is_listed(
		   command, option_text(proc_options(), OPT_ADLOCAL_ALLOWED)) &&
	    local_is_listed(command, task_text(t, OPT_ADLOCAL_ALLOWED));
}

/*
 * The program of the mailbox, or the one that Def! names for the message.
 * False: neither.  What is configured is the parent's to know.
 */
static bool
local_has_program(struct job *j)
{
	const struct task *t = j->task;
	const char *command = task_text(t, OPT_DLOCAL);

	if (j->dlocal[0] != '\0') {
		if (!overlay_has(t->options, OPT_ADLOCAL_ALLOWED) ||
		    local_is_allowed(t, j->dlocal))
			return true;
		log_warnx("%s: dlocal \"%s\" is not in Adlocal_allowed",
		    task_id_text(t), j->dlocal);
	}
	free(j->dlocal);
	j->dlocal = NULL;
	if (!overlay_has(t->options, OPT_DLOCAL)) {
		command = "";
	} else if (strcmp(command, option_text(proc_options(), OPT_DLOCAL)) ==
	    0) {
		j->dlocal = strdup("");
		return true;
	} else if (!local_is_allowed(t, command)) {
		log_warnx("%s: Def!: Dlocal \"%s\" is not in Adlocal_allowed",
		    task_id_text(t), command);
		command = "";
	}
	j->dlocal = strdup(command);
	return *command != '\0';
}

/* The mailbox is known: the way on. */
static void
local_dispatch(struct job *j)
{
	bool has_program = local_has_program(j);

	if (j->dlocal == NULL) {
		local_fail(j, 451, "4.3.0", "out of memory");
		return;
	}
	if (has_program) {
		program_start(j);
		return;
	}
	switch (env.way) {
	case LOCAL_PROGRAM:
		program_start(j);
		break;
	case LOCAL_MAILDIR:
	case LOCAL_MBOX:
		local_to_agent(j);
		break;
	case LOCAL_LMTP:
		/* All such recipients go together, once they are known. */
		local_rcpt(j)->state = RCPT_CLIENT;
		local_free(j);
		break;
	}
}

/*
 * The mailbox was there when the message was accepted, so only a clear "no" of
 * the tables is final.
 */
static void
local_mailbox(struct job *j, const struct msg_look_mailbox_answ *a)
{
	switch (a->status) {
	case LOOK_OK:
		if (a->over_quota) {
			local_fail_option(
			    j, OPT_MSG_FULL_MAILBOX, 552, "5.2.2");
			return;
		}
		if ((j->user = strdup(a->user)) == NULL ||
		    (j->home = strdup(a->home)) == NULL ||
		    (j->dlocal = strdup(a->dlocal)) == NULL)
			local_fail(j, 451, "4.3.0", "out of memory");
		else
			local_dispatch(j);
		break;
	case LOOK_NO:
	case LOOK_REMOTE:
		local_fail_option(j, OPT_MSG_NO_MAILBOX, 550, "5.1.1");
		break;
	default:
		local_fail_option(j, OPT_MSG_MAILBOX_UNAVAIBBLE, 451, "4.3.0");
	}
}

static void
local_on_mailbox(uint64_t ref, enum peer_result how, const union msg *m, int fd)
{
	struct job *j = local_job(ref);

	(void)fd;
	if (j == NULL)
		return;
	j->task->lookups--;
	proc_busy(task_id_text(j->task));
	if (how == PEER_ANSWER)
		local_mailbox(j, &m->look_mailbox_answ);
	else
		local_fail_option(j, OPT_MSG_MAILBOX_UNAVAIBBLE, 451, "4.3.0");
	proc_busy("");
}

/*
 * Each recipient ends in a result, also where there is no memory or lookupd.
 * From here on the job holds its task, until local_free.
 */
static void
local_begin(struct task *t, uint32_t rcpt)
{
	struct peer *lookupd = proc_peer(PROC_LOOKUPD, 0);
	struct result r;
	struct job *j;
	union msg m;

	if ((j = calloc(1, sizeof(*j))) == NULL ||
	    (j->ref = slot_add(&env.jobs, j)) == 0) {
		free(j);
		result_set(&r, 451, "4.3.0", "too many local deliveries");
		task_result(t, &t->rcpts[rcpt], &r);
		return;
	}
	j->task = t;
	j->rcpt = rcpt;
	task_hold(t);
	t->jobs++;
	m.look_mailbox.address = t->rcpts[rcpt].address;
	if (lookupd == NULL ||
	    peer_call(lookupd, MSG_LOOK_MAILBOX, &m, -1,
		PEER_THEN(local_on_mailbox, j->ref)) == -1)
		local_fail_option(j, OPT_MSG_MAILBOX_UNAVAIBBLE, 451, "4.3.0");
	else
		t->lookups++;
}

/* Recipients for LMTP, once nobody else may join them: they share one
 * transaction, in which the content is sent once (RFC 2033). */
static void
local_to_lmtp(struct task *t)
{
	uint32_t i;

	if (t->next_rcpt < t->rcpt_count || t->lookups > 0 || t->dest != NULL ||
	    t->client != NULL)
		return;
	for (i = 0; i < t->rcpt_count; i++)
		if (t->rcpts[i].state == RCPT_CLIENT) {
			pool_submit_lmtp(t, env.path);
			return;
		}
}

/* Keeps LOCAL_JOBS of a task in work until all have begun. */
static void
local_pump(struct task *t)
{
	/* Jobs that end at once come back here. */
	if (t->pumping)
		return;
	t->pumping = true;
	task_hold(t);
	while (t->next_rcpt < t->rcpt_count && t->jobs < LOCAL_JOBS)
		local_begin(t, t->next_rcpt++);
	local_to_lmtp(t);
	t->pumping = false;
	task_release(t);
}

void
local_start(struct task *t)
{
	local_pump(t);
}
