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
 * dsn.c: delivery status notifications as text.
 */

#include "dsn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "content.h"
#include "dsn_part.h"
#include "override.h"
#include "proc.h"
#include "queued.h"
#include "report.h"

const char *const dsn_action_names[] = {
    "none", "failed", "delayed", "delivered", "relayed", "expanded", NULL};

/* The header fields that all our messages have. */
static void
dsn_head(struct out *o, const struct entry *e, const struct message *report,
    const char *to, const char *subject)
{
	const char *from = override_text(e, OPT_REPORT_FROM);
	const char *host = override_text(e, OPT_SERVER_NAME);
	char address[512];
	size_t len;

	/* The manual's default lacks a bracket; either form is taken. */
	if (strchr(from, '<') == NULL || from[0] == '<') {
		if (*from == '<')
			from++;
		len = strcspn(from, ">");
		if (len >= sizeof(address))
			len = sizeof(address) - 1;
		memcpy(address, from, len);
		address[len] = '\0';
		out_fmt(o, "From: Mail Delivery System <%s>\r\n", address);
	} else
		out_fmt(o, "From: %s\r\n", from);
	out_fmt(o, "To: <%s>\r\n", to);
	out_str(o, "Subject: ");
	dsn_subject(o, subject);
	out_str(o, "\r\nDate: ");
	out_date(o, report->arrival, override_text(e, OPT_TIMEZONE));
	out_fmt(o, "\r\nMessage-ID: <%s@%s>\r\n", queued_id(report->id), host);
	out_str(o, "Auto-Submitted: auto-replied\r\n");
	out_str(o, "MIME-Version: 1.0\r\n");
}

/* One encoded word (RFC 2047), Q encoding. */
static void
subject_word(struct out *o, const char *text, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char c;
	char q[3] = "=";
	size_t i;

	out_str(o, "=?utf-8?Q?");
	for (i = 0; i < len; i++) {
		c = (unsigned char)text[i];
		if (c == ' ')
			out_str(o, "_");
		else if (strchr("=?_\"(),.:;<>@[]\\", c) != NULL || c < ' ' ||
		    c >= 0x7f) {
			q[1] = hex[c >> 4];
			q[2] = hex[c & 15];
			out_bytes(o, q, 3);
		} else
			out_bytes(o, text + i, 1);
	}
	out_str(o, "?=");
}

/* Plain text stays as it is, so that old readers and filters see what the
 * administrator wrote. */
