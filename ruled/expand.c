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
 * The values of the variables, and templates into text.  A template of one
 * variable alone gives the value where it lies; only what is put together
 * of several pieces is copied, into the line's scratch memory.
 */
#include "expand.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

#include "ask.h"
#include "ruled.h"
#include "run.h"

#define NUMBER_MAX 24 /* octets of a number and its NUL */

/* Where it lies: good until the fact changes, which no item does before it has
 * used it. */
static enum expanded
give(const char *value, const char **text, size_t *len)
{
	*text = value != NULL ? value : "";
	*len = strlen(*text);
	return EXPANDED;
}

/* Into the line's memory. INT64_MIN has no positive, so the digits are made of
 * an unsigned one. */
static enum expanded
give_number(struct run *run, int64_t n, const char **text, size_t *len)
{
	char *buf = run_scratch(run, NUMBER_MAX), *at;
	uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;

	if (buf == NULL)
		return EXPAND_FAILED;
	/* By hand: Itest? asks for numbers in line after line. */
	at = buf + NUMBER_MAX - 1;
	*at = '\0';
	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest != 0);
	if (n < 0)
		*--at = '-';
	*len = (size_t)(buf + NUMBER_MAX - 1 - at);
	*text = at;
	return EXPANDED;
}

/* The local part is in wire form: an '@' in quotes is not the last. */
static enum expanded
give_local(struct run *run, const char *address, const char **text, size_t *len)
{
	const char *at = address != NULL ? strrchr(address, '@') : NULL;
	char *copy;

	if (at == NULL)
		return give(address, text, len);
	*len = (size_t)(at - address);
	if ((copy = run_scratch(run, *len + 1)) == NULL)
		return EXPAND_FAILED;
	memcpy(copy, address, *len);
	copy[*len] = '\0';
	*text = copy;
	return EXPANDED;
}

/* "" for an address without one. */
static enum expanded
give_domain(const char *address, const char **text, size_t *len)
{
	const char *at = address != NULL ? strrchr(address, '@') : NULL;

	return give(at != NULL ? at + 1 : NULL, text, len);
}

/* Lookupd is asked if it was not yet. Somebody without a home here has "". */
static enum expanded
give_home(struct run *run, const char *address, struct address_facts *facts,
    const char **text)
{
	size_t len;

	if (address == NULL)
		return give(NULL, text, &len);
	if (!facts->is_known) {
		switch (ask_address(run, address, facts)) {
		case ASK_WAIT:
			return EXPAND_WAIT;
		case ASK_FAILED:
			return EXPAND_FAILED;
		case ASK_GOT:
			break;
		}
	}
	return give(facts->home, text, &len);
}

/* "-0300" in seconds east of Greenwich. -1: that is none. Four digits and a
 * sign, as RFC 5322 section 3.3 has it. */
static int
zone_seconds(const char *zone, long *seconds)
{
	const char *digits = zone + 1;

	if ((zone[0] != '+' && zone[0] != '-') ||
	    strspn(digits, "0123456789") != 4 || digits[4] != '\0')
		return -1;
	*seconds = ((digits[0] - '0') * 10 + (digits[1] - '0')) * 3600L +
	    ((digits[2] - '0') * 10 + (digits[3] - '0')) * 60L;
	if (zone[0] == '-')
		*seconds = -*seconds;
	return 0;
}

/* By Timezone; empty or odd: that of the system, read before the cage. */
void
expand_now(const struct policy *p, struct tm *tm)
{
	const char *zone =
	    overlay_text(p->options, ruled.options, OPT_TIMEZONE);
	time_t now = time(NULL);
	long seconds;

	if (zone_seconds(zone, &seconds) == 0) {
		now += seconds;
		gmtime_r(&now, tm);
	} else
		localtime_r(&now, tm);
}

/* At the moment of the line and not of the event: nobody compares two of them.
 */
