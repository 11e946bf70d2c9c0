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
 * rules_run.c: routes and header lines of one run.  They are not stored: the
 * next run asks again.
 */

#include "rules_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "override.h"
#include "route.h"

/* Header lines of a run, bytes. */
#define HADD_MAX 65536

/* Logins are among them: routes_clear wipes. */
void
rules_run_forget(struct entry *e)
{
	override_end_run(e);
	if (e->run != NULL)
		routes_clear(e->run);
	free(e->run);
	e->run = NULL;
	free(e->hadd);
	e->hadd = NULL;
}

/* A header line for copies to other hosts, in this run. */
static int
effect_hadd(struct entry *e, const char *line)
{
	char *all;

	if (!route_is_line(line) ||
	    (e->hadd != NULL && strlen(e->hadd) > HADD_MAX) ||
	    asprintf(&all, "%s%s\r\n", e->hadd == NULL ? "" : e->hadd, line) ==
		-1)
		return -1;
	free(e->hadd);
	e->hadd = all;
	return 0;
}

/* For all recipients of this run, as the event has no single one; a route that
 * is stored goes before it. */
static int
effect_route(
    struct entry *e, enum route_what what, const struct msg_rule_effect *f)
{
	if (e->run == NULL && (e->run = calloc(1, sizeof(*e->run))) == NULL)
		return -1;
	return routes_set(e->run, what, f->text, f->secret);
}

/* What a rule may change here: how this run goes. */
int
rules_run_apply(struct entry *e, const struct msg_rule_effect *f)
{
	switch (f->effect) {
	case EFFECT_HADD:
		return effect_hadd(e, f->text);
	case EFFECT_SENDER:
		return effect_route(e, ROUTE_SENDER, f);
	case EFFECT_MX_DEST:
		return effect_route(e, ROUTE_MX_DEST, f);
	case EFFECT_MX_AUTH:
		return effect_route(e, ROUTE_MX_AUTH, f);
	case EFFECT_MX_SOURCE:
		return effect_route(e, ROUTE_MX_SOURCE, f);
	case EFFECT_SO_MARK:
		return effect_route(e, ROUTE_SO_MARK, f);
	default:
		return -1;
	}
}
