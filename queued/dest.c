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
 * dest.c: destinations, their ready tasks, and whose turn it is.
 */

#include "dest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "route.h"

/* Of so many tasks of one destination, one is of a long list if there are
 * others too. */
#define DEST_BULK_TURN 4
/* Of so many tasks, one is for a silent destination if there are others:
 * it must be tried to be found alive again. */
#define DEST_SILENT_TURN 4

RB_HEAD(dest_tree, dest);

static struct dest_tree dests = RB_INITIALIZER(&dests);
TAILQ_HEAD(ring, dest);
/* Those that have work and may send: by whether they answer, and whether all
 * that they have ready is of the second queue. */
enum ring_which {
	RING_PLAIN,
	RING_SILENT,
	RING_LOW,
	RING_LOW_SILENT,
	RINGS
};
static struct ring rings[RINGS] = {TAILQ_HEAD_INITIALIZER(rings[RING_PLAIN]),
    TAILQ_HEAD_INITIALIZER(rings[RING_SILENT]),
    TAILQ_HEAD_INITIALIZER(rings[RING_LOW]),
    TAILQ_HEAD_INITIALIZER(rings[RING_LOW_SILENT])};
static unsigned int ndests;
static unsigned int nsilent_out; /* tasks out at silent ones */
static unsigned int silent_turns;

/* No two destinations of one name but for case. */
static int
dest_order(bool a_local, const char *a, bool b_local, const char *b)
{
	if (a_local != b_local)
		return a_local ? -1 : 1;
	return strcasecmp(a, b);
}

/* Domains are compared without regard to case (RFC 5321 section 2.4); one host
 * under two spellings must not get twice its connections. */
static int
dest_compare(const struct dest *a, const struct dest *b)
{
	return dest_order(a->is_local, a->name, b->is_local, b->name);
}

RB_PROTOTYPE(dest_tree, dest, tree, dest_compare)
RB_GENERATE(dest_tree, dest, tree, dest_compare)

/* Text behind the last @, as a local part may have one in quotes; "" for a name
 * alone, which is delivered here. */
const char *
dest_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at == NULL ? "" : at + 1;
}

/* By hand rather than by RB_FIND, which would want a whole struct with its
 * name as the key. */
struct dest *
dest_find(bool is_local, const char *domain)
{
	struct dest *d = RB_ROOT(&dests);
	int order;

	while (d != NULL) {
		order = dest_order(is_local, domain, d->is_local, d->name);
		if (order == 0)
			break;
		d = order < 0 ? RB_LEFT(d, tree) : RB_RIGHT(d, tree);
	}
	return d;
}

struct dest *
dest_get(bool is_local, const char *domain)
{
	struct dest *d;
	size_t len;
	int i;

	if (is_local)
		domain = "";
	if ((d = dest_find(is_local, domain)) != NULL)
		return d;
	len = strlen(domain) + 1;
	if ((d = calloc(1, sizeof(*d) + len)) == NULL)
		return NULL;
	memcpy(d->name, domain, len);
	d->is_local = is_local;
	for (i = 0; i < TASK_CLASSES; i++) {
		TAILQ_INIT(&d->tasks[i]);
		TAILQ_INIT(&d->parked[i]);
	}
	RB_INSERT(dest_tree, &dests, d);
	ndests++;
	return d;
}

/* Called whenever something lets go of it: destinations come from what
 * clients send, so none may stay that nothing needs. */
void
dest_drop(struct dest *d)
{
	int i;

	/* The local one is always needed again. */
	if (d->ready > 0 || d->out > 0 || d->making != NULL || d->is_paused ||
	    d->is_local)
		return;
	for (i = 0; i < TASK_CLASSES; i++)
		if (!TAILQ_EMPTY(&d->parked[i]))
			return;
	if (d->in_ring)
		TAILQ_REMOVE(&rings[d->ring], d, turn);
	RB_REMOVE(dest_tree, &dests, d);
	ndests--;
	free(d);
}

unsigned int
dest_count(void)
{
	return ndests;
}

/* For pieces of work over all of them; the caller must not let one go between
 * two calls. */
struct dest *
dest_walk(struct dest *d)
{
	return d == NULL ? RB_MIN(dest_tree, &dests) :
			   RB_NEXT(dest_tree, &dests, d);
}