static enum expanded
give_time(
    struct run *run, enum variable variable, const char **text, size_t *len)
{
	struct tm tm;
	int n;

	expand_now(run->policy, &tm);
	switch (variable) {
	case VAR_HOUR:
		n = tm.tm_hour;
		break;
	case VAR_MINUTE:
		n = tm.tm_min;
		break;
	case VAR_SECOND:
		n = tm.tm_sec;
		break;
	default:
		n = tm.tm_wday;
		break;
	}
	return give_number(run, n, text, len);
}

/* A31: those accepted, and the one that is being decided. */
static int64_t
recipients(const struct run *run)
{
	bool has_current =
	    run->event == RULE_RCPT || run->event == RULE_LRCPT_REFUSED;

	return (int64_t)run->policy->rcpt_count + (has_current ? 1 : 0);
}

/* A variable that means nothing in this event is empty or 0, as the parser
 * warned. */
static enum expanded
give_rest(
    struct run *run, enum variable variable, const char **text, size_t *len)
{
	struct policy *p = run->policy;

	switch (variable) {
	case VAR_RCPTS:
		return give_number(run, recipients(run), text, len);
	case VAR_SPF:
		return give_number(run, p->spf, text, len);
	case VAR_HITS:
		return give_number(run, p->hits, text, len);
	case VAR_STATUS:
		return give_number(run, p->status, text, len);
	case VAR_LISTS:
		return give_number(run, p->lists, text, len);
	case VAR_SIZE:
		return give_number(run, (int64_t)p->size, text, len);
	case VAR_OUTPUT:
		return give(p->output, text, len);
	case VAR_LIST_TEXT:
		/* A33 */
		return give(
		    run->event == RULE_DL_RCPT ? p->answer : p->list_text, text,
		    len);
	case VAR_ANSWER:
		return give(p->answer, text, len);
	case VAR_QUEUE_ID:
		return give(p->id, text, len);
	case VAR_SPOOL:
		return give(p->spool, text, len);
	case VAR_QUOTE:
		return give("\"", text, len);
	case VAR_PERCENT:
		return give("%", text, len);
	default:
		return give_time(run, variable, text, len);
	}
}

/* EXPAND_WAIT: something was asked, and the run is resumed when it is told. */
enum expanded
expand_variable(
    struct run *run, enum variable variable, const char **text, size_t *len)
{
	struct policy *p = run->policy;
	enum expanded e;

	switch (variable) {
	case VAR_RECIPIENT:
		return give(p->rcpt, text, len);
	case VAR_SENDER:
		return give(p->sender, text, len);
	case VAR_LOGIN:
		return give(p->login, text, len);
	case VAR_CLIENT:
		return give(p->client_text, text, len);
	case VAR_NAME:
		return give(p->has_name ? p->name : NULL, text, len);
	case VAR_NAME_OR_CLIENT:
		return give(
		    p->has_name && p->name != NULL ? p->name : p->client_text,
		    text, len);
	case VAR_HELO_NAME:
		return give(p->helo, text, len);
	case VAR_SENDER_DOMAIN:
		return give_domain(p->sender, text, len);
	case VAR_RCPT_DOMAIN:
		return give_domain(p->rcpt, text, len);
	case VAR_SENDER_LOCAL:
		return give_local(run, p->sender, text, len);
	case VAR_RCPT_LOCAL:
		return give_local(run, p->rcpt, text, len);
	case VAR_RCPT_HOME:
		e = give_home(run, p->rcpt, &p->of_rcpt, text);
		break;
	case VAR_SENDER_HOME:
		e = give_home(run, p->sender, &p->of_sender, text);
		break;
	case VAR_LOGIN_HOME:
		e = give_home(run, p->login, &p->of_login, text);
		break;
	default:
		return give_rest(run, variable, text, len);
	}
	if (e == EXPANDED)
		*len = strlen(*text);
	return e;
}
