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
 * LOOK_ADDRESS: what the rules want to know of an address: is its domain
 * local, is it a mailbox or an alias (A40), is it full, whose home it has.
 * Most addresses are not local, so the domain is asked first, and the rest
 * at once where it is.
 */
#include "lookupd.h"

#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "address.h"
#include "enums.h"
#include "option.h"
#include "proc.h"
#include "question.h"
#include "rcpt.h"

enum facts_tag {
	FACTS_DOMAIN,
	FACTS_MAILBOX, /* of the whole address */
	FACTS_ALIAS,
	FACTS_BASE_MAILBOX, /* of the address without its tag */
	FACTS_BASE_ALIAS,
	FACTS_DEFAULT, /* "@domain" */
	FACTS_DEFAULT_ALL, /* "@" */
	FACTS_TAGS
};

struct facts {
	struct question q;
	struct address address;
	struct overlay *options;
	unsigned int open;
	enum back_status status[FACTS_TAGS];
	uint8_t owner; /* the tag of what follows; 0: nobody's */
	bool over;
	char *user, *home;
};

static void facts_row(uint64_t, uint32_t, const struct account_row *);
static void facts_done(uint64_t, uint32_t, enum back_status);

static const struct account_client facts_client = {
    false, facts_row, facts_done};

static void
facts_clear(struct question *q)
{
	struct facts *f = (struct facts *)q;

	overlay_free(f->options);
	free(f->user);
	free(f->home);
}

/* The whole address counts before the one without its tag. */
static void
facts_row(uint64_t ref, uint32_t tag, const struct account_row *row)
{
	struct facts *f = question_get(ref);

	if (f == NULL || (tag != FACTS_MAILBOX && tag != FACTS_BASE_MAILBOX) ||
	    (f->owner != 0 && f->owner <= tag))
		return;
	free(f->user);
	free(f->home);
	f->owner = (uint8_t)tag;
	f->over = account_is_over(row);
	f->user = strdup(row->user);
	f->home = strdup(row->home);
}

/* The first that is there, in the order in which a recipient is looked for;
 * one that can not be told leaves the whole untold. */
static enum look_status
facts_kind(const struct facts *f, enum address_kind *kind)
{
	int tag;

	*kind = ADDRESS_UNKNOWN;
	for (tag = FACTS_MAILBOX; tag < FACTS_TAGS; tag++) {
		if (f->status[tag] == BACK_TEMP)
			return LOOK_TEMP;
		if (f->status[tag] != BACK_YES)
			continue;
		*kind = tag == FACTS_MAILBOX || tag == FACTS_BASE_MAILBOX ?
		    ADDRESS_MAILBOX :
		    ADDRESS_ALIAS;
		return LOOK_OK;
	}
	return LOOK_OK;
}

static void
facts_end(struct facts *f)
{
	union msg m = {.look_address_answ = {.status = LOOK_OK}};
	enum address_kind kind = ADDRESS_UNKNOWN;

	if (f->status[FACTS_DOMAIN] == BACK_TEMP)
		m.look_address_answ.status = LOOK_TEMP;
	else if (f->status[FACTS_DOMAIN] == BACK_YES) {
		m.look_address_answ.status = (uint8_t)facts_kind(f, &kind);
		m.look_address_answ.is_local = true;
		m.look_address_answ.kind = (uint8_t)kind;
	}
	if (kind == ADDRESS_MAILBOX && f->user != NULL && f->home != NULL) {
		m.look_address_answ.over_quota = f->over;
		m.look_address_answ.user = f->user;
		m.look_address_answ.home = f->home;
	}
	question_end(&f->q, &m);
}

static void
facts_ask(
    struct facts *f, enum facts_tag tag, enum back_what what, const char *key)
{
	const struct account_asker asker = {
	    f->q.self, (uint32_t)tag, f->options, NULL};
	int r = account_ask(what, key, &facts_client, &asker);

	f->status[tag] = r == -1 ? BACK_TEMP : BACK_NO;
	if (r == 0)
		f->open++;
}

static void
facts_ask_local(struct facts *f)
{
	char key[ADDRESS_MAX + 2];

	account_key(key, &f->address);
	facts_ask(f, FACTS_MAILBOX, BACK_MAILBOX, key);
	facts_ask(f, FACTS_ALIAS, BACK_ALIAS, key);
	if (account_base(key, &f->address)) {
		facts_ask(f, FACTS_BASE_MAILBOX, BACK_MAILBOX, key);
		facts_ask(f, FACTS_BASE_ALIAS, BACK_ALIAS, key);
	}
	if (!option_num(proc_options(), OPT_SEEK_DF_ALIAS))
		return;
	strlcpy(key, strrchr(f->address.text, '@'), sizeof(key));
	facts_ask(f, FACTS_DEFAULT, BACK_ALIAS, key);
	facts_ask(f, FACTS_DEFAULT_ALL, BACK_ALIAS, "@");
}

static void
facts_done(uint64_t ref, uint32_t tag, enum back_status status)
{
	struct facts *f = question_get(ref);

	if (f == NULL || tag >= FACTS_TAGS)
		return;
	f->status[tag] = status;
	f->open--;
	if (tag == FACTS_DOMAIN && status == BACK_YES)
		facts_ask_local(f);
	if (f->open == 0)
		facts_end(f);
}

bool
facts_address(
    struct address *a, const char *text, const struct overlay *options)
{
	const char *domain =
	    overlay_text(options, proc_options(), OPT_DF_DOMAIN);

	if (address_parse(a, text, strlen(text),
		ADDRESS_UTF8 | ADDRESS_LONG | ADDRESS_BARE) != ADDRESS_OK)
		return false;
	if (!address_is_bare(a))
		return true;
	if (*domain == '\0')
		domain = option_text(proc_options(), OPT_SERVER_NAME);
	return address_set_domain(a, domain) == 0;
}

void
facts_asked(struct peer *p, uint64_t ref, const union msg *in, int fd)
{
	struct overlay *options = rcpt_options(in->look_address.options);
	union msg m = {.look_address_answ = {.status = LOOK_OK}};
	struct address address;
	struct facts *f = NULL;
	bool is_address;
	int i;

	(void)fd;
	is_address = facts_address(&address, in->look_address.address, options);
	if (is_address) {
		m.look_address_answ.status = LOOK_TEMP;
		f = question_new(sizeof(*f), p, ref, MSG_LOOK_ADDRESS_ANSW);
	}
	if (f == NULL) {
		overlay_free(options);
		question_answer(p, MSG_LOOK_ADDRESS_ANSW, ref, &m);
		return;
	}
	f->q.clear = facts_clear;
	f->address = address;
	f->options = options;
	for (i = 0; i < FACTS_TAGS; i++)
		f->status[i] = BACK_NO;
	facts_ask(f, FACTS_DOMAIN, BACK_DOMAIN, strrchr(address.text, '@') + 1);
	if (f->open == 0)
		facts_end(f);
}