/* Its entry and destination live on; whoever holds the task in a list has taken
 * it out before. */
void
task_free(struct task *t)
{
	LIST_REMOVE(t, of_entry);
	t->entry->tasks--;
	if (t->rcpts != &t->one)
		free(t->rcpts);
	free(t);
}

/* With its first recipient, in the struct itself. */
static struct task *
task_new(struct dest *d, struct entry *e, uint32_t rcpt)
{
	struct task *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->dest = d;
	t->entry = e;
	t->one = rcpt;
	t->rcpts = &t->one;
	t->count = t->size = t->open = 1;
	return t;
}

/* One recipient needs no array of its own: most tasks have one. Times four: a
 * list of a hundred thousand recipients must not be copied for each step of a
 * power of two of every task. */
static int
task_append(struct task *t, uint32_t rcpt)
{
	uint32_t *more, size;

	if (t->count == t->size) {
		size = t->size * 4;
		if (t->rcpts == &t->one) {
			if ((more = calloc(size, sizeof(*more))) != NULL)
				more[0] = t->one;
		} else
			more = reallocarray(t->rcpts, size, sizeof(*more));
		if (more == NULL)
			return -1;
		t->rcpts = more;
		t->size = size;
	}
	t->rcpts[t->count++] = rcpt;
	t->open++;
	return 0;
}

/* RFC 5321 section 4.5.3.1.8 has every server take 100 recipients of a message.
 */
static unsigned int
dest_most(const struct dest *d)
{
	return d->is_local ? DEST_RCPTS_LOCAL : DEST_RCPTS_REMOTE;
}

/* Another task of the message goes here already: a further one is bulk. */
static enum task_class
further(enum task_class class, const struct task *other)
{
	return class == TASK_FIRST && other != NULL ? TASK_BULK : class;
}

bool
dest_is_full(const struct dest *d, enum task_class class, unsigned int most)
{
	const struct task *t = d->making;

	if (t != NULL && t->count < dest_most(d))
		return false;
	return d->count[further(class, t)] >= most;
}

/* Only from half of what may be ready on: entries would else move between the
 * list and the ring one by one, each time with a search. */
struct entry_list *
dest_parked(struct dest *d, enum task_class class, unsigned int most)
{
	struct entry_list *list = &d->parked[class];

	if (TAILQ_EMPTY(list) || d->count[class] > most / 2)
		return NULL;
	return list;
}

/* Recipients of one task share everything but their address: a login or a
 * source of one must never serve another. */
static bool
dest_takes(const struct task *t, uint32_t rcpt)
{
	const struct recipient *r = t->entry->message->rcpts;

	return t->count < dest_most(t->dest) &&
	    route_is_same(t->entry, &r[t->rcpts[0]], &r[rcpt]);
}

/* The task that is being made here for the recipient's route.  The last one
 * made is nearly always right; only rules make it otherwise. */
static struct task *
dest_open(struct dest *d, uint32_t rcpt, struct task_list *made)
{
	struct task *t = d->making;

	if (t == NULL || dest_takes(t, rcpt))
		return t;
	TAILQ_FOREACH (t, made, link)
		if (t->dest == d && dest_takes(t, rcpt))
			return t;
	return NULL;
}

int
dest_add(struct dest *d, struct entry *e, uint32_t rcpt, enum task_class class,
    struct task_list *made)
{
	struct task *t = dest_open(d, rcpt, made);

	if (t != NULL)
		return task_append(t, rcpt);
	class = further(class, d->making);
	if ((t = task_new(d, e, rcpt)) == NULL)
		return -1;
	t->class = (uint8_t) class;
	d->making = t;
	TAILQ_INSERT_TAIL(made, t, link);
	LIST_INSERT_HEAD(&e->list, t, of_entry);
	e->tasks++;
	return 0;
}

/* The ring holds only those that have work and may send, so that a turn
 * costs the same however many there are. */
static void
dest_enter(struct dest *d)
{
	if (d->in_ring || d->ready == 0 || d->is_paused)
		return;
	d->ring = d->is_silent ? RING_SILENT : RING_PLAIN;
	if (d->count[TASK_LOW] == d->ready)
		d->ring += RING_LOW;
	TAILQ_INSERT_TAIL(&rings[d->ring], d, turn);
	d->in_ring = true;
}

