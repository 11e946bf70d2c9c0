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
 * The cache of opened files.  Whoever wants a file that is being opened
 * waits in its entry; all go on when the answer is there.  An answer that
 * names the version that is kept costs no reading.
 */
#include "file_cache.h"

#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enums.h"
#include "log.h"
#include "monotime.h"
#include "proc.h"

#include "ruled.h"

#define CACHE_BUCKETS 1024

/* What the parent last said. */
enum entry_state {
	ENTRY_NEW,
	ENTRY_THERE,
	ENTRY_MISSING,
	ENTRY_FAILED
};

struct entry {
	LIST_ENTRY(entry) same; /* of its bucket */
	TAILQ_ENTRY(entry) use; /* the one used last is first */
	uint64_t self;
	const struct file_kind *kind;
	enum entry_state state;
	bool is_opening, is_changed;
	int64_t looked; /* monotonic ms of the last answer */
	struct msg_priv_open_answ version;
	void *object;
	size_t cost;
	uint64_t *waiters; /* refs of policies */
	uint32_t waiter_count, waiter_room;
	const char *home_of; /* within path, behind its NUL */
	char path[];
};

TAILQ_HEAD(entries, entry);

static struct {
	LIST_HEAD(, entry) bucket[CACHE_BUCKETS];
	struct entries uses;
	struct slots slots;
	uint32_t count;
	size_t cost;
	bool is_up;
} cache;

/* At the first use, as tests link this file without a main. */
static void
cache_up(void)
{
	if (cache.is_up)
		return;
	TAILQ_INIT(&cache.uses);
	slots_init(&cache.slots, FILE_CACHE_MAX + 1);
	cache.is_up = true;
}

/* FNV-1a. Paths come from rules and, within them, from values of clients, but
 * one home or domain each: nobody gains by a collision. */
static unsigned int
bucket_of(const char *path)
{
	uint32_t h = 2166136261u;

	for (; *path != '\0'; path++)
		h = (h ^ (uint8_t)*path) * 16777619u;
	return (h ^ h >> 16) % CACHE_BUCKETS;
}

/* Those who have it in use hold it by a count of their own, as rules do, or are
 * done with it within the item. */
static void
drop_object(struct entry *e)
{
	if (e->object != NULL)
		e->kind->drop(e->object);
	e->object = NULL;
	cache.cost -= e->cost;
	e->cost = 0;
}

/* Nobody may be waiting in it: make_room passes over what is being opened. */
static void
entry_free(struct entry *e)
{
	drop_object(e);
	LIST_REMOVE(e, same);
	TAILQ_REMOVE(&cache.uses, e, use);
	slot_remove(&cache.slots, e->self);
	cache.count--;
	free(e->waiters);
	free(e);
}

/* For tests, and nothing else. */
void
file_cache_clear(void)
{
	struct entry *e;

	cache_up();
	while ((e = TAILQ_FIRST(&cache.uses)) != NULL)
		entry_free(e);
	slots_clear(&cache.slots);
	cache.is_up = false;
}

/* Makes room: what was unused longest goes, but for what is being opened. */
static void
make_room(const struct entry *but)
{
	struct entry *e, *before;

	for (e = TAILQ_LAST(&cache.uses, entries); e != NULL; e = before) {
		before = TAILQ_PREV(e, entries, use);
		if (cache.count <= FILE_CACHE_MAX &&
		    cache.cost <= FILE_CACHE_BYTES)
			return;
		if (e != but && !e->is_opening)
			entry_free(e);
	}
}

/* One more than the most is there for a moment, until make_room has found one
 * to go. */
