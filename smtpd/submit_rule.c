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
 * What rules say about a message, told to queued; see submit_rule.h.
 */
#include "submit_rule.h"

#include <string.h>

#include "enums.h"
#include "proc.h"
#include "rule.h"
#include "session_wait.h"
#include "smtp.h"
#include "smtpd.h"
#include "submit.h"
#include "transaction.h"

static int
tell(enum msg_type type, const union msg *m)
{
	struct peer *p = proc_peer(PROC_QUEUED, 0);

	return p == NULL ? -1 : peer_tell(p, type, m, -1);
}

/* What only receiving reads, selor-grammar.md part 4; the rest of what Def!
 * may change goes with the message. */
static bool
is_of_session(enum option_id id)
{
	switch (id) {
	case OPT_MSG_REFUSED:
	case OPT_MSG_NODISK_SPACE:
	case OPT_MSG_PERM_DENY:
	case OPT_MSG_INVALID_DOMAIN:
	case OPT_MSG_HEADER_TOOBIG:
	case OPT_MSG_INTERNAL_ERROR:
	case OPT_MSG_TRANSACTION_FALIED:
	case OPT_MSG_MAIL_TOOBIG:
	case OPT_MSG_LAVG:
	case OPT_MAX_RCPTS:
	case OPT_MAX_MSGS_PER_CNX:
	case OPT_LAVG_NEGATIVE:
	case OPT_TLS_ENABLE:
	case OPT_AUTH_RELAY:
	case OPT_QUEUE_PATH:
	case OPT_EVENT_RCPT:
		return true;
	default:
		return false;
	}
}

int
submit_option(struct session *s, enum option_id id)
{
	union msg m = {.queue_option = {.msgid = s->tx->content.msgid,
			   .option = option_row(id)->name,
			   .text = session_text(s, id)}};

	return is_of_session(id) ? 0 : tell(MSG_QUEUE_OPTION, &m);
}

int
submit_mark(struct session *s, const char *mark)
{
	union msg m = {
	    .queue_mark = {.msgid = s->tx->content.msgid, .mark = mark}};

	return tell(MSG_QUEUE_MARK, &m);
}

int
submit_header(struct session *s, const char *line)
{
	union msg m = {
	    .queue_header = {.msgid = s->tx->content.msgid, .line = line}};

	return tell(MSG_QUEUE_HEADER, &m);
}

int
submit_spool(struct session *s)
{
	union msg m = {.queue_spool = {.msgid = s->tx->content.msgid,
			   .spool = SPOOL_QLIMIT}};

	return tell(MSG_QUEUE_SPOOL, &m);
}

static int
tell_way(
    uint64_t msgid, uint32_t rcpt, enum route_what what, const struct way *w)
{
	union msg m = {.queue_route = {.msgid = msgid,
			   .rcpt = rcpt,
			   .what = (uint8_t)what,
			   .text = w->text[what],
			   .secret = what == ROUTE_MX_AUTH ? w->secret : ""}};

	return tell(MSG_QUEUE_ROUTE, &m);
}

/* What recipients from the first on have of their own. */
static int
tell_ways_from(const struct transaction *t, uint32_t first)
{
	const struct target *x;
	uint32_t i = 0;
	int what;

	if (STAILQ_EMPTY(&t->ways))
		return 0;
	TAILQ_FOREACH (x, &t->targets, link) {
		for (what = 0; i >= first && what < ROUTE_WHAT_COUNT; what++)
			if (way_has(x->way, what) &&
			    tell_way(t->content.msgid, i, what, x->way) == -1)
				return -1;
		i++;
	}
	return 0;
}

/* queued gives it to those who have no own one, but not to copies (A30), and
 * has a local recipient leave when there is a host to go to. */
int
submit_ways(struct session *s)
{
	const struct transaction *t = s->tx;
	int what;

	for (what = 0; what < ROUTE_WHAT_COUNT; what++)
		if (way_has(t->all, what) &&
		    tell_way(t->content.msgid, QUEUE_ROUTE_ALL, what, t->all) ==
			-1)
			return -1;
	return 0;
}

/* Options and marks are the connection's. */
static int
tell_connection(struct session *s)
{
	const struct note *n;
	enum option_id id;
	unsigned int i;

	for (i = 0; (id = overlay_id(s->rule->options, i)) != OPT_COUNT; i++)
		if (submit_option(s, id) == -1)
			return -1;
	STAILQ_FOREACH(n, &s->rule->marks, link)
	if (submit_mark(s, n->text) == -1)
		return -1;
	return 0;
}

int
submit_rules(struct session *s)
{
	const bool is_qlimited =
	    s->tx->is_qlimited || (s->rule != NULL && s->rule->is_qlimited);

	if (is_qlimited && submit_spool(s) == -1)
		return -1;
	if (s->rule != NULL && tell_connection(s) == -1)
		return -1;
	/* SRS gives recipients a way without any rules. */
	return tell_ways_from(s->tx, 0) == -1 ? -1 : submit_ways(s);
}

int
submit_copies(struct session *s)
{
	uint32_t first = s->tx->told;

	if (submit_targets(s) == -1)
		return -1;
	return tell_ways_from(s->tx, first);
}

static void
stage_done(uint64_t ref, enum peer_result r, const union msg *m, int fd)
{
	struct session *s = slot_get(&env.sessions, ref);
	struct content *c;

	(void)fd;
	/* Rules may have ended without it, and the message with them. */
	if (s == NULL || s->is_dead || s->wait != WAIT_RULE || s->tx == NULL)
		return;
	c = &s->tx->content;
	if (!c->is_staging)
		return;
	c->is_staging = false;
	smtp_data_staged(s,
	    r == PEER_ANSWER ? submit_fault(m->queue_stage_answ.status) :
			       FAULT_INTERNAL);
}

int
submit_stage(struct session *s)
{
	struct content *c = &s->tx->content;
	union msg m = {
	    .queue_stage = {.msgid = c->msgid,
		.size = c->size,
		.header_size = (uint32_t)(c->received + c->header.size)}};
	struct peer *p = proc_peer(PROC_QUEUED, 0);

	if (p == NULL ||
	    peer_call(p, MSG_QUEUE_STAGE, &m, -1,
		PEER_THEN(stage_done, s->ref)) == -1)
		return -1;
	c->is_staging = true;
	return 0;
}
