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
 * The values of RULE_*, QUEUE_ROUTE, DLV_ROUTE and PRIV_OPEN fields.  Their
 * names stand in rule_enums.c, for logs, explain and the l file.
 */
#ifndef SELOR_RULE_ENUMS_H
#define SELOR_RULE_ENUMS_H

#include <stdint.h>

#include "option.h"

/* The thirteen events, in the order in which a message meets them. */
enum rule_event {
	RULE_LIMIT,
	RULE_CONNECTION,
	RULE_HELO,
	RULE_AUTH,
	RULE_FROM,
	RULE_RCPT,
	RULE_LRCPT_REFUSED,
	RULE_DATA_CMD,
	RULE_DATA,
	RULE_QSTART,
	RULE_DL_RCPT,
	RULE_QEND,
	RULE_ERROR_REPORT,
	RULE_EVENT_COUNT
};

/* RULE_FACT fact: what the asker knows, as text. */
enum rule_fact {
	FACT_NAME, /* reverse name of the client, %e */
	FACT_HELO, /* %h */
	FACT_LOGIN, /* %u: tried, logged in, or saved */
	FACT_AUTH, /* "1": that login was right */
	FACT_SENDER, /* %f; begins a transaction */
	FACT_RCPT, /* the current recipient, %r */
	FACT_ACCEPTED, /* that recipient was accepted, as it now stands */
	FACT_SIZE, /* %z, decimal octets */
	FACT_ID, /* %d */
	FACT_SPOOL, /* %L; "" in answer to EFFECT_STAGE: it failed */
	FACT_REPLY, /* %P: our refusal, the remote answer, the reason */
	FACT_RESET, /* the transaction is over */
	FACT_MARK, /* a mark that was saved with the message */
	FACT_OPTION, /* "Name value" that Def! saved with the message */
	FACT_COUNT
};

/* RULE_EVENT verdict */
enum rule_verdict {
	VERDICT_NONE,
	VERDICT_ACCEPT,
	VERDICT_DENY,
	VERDICT_CLOSE,
	VERDICT_TEMP, /* the rules could not be run: 451 before acceptance */
	VERDICT_COUNT
};

/*
 * RULE_EFFECT effect.  Each text is checked and complete: whoever carries it
 * out need not look at it again beyond its own border.
 */
enum rule_effect {
	EFFECT_HADD, /* a header field without line end */
	EFFECT_CP, /* an address */
	EFFECT_SENDER, /* the message's new sender */
	EFFECT_RCPT_SENDER, /* sender for the current recipient only, A29 */
	EFFECT_RCPT, /* the current recipient's new address */
	EFFECT_MX_DEST, /* "host port" */
	EFFECT_MX_AUTH, /* the user; secret: the password */
	EFFECT_MX_SOURCE, /* an IP address */
	EFFECT_SO_MARK, /* decimal, 32 bits */
	EFFECT_QLIMIT, /* "" */
	EFFECT_RELAY, /* "1" granted, "0" taken; scope by event, A26 */
	EFFECT_OPTION, /* Def!: "Name value", value as option_print has it */
	EFFECT_DATA_REPLY, /* "code text" for the DATA to come */
	EFFECT_NAME, /* Resolve!: the client's name was found */
	EFFECT_MARK, /* Mark!, to be saved with messages to come */
	EFFECT_STAGE, /* at once: the message as files, then FACT_SPOOL */
	EFFECT_COUNT
};

/* What QUEUE_ROUTE and DLV_ROUTE set; for all recipients: */
#define QUEUE_ROUTE_ALL UINT32_MAX
enum route_what {
	ROUTE_MX_DEST, /* "host port" */
	ROUTE_MX_AUTH, /* text: the user; secret: the password */
	ROUTE_MX_SOURCE, /* an IP address */
	ROUTE_SO_MARK, /* decimal */
	ROUTE_SENDER, /* sender of that recipient, Srs! and Fchange! */
	ROUTE_COPY, /* "": a copy by Cp!; failures go to the postmaster */
	ROUTE_WHAT_COUNT
};

/* QUEUE_OPEN and QUEUE_SPOOL spool */
enum queue_spool {
	SPOOL_NORMAL,
	SPOOL_QLIMIT
};

/* PRIV_OPEN purpose */
enum open_purpose {
	OPEN_RULES, /* a rules file */
	OPEN_LIST, /* a file of Find_*file*? */
	OPEN_LOG, /* a file of Log!: made if missing, append only */
	OPEN_MESSAGE /* a file of Sendmail! */
};

extern const char *const rule_event_names[]; /* "limit", "connection" ... */
extern const char *const rule_fact_names[];
extern const char *const rule_verdict_names[];
extern const char *const rule_effect_names[];
extern const char *const route_what_names[]; /* as in the l file */

/* The option that holds the rules of an event. */
enum option_id rule_event_option(enum rule_event);

#endif
