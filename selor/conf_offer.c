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
 * Two-phase commit of a configuration that was read again; see conf_offer.h.
 * One offer at a time.  It stays open until every daemon has dealt with the
 * order that ended it, so that no second one overtakes the first.
 */
#include "conf_offer.h"

#include <string.h>

#include "child.h"
#include "conf_all.h"
#include "conf_send.h"
#include "exec_user.h"
#include "listen.h"
#include "log.h"
#include "logfile.h"
#include "user.h"

/* A generation offered and not yet decided; NULL: none. */
static struct {
	struct options *options;
	uint32_t generation;
	unsigned int waiting; /* votes */
	bool refused;
} offer;
/* HUP came while another generation was being put in force. */
static bool reload_wanted;

bool
conf_offer_is_open(void)
{
	return offer.options != NULL;
}

bool
conf_offer_is_wanted(void)
{
	return reload_wanted && env.started;
}

/*
 * Called at the end of each thing that makes a reload wait; one that is still
 * in the way keeps it waiting.
 */
void
conf_offer_if_wanted(void)
{
	if (conf_offer_is_wanted())
		conf_offer_reload();
}

/*
 * Behind the barrier: only now does every daemon act by the new options, so
 * only now may the line say so and the next offer begin.
 */
static void
offer_in_force(void)
{
	offer.options = NULL;
	log_info("configuration %u in force", env.generation);
	conf_send_waiting();
	conf_offer_if_wanted();
}

/* The file, a listener or a daemon refused: nothing of it was in force
 * anywhere. */
static void
offer_undone(void)
{
	options_free(offer.options);
	offer.options = NULL;
	log_warnx("the old configuration stays in force");
	conf_send_waiting();
	conf_offer_if_wanted();
}

/*
 * All have voted on an offer: go or undo.  Ports, logs and users are the
 * parent's own share of the change and follow the same decision; daemons hear
 * of it first, for their pairs keep order.
 */
static void
decide_offer(void)
{
	union msg m = {.conf_go = {offer.generation}};
	struct child *c;

	TAILQ_FOREACH (c, &env.children, entry)
		if (c->state == CHILD_UP && !c->dynamic)
			child_tell(c,
			    offer.refused ? MSG_CONF_UNDO : MSG_CONF_GO, &m,
			    -1);
	listen_decide(!offer.refused);
	if (offer.refused) {
		offer_undone();
		return;
	}
	options_free(env.options);
	env.options = offer.options;
	env.generation = offer.generation;
	user_forget();
	exec_user_forget();
	logfile_open_all();
	conf_send_logs_all();
	conf_send_barrier(offer_in_force);
}

void
conf_offer_vote(struct child *c, bool yes, const char *why)
{
	if (!c->asked)
		return;
	c->asked = false;
	if (!yes) {
		log_warnx(
		    "%s refuses the new configuration: %s", child_name(c), why);
		offer.refused = true;
	}
	if (--offer.waiting == 0)
		decide_offer();
}

/*
 * What can not change while the suite runs; NULL: nothing of it did.  These
 * name what the suite owns by its lock, its sockets and its files: two suites
 * would meet, or one would lose its queue.
 */
static const char *
fixed_change(const struct options *opts)
{
	static const enum option_id fixed[] = {OPT_QUEUE_PATH, OPT_SID,
	    OPT_CP_ERRORS_PATH, OPT_PID_FILE, OPT_CONTROL_SOCKET,
	    OPT_SMTPD_PROCS};
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (strcmp(option_text(opts, fixed[i]),
			option_text(env.options, fixed[i])) != 0)
			return option_row(fixed[i])->name;
	return NULL;
}

/* NULL after lines in the log: the file is wrong, or changes what only a
 * start can. */
static struct options *
read_again(void)
{
	struct options *opts = conf_read_all();
	const char *name;

	if (opts == NULL)
		return NULL;
	if ((name = fixed_change(opts)) != NULL) {
		log_warnx("%s changes at a restart only", name);
		options_free(opts);
		return NULL;
	}
	return opts;
}

/*
 * The parent holds a vote of its own while it asks (waiting starts at 1), so
 * that an answer which comes at once does not decide before all are asked.
 */
void
conf_offer_reload(void)
{
	struct child *c;

	reload_wanted = offer.options != NULL || !env.started ||
	    conf_send_is_any_beginning();
	if (reload_wanted || env.stopping)
		return;
	if ((offer.options = read_again()) == NULL ||
	    listen_offer(offer.options) == -1) {
		offer_undone();
		return;
	}
	offer.generation = env.generation + 1;
	offer.refused = false;
	offer.waiting = 1;
	TAILQ_FOREACH (c, &env.children, entry)
		if (c->state == CHILD_UP && !c->dynamic) {
			offer.waiting++;
			if (conf_send_generation(
				c, offer.options, offer.generation) == 0)
				continue;
			c->asked = true;
			conf_offer_vote(c, false, "it can not be sent there");
		}
	if (--offer.waiting == 0)
		decide_offer();
}
