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
 * PRIV_EXEC: ruled has a program of Exec! run.  It may name any program and
 * any arguments, which a taken-over ruled would too: so the program runs as a
 * user who has nothing (exec_user.h), without a way to more rights, and the
 * parent itself holds it to its time.
 */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "child.h"
#include "exec_args.h"
#include "exec_user.h"
#include "job.h"
#include "log.h"
#include "priv.h"

/* ruled ends its programs itself; behind this nobody has. */
#define EXEC_GRACE_SECONDS 15

/* Programs that run now. */
static unsigned int running;

/* ruled is told, if it is the same one. */
static void
exec_done(uint32_t job, int status, void *arg)
{
	struct child *c = child_find(PROC_RULED, 0);
	union msg m = {.priv_exit = {job, (uint32_t)status}};

	running--;
	if (c != NULL && c->pid == (pid_t)(intptr_t)arg)
		child_tell(c, MSG_PRIV_EXIT, &m, -1);
}

static enum priv_status
exec_start(struct exec_list *args, const struct exec_list *vars, uint32_t job,
    int *out)
{
	const struct exec_user *who = exec_user_get();
	const struct child *asker = child_find(PROC_RULED, 0);
	struct job_limits limits = {.vars = vars->text};
	struct job_args a = {.home = "/", .in = -1, .limits = &limits};
	char program[EXEC_PROGRAM_MAX];
	int error;

	/* Users may be there again in a while. */
	if (who == NULL || asker == NULL)
		return PRIV_TEMP;
	if ((error = exec_find(args->text[0], program)) != 0) {
		log_warnx("Exec!: %s: %s", args->text[0],
		    error == ENOENT ? "there is no such program" :
				      "it can not be executed");
		return error == ENOENT ? PRIV_MISSING : PRIV_REFUSED;
	}
	limits.groups = who->groups;
	limits.group_count = who->group_count;
	limits.seconds =
	    (unsigned int)option_num(env.options, OPT_EXEC_TIMEOUT) +
	    EXEC_GRACE_SECONDS;
	limits.program = program;
	a.user = who->user.name;
	a.uid = who->user.uid;
	a.gid = who->user.gid;
	a.argv = args->text;
	a.out = out;
	if (job_start(job, &a, exec_done, (void *)(intptr_t)asker->pid) == -1) {
		log_warn("Exec!: %s", program);
		return PRIV_TEMP;
	}
	running++;
	return PRIV_OK;
}

static enum priv_status
exec_judge(const struct msg_priv_exec *m, uint32_t job, int *out)
{
	static struct exec_list args, vars;

	if (exec_list_split(&args, m->arguments, m->arguments_len) == -1 ||
	    exec_list_split(&vars, m->environment, m->environment_len) == -1 ||
	    args.count == 0 || exec_list_check_vars(&vars) == -1) {
		log_warnx("ruled asks for a program by a list that is wrong");
		return PRIV_REFUSED;
	}
	if (running >=
	    (unsigned int)option_num(env.options, OPT_EXEC_MAX_PROCS))
		return PRIV_TEMP;
	return exec_start(&args, &vars, job, out);
}

void
priv_on_exec(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg a;
	int out = -1;

	(void)fd;
	a.priv_exec_answ.job = job_number();
	a.priv_exec_answ.status =
	    (uint8_t)exec_judge(&m->priv_exec, a.priv_exec_answ.job, &out);
	if (peer_answer(p, MSG_PRIV_EXEC_ANSW, ref, &a, out) == -1 && out != -1)
		close(out);
}
