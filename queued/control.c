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
 * control.c: CTL_LIST: the queue, one message, figures.  Answers are
 * pages: a last line "more=ID" says that a further page begins after=ID.
 */

#include "control.h"

#include <string.h>

#include "control_act.h"
#include "enums.h"
#include "helper.h"
#include "intake.h"
#include "out.h"
#include "proc.h"
#include "proc_show.h"
#include "query.h"
#include "queued.h"
#include "task.h"

/* Lines of a page if the query names no limit; at most. */
#define CONTROL_LIMIT 1000
/* Recipients of one message that are shown. */
#define CONTROL_RCPTS 10000
/* Bytes of a line. */
#define CONTROL_LINE 8192

struct page {
	struct peer *peer;
	uint64_t ref;
	uint32_t count;
};

static bool may_change_mark;

/* The parent has checked who the client is; what it may do is kept at its pair
 * and nowhere else, so that it can not outlive the connection. */
void
control_up(struct peer *p, bool may_change)
{
	peer_set_data(p, may_change ? &may_change_mark : NULL);
}

/* By the address of a mark: nothing that the client says is compared. */
bool
control_may_change(const struct peer *p)
{
	return peer_data(p) == &may_change_mark;
}

void
control_gone(struct peer *p)
{
	/* Each answer is given within its handler: nothing is kept. */
	(void)p;
}

/* A line that could not be made is left out, not cut. */
static void
page_line(struct page *page, struct out *o)
{
	union msg u = {0};

	if (!o->failed) {
		u.ctl_line.line = o->text;
		if (peer_item(page->peer, MSG_CTL_LINE, page->ref, &u, -1) == 0)
			page->count++;
	}
	out_clear(o);
}

/* The line of a message. */
static void
page_message(struct page *page, const struct message *m, int64_t now)
{
	const struct entry *e = m->sched;
	const struct recipient *r = NULL;
	uint32_t i, open = 0;
	struct out o;

	out_init(&o, CONTROL_LINE);
	for (i = 0; i < m->nrcpts; i++) {
		if (m->rcpts[i].state != RCPT_PENDING &&
		    m->rcpts[i].state != RCPT_DEFERRED)
			continue;
		if (open++ == 0)
			r = &m->rcpts[i];
	}
	out_key(&o, "id", queued_id(m->id));
	out_key_num(&o, "arrival", m->arrival);
	out_key_num(&o, "age", now - m->arrival);
	out_key_num(&o, "size", (int64_t)m->size);
	out_key(&o, "state",
	    e != NULL && e->tasks > 0 ? "active" : query_state_name(m));
	out_key(&o, "sender", message_text(m, m->sender));
	out_key_num(&o, "recipients", m->nrcpts);
	out_key_num(&o, "open", open);
	out_key_num(&o, "attempts", m->attempts);
	if (e != NULL && e->where == ENTRY_WAITS)
		out_key_num(&o, "next", e->due);
	if (r != NULL) {
		out_key(&o, "recipient", message_text(m, r->address));
		if (r->answer != 0)
			out_key(&o, "answer", message_text(m, r->answer));
	}
	page_line(page, &o);
}

/* Stops at the page's limit, after so many looks, or when the client does
 * not read; the last line says where to go on. */
static void
list_queue(struct page *page, const struct query *q, int64_t now)
{
	struct message key = {.id = q->after + 1}, *m;
	struct message_tree *tree = spool_messages(env.spool);
	uint32_t limit = q->limit == 0 ? CONTROL_LIMIT : q->limit;
	int64_t until = control_until();
	unsigned int looks = 0;
	struct out o;

	if (q->id != 0)
		key.id = q->id;
	for (m = RB_NFIND(message_tree, tree, &key); m != NULL;
	     m = RB_NEXT(message_tree, tree, m)) {
		if (q->id != 0 && m->id != q->id)
			return;
		if (page->count >= limit || looks > CONTROL_LOOKS ||
		    (looks > 0 && control_is_over(until)) ||
		    peer_is_full(page->peer))
			break;
		looks++;
		key.id = m->id;
		if (query_matches(q, m, now))
			page_message(page, m, now);
	}
	if (m == NULL)
		return;
	out_init(&o, CONTROL_LINE);
	out_key(&o, "more", queued_id(key.id));
	page_line(page, &o);
}

/* One line for a recipient.  Its answer is another's text, escaped by out.c
 * as all values are. */
static void
page_rcpt(struct page *page, const struct message *m, uint32_t i)
{
	const struct recipient *r = &m->rcpts[i];
	struct out o;

	out_init(&o, CONTROL_LINE);
	out_key(&o, "recipient", message_text(m, r->address));
	if (r->original != 0)
		out_key(&o, "original", message_text(m, r->original));
	out_key(&o, "route", r->flags & RCPT_LOCAL ? "local" : "remote");
	out_key(&o, "state",
	    r->task == RCPT_OUT ? "active" : rcpt_state_names[r->state]);
	out_key_num(&o, "attempts", r->attempts);
	if (r->state == RCPT_PENDING || r->state == RCPT_DEFERRED)
		out_key_num(&o, "next", r->next);
	if (r->answer != 0)
		out_key(&o, "answer", message_text(m, r->answer));
	page_line(page, &o);
}

/* Whether that "Name value" of so many octets tells a secret. */
static bool
is_secret(const char *line, size_t len)
{
	char name[64];
	enum option_id id;

	if (len >= sizeof(name))
		return false;
	memcpy(name, line, len);
	name[len] = '\0';
	return option_find(name, OPTION_IN_CONF, &id) == 0 &&
	    option_row(id)->flags & OPTION_SECRET;
}

