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
 * LOOK_RCPT: what a recipient is here and where its mail goes.  Holds the
 * limits: depth, number of targets, addresses at a time, each address once.
 * selor-flows.md section 3; RFC 5321 section 4.5.1 for postmaster.
 */
#include "rcpt.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "log.h"
#include "lookupd.h"
#include "option.h"
#include "proc.h"

void
rcpt_fail(struct rcpt *r, enum look_status status)
{
	/* What may pass by itself is told before what will not. */
	if (r->failed == LOOK_OK || status == LOOK_TEMP)
		r->failed = (uint8_t)status;
}

/*
 * Sent as found, not gathered: what a target list needs of memory is the
 * asker's to bound, and what it gets before a failure it drops.
 */
void
rcpt_emit(
    struct rcpt *r, enum route route, enum address_kind kind, const char *text)
{
	union msg m = {.look_target = {.route = (uint8_t)route,
			   .kind = (uint8_t)kind,
			   .address = text}};

	if (r->failed != LOOK_OK)
		return;
	if (r->count >= RCPT_TARGETS_MAX) {
		rcpt_fail(r, LOOK_LOOP);
		return;
	}
	if (question_item(&r->q, MSG_LOOK_TARGET, &m) == -1)
		rcpt_fail(r, LOOK_TEMP);
	else
		r->count++;
}

int64_t
rcpt_num(const struct rcpt *r, enum option_id id)
{
	return overlay_num(r->options, proc_options(), id);
}

struct overlay *
rcpt_options(const char *lines)
{
	struct overlay *o = NULL;
	char line[OVERLAY_LINE_MAX], why[OPTION_ERROR_MAX];
	size_t len;

	for (; *lines != '\0'; lines += len + (lines[len] == '\n')) {
		len = strcspn(lines, "\n");
		if (len == 0 || len >= sizeof(line))
			continue;
		memcpy(line, lines, len);
		line[len] = '\0';
		if (overlay_set(&o, line, NULL, why) == -1)
			log_warnx("an option of rules is left out: %s", why);
	}
	return o;
}

/* Each address once in an expansion, which ends loops and saves copies. */
bool
rcpt_is_new(struct rcpt *r, const char *key)
{
	int is_new = seen_add(&r->seen, key);

	if (is_new == -1)
		rcpt_fail(r, LOOK_TEMP);
	return is_new == 1;
}

static struct node *
node_new(const char *text, unsigned int depth, bool is_list)
{
	size_t i, len = strlen(text) + 1;
	struct node *n;

	if ((n = calloc(1, sizeof(*n) + len)) == NULL)
		return NULL;
	for (i = 0; i < NODE_ASKS; i++)
		STAILQ_INIT(&n->targets[i]);
	n->depth = (uint8_t)depth;
	n->is_list = is_list;
	n->stage = is_list ? NODE_LIST : NODE_EXACT;
	memcpy(n->text, text, len);
	return n;
}

/*
 * The key of the recipient itself is remembered when a second comes.  Most
 * recipients have no further address: for them no set is made.
 */
static void
rcpt_see_root(struct rcpt *r)
{
	struct address a;
	char key[ADDRESS_MAX + 1];

	if (r->seen.count > 0 ||
	    address_parse(&a, r->root, strlen(r->root), ADDRESS_INTERNAL) !=
		ADDRESS_OK)
		return;
	address_fold(&a);
	memcpy(key, a.text, (size_t)a.len + 1);
	(void)rcpt_is_new(r, key);
}

/* Too deep and too many are the same to the asker: a table that is wrong. */
void
rcpt_push(struct rcpt *r, const char *text, unsigned int depth, bool is_list)
{
	char key[ADDRESS_MAX + 2] = "@";
	struct address a;
	struct node *n;

	if (depth > RCPT_DEPTH_MAX || r->looked >= RCPT_TARGETS_MAX) {
		rcpt_fail(r, LOOK_LOOP);
		return;
	}
	rcpt_see_root(r);
	if (is_list)
		strlcpy(key + 1, text, sizeof(key) - 1);
	else {
		if (address_parse(&a, text, strlen(text), ADDRESS_INTERNAL) !=
		    ADDRESS_OK)
			return;
		address_fold(&a);
		memcpy(key, a.text, (size_t)a.len + 1);
	}
	if (!rcpt_is_new(r, key)) {
		r->loop = true;
		return;
	}
	if ((n = node_new(text, depth, is_list)) == NULL) {
		rcpt_fail(r, LOOK_TEMP);
		return;
	}
	r->looked++;
	TAILQ_INSERT_TAIL(&r->waiting, n, entry);
}

/* Also while answers are on their way: they will not find the question. */
static void
rcpt_clear(struct question *q)
{
	struct rcpt *r = (struct rcpt *)q;
	struct node *n;
	unsigned int i;

	while ((n = TAILQ_FIRST(&r->waiting)) != NULL) {
		TAILQ_REMOVE(&r->waiting, n, entry);
		node_free(r, n);
	}
	for (i = 0; i < RCPT_ACTIVE_MAX; i++)
		if (r->active[i] != NULL)
			node_free(r, r->active[i]);
	seen_clear(&r->seen);
	overlay_free(r->options);
}

