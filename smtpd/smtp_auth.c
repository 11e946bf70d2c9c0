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
 * AUTH; see smtp_auth.h.  What the client says goes from its line into struct
 * sasl, from there into one message to lookupd, and is wiped at each of these
 * places.  RFC 4954, RFC 4616; A43 of the grammar page: rules see the login
 * before anybody is asked about it.
 */
#include "smtp_auth.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "enums.h"
#include "lookup.h"
#include "rule.h"
#include "sasl.h"
#include "session_io.h"
#include "session_time.h"
#include "smtp.h"
#include "smtp_reply.h"
#include "smtpd.h"

/* What the next answer of the client is. */
enum auth_step {
	AUTH_PLAIN,
	AUTH_USER, /* LOGIN's first */
	AUTH_PASSWORD
};

struct auth {
	uint8_t step; /* enum auth_step */
	uint32_t failures;
	char *login; /* NULL: not logged in */
	struct sasl sasl; /* from its line until lookupd was asked */
};

static bool
is_loopback(const struct session *s)
{
	const struct in6_addr *in6 = (const void *)s->client.ip;

	if (s->kind == SESSION_LOCAL)
		return true;
	if (s->client.family == AF_INET)
		return s->client.ip[0] == 127;
	return s->client.family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(in6);
}

bool
smtp_auth_is_offered(const struct session *s)
{
	return env.settings.can_auth &&
	    (option_num(env.opts, OPT_AUTH_REQUIRE_TLS) == 0 || is_loopback(s));
}

bool
smtp_auth_is_secret(const struct session *s, const char *p, size_t len)
{
	if (s->state == SMTP_AUTH || s->is_hiding)
		return true;
	for (; len > 0 && *p == ' '; len--)
		p++;
	return len >= 4 && strncasecmp(p, "AUTH", 4) == 0;
}

const char *
smtp_auth_login(const struct session *s)
{
	return s->auth == NULL ? NULL : s->auth->login;
}

void
smtp_auth_free(struct session *s)
{
	if (s->auth == NULL)
		return;
	free(s->auth->login);
	freezero(s->auth, sizeof(*s->auth));
	s->auth = NULL;
}

void
smtp_auth_cancel(struct session *s)
{
	sasl_clear(&s->auth->sasl);
	if (s->state == SMTP_AUTH)
		s->state = SMTP_READY;
}

static void
refuse(struct session *s, int code, const char *enhanced, const char *text)
{
	smtp_reply_text(s, code, enhanced, text);
	smtp_junk(s);
}

/* The client's next line is an answer; challenge is base64. */
static void
challenge(struct session *s, enum auth_step step, const char *text)
{
	char line[32] = "334 ";

	s->auth->step = (uint8_t)step;
	s->state = SMTP_AUTH;
	strlcat(line, text, sizeof(line));
	strlcat(line, "\r\n", sizeof(line));
	smtp_reply_raw(s, line, strlen(line));
}

static void
too_many(struct session *s)
{
	s->wants_linger = true;
	session_end(s, "too many failed logins");
}

static bool
is_too_many(const struct session *s)
{
	return s->auth != NULL && s->auth->login == NULL &&
	    s->auth->failures >= option_num(env.opts, OPT_AUTH_TOLERANCE);
}

void
smtp_auth_delayed(struct session *s)
{
	if (is_too_many(s))
		too_many(s);
}

/* Whatever the reason, the client sees the same, after the same time. */
void
smtp_auth_fail(struct session *s, const struct smtp_reply *r, bool closes)
{
	smtp_auth_cancel(s);
	s->auth->failures++;
	rule_fact(s, FACT_LOGIN, "");
	/* What was said before this is not delayed with it. */
	(void)session_io_flush(s);
	smtp_reply_full(s, r);
	if (closes)
		smtp_reply_close(s);
	session_time_delay(
	    s, option_num(env.opts, OPT_INCORRECT_PASS_DELAY) * 1000);
	if (s->wait != WAIT_DELAY)
		smtp_auth_delayed(s);
}

static void
fail(struct session *s)
{
	static const struct smtp_reply r = {
	    .text = OPT_MSG_AUTH_FALIED, .enhanced = "5.7.8", .event = "auth"};

	smtp_auth_fail(s, &r, false);
}

