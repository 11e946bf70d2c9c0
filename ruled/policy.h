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
 * What ruled knows of one client, message or delivery over all its events:
 * the facts that its asker told, and the state that rules made.  Marks, hits
 * and overrides live as long as the connection; what belongs to the
 * transaction goes with it (A26 to A32).
 */
#ifndef RULED_POLICY_H
#define RULED_POLICY_H

#include <sys/queue.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "msg.h"
#include "overlay.h"
#include "rule_enums.h"

struct peer;
struct run;
LIST_HEAD(policies, policy);

/* Marks of a connection, recipients kept for Seek_*, octets of %E. */
#define POLICY_MARKS_MAX 64
#define POLICY_RCPTS_MAX 100000
#define POLICY_OUTPUT_MAX 8192
#define POLICY_SESSIONS_MAX 200000

struct mark {
	SLIST_ENTRY(mark) link;
	char text[];
};
SLIST_HEAD(marks, mark);

/* What lookupd said of an address; kept until the transaction ends. */
struct address_facts {
	bool is_known; /* the rest is there */
	bool has_failed; /* the last question, which nobody was told of */
	uint64_t asked; /* the question under way, or 0 */
	bool is_local, over_quota;
	uint8_t kind; /* enum address_kind */
	char *home; /* owned; NULL: none */
	char *user; /* owned; the system user whose home it is, or NULL */
};

/* The client's reverse name. */
enum reverse {
	REVERSE_UNASKED,
	REVERSE_NONE, /* no name, or none that leads back */
	REVERSE_FOUND, /* a name that does not lead back */
	REVERSE_CONFIRMED,
	REVERSE_TEMP /* could not be told: counts as not failed */
};

struct policy {
	LIST_ENTRY(policy) link; /* by asker and number, in a hash */
	uint64_t ref; /* in ruled.policies */
	uint64_t session; /* the asker's number */
	struct peer *asker;
	struct run *run; /* the event under way, or NULL */
	struct msg_addr client; /* family 0: none */
	char client_text[INET6_ADDRSTRLEN]; /* %i */

	/* Facts, owned texts; NULL: not known (yet). */
	char *name, *helo, *login, *sender, *rcpt, *id, *spool, *answer;
	bool is_logged_in;
	uint64_t size;
	char **rcpts; /* accepted so far */
	uint32_t rcpt_count, rcpt_room;

	/* State */
	struct overlay *options; /* by Def! */
	struct marks marks;
	uint32_t mark_count;
	int64_t hits;
	uint8_t reverse; /* enum reverse */
	bool asking_name;
	bool has_name; /* %e may be shown: Resolve_all or Resolve! */
	uint32_t lists; /* %R */
	char *list_text; /* %T */
	uint8_t spf; /* %y */
	int32_t status; /* %t; -1: nothing has run */
	char *output; /* %E */

	/* Memo of questions; the first two go with the transaction. */
	struct address_facts of_sender, of_rcpt, of_login;
};

/* RULE_OPEN, RULE_FACT, RULE_CLOSE.  A session that opens twice is replaced;
 * a fact for one that is not there is dropped.  -1: no memory, too many. */
int policy_open(struct peer *asker, const struct msg_rule_open *m);
int policy_fact(struct peer *asker, const struct msg_rule_fact *m);
void policy_close(struct peer *asker, uint64_t session);
/* All of an asker that has gone. */
void policy_gone(struct peer *asker);

struct policy *policy_find(const struct peer *asker, uint64_t session);
/* How many there are. */
uint32_t policy_count(void);
/* By the ref that a question took with it; NULL: it has gone. */
struct policy *policy_get(uint64_t ref);
/* A session of nobody, for explain; policy_free ends it. */
struct policy *policy_new(void);
void policy_set_client(struct policy *p, const struct msg_addr *client);
/* One fact, an enum rule_fact.  -1: it does not fit, or no memory. */
int policy_tell(struct policy *p, uint8_t fact, const char *text);
void policy_free(struct policy *p);

/* State changes that rules make.  -1: a limit or no memory. */
int policy_mark(struct policy *p, const char *mark);
bool policy_has_mark(const struct policy *p, const char *mark);
int policy_set(char **fact, const char *text); /* copies; "" gives NULL */
/* A new sender or recipient: what was known of the old one is forgotten. */
int policy_set_sender(struct policy *p, const char *address);
int policy_set_rcpt(struct policy *p, const char *address);
/* A message ends, or the next begins: hits and marks stay. */
void policy_reset(struct policy *p);
void address_facts_clear(struct address_facts *f);

#endif
