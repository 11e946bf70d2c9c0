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
 * bounce.c: reports on messages.  The recipients that a report is about
 * are marked while it is made; when it is durable in the queue they are
 * marked as reported, so a crash in between repeats a report and never
 * loses one.
 */

#include "bounce.h"

#include <stdlib.h>
#include <string.h>

#include "bounce_who.h"
#include "errors.h"
#include "log.h"
#include "notice.h"
#include "override.h"
#include "post.h"
#include "proc.h"
#include "queued.h"
#include "result.h"
#include "rules.h"

/* Wait after a report could not be made, seconds; less when retries come
 * sooner. */
#define BOUNCE_AGAIN 60

/* Waiting ones taken back in one turn; what finds no room then comes
 * behind the others. */
#define BOUNCE_WAKE 64

struct bounce {
	struct post post;
	struct entry *entry;
	char *to;
	bool has_delay;
};

/* Those that wait for room to post: a burst of failures makes its reports
 * one after the other, and no report in vain. */
static struct entry_list waiting = TAILQ_HEAD_INITIALIZER(waiting);

/* For dsn.c: only those that were marked when the report began. */
static enum dsn_action
bounce_marked(const struct message *m, const struct recipient *r)
{
	return r->task == RCPT_REPORTING ? bounce_action(m, r, true) : DSN_NONE;
}

/* Bytes that a recipient takes in a report, at most: it stands in the list
 * and in the status part, its answer in both. */
static size_t
bounce_bytes(const struct message *m, const struct recipient *r)
{
	return 512 +
	    2 *
	    (strlen(message_text(m, r->address)) +
		strlen(message_text(m, r->original)) +
		strlen(message_text(m, r->answer))) +
	    strlen(message_text(m, r->orcpt));
}

/* Marks whom the report is about, as many as it has room for; how many.
 * The others are in the next. */
static uint32_t
bounce_mark(struct bounce *b, int64_t now)
{
	struct message *m = b->entry->message;
	struct recipient *r;
	enum dsn_action a;
	size_t bytes = 0;
	uint32_t i, n = 0;

	for (i = 0;
	     i < m->nrcpts && n < DSN_RCPTS_MAX && bytes < DSN_RCPTS_BYTES;
	     i++) {
		r = &m->rcpts[i];
		a = bounce_action(m, r, bounce_who_is_delayed(m, r, now));
		if (a == DSN_NONE || r->task != RCPT_IDLE ||
		    strcmp(bounce_who_to(m, r), b->to) != 0)
			continue;
		r->task = RCPT_REPORTING;
		bytes += bounce_bytes(m, r);
		b->has_delay |= a == DSN_DELAYED;
		n++;
	}
	return n;
}

/* Takes the marks away; done: the recipients count as reported. */
static void
bounce_unmark(struct entry *e, bool done)
{
	struct message *m = e->message;
	struct recipient *r;
	uint32_t i;

	for (i = 0; i < m->nrcpts; i++) {
		r = &m->rcpts[i];
		if (r->task != RCPT_REPORTING)
			continue;
		r->task = RCPT_IDLE;
		if (!done)
			continue;
		r->flags |=
		    r->state == RCPT_DEFERRED ? RCPT_DELAYED : RCPT_REPORTED;
		result_dirty(e, i);
	}
}

/* Not later than the message's own next try: a report may be all it waits
 * for. */
static int64_t
bounce_again(int64_t now)
{
	return now +
	    (env.conf.retry < BOUNCE_AGAIN ? env.conf.retry : BOUNCE_AGAIN);
}

static void
bounce_log(const struct entry *e, const struct bounce *b)
{
	const struct message *m = e->message;
	struct log_line l;

	if (!log_begin(&l, LOG_SUMMARY, "bounced"))
		return;
	log_str(&l, "id", queued_id(m->id));
	log_str(&l, "sender", message_text(m, m->sender));
	log_num(&l, "size", (int64_t)m->size);
	log_str(&l, "kind", b->has_delay ? "delay" : "report");
	log_end(&l);
}

/* Nobody can be told: a copy for the administrator, if he wants one. */
static void
bounce_undeliverable(struct entry *e, const char *to, const char *why)
{
	struct message *m = e->message;
	uint32_t i;

	for (i = 0; i < m->nrcpts; i++)
		if (m->rcpts[i].state == RCPT_FAILED &&
		    !(m->rcpts[i].flags & RCPT_REPORTED) &&
		    strcmp(bounce_who_to(m, &m->rcpts[i]), to) == 0)
			m->rcpts[i].task = RCPT_REPORTING;
	/* Once, not again whenever the copy is tried. */
	if (!e->is_told)
		log_warnx("%s: undeliverable and not reported: %s",
		    queued_id(m->id), why);
	e->is_told = true;
	e->is_busy = true;
	errors_copy(e, why);
}