/* Safe for one that is in none. */
static void
dest_leave(struct dest *d)
{
	if (d->in_ring)
		TAILQ_REMOVE(&rings[d->ring], d, turn);
	d->in_ring = false;
}

/* Made tasks are shown only when the message has been gone through, as
 * further recipients may join them until then. */
void
dest_ready(struct task_list *made)
{
	struct task *t;
	struct dest *d;

	while ((t = TAILQ_FIRST(made)) != NULL) {
		TAILQ_REMOVE(made, t, link);
		d = t->dest;
		d->making = NULL;
		TAILQ_INSERT_TAIL(&d->tasks[t->class], t, link);
		d->count[t->class]++;
		d->ready++;
		/* It waited with what is low; now it has something better. */
		if (d->in_ring && d->ring >= RING_LOW && t->class != TASK_LOW)
			dest_leave(d);
		dest_enter(d);
	}
}

void
dest_take(struct task *t)
{
	struct dest *d = t->dest;

	TAILQ_REMOVE(&d->tasks[t->class], t, link);
	d->count[t->class]--;
	d->ready--;
	/* Nothing left, or nothing that goes before the second queue. */
	if (d->in_ring && (d->ready == 0 || d->ready == d->count[TASK_LOW])) {
		dest_leave(d);
		dest_enter(d);
	}
}

/* First tasks before bulk, but some bulk among them; the second queue's
 * where there is neither. */
static struct task *
dest_pick(struct dest *d)
{
	struct task *t = TAILQ_FIRST(&d->tasks[TASK_FIRST]);

	if (d->count[TASK_LOW] == d->ready)
		return TAILQ_FIRST(&d->tasks[TASK_LOW]);
	if (t == NULL || ++d->turns % DEST_BULK_TURN == 0)
		if (!TAILQ_EMPTY(&d->tasks[TASK_BULK]))
			t = TAILQ_FIRST(&d->tasks[TASK_BULK]);
	return t;
}

/* Silent ones have their turn while they hold less than their part. */
static struct dest *
dest_turn_of(enum ring_which plain, unsigned int silent)
{
	struct dest *d = TAILQ_FIRST(&rings[plain]);
	struct dest *s = TAILQ_FIRST(&rings[plain + RING_SILENT]);

	if (s == NULL || nsilent_out >= silent)
		return d;
	return d == NULL || ++silent_turns % DEST_SILENT_TURN == 0 ? s : d;
}

/* The destination whose turn it is, or NULL. */
static struct dest *
dest_turn(const struct dest_limits *l)
{
	struct dest *d;

	if (l->local_only) {
		d = dest_find(true, "");
		return d == NULL || !d->in_ring ||
			(l->no_low && d->ring >= RING_LOW) ?
		    NULL :
		    d;
	}
	if ((d = dest_turn_of(RING_PLAIN, l->silent)) == NULL && !l->no_low)
		d = dest_turn_of(RING_LOW, l->silent);
	return d;
}

struct task *
dest_next(const struct dest_limits *l)
{
	struct dest *d;
	struct task *t;

	while ((d = dest_turn(l)) != NULL) {
		dest_leave(d);
		/* It comes back when one of its tasks ends. */
		if (!d->is_local && d->out >= l->each)
			continue;
		t = dest_pick(d);
		dest_take(t);
		dest_enter(d);
		return t;
	}
	return NULL;
}

/* From here on its slot is used, until dest_ended; a task may be sent only
 * once. */
void
dest_sent(struct dest *d)
{
	d->out++;
	nsilent_out += d->is_silent;
}

/* It may have left the ring at its limit: that is looked at again. */
void
dest_ended(struct dest *d)
{
	d->out--;
	nsilent_out -= d->is_silent;
	dest_enter(d);
}

/* What it has out changes sides with it. */
void
dest_silent(struct dest *d, bool silent)
{
	bool in_ring = d->in_ring;

	if (d->is_local || d->is_silent == silent)
		return;
	dest_leave(d);
	d->is_silent = silent;
	if (silent)
		nsilent_out += d->out;
	else
		nsilent_out -= d->out;
	if (in_ring)
		dest_enter(d);
}

/* What is out goes on; what is ready stays, out of the ring. */
void
dest_pause(struct dest *d, bool paused)
{
	d->is_paused = paused;
	if (paused)
		dest_leave(d);
	else
		dest_enter(d);
}