static struct entry *
entry_new(const struct file_kind *kind, const struct file_where *where)
{
	const char *home = where->home_of != NULL ? where->home_of : "";
	const size_t len = strlen(where->path) + 1, home_len = strlen(home) + 1;
	struct entry *e;

	if ((e = calloc(1, sizeof(*e) + len + home_len)) == NULL)
		return NULL;
	if ((e->self = slot_add(&cache.slots, e)) == 0) {
		free(e);
		return NULL;
	}
	memcpy(e->path, where->path, len);
	memcpy(e->path + len, home, home_len);
	e->home_of = e->path + len;
	e->kind = kind;
	LIST_INSERT_HEAD(&cache.bucket[bucket_of(e->path)], e, same);
	TAILQ_INSERT_HEAD(&cache.uses, e, use);
	cache.count++;
	make_room(e);
	return e;
}

/* With the home's owner as a part of the key: who may have a file opened
 * depends on it. */
static struct entry *
entry_find(const struct file_kind *kind, const struct file_where *where)
{
	const char *home = where->home_of != NULL ? where->home_of : "";
	struct entry *e;

	LIST_FOREACH (e, &cache.bucket[bucket_of(where->path)], same) {
		if (e->kind != kind || strcmp(e->path, where->path) != 0 ||
		    strcmp(e->home_of, home) != 0)
			continue;
		if (e != TAILQ_FIRST(&cache.uses)) {
			TAILQ_REMOVE(&cache.uses, e, use);
			TAILQ_INSERT_HEAD(&cache.uses, e, use);
		}
		return e;
	}
	return NULL;
}

static int64_t
now_ms(void)
{
	return monotime_now().us / 1000;
}

/* A file that is not there is looked for again after a second, so that one that
 * was just made is soon found, and a rule that names none costs one question a
 * second. */
static bool
is_fresh(const struct entry *e)
{
	const int64_t age = now_ms() - e->looked;

	switch (e->state) {
	case ENTRY_THERE:
		return !e->is_changed &&
		    age < (e->version.is_watched ? FILE_CACHE_MS :
						   FILE_CACHE_MISS_MS);
	case ENTRY_MISSING:
	case ENTRY_FAILED:
		return age < FILE_CACHE_MISS_MS;
	case ENTRY_NEW:
		break;
	}
	return false;
}

/* Also whether it is trusted: a file may change its owner and nothing else, and
 * must then be parsed anew. */
static bool
is_same_version(const struct entry *e, const struct msg_priv_open_answ *v)
{
	const struct msg_priv_open_answ *o = &e->version;

	return e->object != NULL && o->device == v->device &&
	    o->inode == v->inode && o->size == v->size &&
	    o->mtime == v->mtime && o->is_trusted == v->is_trusted;
}

/* Takes fd over. A file that has grown since it was looked at is cut at the
 * size that was judged; one that has shrunk is what is left. NULL: too long, or
 * it can not be read. */
char *
file_read(int fd, uint64_t size, size_t size_max, size_t *len)
{
	size_t got = 0;
	ssize_t n = 1;
	char *text = NULL;

	if (size <= size_max)
		text = malloc((size_t)size + 1);
	while (text != NULL && got < size && n > 0)
		if ((n = read(fd, text + got, (size_t)size - got)) > 0)
			got += (size_t)n;
	close(fd);
	if (text == NULL || n == -1) {
		free(text);
		return NULL;
	}
	text[got] = '\0';
	*len = got;
	return text;
}

/* What was there goes first, so that not both take memory. A text that can not
 * be loaded is told by its kind. */
static void
entry_load(struct entry *e, const struct msg_priv_open_answ *v, int fd)
{
	struct file_text t = {
	    .path = e->path, .fd = fd, .is_trusted = v->is_trusted};

	drop_object(e);
	e->state = ENTRY_FAILED;
	if (e->kind->size_max > 0)
		t.text = file_read(fd, v->size, e->kind->size_max, &t.len);
	if (e->kind->size_max > 0 && t.text == NULL) {
		log_warnx("%s: can not be read, or is longer than %zu octets",
		    e->path, e->kind->size_max);
		return;
	}
	if ((e->object = e->kind->load(&t, &e->cost)) == NULL) {
		e->cost = 0;
		return;
	}
	cache.cost += e->cost;
	e->version = *v;
	e->state = ENTRY_THERE;
	make_room(e);
}

