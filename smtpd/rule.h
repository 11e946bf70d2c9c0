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
 * A session's policy: the questions to ruled, and what rules have changed
 * for this connection.  A session has none until the first event that has
 * rules, so one without Event.* costs a test of a bit.
 *
 * Who wants an event asked does
 *
 *	if (rule_ask(s, RULE_HELO))
 *		return;
 *
 * and is called by verdict.c where the event lets it go on.
 */
#ifndef SELOR_RULE_H
#define SELOR_RULE_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "option.h"
#include "overlay.h"
#include "peer.h"
#include "rule_enums.h"
#include "session.h"
#include "way.h"

/* Effects of one event, and their octets. */
#define EFFECTS_MAX 4096
#define EFFECTS_SIZE_MAX (1024u * 1024)
/* Header fields that rules add to one message; marks are bounded by ruled. */
#define HEADERS_MAX 100
#define MARKS_MAX 64

/* Who may relay by rules, A26. */
enum relay {
	RELAY_UNSAID,
	RELAY_YES,
	RELAY_NO
};

struct effect {
	STAILQ_ENTRY(effect) link;
	uint8_t what; /* enum rule_effect */
	char *secret; /* NULL: none */
	char text[];
};
STAILQ_HEAD(effect_list, effect);

/* A reply that is composed and not said yet. */
struct held {
	char *reply; /* NULL: there is none */
	size_t len;
	char *rule; /* what decided it, for Refused_log, or NULL */
	bool is_junk; /* counts as a wrong command */
	bool is_slow; /* after No_mailbox_delay */
	bool closes;
};

struct rule {
	uint8_t event; /* enum rule_event, the last that was asked */
	uint8_t relay; /* enum relay, for the connection */
	bool is_open; /* ruled knows the session */
	bool is_lost; /* it did, and has forgotten */
	bool has_name; /* ruled knows the client's name */
	bool is_accepted_due; /* ruled is still to hear of rcpt */
	bool is_reset_due; /* and of the end of the message */
	bool is_overrun; /* more effects than are kept */
	bool is_qlimited;
	uint32_t effect_count;
	size_t effect_size;
	struct effect_list effects; /* of the event under way */
	struct overlay *options; /* by Def! */
	struct note_list marks, headers;
	char *data_reply; /* for each DATA of the connection */
	char *said; /* what the rules want said when all goes well */
	char *rcpt; /* the last that was accepted */
	char *helo; /* the name of the HELO that is asked about */
	struct held held;
};

/* Whether rules are to be asked at this event. */
bool rule_is_set(const struct session *s, enum rule_event event);
/* Whether a message has an id from MAIL on (A34). */
bool rule_wants_id(const struct session *s);
/* The session's policy, made when needed.  NULL: no memory. */
struct rule *rule_get(struct session *s);
/* Lets ruled know the session; rule_ask does that too.  -1: it can not. */
int rule_open(struct session *s);
/*
 * Asks.  False: there is nothing to ask.  True: the session waits, or was
 * refused at once; verdict.c has what comes next.
 */
bool rule_ask(struct session *s, enum rule_event event);
/* The policy was lost with ruled: the session is told so, and ends. */
bool rule_is_lost(struct session *s);
/* What the client is called is known now, or will not be. */
void rule_named(struct session *s);
/* Tells ruled, if it knows the session. */
void rule_fact(struct session *s, enum rule_fact fact, const char *text);
void rule_fact_num(struct session *s, enum rule_fact fact, uint64_t n);
/* A transaction began: its facts. */
void rule_begin(struct session *s);
/* Where its files lie, once programs can see them. */
void rule_spool(struct session *s);
/* The recipient is accepted; or was not, and the one before it stands. */
void rule_rcpt_accepted(struct session *s, const char *address);
void rule_rcpt_back(struct session *s);
/* The transaction is over. */
void rule_reset(struct session *s);
/* What rules wanted said was not, and will not be. */
void rule_said_clear(struct session *s);
/* The session has gone. */
void rule_closed(struct session *s);
/* ruled has gone. */
void rule_peer_gone(void);
void rule_held_clear(struct rule *r);

/* Handler of RULE_EFFECT. */
void rule_on_effect(struct peer *p, uint64_t ref, const union msg *m, int fd);

/* Options as this session has them. */
int64_t session_num(const struct session *s, enum option_id id);
const char *session_text(const struct session *s, enum option_id id);

#endif
