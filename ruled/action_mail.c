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
 * Actions on the message: its addresses, its header, its queue, the right
 * to relay it.  What is told to the asker has been checked here.
 */
#include "action.h"

#include <string.h>

#include "address.h"

#include "field.h"
#include "ruled.h"

/* A header field as it goes into the message, RFC 5322 section 2.1.1. */
#define HEADER_MAX 998

/* The one border where a text of a rule becomes an address: with Df_domain
 * where it has none, checked as if a client had said it, and never one that a
 * program could take for an option. */
enum step
action_address(struct run *run, const struct rule_item *item, unsigned int nth,
    unsigned int flags, struct address *a)
{
	struct text text;
	enum address_error error;
	const char *domain;
	enum step step = field_text(run, item, nth, EXPAND_TEXT, &text);

	if (step != STEP_YES)
		return step;
	text = text_trim(text);
	flags |= ADDRESS_UTF8 | ADDRESS_BARE | ADDRESS_LONG;
	error = address_parse(a, text.at, text.len, flags);
	if (error == ADDRESS_OK && address_is_bare(a)) {
		domain = overlay_text(
		    run->policy->options, ruled.options, OPT_DF_DOMAIN);
		if (*domain == '\0' || address_set_domain(a, domain) == -1)
			error = ADDRESS_NO_DOMAIN;
	}
	if (error == ADDRESS_OK && address_has_leading_dash(a))
		error = ADDRESS_SYNTAX; /* A13(c) */
	if (error != ADDRESS_OK) {
		run_warn(run, "\"%.*s\" is not an address: %s",
		    (int)(text.len < 64 ? text.len : 64), text.at,
		    address_strerror(error));
		return STEP_FAILED;
	}
	run_show(run, "%s", a->text);
	return STEP_YES;
}

/* Told and not asked about: who the recipient is, and whether there is one, the
 * asker finds out. */
enum step
word_cp(struct run *run, const struct rule_item *item)
{
	struct address a;
	enum step step = action_address(run, item, 0, 0, &a);

	if (step == STEP_YES)
		run_effect(run, EFFECT_CP, a.text, NULL);
	return step;
}

/* In Event.rcpt it is the sender of that recipient's copy alone, so the
 * message's own comes back when the event ends. */
enum step
action_sender(struct run *run, const char *address)
{
	struct policy *p = run->policy;
	const bool is_for_rcpt = run->event == RULE_RCPT;

	if (is_for_rcpt && !run->has_sender_before) {
		if (policy_set(&run->sender_before,
			p->sender != NULL ? p->sender : "") == -1)
			return STEP_FAILED;
		run->has_sender_before = true;
	}
	if (policy_set_sender(p, address) == -1)
		return STEP_FAILED;
	run_effect(run, is_for_rcpt ? EFFECT_RCPT_SENDER : EFFECT_SENDER,
	    address, NULL);
	return STEP_YES;
}

/* "" is the null sender, which is allowed here and for no recipient. */
enum step
word_fchange(struct run *run, const struct rule_item *item)
{
	struct address a;
	enum step step = action_address(run, item, 0, ADDRESS_NULL, &a);

	return step == STEP_YES ? action_sender(run, a.text) : step;
}

/* Later conditions of this event see the new one. */
enum step
word_tchange(struct run *run, const struct rule_item *item)
{
	struct address a;
	enum step step = action_address(run, item, 0, 0, &a);

	if (step != STEP_YES)
		return step;
	if (policy_set_rcpt(run->policy, a.text) == -1)
		return STEP_FAILED;
	run_effect(run, EFFECT_RCPT, a.text, NULL);
	return STEP_YES;
}

/* RFC 5322 section 2.2: printable octets but ':', then ':'. */
static bool
is_header(const char *text)
{
	const char *p;

	for (p = text; *p > ' ' && *p < 0x7f && *p != ':'; p++)
		;
	return p > text && *p == ':';
}

/* A value that a client chose may be in it: controls become blanks, so it is
 * one field and one line whatever they said. */
enum step
word_hadd(struct run *run, const struct rule_item *item)
{
	char line[HEADER_MAX + 1], *p;
	struct text text;
	enum step step = field_text(run, item, 0, EXPAND_LINE, &text);

	if (step != STEP_YES)
		return step;
	if (!is_header(text.at)) {
		run_warn(run, "\"%.64s\" is not a header field", text.at);
		return STEP_FAILED;
	}
	strlcpy(line, text.at, sizeof(line));
	for (p = line; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	while (p > line && p[-1] == ' ')
		*--p = '\0';
	run_show(run, "\"%s\"", line);
	run_effect(run, EFFECT_HADD, line, NULL);
	return STEP_YES;
}

enum step
word_qlimit(struct run *run, const struct rule_item *item)
{
	(void)item;
	run_effect(run, EFFECT_QLIMIT, "", NULL);
	return STEP_YES;
}

/* Only told: the nearest word counts, and smtpd knows which that is (A26). */
enum step
word_relay(struct run *run, const struct rule_item *item)
{
	(void)item;
	run_effect(run, EFFECT_RELAY, "1", NULL);
	return STEP_YES;
}

enum step
word_relay_denied(struct run *run, const struct rule_item *item)
{
	(void)item;
	run_effect(run, EFFECT_RELAY, "0", NULL);
	return STEP_YES;
}