/* The file was not opened: what was kept of it is not its text any more. */
static void
entry_gone(struct entry *e, enum entry_state state)
{
	drop_object(e);
	e->state = state;
}

/* Those who wait go on; each may ask for files in turn. */
static void
wake(struct entry *e)
{
	uint64_t *waiters = e->waiters;
	uint32_t i, n = e->waiter_count;

	e->waiters = NULL;
	e->waiter_count = e->waiter_room = 0;
	for (i = 0; i < n; i++)
		run_resume(waiters[i]);
	free(waiters);
}

/* All of those who wait hear of it, also of a failure: none of them may wait
 * for ever. */
static void
opened(uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	const struct msg_priv_open_answ *v = &m->priv_open_answ;
	struct entry *e = slot_get(&cache.slots, ref);

	if (e == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	e->is_opening = false;
	e->looked = now_ms();
	if (result == PEER_ANSWER && v->status == PRIV_OK && fd != -1) {
		e->is_changed = false;
		if (is_same_version(e, v)) {
			e->version.is_watched = v->is_watched;
			close(fd);
		} else
			entry_load(e, v, fd);
	} else {
		if (fd != -1)
			close(fd);
		entry_gone(e,
		    result == PEER_ANSWER && v->status == PRIV_MISSING ?
			ENTRY_MISSING :
			ENTRY_FAILED);
	}
	wake(e);
}

/* One question for all who want it. */
static int
entry_open(struct entry *e)
{
	union msg m = {.priv_open = {.purpose = (uint8_t)e->kind->purpose,
			   .path = e->path,
			   .home_of = e->home_of}};

	if (e->is_opening)
		return 0;
	if (peer_call(proc_parent(), MSG_PRIV_OPEN, &m, -1,
		PEER_THEN(opened, e->self)) == -1)
		return -1;
	e->is_opening = true;
	return 0;
}

/* By a ref: a session that goes in the meantime is not found, and nothing has
 * to be taken out. */
static int
entry_wait(struct entry *e, const struct run *run)
{
	uint32_t room = e->waiter_room == 0 ? 4 : e->waiter_room * 2;
	uint64_t *waiters;

	if (e->waiter_count == e->waiter_room) {
		waiters = reallocarray(e->waiters, room, sizeof(*waiters));
		if (waiters == NULL)
			return -1;
		e->waiters = waiters;
		e->waiter_room = room;
	}
	e->waiters[e->waiter_count++] = run->policy->ref;
	return 0;
}

/* *object is good until the caller returns to the loop, unless it holds it by
 * itself. */
enum asked
file_cache_get(struct run *run, const struct file_kind *kind,
    const struct file_where *where, void **object)
{
	struct entry *e;

	cache_up();
	*where->is_missing = false;
	if ((e = entry_find(kind, where)) == NULL &&
	    (e = entry_new(kind, where)) == NULL)
		return ASK_FAILED;
	if (!is_fresh(e))
		return entry_wait(e, run) == -1 || entry_open(e) == -1 ?
		    ASK_FAILED :
		    ASK_WAIT;
	*object = e->object;
	*where->is_missing = e->state == ENTRY_MISSING;
	return e->state == ENTRY_THERE ? ASK_GOT : ASK_FAILED;
}

/* Log files were turned: the next line goes to a new one. */
void
file_cache_reopen(enum open_purpose purpose)
{
	struct entry *e;

	cache_up();
	TAILQ_FOREACH (e, &cache.uses, use)
		if (e->kind->purpose == purpose)
			e->is_changed = true;
}

/* By device and inode, as the parent watches files and not names. */
void
file_changed(struct peer *peer, uint64_t ref, const union msg *m, int fd)
{
	struct entry *e;

	(void)peer;
	(void)ref;
	(void)fd;
	cache_up();
	TAILQ_FOREACH (e, &cache.uses, use)
		if (e->version.device == m->priv_changed.device &&
		    e->version.inode == m->priv_changed.inode)
			e->is_changed = true;
}
