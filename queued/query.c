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
 * query.c: the words of an administrator's query.
 */

#include "query.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dest.h"
#include "id.h"

static const char *const state_words[] = {
    "any", "pending", "deferred", "held", "failed", NULL};

/* Any Sid is taken: people copy ids from logs, and only ours are found. */
static int
query_id(const char *text, uint64_t *id)
{
	char sid[ID_SID_MAX];

	return id_parse(text, id, sid, sizeof(sid));
}

/* No sign and nothing behind it; strtonum says so. */
static int
query_number(const char *text, int64_t most, int64_t *n)
{
	const char *error;

	*n = strtonum(text, 0, most, &error);
	return error == NULL ? 0 : -1;
}

/* Angle brackets are taken off: <> is how people write the null sender. */
static int
query_text(char *buf, const char *value, bool *given)
{
	size_t len = strlen(value);

	if (len > 1 && value[0] == '<' && value[len - 1] == '>') {
		value++;
		len -= 2;
	}
	if (len >= QUERY_TEXT_MAX)
		return -1;
	memcpy(buf, value, len);
	buf[len] = '\0';
	*given = true;
	return 0;
}

static int
query_state(struct query *q, const char *value)
{
	int i;

	for (i = 0; state_words[i] != NULL; i++)
		if (strcmp(value, state_words[i]) == 0) {
			q->state = (enum query_state)i;
			return 0;
		}
	return -1;
}

/* An unknown word makes the query bad, never wider than it was meant. */
static int
query_word(struct query *q, char *word)
{
	char *value = strchr(word, '=');
	int64_t n;

	if (value == NULL) {
		if (strcmp(word, "all") != 0)
			return query_id(word, &q->id);
		q->is_all = true;
		return 0;
	}
	*value++ = '\0';
	if (strcmp(word, "id") == 0)
		return query_id(value, &q->id);
	if (strcmp(word, "after") == 0)
		return query_id(value, &q->after);
	if (strcmp(word, "sender") == 0)
		return query_text(q->sender, value, &q->has_sender);
	if (strcmp(word, "rcpt-domain") == 0)
		return query_text(q->domain, value, &q->has_domain);
	if (strcmp(word, "state") == 0)
		return query_state(q, value);
	if (strcmp(word, "older") == 0)
		return query_number(value, INT64_MAX / 2, &q->older);
	if (strcmp(word, "limit") != 0 || query_number(value, 100000, &n) == -1)
		return -1;
	q->limit = (uint32_t)n;
	return 0;
}

int
query_parse(struct query *q, const char *text)
{
	char copy[1025], *rest = copy, *word;

	memset(q, 0, sizeof(*q));
	if (strlcpy(copy, text, sizeof(copy)) >= sizeof(copy))
		return -1;
	while ((word = strsep(&rest, " \t")) != NULL)
		if (*word != '\0' && query_word(q, word) == -1)
			return -1;
	return 0;
}

/* Does it name anything, or would it mean the whole queue by a slip? */
bool
query_is_given(const struct query *q)
{
	return q->id != 0 || q->older != 0 || q->state != QUERY_ANY ||
	    q->has_sender || q->has_domain || q->is_all;
}

/* Of any recipient, done or not: who asks for a domain means its mail. */
static bool
query_has_rcpt(const struct query *q, const struct message *m)
{
	uint32_t i;

	for (i = 0; i < m->nrcpts; i++)
		if (strcasecmp(
			dest_domain(message_text(m, m->rcpts[i].address)),
			q->domain) == 0)
			return true;
	return false;
}

static bool
query_has_state(const struct message *m, enum rcpt_state state)
{
	uint32_t i;

	for (i = 0; i < m->nrcpts; i++)
		if (m->rcpts[i].state == state)
			return true;
	return false;
}

/* All words must hold.  The cheap ones come first, as the whole queue may be
 * asked. */
bool
query_matches(const struct query *q, const struct message *m, int64_t now)
{
	if (q->id != 0 && q->id != m->id)
		return false;
	if (q->older != 0 && now - m->arrival < q->older)
		return false;
	if (q->has_sender &&
	    strcasecmp(q->sender, message_text(m, m->sender)) != 0)
		return false;
	if (q->has_domain && !query_has_rcpt(q, m))
		return false;
	switch (q->state) {
	case QUERY_PENDING:
		return query_has_state(m, RCPT_PENDING);
	case QUERY_DEFERRED:
		return query_has_state(m, RCPT_DEFERRED);
	case QUERY_HELD:
		return m->flags & MSG_HOLD;
	case QUERY_FAILED:
		return query_has_state(m, RCPT_FAILED);
	default:
		return true;
	}
}

const char *
query_state_name(const struct message *m)
{
	if (m->flags & MSG_HOLD)
		return "held";
	if (query_has_state(m, RCPT_DEFERRED))
		return "deferred";
	if (query_has_state(m, RCPT_PENDING))
		return "pending";
	return "ending";
}
