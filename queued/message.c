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
 * message.c: queued messages in memory.  Strings live in one arena per
 * message; what is replaced by something longer leaves a hole, and the
 * arena is packed when it is full.
 */

#include "message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_FIRST 192 /* holds the texts of an ordinary message */

const char *const rcpt_state_names[RCPT_STATES] = {
    "pending", "deferred", "delivered", "relayed", "failed", "removed"};

const char *const rcpt_kind_names[RCPT_KINDS] = {"normal", "copy", "alias"};

RB_GENERATE(message_tree, message, tree, message_compare)

/* By id, which is the order of arrival. */
int
message_compare(const struct message *a, const struct message *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

struct message *
message_new(uint64_t id)
{
	struct message *m;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return NULL;
	m->id = id;
	return m;
}

/* Wiped, as texts may be passwords (Mx_auth!). */
void
message_free(struct message *m)
{
	if (m == NULL)
		return;
	free(m->rcpts);
	freezero(m->arena, m->arena_size);
	free(m);
}

/* Never NULL. Good until the next message_set of that message, which may move
 * the arena. */
const char *
message_text(const struct message *m, textref ref)
{
	return ref == 0 ? "" : m->arena + ref;
}

/* One text into the new arena; its ref follows. */
static void
pack_one(textref *ref, const char *from, char *to, uint32_t *at)
{
	size_t len;

	if (*ref == 0)
		return;
	len = strlen(from + *ref) + 1;
	memcpy(to + *at, from + *ref, len);
	*ref = *at;
	*at += (uint32_t)len;
}

/*
 * Calls pack_one for every textref there is: one forgotten here would
 * dangle after the arena moved.
 */
static void
pack_all(struct message *m, char *to, uint32_t *at)
{
	textref *own[] = {&m->sender, &m->client_ip, &m->client_name,
	    &m->client_helo, &m->login, &m->envid, &m->hadd, &m->marks,
	    &m->overrides};
	uint32_t i;
	size_t n;

	for (n = 0; n < sizeof(own) / sizeof(own[0]); n++)
		pack_one(own[n], m->arena, to, at);
	for (i = 0; i < m->nrcpts; i++) {
		struct recipient *r = &m->rcpts[i];
		textref *of[] = {&r->address, &r->original, &r->orcpt,
		    &r->sender, &r->mx_dest, &r->mx_auth, &r->mx_source,
		    &r->user, &r->home, &r->dlocal, &r->answer};

		for (n = 0; n < sizeof(of) / sizeof(of[0]); n++)
			pack_one(of[n], m->arena, to, at);
	}
}

/* A new arena with room for need more bytes; holes are left out. */
static int
arena_grow(struct message *m, size_t need)
{
	size_t live = m->arena_len == 0 ? 1 : m->arena_len - m->arena_waste;
	size_t size = ARENA_FIRST, slack = live > 4096 ? live / 4 : 0;
	uint32_t at = 1;
	char *arena;

	if (live + need > MESSAGE_ARENA_MAX) {
		errno = E2BIG;
		return -1;
	}
	/* Room to go on, or each longer answer of a long list would pack the
	 * texts of all its recipients. */
	while (size < live + need + slack)
		size += size / 2;
	if ((arena = malloc(size)) == NULL)
		return -1;
	arena[0] = '\0';
	if (m->arena != NULL)
		pack_all(m, arena, &at);
	freezero(m->arena, m->arena_size);
	m->arena = arena;
	m->arena_len = at;
	m->arena_size = (uint32_t)size;
	m->arena_waste = 0;
	return 0;
}

/* What was there becomes a hole until the arena is packed. */
static int
set_new(struct message *m, textref *ref, const char *text, size_t len)
{
	char *copy = NULL;
	size_t old = *ref == 0 ? 0 : strlen(m->arena + *ref) + 1;

	if (m->arena_size - m->arena_len < len + 1) {
		/* The text may be in the arena that is about to go. */
		if ((copy = strdup(text)) == NULL)
			return -1;
		if (arena_grow(m, len + 1) == -1) {
			freezero(copy, len + 1);
			return -1;
		}
		text = copy;
	}
	m->arena_waste += (uint32_t)old;
	memcpy(m->arena + m->arena_len, text, len + 1);
	*ref = m->arena_len;
	m->arena_len += (uint32_t)len + 1;
	freezero(copy, copy == NULL ? 0 : len + 1);
	return 0;
}

/* A text that fits where the old one stood is written over it. */
int
message_set(struct message *m, textref *ref, const char *text)
{
	size_t len = strlen(text);
	size_t old = *ref == 0 ? 0 : strlen(m->arena + *ref);

	if (len > MESSAGE_TEXT_MAX) {
		errno = E2BIG;
		return -1;
	}
	if (len == 0) {
		if (*ref != 0)
			m->arena_waste += (uint32_t)old + 1;
		*ref = 0;
		return 0;
	}
	if (old < len)
		return set_new(m, ref, text, len);
	memmove(m->arena + *ref, text, len + 1);
	m->arena_waste += (uint32_t)(old - len);
	return 0;
}

/* Its index, or -1 with errno. Pointers to recipients are void after it, as the
 * array may move. */
int
message_add_rcpt(struct message *m, const char *address)
{
	struct recipient *rcpts;
	uint32_t n = m->nrcpts;

	if (n >= MESSAGE_RCPTS_MAX) {
		errno = E2BIG;
		return -1;
	}
	/* The array's size is the next power of two. */
	if ((n & (n - 1)) == 0) {
		rcpts = recallocarray(
		    m->rcpts, n, n == 0 ? 1 : (size_t)n * 2, sizeof(*rcpts));
		if (rcpts == NULL)
			return -1;
		m->rcpts = rcpts;
	}
	m->nrcpts++;
	if (message_set(m, &m->rcpts[n].address, address) == -1) {
		m->nrcpts--;
		return -1;
	}
	return (int)n;
}

/* Has somebody still to be tried? One on hold has. */
bool
message_is_active(const struct message *m)
{
	uint32_t i;

	for (i = 0; i < m->nrcpts; i++)
		if (m->rcpts[i].state == RCPT_PENDING ||
		    m->rcpts[i].state == RCPT_DEFERRED)
			return true;
	return false;
}

/* What it takes here, roughly: for figures and tests. */
size_t
message_memory(const struct message *m)
{
	size_t n = 1;

	while (n < m->nrcpts)
		n *= 2;
	return sizeof(*m) + n * sizeof(*m->rcpts) + m->arena_size;
}
