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
 * Envelopes; see envelope.h.
 */
#include "envelope.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "enums.h"
#include "xtext.h"

void
envelope_init(struct envelope *e)
{
	memset(e, 0, sizeof(*e));
}

/* May be used again at once, as if it had just been initialised. */
void
envelope_clear(struct envelope *e)
{
	size_t i;

	for (i = 0; i < e->count; i++) {
		free(e->rcpts[i].address);
		free(e->rcpts[i].text);
	}
	free(e->rcpts);
	free(e->sender);
	envelope_init(e);
}

/*
 * "<a@b>" and "a@b" are the same address here.  What is inside is looked at
 * only when it is sent: this parses nothing.
 */
static void
strip_brackets(const char **text, size_t *len)
{
	if (*len >= 2 && (*text)[0] == '<' && (*text)[*len - 1] == '>') {
		(*text)++;
		*len -= 2;
	}
}

/*
 * The old one goes only when the new one is there: a failure changes nothing.
 */
int
envelope_set_sender(struct envelope *e, const char *text, size_t len)
{
	char *copy;

	strip_brackets(&text, &len);
	if ((copy = strndup(text, len)) == NULL)
		return -1;
	free(e->sender);
	e->sender = copy;
	return 0;
}

/*
 * What is new is zero: RCPT_WAITING, no text.  Doubling keeps the cost of an
 * append constant; the count is bounded by ENVELOPE_RCPTS_MAX, which the caller
 * checks.
 */
static int
envelope_grow(struct envelope *e)
{
	size_t size = e->size == 0 ? 16 : e->size * 2;
	struct rcpt *r;

	if (e->count < e->size)
		return 0;
	r = recallocarray(e->rcpts, e->size, size, sizeof(*r));
	if (r == NULL)
		return -1;
	e->rcpts = r;
	e->size = size;
	return 0;
}

/*
 * The same address twice gets one copy.  The search is linear over at most
 * ENVELOPE_RCPTS_MAX; letters that differ in case differ here, since only the
 * domain's owner knows whether they do (RFC 5321 section 2.4).
 */
int
envelope_add(struct envelope *e, const char *text, size_t len)
{
	size_t i;

	strip_brackets(&text, &len);
	if (len == 0)
		return -1;
	for (i = 0; i < e->count; i++)
		if (strncmp(e->rcpts[i].address, text, len) == 0 &&
		    e->rcpts[i].address[len] == '\0')
			return 0;
	if (e->count == ENVELOPE_RCPTS_MAX || envelope_grow(e) == -1)
		return -1;
	if ((e->rcpts[e->count].address = strndup(text, len)) == NULL)
		return -1;
	e->count++;
	return 0;
}

/*
 * "never" stands alone (RFC 3461 section 4.1): in a list it is no word at all.
 * One unknown word refuses the whole, and what was set before stays.
 */
int
envelope_set_notify(struct envelope *e, const char *text)
{
	static const struct {
		const char *word;
		unsigned int bit;
	} words[] = {{"success", NOTIFY_SUCCESS}, {"failure", NOTIFY_FAILURE},
	    {"delay", NOTIFY_DELAY}};
	unsigned int set = 0;
	size_t i, len;

	if (strcasecmp(text, "never") == 0) {
		e->notify = NOTIFY_NEVER;
		return 0;
	}
	for (;; text += len + 1) {
		len = strcspn(text, ",");
		for (i = 0; i < 3; i++)
			if (strlen(words[i].word) == len &&
			    strncasecmp(words[i].word, text, len) == 0)
				break;
		if (i == 3)
			return -1;
		set |= words[i].bit;
		if (text[len] == '\0')
			break;
	}
	e->notify = set;
	return 0;
}

int
envelope_set_ret(struct envelope *e, const char *text)
{
	if (strcasecmp(text, "full") == 0)
		e->ret = RET_FULL;
	else if (strcasecmp(text, "hdrs") == 0)
		e->ret = RET_HDRS;
	else
		return -1;
	return 0;
}

/*
 * Kept encoded, as it goes into the command, so that nothing has to be checked
 * again where it is used.
 */
int
envelope_set_envid(struct envelope *e, const char *text)
{
	char plain[ENVELOPE_ENVID_MAX + 1];
	int n = xtext_encode(e->envid, sizeof(e->envid), text, strlen(text));

	/* Printable US-ASCII alone: RFC 3461 section 4.4. */
	if (n > 0)
		n = xtext_decode(plain, sizeof(plain), e->envid, (size_t)n);
	if (n <= 0)
		e->envid[0] = '\0';
	return n <= 0 ? -1 : 0;
}

/*
 * One address, replaced by a longer copy.  What does not parse is left alone:
 * the server refuses it in its own words.  "postmaster" without a domain is an
 * address of its own (RFC 5321 section 4.5.1), but only as a recipient.
 */
static int
qualify(char **text, const char *domain, bool is_rcpt)
{
	struct address a;
	char *copy;

	if (address_parse(&a, *text, strlen(*text), ADDRESS_INTERNAL) !=
		ADDRESS_OK ||
	    !address_is_bare(&a) || (is_rcpt && address_is_postmaster(&a)) ||
	    address_set_domain(&a, domain) == -1)
		return 0;
	if ((copy = strdup(a.text)) == NULL)
		return -1;
	free(*text);
	*text = copy;
	return 0;
}

/*
 * Done before the first try and remembered: all tries and the kept file name
 * the same addresses.  -1: no memory; some may have been completed.
 */
int
envelope_qualify(struct envelope *e, const char *domain)
{
	size_t i;

	if (qualify(&e->sender, domain, false) == -1)
		return -1;
	for (i = 0; i < e->count; i++)
		if (qualify(&e->rcpts[i].address, domain, true) == -1)
			return -1;
	return 0;
}

size_t
envelope_count(const struct envelope *e, enum rcpt_state state)
{
	size_t i, n = 0;

	for (i = 0; i < e->count; i++)
		n += e->rcpts[i].state == state;
	return n;
}

/* Without memory there is no text, and those who print one expect that. */
void
envelope_refuse(struct rcpt *r, int code, const char *text)
{
	r->state = RCPT_REFUSED;
	r->code = code;
	free(r->text);
	r->text = strndup(text, ENVELOPE_TEXT_MAX);
}
