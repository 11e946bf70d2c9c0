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
 * The dialogue of AUTH; see client_auth.h.  A server that refuses the login
 * gets no message: sent without it, mail would go out as what it is not.  All
 * failures are temporary, for the sender can do nothing about them.  The
 * server's words are kept out of logs and reports: they may repeat what it
 * was told.
 */
#include "client_auth.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client_talk.h"
#include "log.h"
#include "proc.h"
#include "scram.h"
#include "way.h"

#include "sasl.h"

/* "\0user\0password", and a message of SCRAM. */
#define AUTH_MESSAGE_MAX SCRAM_CLIENT_MAX

enum auth_step {
	AUTH_FIRST, /* the command is out */
	AUTH_SECOND, /* LOGIN: the name; SCRAM: the proof */
	AUTH_LAST /* no more to say: 235 or a refusal */
};

struct client_auth {
	uint16_t mechanism; /* CAP_AUTH_* */
	enum auth_step step;
	struct scram scram;
};

/* The first that is offered and may be used is the one. */
static const struct {
	const char *name;
	uint16_t cap;
	bool is_plain;
} mechanisms[] = {
    {"SCRAM-SHA-256", CAP_AUTH_SCRAM, false},
    {"PLAIN", CAP_AUTH_PLAIN, true},
    {"LOGIN", CAP_AUTH_LOGIN, true},
};
#define MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

uint16_t
client_auth_cap(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < MECHANISMS; i++)
		if (strlen(mechanisms[i].name) == len &&
		    strncasecmp(mechanisms[i].name, word, len) == 0)
			return mechanisms[i].cap;
	return 0;
}

static const char *
auth_name(uint16_t cap)
{
	size_t i;

	for (i = 0; i < MECHANISMS - 1; i++)
		if (mechanisms[i].cap == cap)
			break;
	return mechanisms[i].name;
}

bool
client_auth_is_due(const struct client *c)
{
	return !c->lmtp && way_has_login(c->way) && !c->logged_in;
}

void
client_auth_end(struct client *c)
{
	if (c->auth == NULL)
		return;
	/* What was sent, and what was not, is still in there. */
	if (c->out != NULL)
		explicit_bzero(c->out, c->out_size);
	scram_clear(&c->auth->scram);
	free(c->auth);
	c->auth = NULL;
}

/* -1: this host.  Where is_final no other of the same name is asked, for each
 * refusal brings the account nearer to being locked. */
static void
auth_failed(struct client *c, const char *text, bool is_final)
{
	struct result r;

	result_set(&r, 451, "4.7.0", "");
	snprintf(r.text, sizeof(r.text), "no login at %s: %s", c->peer, text);
	strlcpy(r.host, c->peer, sizeof(r.host));
	log_warnx("Mx_auth!: %s", r.text);
	if (is_final)
		connect_last(c, &r);
	else
		connect_next(c, &r);
}

/* By the address that is connected to, not by what a name promised. */
static bool
auth_is_loopback(const struct client *c)
{
	const struct route_host *h = route_nth(c->route, c->host, c->chance);
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)&h->ss;
	const struct sockaddr_in *sin = (const struct sockaddr_in *)&h->ss;

	if (h->ss.ss_family == AF_INET)
		return ntohl(sin->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&sin6->sin6_addr);
}

/* There is no TLS yet: nothing but the way itself can keep it private. */
static bool
auth_may_be_plain(const struct client *c)
{
	const char *where = option_text(proc_options(), OPT_MX_AUTH_PLAIN);

	return strcmp(where, "always") == 0 ||
	    (strcmp(where, "loopback") == 0 && auth_is_loopback(c));
}

/* Puts a line of base64 out, behind the command if there is one. */
static void
auth_say(struct client *c, const char *command, const char *msg, size_t len)
{
	char text[SASL_BASE64_ROOM(AUTH_MESSAGE_MAX)];
	ssize_t n = sasl_base64_encode(text, sizeof(text), msg, len);

	client_command(c);
	/* All at once, so that it is not moved: a copy would be left. */
	if (n == -1 || client_room(c, strlen(command) + (size_t)n + 4) == NULL)
		fatalx("no memory for a login");
	client_put(c, command, strlen(command));
	if (*command != '\0' && n > 0)
		client_put(c, " ", 1);
	if (n > 0)
		client_put(c, text, (size_t)n);
	client_put(c, "\r\n", 2);
	explicit_bzero(text, sizeof(text));
}

/* With the first message in the command: a turn less. */
static void
auth_say_plain(struct client *c)
{
	char msg[AUTH_MESSAGE_MAX];
	size_t u = strlen(c->way->user), p = strlen(c->way->password);

	/* Both fit: DLV_ROUTE bounds them. */
	msg[0] = '\0';
	memcpy(msg + 1, c->way->user, u + 1);
	memcpy(msg + u + 2, c->way->password, p);
	auth_say(c, "AUTH PLAIN", msg, u + p + 2);
	explicit_bzero(msg, sizeof(msg));
}