/* The marks go in any case: a copy that failed is made again. */
void
bounce_copied(struct entry *e, bool done, int64_t again)
{
	bounce_unmark(e, done);
	result_free_again(e, again);
}

static void
bounce_free(struct bounce *b)
{
	free(b->to);
	free(b);
}

/* The report is in the queue, or was not to be made now, or has nobody to
 * go to.  Only the first counts the recipients as reported. */
static void
bounce_done(void *arg, enum post_result r)
{
	struct bounce *b = arg;
	struct entry *e = b->entry;
	struct message *m = e->message;

	if (r == POST_NOBODY) {
		bounce_unmark(e, false);
		bounce_undeliverable(e, b->to, "the sender does not exist");
		bounce_free(b);
		return;
	}
	bounce_unmark(e, r == POST_OK);
	if (r == POST_OK) {
		e->owed = 0;
		env.bounced++;
		bounce_log(e, b);
		if (b->has_delay) {
			m->flags |= MSG_DELAYWARNED;
			e->is_dirty = true;
		}
	}
	result_free_again(e, r == POST_OK ? 0 : bounce_again(queued_now()));
	bounce_free(b);
}

/* Rules that changed options for the message did for its report. */
static int
bounce_options(struct message *report, const struct entry *e)
{
	char *lines;
	int r;

	if (e->over == NULL)
		return 0;
	if ((lines = override_print(e->over)) == NULL)
		return -1;
	r = message_set(report, &report->overrides, lines);
	freezero(lines, strlen(lines));
	return r;
}

/* The report's message and text; -1: not now. */
static int
bounce_make(struct bounce *b, int64_t now)
{
	struct message *m = b->entry->message;
	struct dsn d = {
	    .about = m, .to = b->to, .action = bounce_marked, .now = now};
	struct out o;

	if ((d.report = post_message(MSG_BOUNCE)) == NULL)
		return -1;
	if (bounce_options(d.report, b->entry) == -1) {
		message_free(d.report);
		return -1;
	}
	d.until = m->arrival + schedule_window(&env.conf, m);
	proc_busy(queued_id(m->id));
	dsn_print(&o, &d);
	proc_busy("");
	if (o.failed) {
		out_clear(&o);
		message_free(d.report);
		return -1;
	}
	b->post.message = d.report;
	b->post.text = (uint8_t *)o.text;
	b->post.len = o.len;
	b->post.done = bounce_done;
	b->post.arg = b;
	b->post.about = b->entry;
	return post_begin(&b->post, b->to);
}

/* One report: those of whom its reader is told.  -1: not now. */
static int
bounce_start(struct entry *e, const char *to, int64_t now)
{
	struct bounce *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return -1;
	b->entry = e;
	if ((b->to = strdup(to)) == NULL || bounce_mark(b, now) == 0 ||
	    bounce_make(b, now) == -1) {
		bounce_unmark(e, false);
		bounce_free(b);
		return -1;
	}
	e->is_busy = true;
	return 0;
}

/* Event.error_report is over.  Deny!: nobody outside is told (A23). */
static void
bounce_asked(struct entry *e, bool make)
{
	const struct message *m = e->message;
	int64_t now = queued_now();
	const struct recipient *first = bounce_who_first(m, now);
	const char *to;

	e->is_busy = false;
	if (first != NULL && !e->is_doomed) {
		to = bounce_who_to(m, first);
		if (!make)
			bounce_undeliverable(
			    e, to, "a rule refused the report");
		if (!make || (to[0] != '\0' && bounce_start(e, to, now) == 0))
			return;
	}
	result_free_again(e, bounce_again(now));
}

bool
bounce_begin(struct entry *e, int64_t now)
{
	struct message *m = e->message;
	const struct recipient *first = bounce_who_first(m, now);
	const char *to;

	if (first == NULL)
		return false;
	if ((to = bounce_who_to(m, first))[0] == '\0') {
		bounce_undeliverable(e, to, "it came from the null sender");
		return true;
	}
	if (e->owed == 0)
		e->owed = now;
	if (now - e->owed > schedule_window(&env.conf, m)) {
		bounce_undeliverable(e, to, "no report could be made in time");
		return true;
	}
	if (!post_has_room()) {
		schedule_park(&env.schedule, e, &waiting);
		return true;
	}
	e->again = bounce_again(now);
	/* Where its sender is only deliverd finds out. */
	if (proc_peer(PROC_DELIVERD, 0) == NULL)
		return false;
	if (first->state == RCPT_FAILED && rules_report(e, first, bounce_asked))
		return true;
	return bounce_start(e, to, now) == 0;
}

void
bounce_wake(int64_t now)
{
	struct entry *e;
	unsigned int n;

	if (!post_has_room())
		return;
	for (n = 0; n < BOUNCE_WAKE && (e = TAILQ_FIRST(&waiting)) != NULL; n++)
		schedule_put(&env.schedule, e, now, now);
}
