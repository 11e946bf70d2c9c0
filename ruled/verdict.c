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
 * From what rules set to what the client gets: one verdict, and one reply
 * whose code fits it.  Long replies are folded by who sends them; here is
 * one line without controls and 8-bit octets.
 */
#include "verdict.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "reply.h"

#include "ruled.h"
#include "run_frame.h"

/* What a command that is accepted gets; 0: nothing is said then. */
static const enum option_id success[RULE_EVENT_COUNT] = {
    [RULE_CONNECTION] = OPT_MSG_WELCOME,
    [RULE_HELO] = OPT_MSG_OK,
    [RULE_AUTH] = OPT_MSG_AUTH_OK,
    [RULE_FROM] = OPT_MSG_ALLOWED_SENDER,
    [RULE_RCPT] = OPT_MSG_ALLOWED_RCPT,
    [RULE_DATA_CMD] = OPT_MSG_SEND_BODY,
    [RULE_DATA] = OPT_MSG_MAIL_ACCEPTED,
};

#define CODE_GREETING_REFUSED 554 /* RFC 5321 section 3.1 */
#define CODE_LOGIN_REFUSED 535 /* RFC 4954 section 6 */
#define CODE_CLOSING 421
#define CODE_REFUSED 550
#define CODE_GO_ON 354

/* Three digits, the first 2 to 5, then a blank, '-' or the end; else 0. */
static int
code_of(const char *text, const char **rest)
{
	int code;

	*rest = text;
	if (text[0] < '2' || text[0] > '5' ||
	    !isdigit((unsigned char)text[1]) ||
	    !isdigit((unsigned char)text[2]) ||
	    (text[3] != '\0' && text[3] != ' ' && text[3] != '-'))
		return 0;
	code = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
	*rest = text + (text[3] == '\0' ? 3 : 4);
	return code;
}

/* The code with which the text of that option begins, or the other. */
static int
option_code(const struct run *run, enum option_id id, int otherwise)
{
	return reply_text_code(
	    overlay_text(run->policy->options, ruled.options, id), otherwise);
}

/* The code of what a refusal would have said, A16. */
static int
refusal_code(const struct run *run)
{
	const char *rest;
	int code;

	switch (run->event) {
	case RULE_LIMIT:
	case RULE_CONNECTION:
		return CODE_GREETING_REFUSED;
	case RULE_AUTH:
		return CODE_LOGIN_REFUSED;
	case RULE_LRCPT_REFUSED:
		code = run->policy->answer == NULL ?
		    0 :
		    code_of(run->policy->answer, &rest);
		return code >= 400 ? code : CODE_REFUSED;
	default:
		return option_code(run, OPT_MSG_REFUSED, CODE_REFUSED);
	}
}

/* A code that fits what happens, nearest to the one that was written. */
static int
fit_code(const struct run *run, int code)
{
	const bool refuses =
	    run->verdict == VERDICT_DENY || run->event == RULE_LRCPT_REFUSED;
	int usual;

	if (run->verdict == VERDICT_CLOSE)
		return code >= 400 ? code : CODE_CLOSING;
	if (refuses && code >= 400)
		return code;
	if (refuses)
		return code == 0 || run->event == RULE_LRCPT_REFUSED ?
		    refusal_code(run) :
		    CODE_REFUSED;
	/* A client that is told 250 here would not send its message. */
	if (run->event == RULE_DATA_CMD)
		return CODE_GO_ON;
	usual = option_code(run, success[run->event], 250);
	return code == 0 || code / 100 == 3 ? usual : code;
}

/* "code text", without controls, 8-bit octets and blanks at the end. What rules
 * took from a client may be in it: whatever they said, it is one line of ASCII.
 */
static void
compose(char *out, size_t size, int code, const char *text)
{
	size_t len;
	char *p;

	snprintf(out, size, "%d %s", code, text);
	for (p = out; *p != '\0'; p++) {
		if ((*p & 0x80) != 0)
			*p = '?';
		else if (*p < ' ' || *p == 0x7f)
			*p = ' ';
	}
	for (len = (size_t)(p - out); len > 0 && out[len - 1] == ' '; len--)
		out[len - 1] = '\0';
}

/* Code and text apart, then together again: the code may not be the one that
 * was written. */
static void
finish_reply(struct run *run)
{
	char text[RUN_REPLY_MAX];
	const char *rest;
	int code = code_of(run->reply, &rest);

	strlcpy(text, rest, sizeof(text));
	compose(run->reply, sizeof(run->reply), fit_code(run, code), text);
}

/* A15: who is told that he is refused, is. */
static void
heed_reply(struct run *run)
{
	const char *rest;

	if (run->verdict == VERDICT_DENY || run->verdict == VERDICT_CLOSE ||
	    run->event == RULE_LRCPT_REFUSED ||
	    code_of(run->reply, &rest) < 400)
		return;
	run_warn_reply(run);
	run->verdict = VERDICT_DENY;
}

static void
drop_reply(struct run *run)
{
	run->has_reply = false;
	run->reply[0] = '\0';
}

/* Once, when the rules have ended, so that the order of Reply! and Deny! in a
 * line makes no difference. */
void
verdict_finish(struct run *run)
{
	if (run->reply[0] == '\0')
		run->has_reply = false;
	/* Nobody reads a reply in the queue's events; and a flooding client
	 * that may stay gets its greeting. */
	if (run->verdict == VERDICT_TEMP || (EV(run->event) & EV_QUEUE) != 0 ||
	    (run->event == RULE_LIMIT && run->verdict != VERDICT_DENY &&
		run->verdict != VERDICT_CLOSE))
		drop_reply(run);
	if (run->has_reply) {
		heed_reply(run);
		finish_reply(run);
	} else if (run->verdict == VERDICT_CLOSE && run->event != RULE_LIMIT) {
		/* A20 */
		snprintf(run->reply, sizeof(run->reply), "%d %s closing",
		    CODE_CLOSING,
		    overlay_text(
			run->policy->options, ruled.options, OPT_SERVER_NAME));
	}
}

/* Always a refusal: Data_reply! has no other use. */
void
verdict_data_reply(
    const struct run *run, const char *text, char *out, size_t size)
{
	const char *rest;
	int code = code_of(text, &rest);

	if (code == 0)
		code = option_code(run, OPT_MSG_REFUSED, CODE_REFUSED);
	compose(out, size, code >= 400 ? code : CODE_REFUSED, rest);
}
