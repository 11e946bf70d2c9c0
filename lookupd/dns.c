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
 * Questions in flight.  libunbound may answer inside ub_resolve_event; so
 * whatever it answers is kept until the next turn of the loop.  It finds the
 * question by a slot's ref, never by pointer, because its own may outlive
 * ours.
 */
#include "dns.h"

#include <sys/queue.h>

#include <ctype.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>
#include <unbound.h>

#include "dns_context.h"
#include "log.h"
#include "monotime.h"
#include "slot.h"

/*
 * For DNS_QUERIES_MAX questions at most: short lists, even if they were all
 * there.
 */
#define DNS_BUCKETS 1024
/* After so long a question fails for now, whatever libunbound still does. */
#define DNS_DEADLINE_MS 12000

struct waiter {
	dns_done *done;
	uint64_t ref;
	uint32_t tag;
	STAILQ_ENTRY(waiter) entry;
};

struct query {
	uint64_t self;
	enum dns_type type;
	struct monotime deadline;
	bool finished;
	struct dns_answer answer;
	STAILQ_HEAD(, waiter) waiters;
	LIST_ENTRY(query) same; /* of its bucket, until finished */
	TAILQ_ENTRY(query) entry; /* in flight in order, then finished */
	char name[];
};
TAILQ_HEAD(query_list, query);

static struct {
	struct event_base *base;
	struct ub_ctx *ctx;
	struct event *turn, *clock;
	struct slots slots;
	LIST_HEAD(, query) bucket[DNS_BUCKETS];
	struct query_list flying, finished;
	struct dns_counts counts;
} dns;

/*
 * Not against an attacker: names that collide cost comparisons, and
 * DNS_QUERIES_MAX bounds them.
 */
static unsigned int
query_bucket(const char *name, enum dns_type type)
{
	unsigned int h = (unsigned int)type;

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return (h ^ h >> 16) % DNS_BUCKETS;
}

/*
 * It has its answer: told at the next turn.  Out of the bucket at once: who
 * asks from here on asks anew, since the answer is no longer waited for.
 */
static void
query_finish(struct query *q)
{
	struct timeval now = {0, 0};

	q->finished = true;
	LIST_REMOVE(q, same);
	TAILQ_REMOVE(&dns.flying, q, entry);
	TAILQ_INSERT_TAIL(&dns.finished, q, entry);
	if (q->answer.status == DNS_TEMP)
		dns.counts.failed++;
	evtimer_add(dns.turn, &now);
}

/*
 * libunbound's callback: a packet, or an error as rcode.  2 is "secure", 1
 * "bogus", 0 neither.  What fails its signatures is no answer at all: neither
 * "no such name" nor an address may be believed.
 */
static void
query_answered(void *arg, int rcode, void *packet, int len, int sec,
    char *why_bogus, int limited)
{
	struct query *q = slot_get(&dns.slots, (uint64_t)(uintptr_t)arg);

	(void)why_bogus;
	(void)limited;
	if (q == NULL || q->finished)
		return;
	if (rcode == 0 && sec != 1 && packet != NULL && len > 0) {
		dns_answer_parse(
		    &q->answer, q->name, q->type, packet, (size_t)len);
		q->answer.secure = sec == 2;
	} else {
		q->answer.type = q->type;
		q->answer.status =
		    rcode == 3 && sec != 1 ? DNS_NXDOMAIN : DNS_TEMP;
		dns.counts.bogus += sec == 1;
	}
	query_finish(q);
}

/* As master files have it: what is neither letter, digit, '-', '_' nor the
 * dot between labels is its number. */
static void
query_name(char *out, size_t size, const char *name)
{
	size_t len = 0;

	for (; *name != '\0' && len + 5 < size; name++) {
		if (isascii((unsigned char)*name) &&
		    (isalnum((unsigned char)*name) ||
			strchr("-_.", *name) != NULL))
			out[len++] = *name;
		else
			len += (size_t)snprintf(out + len, size - len, "\\%03u",
			    (unsigned int)(unsigned char)*name);
	}
	out[len] = '\0';
}

/* libunbound keeps the ref, not a pointer: its answer may come too late. */
static int
query_send(struct query *q)
{
	char name[DNS_NAME_MAX * 4 + 1];

	query_name(name, sizeof(name), q->name);
	return dns.ctx == NULL ||
		ub_resolve_event(dns.ctx, name, (int)q->type, 1,
		    (void *)(uintptr_t)q->self, query_answered, NULL) != 0 ?
	    -1 :
	    0;
}

/* Those who waited were told before. */
static void
query_free(struct query *q)
{
	struct waiter *w;

	while ((w = STAILQ_FIRST(&q->waiters)) != NULL) {
		STAILQ_REMOVE_HEAD(&q->waiters, entry);
		free(w);
	}
	slot_remove(&dns.slots, q->self);
	dns_answer_clear(&q->answer);
	free(q);
	dns.counts.open--;
}

/*
 * Tells who waited for what was finished in the turn before.  The list is taken
 * whole before anybody is told, so a callback that asks again gets its answer
 * in the next turn and not without end in this one.
 */