void
dsn_subject(struct out *o, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len;

	while (*p >= ' ' && *p < 0x7f)
		p++;
	if (*p == '\0') {
		out_str(o, text);
		return;
	}
	/* Words of at most 75 bytes, broken between characters only. */
	while (*text != '\0') {
		len = strnlen(text, 18);
		while (len > 14 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
		subject_word(o, text, len);
		text += len;
		if (*text != '\0')
			out_str(o, "\r\n ");
	}
}

/* What the notification is about, in the order of weight. The enum is in that
 * order: one failure makes the whole a failure report, whatever succeeded
 * beside it. */
static enum dsn_action
dsn_gist(const struct dsn *d, const struct recipient **first)
{
	const struct message *m = d->about;
	enum dsn_action a, gist = DSN_NONE;
	uint32_t i;

	*first = NULL;
	for (i = 0; i < m->nrcpts; i++) {
		a = d->action(m, &m->rcpts[i]);
		if (a == DSN_NONE || (gist != DSN_NONE && a >= gist))
			continue;
		gist = a;
		*first = &m->rcpts[i];
	}
	return gist;
}

/* The first part, for a person. Only failures have the administrator's own
 * template; it knows no words for delays. */
static void
dsn_people(struct out *o, const struct dsn *d, enum dsn_action gist,
    const struct recipient *first)
{
	static const char delayed[] =
	    "Your message has not been delivered yet to the recipients below."
	    "\nAttempts go on; you need not send it again.\n";
	static const char done[] =
	    "Your message arrived as you asked to be told.\n";

	if (gist == DSN_FAILED)
		report_print(o, d->about, first, d->now);
	else
		report_expand(o, gist == DSN_DELAYED ? delayed : done, d->about,
		    first, d->now);
	out_str(o, "\r\n");
	dsn_part_list(o, d);
}

/* The option may be text in UTF-8; dsn_subject encodes it. */
static const char *
dsn_title(const struct dsn *d, enum dsn_action gist)
{
	if (gist == DSN_FAILED)
		return override_text(
		    override_of(d->about), OPT_SUBJECT_ERROR_MSG);
	return gist == DSN_DELAYED ? "[Mail delivery is delayed]" :
				     "[Mail was delivered]";
}

static bool
dsn_is_ascii(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

/* Sets what the report's own envelope has to say of its body. */
static void
dsn_flags(struct message *report, const struct out *body, bool global)
{
	if (global)
		report->flags |= MSG_SMTPUTF8;
	if (!dsn_is_ascii(body->text, body->len))
		report->flags |= MSG_8BIT;
}

/* Head and foot around the parts; they come last, as only the finished
 * parts tell whether the whole is 8bit. */
static void
dsn_wrap(struct out *o, const struct dsn *d, const struct out *body,
    const char *title, bool global)
{
	bool is8 = !dsn_is_ascii(body->text, body->len);

	dsn_head(o, override_of(d->about), d->report, d->to, title);
	out_fmt(o,
	    "Content-Type: multipart/report; report-type=%sdelivery-status;\r\n"
	    "\tboundary=\"%s\"\r\n",
	    global ? "global-" : "", d->boundary);
	if (is8)
		out_str(o, "Content-Transfer-Encoding: 8bit\r\n");
	out_fmt(o, "\r\nThis is a report in MIME format.\r\n");
	out_bytes(o, body->text, body->len);
	out_fmt(o, "\r\n--%s--\r\n", d->boundary);
}

/* The boundary is random: returned content was written by a stranger, who must
 * not be able to close our part and add one of his own (RFC 2046 section
 * 5.1.1). The parts are bounded one by
 * one, so that the whole fits in DSN_MAX; where it does not, it fails. */
void
dsn_print(struct out *o, struct dsn *d)
{
	const struct recipient *first;
	enum dsn_action gist = dsn_gist(d, &first);
	bool global = dsn_part_is_global(d);
	struct out body, text;

	snprintf(d->boundary, sizeof(d->boundary), "report.%08x%08x",
	    arc4random(), arc4random());
	out_init(o, DSN_MAX);
	out_init(&body, DSN_MAX);
	out_init(&text, DSN_MAX);
	if (gist == DSN_NONE) {
		o->failed = true;
		return;
	}
	dsn_people(&text, d, gist, first);
	dsn_part_people(&body, d, &text);
	dsn_part_status(&body, d, global);
	dsn_part_original(&body, d, gist, global);
	if (!body.failed && !text.failed) {
		dsn_flags(d->report, &body, global);
		dsn_wrap(o, d, &body, dsn_title(d, gist), global);
	} else
		o->failed = true;
	out_clear(&body);
	out_clear(&text);
}

/* Not a report of RFC 3464: nobody's message is its subject, and its reader is
 * our own Postmaster. */
void
dsn_notice(struct out *o, struct message *report, const char *lines,
    unsigned int left_out)
{
	const struct options *opts = proc_options();

	out_init(o, DSN_MAX);
	dsn_head(o, NULL, report, option_text(opts, OPT_POSTMASTER),
	    "[Mail system warning]");
	out_str(o, "Content-Type: text/plain; charset=us-ascii\r\n\r\n");
	out_fmt(o,
	    "The mail system at host %s has to tell its postmaster:\r\n\r\n",
	    option_text(opts, OPT_SERVER_NAME));
	out_str(o, lines);
	if (left_out > 0)
		out_fmt(
		    o, "%u more stand in the Warning_log only.\r\n", left_out);
}
