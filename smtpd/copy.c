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
 * Cp!; see copy.h.  One address is asked after the other: rules name one, or
 * two.  An address that does not exist stays a target, so that the report of
 * its failure reaches the postmaster.
 */
#include "copy.h"

#include <stdlib.h>
#include <string.h>

#include "enums.h"
#include "lookup.h"
#include "rule.h"
#include "session_wait.h"
#include "smtp.h"
#include "smtp_reply.h"
#include "smtpd.h"
#include "transaction.h"

/* The next address becomes the question under way.  -1: no memory. */
static int
begin(struct session *s)
{
	struct note *n = STAILQ_FIRST(&s->tx->copies);
	struct asked_options o = {.notify = 0};
	struct address a;
	bool ok;

	ok = address_parse(&a, n->text, strlen(n->text), ADDRESS_INTERNAL) ==
	    ADDRESS_OK;
	STAILQ_REMOVE_HEAD(&s->tx->copies, link);
	free(n);
	if (!ok || transaction_ask(s->tx, s->ref, &a, &o) == -1)
		return -1;
	s->tx->asked->is_copy = true;
	return 0;
}

/* True: the session waits, or it has ended badly; in both cases the answer goes
 * on from here. */
bool
copy_ask(struct session *s)
{
	if (STAILQ_EMPTY(&s->tx->copies))
		return false;
	if (begin(s) == -1 || lookup_rcpt(s, s->tx->asked) == -1)
		smtp_data_failed(s);
	else
		session_wait_begin(s, WAIT_COPY);
	return true;
}

/* A copy is made for the administrator: where it can not be, the client is told
 * to come again rather than that it was taken. */
void
copy_answer(struct session *s)
{
	struct asked *q = s->tx->asked;

	switch (q->status) {
	case LOOK_OK:
		break;
	case LOOK_NO:
		asked_found(q, ROUTE_LOCAL, ADDRESS_UNKNOWN, q->address.text);
		break;
	case LOOK_REMOTE:
		asked_found(q, ROUTE_REMOTE, ADDRESS_UNKNOWN, q->address.text);
		break;
	default:
		/* The message must not pass without its copy. */
		smtp_data_failed(s);
		return;
	}
	if (transaction_copy(s->tx) == -1) {
		smtp_data_failed(s);
		return;
	}
	transaction_answered(s->tx);
	if (!copy_ask(s))
		smtp_data_copied(s);
}
