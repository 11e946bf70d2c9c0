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
 * route.c: routes of recipients.  Texts are checked once, as they come in;
 * what is stored is sent as it stands.
 */

#include "route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a rule took from a client may stand in such a text. No octet of it may
 * end a line of the l file, of a header, or of SMTP. */
bool
route_is_line(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') ||
		    *text == 0x7f)
			return false;
	return true;
}

/* What is stored for a word of the rules, from malloc; NULL: not as it
 * should be.  User and password are one text, so that neither is ever found
 * without the other. */
static char *
route_value(enum route_what what, const char *text, const char *secret)
{
	char *value = NULL;

	if (!route_is_line(text) || !route_is_line(secret) ||
	    (what == ROUTE_MX_DEST && strlen(text) > ROUTE_DEST_MAX))
		return NULL;
	if (what == ROUTE_MX_AUTH)
		return asprintf(&value, "%s\n%s", text, secret) == -1 ? NULL :
									value;
	if (what == ROUTE_SENDER && text[0] == '\0')
		text = ROUTE_NULL_SENDER;
	return strdup(text);
}

/* -1: no number, or beyond 32 bits. 0 takes the mark away. */
static int
route_number(const char *text, uint32_t *mark)
{
	const char *error = NULL;
	uint32_t n = (uint32_t)strtonum(text, 0, UINT32_MAX, &error);

	if (error != NULL)
		return -1;
	*mark = n;
	return 0;
}

/* Wiped, as any of them may be a login. */
static void
free_text(char *text)
{
	if (text != NULL)
		freezero(text, strlen(text));
}

/* The last word counts. -1: the text is refused, and what was there before
 * stays. */
int
routes_set(struct routes *all, enum route_what what, const char *text,
    const char *secret)
{
	char *value;

	if (what == ROUTE_SO_MARK)
		return route_number(text, &all->so_mark);
	if (what >= ROUTE_COPY ||
	    (value = route_value(what, text, secret)) == NULL)
		return -1;
	free_text(all->text[what]);
	all->text[what] = value;
	return 0;
}

void
routes_clear(struct routes *all)
{
	int i;

	for (i = 0; i < ROUTE_WHAT_COUNT; i++)
		free_text(all->text[i]);
	*all = (struct routes){0};
}

bool
routes_is_empty(const struct routes *all)
{
	int i;

	for (i = 0; i < ROUTE_WHAT_COUNT; i++)
		if (all->text[i] != NULL)
			return false;
	return all->so_mark == 0;
}

/* The field of a recipient that holds it; NULL: it is no text. */
static textref *
route_field(struct recipient *r, enum route_what what)
{
	switch (what) {
	case ROUTE_MX_DEST:
		return &r->mx_dest;
	case ROUTE_MX_AUTH:
		return &r->mx_auth;
	case ROUTE_MX_SOURCE:
		return &r->mx_source;
	case ROUTE_SENDER:
		return &r->sender;
	default:
		return NULL;
	}
}

/* ROUTE_COPY has no text: it says what sort of recipient it is. */
int
route_set(struct message *m, struct recipient *r, enum route_what what,
    const char *const text[2])
{
	textref *ref = route_field(r, what);
	char *value;
	int result;

	if (what == ROUTE_SO_MARK)
		return route_number(text[0], &r->so_mark);
	if (what == ROUTE_COPY)
		r->kind = RCPT_COPY;
	if (ref == NULL)
		return what == ROUTE_COPY ? 0 : -1;
	if ((value = route_value(what, text[0], text[1])) == NULL)
		return -1;
	result = message_set(m, ref, value);
	free_text(value);
	return result;
}

/* Only where the recipient has none of its own. -1: no memory; the commit fails
 * then. */
int
route_inherit(struct message *m, struct recipient *r, const struct routes *all)
{
	textref *ref;
	int i;

	for (i = 0; i < ROUTE_WHAT_COUNT; i++) {
		if (all->text[i] == NULL ||
		    (ref = route_field(r, (enum route_what)i)) == NULL ||
		    *ref != 0)
			continue;
		if (message_set(m, ref, all->text[i]) == -1)
			return -1;
	}
	if (r->so_mark == 0)
		r->so_mark = all->so_mark;
	return 0;
}

/* Copies go where their address says, whatever was said for all. */
static const struct routes *
run_routes(const struct entry *e, const struct recipient *r)
{
	return r->kind == RCPT_COPY ? NULL : e->run;
}

/* The recipient's own, then that of the run, then ""; good until the message's
 * arena moves. */
const char *
route_text(
    const struct entry *e, const struct recipient *r, enum route_what what)
{
	struct recipient copy = *r;
	const textref *ref = route_field(&copy, what);
	const struct routes *run = run_routes(e, r);

	if (ref != NULL && *ref != 0)
		return message_text(e->message, *ref);
	if (run != NULL && run->text[what] != NULL)
		return run->text[what];
	return "";
}

uint32_t
route_mark(const struct entry *e, const struct recipient *r)
{
	const struct routes *run = run_routes(e, r);

	return r->so_mark == 0 && run != NULL ? run->so_mark : r->so_mark;
}

/* "" is stored as a word of its own, as an empty text is no text: a rule may
 * well have said the null sender. */
static const char *
route_sender_text(const struct message *m, const char *own)
{
	if (own[0] == '\0')
		return message_text(m, m->sender);
	return strcmp(own, ROUTE_NULL_SENDER) == 0 ? "" : own;
}

const char *
route_sender(const struct entry *e, const struct recipient *r)
{
	return route_sender_text(e->message, route_text(e, r, ROUTE_SENDER));
}

const char *
route_sender_of(const struct message *m, const struct recipient *r)
{
	return route_sender_text(m, message_text(m, r->sender));
}

/* Its mailbox is here and nobody said another host. */
bool
route_is_local(const struct entry *e, const struct recipient *r)
{
	if ((r->flags & RCPT_LOCAL) == 0)
		return false;
	return (r->mx_dest == 0 && e->run == NULL) ||
	    route_text(e, r, ROUTE_MX_DEST)[0] == '\0';
}

/* One look at numbers: the order of checks makes lists of a hundred thousand
 * recipients cheap. */
static bool
is_plain(const struct recipient *r)
{
	return (r->sender | r->mx_dest | r->mx_auth | r->mx_source |
		   r->so_mark) == 0;
}

/* Nearly all have no route: no text is compared for these. */
bool
route_is_same(
    const struct entry *e, const struct recipient *a, const struct recipient *b)
{
	static const enum route_what whats[] = {
	    ROUTE_MX_AUTH, ROUTE_MX_SOURCE, ROUTE_SENDER};
	size_t i;

	if (is_plain(a) && is_plain(b) &&
	    (e->run == NULL ||
		(a->kind == RCPT_COPY) == (b->kind == RCPT_COPY)))
		return true;
	for (i = 0; i < sizeof(whats) / sizeof(whats[0]); i++)
		if (strcmp(route_text(e, a, whats[i]),
			route_text(e, b, whats[i])) != 0)
			return false;
	return route_mark(e, a) == route_mark(e, b);
}
