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
 * Mail for mbox files, gathered.  An mbox is locked for its readers while it
 * is appended to and until that is synced, so what waits for its round waits
 * in memory and not in the file; then all that is for one file is appended
 * under one lock and made durable by one sync.
 */
#include "agent.h"

#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enums.h"

/* What may be held: messages, octets of content, and descriptors, of which a
 * process has few. */
#define GROUP_MAX 128
#define GROUP_OCTETS (2 * 1024 * 1024)
#define GROUP_FDS 16

struct group_item {
	TAILQ_ENTRY(group_item) entry;
	uint64_t ref;
	struct agent_mail mail; /* its pointers lead into text */
	bool appended;
	char text[]; /* strings with their NULs, then the content */
};

TAILQ_HEAD(group_list, group_item);

static struct {
	struct group_list list;
	unsigned int count, fds;
	uint64_t octets;
} env = {.list = TAILQ_HEAD_INITIALIZER(env.list)};

static const char *
group_put(char **at, const char *s)
{
	size_t len = strlen(s) + 1;
	char *copy = *at;

	memcpy(copy, s, len);
	*at += len;
	return copy;
}

/* A copy in one piece; the descriptor is not copied but taken. */
static struct group_item *
group_new(uint64_t ref, const struct agent_mail *m)
{
	size_t inside = m->fd == -1 ? (size_t)m->size : 0;
	struct group_item *i;
	char *at;

	i = malloc(sizeof(*i) + strlen(m->path) + strlen(m->id) +
	    strlen(m->sender) + strlen(m->recipient) + 4 + inside);
	if (i == NULL)
		return NULL;
	i->ref = ref;
	i->appended = false;
	i->mail = *m;
	at = i->text;
	i->mail.path = group_put(&at, m->path);
	i->mail.id = group_put(&at, m->id);
	i->mail.sender = group_put(&at, m->sender);
	i->mail.recipient = group_put(&at, m->recipient);
	memcpy(at, m->data, inside);
	i->mail.data = (const uint8_t *)at;
	return i;
}

static void
group_free(struct group_item *i)
{
	if (i->mail.fd != -1)
		close(i->mail.fd);
	free(i);
}

/* Answered at once only where there is no memory; else by agent_group_run. */
void
agent_group_add(uint64_t ref, const struct agent_mail *m)
{
	struct agent_result r;
	struct group_item *i;

	/* More came in one turn than may be held. */
	if (agent_group_is_full())
		agent_group_run();
	if ((i = group_new(ref, m)) == NULL) {
		agent_result_errno(&r, "no memory for", m->path);
		agent_batch_answer(ref, &r);
		if (m->fd != -1)
			close(m->fd);
		return;
	}
	env.count++;
	if (m->fd != -1)
		env.fds++;
	else
		env.octets += m->size;
	TAILQ_INSERT_TAIL(&env.list, i, entry);
}

bool
agent_group_is_empty(void)
{
	return env.count == 0;
}

bool
agent_group_is_full(void)
{
	return env.count >= GROUP_MAX || env.octets >= GROUP_OCTETS ||
	    env.fds >= GROUP_FDS;
}

/* Messages of one user mostly go to one file; at most GROUP_MAX are looked at.
 * Moves all that is for the first one's file, in their order. */
static void
group_take(struct group_list *taken)
{
	struct group_item *i, *next, *first = TAILQ_FIRST(&env.list);

	TAILQ_FOREACH_SAFE (i, &env.list, entry, next) {
		if (strcmp(i->mail.path, first->mail.path) != 0)
			continue;
		TAILQ_REMOVE(&env.list, i, entry);
		TAILQ_INSERT_TAIL(taken, i, entry);
	}
}

/* The one way out of the group: each is answered exactly once. */
static void
group_end(struct group_list *l, struct group_item *i, struct agent_result *r)
{
	agent_batch_answer(i->ref, r);
	TAILQ_REMOVE(l, i, entry);
	group_free(i);
}

/* Each that can not be appended fails alone; the sync is everybody's. */
static void
group_write(struct group_list *l, int fd)
{
	struct group_item *i, *next;
	struct agent_result r;

	TAILQ_FOREACH_SAFE (i, l, entry, next) {
		agent_busy(i->mail.id);
		if (agent_mbox_append(fd, &i->mail, &r) == -1)
			group_end(l, i, &r);
	}
	agent_busy(NULL);
	agent_result_ok(&r);
	if (agent_mbox_close(fd) == -1 && (i = TAILQ_FIRST(l)) != NULL)
		agent_result_errno(&r, "can not sync", i->mail.path);
	while ((i = TAILQ_FIRST(l)) != NULL)
		group_end(l, i, &r);
}

/* File by file, each under its lock for as long as its own messages take. */
void
agent_group_run(void)
{
	struct group_list l = TAILQ_HEAD_INITIALIZER(l);
	struct group_item *i;
	struct agent_result r;
	int fd;

	while ((i = TAILQ_FIRST(&env.list)) != NULL) {
		group_take(&l);
		fd = agent_mbox_open(i->mail.path, &r);
		if (fd != -1)
			group_write(&l, fd);
		while ((i = TAILQ_FIRST(&l)) != NULL)
			group_end(&l, i, &r);
	}
	env.count = env.fds = 0;
	env.octets = 0;
}
