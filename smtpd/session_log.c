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
 * Lines about sessions in the manual's logs; see session_log.h.  The names
 * of events and keys are stable: administrators' programs read them.
 */
#include "session_log.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "log.h"
#include "proc.h"
#include "smtp_auth.h"
#include "smtp_reply.h"
#include "smtpd.h"
#include "transaction.h"

/* Recipients that a line of Sumary_log names. */
#define RECIPIENTS_NAMED 16
/* Verb and mechanism of AUTH, and stars for the rest. */
#define HIDDEN_MAX 40

/* The line that is being answered, in a buffer of its caller. */
static struct {
	const char *line;
	size_t len;
	char hidden[HIDDEN_MAX];
} now;

/* Four numbers and their dots.  Each event of a session says whose it is,
 * and inet_ntop(3) is printf(3) underneath. */
static void
ip4_text(const uint8_t ip[4], char *p)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (ip[i] >= 100)
			*p++ = (char)('0' + ip[i] / 100);
		if (ip[i] >= 10)
			*p++ = (char)('0' + ip[i] / 10 % 10);
		*p++ = (char)('0' + ip[i] % 10);
		*p++ = i < 3 ? '.' : '\0';
	}
}

/* buf is used unless the text is a constant. */
const char *
client_text(const struct msg_addr *a, char buf[CLIENT_TEXT_MAX])
{
	if (a->family == AF_INET)
		ip4_text(a->ip, buf);
	else if (a->family != AF_INET6)
		return "local";
	else if (inet_ntop(AF_INET6, a->ip, buf, CLIENT_TEXT_MAX) == NULL)
		return "unknown";
	return buf;
}

static void
log_ip(struct log_line *l, const struct session *s)
{
	char ip[CLIENT_TEXT_MAX];

	log_str(l, "ip", client_text(&s->client, ip));
}

/* Names are the client's and its owner's words: log.c escapes each value. */
static void
log_who(struct log_line *l, const struct session *s)
{
	log_ip(l, s);
	if (s->kind == SESSION_LOCAL)
		log_num(l, "uid", s->uid);
	if (s->ptr != NULL)
		log_str(l, "host", s->ptr);
	if (s->helo != NULL)
		log_str(l, "helo", s->helo);
	if (smtp_auth_login(s) != NULL)
		log_str(l, "login", smtp_auth_login(s));
}

/* Whose octets are looked at from here on: should we crash, the parent knows
 * whom to refuse. */
void
session_log_busy(const struct session *s)
{
	char ip[CLIENT_TEXT_MAX];

	proc_busy(client_text(&s->client, ip));
}

void
session_log_connect(const struct session *s)
{
	struct log_line l;

	if (!log_begin(&l, LOG_CENTRAL, "connect"))
		return;
	log_hex(&l, "session", s->id);
	log_ip(&l, s);
	log_num(&l, "port", s->client.port);
	if (s->kind == SESSION_LOCAL)
		log_num(&l, "uid", s->uid);
	if (s->is_proxied)
		log_num(&l, "proxied", 1);
	if (s->is_early)
		log_num(&l, "early", 1);
	log_end(&l);
}

void
session_log_end(const struct session *s, const char *why)
{
	struct log_line l;

	if (!log_begin(&l, LOG_CENTRAL, "disconnect"))
		return;
	log_hex(&l, "session", s->id);
	log_who(&l, s);
	log_num(&l, "messages", s->accepted);
	log_num(&l, "ms", smtpd_now() - s->started);
	log_str(&l, "why", why);
	log_end(&l);
}

void
session_log_command(const struct session *s, const char *reply, size_t len)
{
	const char *line = s->line != NULL ? s->line : now.line;
	size_t line_len = s->line != NULL ? s->line_len : now.len;
	struct log_line l;

	if (!log_begin(&l, LOG_CENTRAL, "command"))
		return;
	log_hex(&l, "session", s->id);
	log_str(&l, "verb", command_verb_name(s->verb));
	if (line != NULL)
		log_bytes(&l, "line", line, line_len);
	log_bytes(&l, "reply", reply, len);
	log_end(&l);
}

/* Refused_log is read by programs that block addresses: each refusal is one
 * line, with the address first known for it. */
void
session_log_refused(const struct session *s, const struct smtp_reply *r,
    const char *reply, size_t len)
{
	struct log_line l;

	if (!log_begin(&l, LOG_REFUSED, "refused"))
		return;
	log_hex(&l, "session", s->id);
	log_who(&l, s);
	log_str(&l, "from", s->tx != NULL ? s->tx->sender.text : "");
	log_str(&l, "rcpt", r->rcpt != NULL ? r->rcpt : "");
	log_str(&l, "event", r->event);
	if (r->rule != NULL && *r->rule != '\0')
		log_str(&l, "rule", r->rule);
	log_bytes(&l, "text", reply, len);
	log_end(&l);
}

void
session_log_accepted(const struct session *s, const char *id)
{
	const struct transaction *t = s->tx;
	const struct target *x;
	struct log_line l;
	int named = 0;

	if (!log_begin(&l, LOG_SUMMARY, "accepted"))
		return;
	log_str(&l, "id", id);
	log_hex(&l, "session", s->id);
	log_str(&l, "sender", t->sender.text);
	TAILQ_FOREACH (x, &t->targets, link) {
		if (named++ == RECIPIENTS_NAMED)
			break;
		log_str(&l, "recipient", x->text);
	}
	log_num(&l, "recipients", t->target_count);
	log_num(&l, "size", (int64_t)t->content.size);
	log_who(&l, s);
	log_end(&l);
}

/* Not a copy: it is good while its command runs. One that waits keeps its own
 * by session_log_keep. */
void
session_log_line(const char *line, size_t len)
{
	now.line = line;
	now.len = len;
}

/* A mechanism that long is none: it may be what was to be hidden. */
void
session_log_hidden(const char *line, size_t len)
{
	size_t i = 0, words;

	for (words = 0; words < 2; words++) {
		while (i < len && line[i] == ' ')
			i++;
		while (i < len && line[i] != ' ')
			i++;
	}
	if (i == len && i > 0 && i < HIDDEN_MAX)
		memcpy(now.hidden, line, len);
	else if (i == len || i > HIDDEN_MAX - 5)
		i = strlcpy(now.hidden, len == 0 ? "***" : "AUTH ***",
		    sizeof(now.hidden));
	else {
		memcpy(now.hidden, line, i);
		memcpy(now.hidden + i, " ***", 4);
		i += 4;
	}
	session_log_line(now.hidden, i);
}

/* Only where the log is on: it is the one use of it. */
void
session_log_keep(struct session *s)
{
	if (s->line != NULL || now.line == NULL || !log_is_on(LOG_CENTRAL) ||
	    (s->line = malloc(now.len + 1)) == NULL)
		return;
	memcpy(s->line, now.line, now.len);
	s->line_len = (uint32_t)now.len;
}

void
session_log_forget(struct session *s)
{
	free(s->line);
	s->line = NULL;
	now.line = NULL;
}