/* Options that rules have set for it, LF between; secrets as stars. */
static void
page_overrides(struct out *o, const char *line)
{
	size_t len, name;
	struct out shown;

	out_init(&shown, CONTROL_LINE / 4);
	for (; *line != '\0'; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		name = strcspn(line, " \n");
		if (shown.len > 0)
			out_str(&shown, "\n");
		if (is_secret(line, name)) {
			out_bytes(&shown, line, name);
			out_str(&shown, " ***");
		} else
			out_bytes(&shown, line, len);
	}
	if (!shown.failed && shown.text != NULL)
		out_key(o, "overrides", shown.text);
	out_clear(&shown);
}

/* All of one message, its recipients up to CONTROL_RCPTS: what is kept of the
 * client is for the administrator, passwords are never among it. */
static enum ctl_status
list_message(struct page *page, const struct query *q, int64_t now)
{
	struct message *m = spool_find(env.spool, q->id);
	struct out o;
	uint32_t i;

	if (m == NULL)
		return CTL_NOT_FOUND;
	page_message(page, m, now);
	out_init(&o, CONTROL_LINE);
	out_key(&o, "client", message_text(m, m->client_ip));
	out_key(&o, "name", message_text(m, m->client_name));
	out_key(&o, "helo", message_text(m, m->client_helo));
	out_key(&o, "login", message_text(m, m->login));
	out_key(&o, "envid", message_text(m, m->envid));
	out_key(&o, "kind", m->flags & MSG_BOUNCE ? "report" : "mail");
	page_line(page, &o);
	out_init(&o, CONTROL_LINE);
	if (m->marks != 0)
		out_key(&o, "marks", message_text(m, m->marks));
	if (m->overrides != 0)
		page_overrides(&o, message_text(m, m->overrides));
	if (o.len > 0)
		page_line(page, &o);
	out_clear(&o);
	for (i = 0; i < m->nrcpts && i < CONTROL_RCPTS; i++)
		page_rcpt(page, m, i);
	return CTL_OK;
}

/* Counters are 64 bits wide and never go back while the process lives; a
 * restart begins them anew. */
static void
page_number(struct page *page, const char *key, uint64_t value)
{
	struct out o;

	out_init(&o, CONTROL_LINE);
	out_key_num(&o, key, (int64_t)value);
	page_line(page, &o);
}

/* Names are stable: monitoring reads them. */
static void
list_stats(struct page *page)
{
	struct spool_stats s;
	uint64_t syncs;

	spool_get_stats(env.spool, &s);
	syncs = s.journal.syncs == 0 ? 1 : s.journal.syncs;
	page_number(page, "messages", s.messages);
	page_number(page, "bytes", s.bytes);
	page_number(page, "incoming", intake_count());
	page_number(page, "due", env.schedule.ndue);
	page_number(page, "waiting", env.schedule.nwaits);
	page_number(page, "parked", env.schedule.nparked);
	page_number(page, "tasks_ready", task_ready());
	page_number(page, "tasks_out", task_out());
	page_number(page, "room", env.room);
	page_number(page, "destinations", dest_count());
	page_number(page, "open", task_is_open());
	page_number(page, "paused", env.paused);
	page_number(page, "accepted", env.accepted);
	page_number(page, "delivered", env.delivered);
	page_number(page, "deferred", env.deferred);
	page_number(page, "failed", env.failed);
	page_number(page, "expired", env.expired);
	page_number(page, "bounced", env.bounced);
	page_number(page, "removed", env.removed);
	page_number(page, "tasks", env.tasks);
	page_number(page, "records", s.journal.appended);
	page_number(page, "journal_bytes", s.journal.bytes);
	page_number(page, "writes", s.journal.writes);
	page_number(page, "syncs", s.journal.syncs);
	page_number(page, "messages_per_100_syncs", env.accepted * 100 / syncs);
	page_number(page, "sync_failures", s.journal.failures);
	page_number(page, "sync_jobs", helper_jobs());
	page_number(page, "segments", s.journal.segments);
	page_number(page, "checkpointed", s.checkpointed);
	page_number(page, "damaged", s.damaged);
	page_number(page, "memory_content", env.cached + intake_bytes());
}

/* Any answer, an error too, ends the call: a client of the socket that hears
 * nothing would wait for its timeout. Whoever may connect may look; secrets are
 * left out where lines are made. */
void
control_list(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct page page = {.peer = p, .ref = ref};
	enum ctl_status status = CTL_OK;
	union msg answer = {0};
	int64_t now = queued_now();
	struct query q;

	(void)fd;
	if (env.spool == NULL || query_parse(&q, m->ctl_list.query) == -1)
		status = CTL_BAD_QUERY;
	else if (m->ctl_list.what == CTL_QUEUE)
		list_queue(&page, &q, now);
	else if (m->ctl_list.what == CTL_MESSAGE)
		status = list_message(&page, &q, now);
	else if (m->ctl_list.what == CTL_STATS)
		list_stats(&page);
	else if (m->ctl_list.what == CTL_OPTIONS)
		page.count = proc_show_options(p, ref, FOR_QUEUED);
	else
		status = CTL_BAD_QUERY;
	answer.ctl_list_answ.status = status;
	answer.ctl_list_answ.count = page.count;
	peer_answer(p, MSG_CTL_LIST_ANSW, ref, &answer, -1);
}
