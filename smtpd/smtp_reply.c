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
 * What we say; see smtp_reply.h.  libmail composes, so no text from outside
 * can make two replies of one.
 */
#include "smtp_reply.h"

#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "rule.h"
#include "session_io.h"
#include "session_log.h"
#include "smtpd.h"

/* The first line without its CRLF, for logs. */
static size_t
first_line(const char *p, size_t len)
{
	const char *cr = memchr(p, '\r', len);

	return cr == NULL ? len : (size_t)(cr - p);
}

/* The one place where replies leave, so that each is logged, and none goes out
 * behind a 421. */
void
smtp_reply_raw(struct session *s, const char *p, size_t len)
{
	session_log_command(s, p, first_line(p, len));
	session_log_forget(s);
	if (session_io_put(s, p, len) == -1)
		return;
	/* 421 says that we close; so do we. */
	if (len > 3 && memcmp(p, "421", 3) == 0 && s->state != SMTP_CLOSE) {
		s->wants_linger = true;
		session_end(s, "421");
	}
}

void
smtp_reply_close(struct session *s)
{
	s->wants_linger = true;
	session_end(s, "rules");
}

/* A reply with an event is a refusal and is counted as one. */
void
smtp_reply_send(
    struct session *s, const struct smtp_reply *r, const char *buf, size_t len)
{
	if (r->event != NULL) {
		env.stats.refused++;
		session_log_refused(s, r, buf, first_line(buf, len));
	}
	smtp_reply_raw(s, buf, len);
}

static void
compose(struct session *s, const struct reply_spec *spec)
{
	char buf[REPLY_OUT_MAX];
	size_t len = reply_compose(buf, sizeof(buf), spec);

	smtp_reply_raw(s, buf, len);
}

/* Whether the text is the option's in force, and no connection's own. */
static bool
is_common(const struct session *s, enum option_id text)
{
	return s->rule == NULL || !overlay_has(s->rule->options, text);
}

/* The same words go out for each message: composed once for all. */
void
smtp_reply(struct session *s, enum option_id text, const char *enhanced)
{
	struct composed *c = &env.settings.composed[text];
	struct reply_spec spec = {
	    session_text(s, text), 451, enhanced, NULL, NULL};
	char buf[REPLY_OUT_MAX];
	size_t len;

	if (!is_common(s, text)) {
		compose(s, &spec);
		return;
	}
	if (c->text == NULL || c->enhanced != enhanced) {
		len = reply_compose(buf, sizeof(buf), &spec);
		free(c->text);
		if ((c->text = malloc(len)) == NULL) {
			smtp_reply_raw(s, buf, len);
			return;
		}
		memcpy(c->text, buf, len);
		c->len = len;
		c->enhanced = enhanced;
	}
	smtp_reply_raw(s, c->text, c->len);
}

/* Reply! stands in place of our own words when all goes well, with our code of
 * success if it has none that fits. */
void
smtp_reply_well(struct session *s, enum option_id text, const char *enhanced)
{
	struct smtp_reply r = {.enhanced = enhanced};

	if (s->rule == NULL || s->rule->said == NULL) {
		smtp_reply(s, text, enhanced);
		return;
	}
	r.given = s->rule->said;
	smtp_reply_full(s, &r);
	rule_said_clear(s);
}

/* Into REPLY_OUT_MAX octets. A text of an option may begin with a code; where
 * we know better whether it is for now or for good, that code is left out. */
size_t
smtp_reply_compose(
    const struct session *s, const struct smtp_reply *r, char *buf)
{
	/* The code serves only where an option has none (A16). */
	struct reply_spec spec = {r->given, 451, r->enhanced, r->id, r->extra};

	if (spec.text == NULL)
		spec.text = session_text(s, r->text);
	if (r->code != 0)
		spec.code = r->code;
	if (r->code != 0 ||
	    (r->is_temp && reply_text_code(spec.text, 451) / 100 != 4)) {
		spec.text += strspn(spec.text, "0123456789");
		spec.text += strspn(spec.text, " ");
	}
	return reply_compose(buf, REPLY_OUT_MAX, &spec);
}

void
smtp_reply_full(struct session *s, const struct smtp_reply *r)
{
	char buf[REPLY_OUT_MAX];
	size_t len = smtp_reply_compose(s, r, buf);

	smtp_reply_send(s, r, buf, len);
}

void
smtp_reply_text(
    struct session *s, int code, const char *enhanced, const char *text)
{
	struct reply_spec spec = {text, code, enhanced, NULL, NULL};

	compose(s, &spec);
}

void
smtp_reply_421(struct session *s, const char *enhanced, const char *text)
{
	struct reply_spec spec = {
	    text, 421, enhanced, session_text(s, OPT_SERVER_NAME), NULL};

	compose(s, &spec);
}