static void
auth_say_scram(struct client *c)
{
	char msg[SCRAM_CLIENT_MAX];
	ssize_t n = scram_begin(&c->auth->scram, c->way->user, msg);

	if (n == -1) {
		auth_failed(c, "the name is too long", true);
		return;
	}
	auth_say(c, "AUTH SCRAM-SHA-256", msg, (size_t)n);
}

void
client_auth_start(struct client *c)
{
	bool may_be_plain = auth_may_be_plain(c);
	size_t i;

	for (i = 0; i < MECHANISMS; i++)
		if (c->caps & mechanisms[i].cap &&
		    (may_be_plain || !mechanisms[i].is_plain))
			break;
	if (i == MECHANISMS) {
		auth_failed(c,
		    c->caps & (CAP_AUTH_PLAIN | CAP_AUTH_LOGIN) ?
			"it takes the password only as others could read it "
			"(Mx_auth_plain)" :
			"it offers none",
		    false);
		return;
	}
	if ((c->auth = calloc(1, sizeof(*c->auth))) == NULL)
		fatalx("no memory for a login");
	c->state = CLIENT_AUTH;
	c->auth->mechanism = mechanisms[i].cap;
	c->auth->step = AUTH_FIRST;
	switch (c->auth->mechanism) {
	case CAP_AUTH_SCRAM:
		auth_say_scram(c);
		break;
	case CAP_AUTH_PLAIN:
		c->auth->step = AUTH_LAST;
		auth_say_plain(c);
		break;
	default:
		auth_say(c, "AUTH LOGIN", "", 0);
	}
}

/* The prompts say nothing that could be relied on: name, then password. */
static void
auth_next_login(struct client *c)
{
	const char *text =
	    c->auth->step == AUTH_FIRST ? c->way->user : c->way->password;

	c->auth->step = c->auth->step == AUTH_FIRST ? AUTH_SECOND : AUTH_LAST;
	auth_say(c, "", text, strlen(text));
}

/* Two messages of the server are read: the challenge, and its own proof; after
 * that an empty line asks for the reply that ends it (RFC 4954 section 4). */
static void
auth_next_scram(struct client *c)
{
	char in[SCRAM_SERVER_MAX], out[SCRAM_CLIENT_MAX];
	struct scram_message m = {in, 0};
	const char *why = "its challenge is no base64, or too long";
	ssize_t n;

	n = c->reply.cut ?
	    -1 :
	    sasl_base64_decode(in, sizeof(in), c->reply.text, c->reply.len);
	m.len = n == -1 ? 0 : (size_t)n;
	if (n != -1 && c->auth->step == AUTH_FIRST)
		why = scram_answer(
		    &c->auth->scram, m, c->way->password, &c->way->salted, out);
	else if (n != -1)
		why = scram_check(&c->auth->scram, m);
	if (why != NULL) {
		auth_failed(c, why, true);
		return;
	}
	if (c->auth->step == AUTH_FIRST) {
		c->auth->step = AUTH_SECOND;
		auth_say(c, "", out, strlen(out));
		return;
	}
	c->auth->step = AUTH_LAST;
	auth_say(c, "", "", 0);
}

/* 235: but a server that has not proven itself could be anybody. */
static void
auth_done(struct client *c)
{
	if (c->auth->mechanism == CAP_AUTH_SCRAM && !c->auth->scram.is_proven) {
		auth_failed(
		    c, "it did not prove that it knows the password", true);
		return;
	}
	client_auth_end(c);
	c->logged_in = true;
	client_ready(c);
}

/* 334 asks for more, as often as the mechanism has something to say. */
void
client_auth_reply(struct client *c)
{
	const struct reply_enhanced *e = &c->reply.enhanced;
	char text[64];
	int n;

	c->unanswered = 0;
	if (c->reply.code == 334 && c->auth->step != AUTH_LAST) {
		if (c->auth->mechanism == CAP_AUTH_SCRAM)
			auth_next_scram(c);
		else
			auth_next_login(c);
		return;
	}
	c->reply.text[0] = '\0';
	c->reply.len = 0;
	client_log(c, "AUTH", auth_name(c->auth->mechanism));
	if (c->reply.code == 235) {
		auth_done(c);
		return;
	}
	n = snprintf(text, sizeof(text), "%s is refused with %u",
	    auth_name(c->auth->mechanism), c->reply.code);
	if (e->class != 0)
		snprintf(text + n, sizeof(text) - (size_t)n, " %u.%u.%u",
		    e->class, e->subject, e->detail);
	auth_failed(c, text, c->reply.code / 100 == 5);
}
