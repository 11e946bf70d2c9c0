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
 * Looking ahead: a client that sends its RCPT commands in a group would wait
 * for one answer of lookupd after the other.  So while MAIL or the first of a
 * group waits, those behind it are asked already.  Nothing else is done ahead:
 * when a command's turn comes it is checked and answered as ever, and finds
 * its answer here or waits for it (transaction_ask).
 */
#include <string.h>

#include "lookup.h"
#include "rule.h"
#include "smtp.h"
#include "smtpd.h"
#include "transaction.h"

/* The end of the first line, behind its CRLF; NULL: there is none. */
static const char *
line_end(const char *p, size_t len)
{
	const char *nl = memchr(p, '\n', len);

	if (nl == NULL || nl == p || nl[-1] != '\r' ||
	    nl - p > COMMAND_LINE_MAX + 1)
		return NULL;
	return nl + 1;
}

/* How many a session may have under way behind the one that it waits for;
 * what Max_rcpts will refuse is not asked. */
static uint32_t
ahead_most(const struct session *s)
{
	int64_t left = session_num(s, OPT_MAX_RCPTS) - s->tx->rcpts - 1;

	if (left <= 0)
		return 0;
	return left < AHEAD_MAX ? (uint32_t)left : AHEAD_MAX;
}

/* Behind a MAIL or RCPT that is worked on; what rules change of the questions
 * is asked anew. */
static bool
may_ask(const struct session *s)
{
	if (s->tx == NULL ||
	    (s->verb != COMMAND_MAIL && s->verb != COMMAND_RCPT))
		return false;
	switch (s->wait) {
	case WAIT_NAME:
	case WAIT_RULE:
	case WAIT_SENDER:
	case WAIT_OPEN:
	case WAIT_RCPT:
		return true;
	default:
		return false;
	}
}

/* -1: it is none that can be asked. */
static int
ask(struct session *s, const char *line, size_t len)
{
	struct asked_options o;
	struct address a;
	struct command c;
	struct asked *q;

	smtp_parse(s, &c, line, len);
	if (c.verb != COMMAND_RCPT || c.status != COMMAND_OK ||
	    smtp_rcpt_address(s, &c, &a) != ADDRESS_OK ||
	    address_has_leading_dash(&a))
		return -1;
	o.notify = c.rcpt.notify;
	o.orcpt = c.rcpt.orcpt;
	if (env.asked.used >= AHEAD_ALL ||
	    (q = asked_new(s->ref, &a, &o)) == NULL)
		return -1;
	if (lookup_rcpt(s, q) == -1) {
		asked_free(q);
		return -1;
	}
	q->is_ahead = true;
	TAILQ_INSERT_TAIL(&s->tx->ahead, q, link);
	s->tx->ahead_count++;
	return 0;
}

/* p is what stands behind the command that waits. Nothing of it is used up: its
 * turn comes, and then it is parsed again. */
void
smtp_ahead(struct session *s, const char *p, size_t len)
{
	uint32_t i, most;
	const char *end;

	/* Half of them at a time, so that no line is looked at each time. */
	if (!may_ask(s) || s->tx->ahead_count > AHEAD_MAX / 2)
		return;
	most = ahead_most(s);
	for (i = 0; i < most && (end = line_end(p, len)) != NULL; i++) {
		if (i >= s->tx->ahead_count &&
		    ask(s, p, (size_t)(end - p) - 2) == -1)
			return;
		len -= (size_t)(end - p);
		p = end;
	}
}
