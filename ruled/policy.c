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
 * Policy sessions: found by their asker and its number in a hash, or by ref.
 * Texts are copied in; a fact that does not fit is dropped and logged.
 */
#include "policy.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#include "ruled.h"
#include "run.h"

/* Recipients that the first array holds. */
#define RCPTS_FIRST 8

/* With the asker in it, as two of them may use one number. */
static struct policies *
policy_bucket(const struct peer *asker, uint64_t session)
{
	uint64_t h = session ^ (uint64_t)(uintptr_t)asker;

	/* Fibonacci hashing: sessions count upward. */
	h *= 0x9e3779b97f4a7c15u;
	return &ruled.buckets[h >> 32 & (RULED_BUCKETS - 1)];
}

/* status -1: no program has run yet. */
struct policy *
policy_new(void)
{
	struct policy *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	SLIST_INIT(&p->marks);
	p->status = -1;
	if ((p->ref = slot_add(&ruled.policies, p)) == 0) {
		free(p);
		return NULL;
	}
	return p;
}

/* A question that is under way finds its number gone, and its answer is
 * dropped. */
void
address_facts_clear(struct address_facts *f)
{
	free(f->home);
	free(f->user);
	memset(f, 0, sizeof(*f));
}

static void
free_rcpts(struct policy *p)
{
	uint32_t i;

	for (i = 0; i < p->rcpt_count; i++)
		free(p->rcpts[i]);
	free(p->rcpts);
	p->rcpts = NULL;
	p->rcpt_count = p->rcpt_room = 0;
}

/* Takes NULL. The run goes first, as it looks at the policy when it ends. */
void
policy_free(struct policy *p)
{
	struct mark *mark;

	if (p == NULL)
		return;
	if (p->run != NULL)
		run_abort(p->run);
	if (p->asker != NULL)
		LIST_REMOVE(p, link);
	slot_remove(&ruled.policies, p->ref);
	policy_reset(p);
	while ((mark = SLIST_FIRST(&p->marks)) != NULL) {
		SLIST_REMOVE_HEAD(&p->marks, link);
		free(mark);
	}
	overlay_free(p->options);
	address_facts_clear(&p->of_login);
	free(p->name);
	free(p->helo);
	free(p->login);
	free(p->list_text);
	free(p->output);
	free(p);
}

/* An IPv4 client that came as IPv4-mapped IPv6 is an IPv4 one (A36). */
void
policy_set_client(struct policy *p, const struct msg_addr *client)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	p->client = *client;
	if (client->family == AF_INET6 &&
	    memcmp(client->ip, mapped, sizeof(mapped)) == 0) {
		p->client.family = AF_INET;
		memset(p->client.ip, 0, sizeof(p->client.ip));
		memcpy(p->client.ip, client->ip + sizeof(mapped), 4);
	}
	if (p->client.family != 0)
		inet_ntop(p->client.family, p->client.ip, p->client_text,
		    sizeof(p->client_text));
}

/* One that is open under that number is closed: its asker has begun anew. */
int
policy_open(struct peer *asker, const struct msg_rule_open *m)
{
	struct policy *p;

	policy_close(asker, m->session);
	if ((p = policy_new()) == NULL)
		return -1;
	p->asker = asker;
	p->session = m->session;
	policy_set_client(p, &m->client);
	LIST_INSERT_HEAD(policy_bucket(asker, m->session), p, link);
	return 0;
}

/* NULL: it was never opened, or there was no room. */
struct policy *
policy_find(const struct peer *asker, uint64_t session)
{
	struct policy *p;

	LIST_FOREACH (p, policy_bucket(asker, session), link) {
		if (p->session == session && p->asker == asker)
			return p;
	}
	return NULL;
}

struct policy *
policy_get(uint64_t ref)
{
	return slot_get(&ruled.policies, ref);
}

uint32_t
policy_count(void)
{
	return ruled.policies.used;
}

void
policy_close(struct peer *asker, uint64_t session)
{
	policy_free(policy_find(asker, session));
}

/* Numbers of a process that came back have nothing to do with these. */
void
policy_gone(struct peer *asker)
{
	struct policy *p;
	uint32_t pos = 0;

	while ((p = slot_next(&ruled.policies, &pos)) != NULL)
		if (p->asker == asker)
			policy_free(p);
}

/* "" is kept as NULL: unknown and empty are one to rules. -1: no memory, and
 * the old text stays. */
int
policy_set(char **fact, const char *text)
{
	char *copy = NULL;

	if (*text != '\0' && (copy = strdup(text)) == NULL)
		return -1;
	free(*fact);
	*fact = copy;
	return 0;
}

/* What lookupd said of the one before is no longer true. */
int
policy_set_sender(struct policy *p, const char *address)
{
	if (policy_set(&p->sender, address) == -1)
		return -1;
	address_facts_clear(&p->of_sender);
	return 0;
}

int
policy_set_rcpt(struct policy *p, const char *address)
{
	if (policy_set(&p->rcpt, address) == -1)
		return -1;
	address_facts_clear(&p->of_rcpt);
	return 0;
}