void
smtp_auth_answer(struct session *s, int status, const char *login)
{
	if (status == LOOK_NO) {
		fail(s);
		return;
	}
	smtp_auth_cancel(s);
	if (status != LOOK_OK || (s->auth->login = strdup(login)) == NULL) {
		rule_fact(s, FACT_LOGIN, "");
		smtp_reply_text(
		    s, 454, "4.7.0", "Temporary authentication failure");
		return;
	}
	rule_fact(s, FACT_LOGIN, login);
	rule_fact(s, FACT_AUTH, "1");
	smtp_reply_well(s, OPT_MSG_AUTH_OK, "2.7.0");
}

void
smtp_auth_check(struct session *s)
{
	struct sasl *a = &s->auth->sasl;
	int r = lookup_auth(s, a->user, a->password);

	sasl_clear(a);
	if (r == -1)
		smtp_auth_answer(s, LOOK_TEMP, NULL);
}

/* Nobody speaks for somebody else here: an identity to act as has to be the
 * login's own. */
static void
take(struct session *s)
{
	struct sasl *a = &s->auth->sasl;

	s->state = SMTP_READY;
	if (*a->authzid != '\0' && strcasecmp(a->authzid, a->user) != 0) {
		fail(s);
		return;
	}
	if (rule_is_set(s, RULE_AUTH) && rule_get(s) != NULL &&
	    rule_open(s) == 0)
		rule_fact(s, FACT_LOGIN, a->user);
	if (!rule_ask(s, RULE_AUTH))
		smtp_auth_check(s);
}

static void
answer(struct session *s, const char *p, size_t len)
{
	struct sasl *a = &s->auth->sasl;
	enum sasl_error e = SASL_MALFORMED;

	switch ((enum auth_step)s->auth->step) {
	case AUTH_PLAIN:
		e = sasl_plain_parse(a, p, len);
		break;
	case AUTH_USER:
		e = sasl_login_parse(a->user, sizeof(a->user), p, len);
		break;
	case AUTH_PASSWORD:
		e = sasl_login_parse(a->password, sizeof(a->password), p, len);
		break;
	}
	if (e == SASL_BASE64 || e == SASL_MALFORMED) {
		smtp_auth_cancel(s);
		refuse(s, 501, "5.5.2", "not what the mechanism wants");
	} else if (e != SASL_OK)
		fail(s);
	else if (s->auth->step == AUTH_USER)
		challenge(s, AUTH_PASSWORD, SASL_LOGIN_PASSWORD);
	else
		take(s);
}

void
smtp_auth_line(struct session *s, const char *line, size_t len)
{
	if (sasl_is_cancel(line, len)) {
		smtp_auth_cancel(s);
		smtp_reply_text(s, 501, "5.7.0", "Authentication cancelled");
		return;
	}
	answer(s, line, len);
}

/* Whether it may be tried at all. */
static bool
may_try(struct session *s)
{
	if (!env.settings.can_auth) {
		smtp_reply(s, OPT_MSG_INVALID_CMD, "5.5.1");
		smtp_junk(s);
	} else if (!smtp_auth_is_offered(s))
		refuse(s, 538, "5.7.11", "Encryption is required for AUTH");
	else if (!s->is_esmtp || smtp_auth_login(s) != NULL) {
		smtp_reply(s, OPT_MSG_SEQUENCE_ERROR, "5.5.1");
		smtp_junk(s);
	} else
		return true;
	return false;
}

void
smtp_auth(struct session *s, const struct command *c)
{
	struct span first = c->auth.initial;

	if (!may_try(s))
		return;
	if (s->auth == NULL &&
	    (s->auth = calloc(1, sizeof(*s->auth))) == NULL) {
		smtp_reply_text(
		    s, 454, "4.7.0", "Temporary authentication failure");
		return;
	}
	/* RFC 4954 section 4: that is how nothing is written. */
	if (first.p != NULL && first.len == 1 && *first.p == '=')
		first.len = 0;
	if (span_is_word(c->auth.mech, "PLAIN"))
		s->auth->step = AUTH_PLAIN;
	else if (span_is_word(c->auth.mech, "LOGIN"))
		s->auth->step = AUTH_USER;
	else {
		refuse(s, 504, "5.5.4", "mechanism is not offered");
		return;
	}
	if (first.p != NULL)
		answer(s, first.p, first.len);
	else
		challenge(s, s->auth->step,
		    s->auth->step == AUTH_PLAIN ? "" : SASL_LOGIN_USER);
}