static void
dns_on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct query_list list;
	struct query *q;
	struct waiter *w;

	(void)fd;
	(void)what;
	(void)arg;
	TAILQ_INIT(&list);
	TAILQ_CONCAT(&list, &dns.finished, entry);
	while ((q = TAILQ_FIRST(&list)) != NULL) {
		TAILQ_REMOVE(&list, q, entry);
		STAILQ_FOREACH(w, &q->waiters, entry)
		w->done(w->ref, w->tag, &q->answer);
		query_free(q);
	}
}

/* Once a second while any is open: the oldest stand first. */
static void
dns_on_clock(evutil_socket_t fd, short what, void *arg)
{
	struct monotime now = monotime_now();
	struct timeval tv = {1, 0};
	struct query *q;

	(void)fd;
	(void)what;
	(void)arg;
	while ((q = TAILQ_FIRST(&dns.flying)) != NULL &&
	    monotime_diff_ms(now, q->deadline) >= 0) {
		q->answer.type = q->type;
		q->answer.status = DNS_TEMP;
		dns.counts.timeouts++;
		query_finish(q);
	}
	if (!TAILQ_EMPTY(&dns.flying))
		evtimer_add(dns.clock, &tv);
}

/*
 * The clock runs only while a question is open: an idle lookupd does not wake.
 */
static struct query *
query_new(const char *name, enum dns_type type)
{
	size_t len = strlen(name) + 1;
	struct timeval tv = {1, 0};
	struct query *q;

	if ((q = calloc(1, sizeof(*q) + len)) == NULL)
		return NULL;
	memcpy(q->name, name, len);
	q->type = type;
	STAILQ_INIT(&q->waiters);
	q->deadline = monotime_add_ms(monotime_now(), DNS_DEADLINE_MS);
	if ((q->self = slot_add(&dns.slots, q)) == 0) {
		free(q);
		return NULL;
	}
	if (TAILQ_EMPTY(&dns.flying))
		evtimer_add(dns.clock, &tv);
	LIST_INSERT_HEAD(&dns.bucket[query_bucket(name, type)], q, same);
	TAILQ_INSERT_TAIL(&dns.flying, q, entry);
	dns.counts.open++;
	return q;
}

/* The same question in flight is asked once for all who want it. */
static struct query *
query_find(const char *name, enum dns_type type)
{
	struct query *q;

	LIST_FOREACH (q, &dns.bucket[query_bucket(name, type)], same)
		if (q->type == type && strcmp(q->name, name) == 0)
			return q;
	return NULL;
}

/* The waiter is made before the question: on failure nobody waits for it. */
int
dns_ask(const char *name, enum dns_type type, dns_done *done, uint64_t ref,
    uint32_t tag)
{
	struct query *q = query_find(name, type);
	struct waiter *w;

	dns.counts.asked++;
	if ((w = malloc(sizeof(*w))) == NULL)
		return -1;
	w->done = done;
	w->ref = ref;
	w->tag = tag;
	if (q != NULL) {
		dns.counts.joined++;
		STAILQ_INSERT_TAIL(&q->waiters, w, entry);
		return 0;
	}
	if (strlen(name) > DNS_NAME_MAX ||
	    (q = query_new(name, type)) == NULL) {
		dns.counts.failed++;
		free(w);
		return -1;
	}
	STAILQ_INSERT_TAIL(&q->waiters, w, entry);
	if (query_send(q) == -1) {
		q->answer.type = type;
		q->answer.status = DNS_TEMP;
		query_finish(q);
	}
	return 0;
}

int
dns_read_files(void)
{
	return dns_context_read();
}

int
dns_init(struct event_base *base)
{
	dns.base = base;
	slots_init(&dns.slots, DNS_QUERIES_MAX);
	TAILQ_INIT(&dns.flying);
	TAILQ_INIT(&dns.finished);
	dns.turn = evtimer_new(base, dns_on_turn, NULL);
	dns.clock = evtimer_new(base, dns_on_clock, NULL);
	return dns.turn == NULL || dns.clock == NULL ? -1 : 0;
}

int
dns_check(const struct options *o, char *why, size_t size)
{
	return dns_context_check(o, why, size);
}

/* A fresh context; what was in flight is asked there. */
static void
dns_renew(const struct options *o)
{
	struct query *q, *next;

	if (dns.ctx != NULL)
		ub_ctx_delete(dns.ctx);
	dns.ctx = dns_context_new(dns.base, o);
	TAILQ_FOREACH_SAFE (q, &dns.flying, entry, next)
		if (query_send(q) == -1) {
			q->answer.type = q->type;
			q->answer.status = DNS_TEMP;
			query_finish(q);
		}
}

void
dns_apply(const struct options *o)
{
	if (!dns_context_is_same(o))
		dns_renew(o);
}

/* The cache is the context's own: a new context is the way to forget. */
void
dns_flush(const struct options *o)
{
	dns_renew(o);
}

const struct dns_counts *
dns_counts(void)
{
	return &dns.counts;
}