/* The end of a message, or the beginning of the next: what belongs to the
 * connection stays, marks and hits among it. */
void
policy_reset(struct policy *p)
{
	/* The sender of an earlier message does not come back. */
	if (p->run != NULL)
		p->run->has_sender_before = false;
	policy_set_sender(p, "");
	policy_set_rcpt(p, "");
	free_rcpts(p);
	policy_set(&p->id, "");
	policy_set(&p->spool, "");
	policy_set(&p->answer, "");
	p->size = 0;
	p->spf = 0; /* A27: the SPF result is the sender's */
}

/* -1: there are as many as may be; rules then see the first of them, and the
 * log says so. */
static int
add_rcpt(struct policy *p, const char *address)
{
	uint32_t room = p->rcpt_room == 0 ? RCPTS_FIRST : p->rcpt_room * 2;
	char **rcpts;

	if (p->rcpt_count >= POLICY_RCPTS_MAX)
		return -1;
	if (p->rcpt_count == p->rcpt_room) {
		rcpts = reallocarray(p->rcpts, room, sizeof(*rcpts));
		if (rcpts == NULL)
			return -1;
		p->rcpts = rcpts;
		p->rcpt_room = room;
	}
	if ((p->rcpts[p->rcpt_count] = strdup(address)) == NULL)
		return -1;
	p->rcpt_count++;
	return 0;
}

/* A walk: POLICY_MARKS_MAX is small. */
bool
policy_has_mark(const struct policy *p, const char *mark)
{
	const struct mark *m;

	SLIST_FOREACH (m, &p->marks, link) {
		if (strcmp(m->text, mark) == 0)
			return true;
	}
	return false;
}

/* Bounded in number here and in length by who sets it. */
int
policy_mark(struct policy *p, const char *mark)
{
	size_t size = strlen(mark) + 1;
	struct mark *m;

	if (policy_has_mark(p, mark))
		return 0;
	if (p->mark_count >= POLICY_MARKS_MAX ||
	    (m = malloc(sizeof(*m) + size)) == NULL)
		return -1;
	memcpy(m->text, mark, size);
	SLIST_INSERT_HEAD(&p->marks, m, link);
	p->mark_count++;
	return 0;
}

/* Another login has another home. */
static int
set_login(struct policy *p, const char *login)
{
	address_facts_clear(&p->of_login);
	p->is_logged_in = false;
	return policy_set(&p->login, login);
}

static int
set_name(struct policy *p, const char *name)
{
	p->has_name = *name != '\0';
	return policy_set(&p->name, name);
}

/* A fact that also ends the message before it, so that an asker can not forget
 * to. */
static int
begin_message(struct policy *p, const char *sender)
{
	policy_reset(p);
	return policy_set_sender(p, sender);
}

/* As the asker prints it; what is no number is its defect, and the size stays
 * unknown. */
static int
set_size(struct policy *p, const char *text)
{
	const char *why;
	int64_t size = strtonum(text, 0, INT64_MAX, &why);

	if (why != NULL)
		return -1;
	p->size = (uint64_t)size;
	return 0;
}

/* From a message's l file, which may be of an older version: what is not known
 * any more is left out. */
static int
set_option(struct policy *p, const char *line)
{
	char why[OPTION_ERROR_MAX];

	if (overlay_set(&p->options, line, NULL, why) == 0)
		return 0;
	log_warnx("a saved option was left out: %s", why);
	return 0;
}

static int
set_spool(struct policy *p, const char *path)
{
	int r = policy_set(&p->spool, path);

	if (p->run != NULL)
		run_has_files(p->run);
	return r;
}

/* -1: it could not be kept, or nobody knows that fact. */
int
policy_tell(struct policy *p, uint8_t fact, const char *text)
{
	switch (fact) {
	case FACT_NAME:
		return set_name(p, text);
	case FACT_HELO:
		return policy_set(&p->helo, text);
	case FACT_LOGIN:
		return set_login(p, text);
	case FACT_AUTH:
		p->is_logged_in = strcmp(text, "1") == 0;
		return 0;
	case FACT_SENDER:
		return begin_message(p, text);
	case FACT_RCPT:
		return policy_set_rcpt(p, text);
	case FACT_ACCEPTED:
		return add_rcpt(p, text);
	case FACT_SIZE:
		return set_size(p, text);
	case FACT_ID:
		return policy_set(&p->id, text);
	case FACT_SPOOL:
		return set_spool(p, text);
	case FACT_REPLY:
		return policy_set(&p->answer, text);
	case FACT_RESET:
		policy_reset(p);
		return 0;
	case FACT_MARK:
		return policy_mark(p, text);
	case FACT_OPTION:
		return set_option(p, text);
	default:
		return -1;
	}
}

/* For a session that was refused for want of room there is nothing to tell. */
int
policy_fact(struct peer *asker, const struct msg_rule_fact *m)
{
	struct policy *p = policy_find(asker, m->session);

	if (p == NULL)
		return 0;
	return policy_tell(p, m->fact, m->text);
}
