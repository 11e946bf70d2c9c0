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
 * Ways; see way.h.  queued says what the rules said, which were checked
 * there; what comes from its disk is checked once more.
 */
#include "way.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "netaddr.h"
#include "proc.h"
#include "rule_enums.h"

#include "domain.h"

/* Where Mx_dest! names no port; Mx_port is for MX hosts. */
#define WAY_PORT 25

/* Of these one connection, or what is known of a destination, has one value
 * for all its messages; other options are a message's own. */
static const enum option_id shared[] = {OPT_SERVER_NAME, OPT_CONNECT_TIMEOUT,
    OPT_MX_ALIAS_IP, OPT_MSG_CANNOT_CONNECT, OPT_MSG_CANNOT_RESOLVE,
    OPT_TARPIT_LIMIT};
#define SHARED (sizeof(shared) / sizeof(shared[0]))

static struct way *
way_make(struct way **w)
{
	if (*w == NULL && (*w = calloc(1, sizeof(**w))) != NULL)
		(*w)->refs = 1;
	return *w;
}

struct way *
way_ref(struct way *w)
{
	if (w != NULL)
		w->refs++;
	return w;
}

static void
way_wipe(char **text)
{
	if (*text != NULL)
		freezero(*text, strlen(*text));
	*text = NULL;
}

/* The options stay: a mailbox here has use for them. */
static void
way_clear_route(struct way *w)
{
	free(w->host);
	w->host = NULL;
	way_wipe(&w->user);
	way_wipe(&w->password);
	explicit_bzero(&w->salted, sizeof(w->salted));
	memset(&w->source, 0, sizeof(w->source));
	w->mark = 0;
	w->bad = NULL;
}

void
way_unref(struct way *w)
{
	if (w == NULL || --w->refs > 0)
		return;
	way_clear_route(w);
	overlay_free(w->options);
	free(w);
}

/* "host", "host port"; the host is a name or an address without brackets. */
static int
way_dest(struct way *w, const char *text)
{
	size_t n = strcspn(text, " ");
	char name[DOMAIN_MAX + 1], *host;
	struct netaddr a;
	uint16_t port = WAY_PORT;

	if (text[n] == ' ' && netaddr_parse_port(text + n + 1, &port) == -1) {
		w->bad = "Mx_dest! names no port";
		return 0;
	}
	if ((host = strndup(text, n)) == NULL)
		return -1;
	if (netaddr_parse(host, &a) == -1 &&
	    domain_parse(name, host, n, DOMAIN_UTF8) == -1)
		w->bad = "Mx_dest! names no host";
	free(w->host);
	w->host = host;
	w->port = port;
	return 0;
}

/* Without a password it would be no login, and to send without one is what
 * nobody asked for. */
static int
way_auth(struct way *w, const char *user, const char *password)
{
	way_wipe(&w->user);
	way_wipe(&w->password);
	if (*user == '\0' || *password == '\0')
		w->bad = "Mx_auth! names no user or no password";
	w->user = strdup(user);
	w->password = strdup(password);
	return w->user == NULL || w->password == NULL ? -1 : 0;
}

/* A family of its own, so that none is told from 0.0.0.0. */
static void
way_source(struct way *w, const char *text)
{
	const struct sockaddr_in6 *sin6;
	struct netaddr a;

	memset(&w->source, 0, sizeof(w->source));
	if (netaddr_parse(text, &a) == -1) {
		w->bad = "Mx_source! names no address";
		return;
	}
	w->source.family = (uint8_t)a.ss.ss_family;
	if (a.ss.ss_family == AF_INET) {
		memcpy(w->source.ip,
		    &((const struct sockaddr_in *)&a.ss)->sin_addr, 4);
		return;
	}
	sin6 = (const struct sockaddr_in6 *)&a.ss;
	memcpy(w->source.ip, &sin6->sin6_addr, 16);
	w->source.scope = sin6->sin6_scope_id;
}

static void
way_mark(struct way *w, const char *text)
{
	const char *error;

	w->mark = (uint32_t)strtonum(text, 0, UINT32_MAX, &error);
	if (error != NULL)
		w->bad = "So_mark! names no number";
}

int
way_set(struct way **to, uint8_t what, const char *text, const char *secret)
{
	struct way *w = way_make(to);

	if (w == NULL)
		return -1;
	switch (what) {
	case ROUTE_MX_DEST:
		return way_dest(w, text);
	case ROUTE_MX_AUTH:
		return way_auth(w, text, secret);
	case ROUTE_MX_SOURCE:
		way_source(w, text);
		break;
	case ROUTE_SO_MARK:
		way_mark(w, text);
		break;
	case ROUTE_SENDER:
	case ROUTE_COPY:
		/* Known to queued, which gave the task its sender. */
		break;
	default:
		w->bad = "a rule wants a route that is not known here";
	}
	return 0;
}

int
way_set_options(struct way **to, const struct overlay *o)
{
	const char *line;
	unsigned int i;
	size_t s;

	for (i = 0; (line = overlay_line(o, i)) != NULL; i++)
		for (s = 0; s < SHARED; s++)
			if (overlay_id(o, i) == shared[s] &&
			    (way_make(to) == NULL ||
				overlay_set(
				    &(*to)->options, line, NULL, NULL) == -1))
				return -1;
	return 0;
}

void
way_drop_route(struct way **to)
{
	struct way *w = *to;

	if (w == NULL)
		return;
	way_clear_route(w);
	if (w->options == NULL) {
		way_unref(w);
		*to = NULL;
	}
}

/* NULL sorts first. */
static int
way_compare_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

/* By their texts: a number that is written otherwise costs a connection, no
 * more. */
static int
way_compare_options(const struct overlay *a, const struct overlay *b)
{
	bool in_a, in_b;
	size_t s;
	int r;

	for (s = 0; s < SHARED; s++) {
		in_a = overlay_has(a, shared[s]);
		in_b = overlay_has(b, shared[s]);
		if (in_a != in_b)
			return in_a - in_b;
		if (in_a &&
		    (r = strcmp(overlay_text(a, NULL, shared[s]),
			 overlay_text(b, NULL, shared[s]))) != 0)
			return r;
	}
	return 0;
}

int
way_compare(const struct way *a, const struct way *b)
{
	int r;

	if (a == b)
		return 0;
	if (a == NULL || b == NULL)
		return a == NULL ? -1 : 1;
	if ((r = way_compare_text(a->host, b->host)) != 0 ||
	    (r = (a->port > b->port) - (a->port < b->port)) != 0 ||
	    (r = way_compare_text(a->user, b->user)) != 0 ||
	    (r = way_compare_text(a->password, b->password)) != 0 ||
	    (r = (a->mark > b->mark) - (a->mark < b->mark)) != 0 ||
	    (r = a->source.family - b->source.family) != 0 ||
	    (r = memcmp(a->source.ip, b->source.ip, 16)) != 0 ||
	    (r = (a->source.scope > b->source.scope) -
		    (a->source.scope < b->source.scope)) != 0)
		return r;
	return way_compare_options(a->options, b->options);
}

bool
way_has_login(const struct way *w)
{
	return w != NULL && w->user != NULL;
}

const struct overlay *
way_options(const struct way *w)
{
	return w == NULL ? NULL : w->options;
}

int64_t
way_num(const struct way *w, enum option_id id)
{
	return overlay_num(way_options(w), proc_options(), id);
}