/*
 * Targets that were sent before a failure do not count: the asker drops them.
 */
static void
rcpt_end(struct rcpt *r)
{
	enum look_status status = r->failed;
	union msg m = {
	    .look_rcpt_answ = {
		.kind = r->kind, .over_quota = r->over, .count = r->count}};

	if (status == LOOK_OK && r->count == 0)
		status = r->loop ? LOOK_LOOP : LOOK_NO;
	if (status == LOOK_LOOP)
		log_warnx("%s: an alias loop, or more than %d addresses",
		    r->root, RCPT_TARGETS_MAX);
	m.look_rcpt_answ.status = (uint8_t)status;
	question_end(&r->q, &m);
}

/* A free place among those that are looked at. */
static bool
rcpt_activate(struct rcpt *r, struct node *n)
{
	unsigned int i;

	for (i = 0; i < RCPT_ACTIVE_MAX; i++)
		if (r->active[i] == NULL)
			break;
	if (i == RCPT_ACTIVE_MAX)
		return false;
	n->slot = (uint16_t)i;
	r->active[i] = n;
	r->actives++;
	return true;
}

/* May end the question: who calls it does not touch r afterwards. */
void
rcpt_run(struct rcpt *r)
{
	struct node *n;

	while (r->failed == LOOK_OK && (n = TAILQ_FIRST(&r->waiting)) != NULL &&
	    rcpt_activate(r, n)) {
		TAILQ_REMOVE(&r->waiting, n, entry);
		if (node_start(r, n))
			node_free(r, n);
	}
	if (r->failed != LOOK_OK ||
	    (r->actives == 0 && TAILQ_EMPTY(&r->waiting)))
		rcpt_end(r);
}

/* Where mail for "postmaster" without a domain goes.  True: a guess. */
static bool
rcpt_postmaster(char *text)
{
	const struct options *o = proc_options();
	const char *s = option_text(o, OPT_POSTMASTER);
	struct address a;
	bool guess = !option_is_set(o, OPT_POSTMASTER) ||
	    address_parse(&a, s, strlen(s), ADDRESS_UTF8 | ADDRESS_LONG) !=
		ADDRESS_OK;

	text[0] = '\0';
	if (guess &&
	    address_make(&a, "postmaster", 10, option_text(o, OPT_SERVER_NAME),
		0) != ADDRESS_OK)
		return true;
	memcpy(text, a.text, (size_t)a.len + 1);
	return guess;
}

/*
 * Parses the recipient.  Its text is empty if it can not be one.  A bare name
 * gets Df_domain; without one only "postmaster" can be meant (RFC 5321 section
 * 4.1.1.3).
 */
static void
rcpt_root(struct address *a, const char *in, const struct overlay *options)
{
	const char *domain =
	    overlay_text(options, proc_options(), OPT_DF_DOMAIN);

	if (address_parse(a, in, strlen(in),
		ADDRESS_UTF8 | ADDRESS_LONG | ADDRESS_BARE) != ADDRESS_OK)
		a->text[0] = '\0';
	else if (address_is_bare(a) && !address_is_postmaster(a) &&
	    (*domain == '\0' || address_set_domain(a, domain) == -1))
		a->text[0] = '\0';
}

void
rcpt_asked(struct peer *p, uint64_t ref, const union msg *in, int fd)
{
	union msg m = {.look_rcpt_answ = {.status = LOOK_NO}};
	bool guess = false, postmaster;
	struct overlay *options = rcpt_options(in->look_rcpt.options);
	struct address a;
	struct rcpt *r;
	struct node *n;

	(void)fd;
	rcpt_root(&a, in->look_rcpt.address, options);
	postmaster = a.text[0] != '\0' && address_is_bare(&a);
	if (postmaster)
		guess = rcpt_postmaster(a.text);
	if (a.text[0] == '\0') {
		overlay_free(options);
		question_answer(p, MSG_LOOK_RCPT_ANSW, ref, &m);
		return;
	}
	m.look_rcpt_answ.status = LOOK_TEMP;
	r = question_new(sizeof(*r), p, ref, MSG_LOOK_RCPT_ANSW);
	if (r == NULL) {
		overlay_free(options);
		question_answer(p, MSG_LOOK_RCPT_ANSW, ref, &m);
		return;
	}
	r->options = options;
	TAILQ_INIT(&r->waiting);
	r->q.clear = rcpt_clear;
	r->postmaster = postmaster;
	r->guessed = guess;
	strlcpy(r->root, a.text, sizeof(r->root));
	/* RFC 5321 has "postmaster" accepted even where its mail goes to
	 * another host: it counts as an alias. */
	if ((n = node_new(a.text, postmaster ? 1 : 0, false)) == NULL) {
		question_end(&r->q, &m);
		return;
	}
	if (postmaster)
		r->kind = ADDRESS_ALIAS;
	r->looked = 1;
	TAILQ_INSERT_TAIL(&r->waiting, n, entry);
	rcpt_run(r);
}
