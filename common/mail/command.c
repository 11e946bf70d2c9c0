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
 * One command line into verb and argument: the table of verbs, and for each
 * kind of argument one function.  Parameters of MAIL and RCPT are read in
 * command_param.c.  The line is any octets, counted, its CRLF cut off.
 */

#include "command.h"

#include <string.h>
#include <strings.h>

#include "command_param.h"

static const char *const verb_names[COMMAND_NVERBS] = {
#define X(name, text) [COMMAND_##name] = (text),
    COMMAND_LIST(X)
#undef X
};

/* Methods of HTTP, which a browser can be made to send here. */
static const char *const http_methods[] = {"GET", "HEAD", "POST", "PUT",
    "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH"};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void
trim(struct span *s)
{
	while (s->len > 0 && is_blank(s->p[0])) {
		s->p++;
		s->len--;
	}
	while (s->len > 0 && is_blank(s->p[s->len - 1]))
		s->len--;
}

/* Cuts the first word off: *word gets it, *s what is left, trimmed. */
static void
cut_word(struct span *s, struct span *word)
{
	size_t n;

	for (n = 0; n < s->len && !is_blank(s->p[n]); n++)
		;
	word->p = s->p;
	word->len = n;
	s->p += n;
	s->len -= n;
	trim(s);
}

/* TAB is a blank; NUL, CR, LF and their kin have no place in a command. */
static bool
has_control(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (((unsigned char)s[i] < 0x20 && s[i] != '\t') ||
		    s[i] == 0x7f)
			return true;
	}
	return false;
}

static enum command_status
fail(struct command *c, enum command_status status, const char *reason)
{
	c->status = status;
	c->reason = reason;
	return status;
}

static enum command_status
bad_syntax(struct command *c, const char *reason)
{
	return fail(c, COMMAND_BAD_SYNTAX, reason);
}

/* A request of HTTP needs its path: "HEAD" alone is only unknown. */
static bool
is_foreign(const char *line, size_t len, const struct span *word,
    const struct span *rest)
{
	size_t i;

	/* TLS: a handshake record of version 3. */
	if (len >= 2 && line[0] == 0x16 && line[1] == 0x03)
		return true;
	if (len >= 4 && memcmp(line, "SSH-", 4) == 0)
		return true;
	if (rest->len == 0)
		return false;
	for (i = 0; i < sizeof(http_methods) / sizeof(http_methods[0]); i++) {
		if (span_is_word(*word, http_methods[i]))
			return true;
	}
	return false;
}

static enum command_verb
find_verb(const struct span *word)
{
	int verb;

	for (verb = COMMAND_FOREIGN + 1; verb < COMMAND_NVERBS; verb++) {
		if (span_is_word(*word, verb_names[verb]))
			return (enum command_verb)verb;
	}
	return COMMAND_UNKNOWN;
}

/*
 * Where the path at s ends: behind its '>', or at the first blank when it has
 * no brackets.  In quotes neither counts.  0 when it does not end.
 */
static size_t
path_length(const char *s, size_t len)
{
	const bool brackets = len > 0 && s[0] == '<';
	bool quoted = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (quoted && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && brackets && s[i] == '>')
			return i + 1;
		else if (!quoted && !brackets && is_blank(s[i]))
			return i;
	}
	return brackets || quoted ? 0 : len;
}

/* "FROM:" or "TO:", the path, and what follows it. */
static enum command_status
parse_path(struct command *c, const char *keyword, unsigned int offered)
{
	const size_t n = strlen(keyword);
	struct span rest = c->arg;
	size_t len;

	if (rest.len < n || strncasecmp(rest.p, keyword, n) != 0)
		return bad_syntax(c, "FROM: or TO: expected");
	rest.p += n;
	rest.len -= n;
	trim(&rest);
	if (rest.len == 0)
		return bad_syntax(c, "address missing");
	if ((len = path_length(rest.p, rest.len)) == 0)
		return bad_syntax(c, "address not closed");
	c->path.p = rest.p;
	c->path.len = len;
	rest.p += len;
	rest.len -= len;
	if (rest.len > 0 && !is_blank(rest.p[0]))
		return bad_syntax(c, "blank expected behind the address");
	trim(&rest);
	c->status = command_parse_params(c, rest, offered);
	return c->status;
}

/* "BDAT 007 LAST"; a count that can not be told loses the framing. */
static enum command_status
parse_bdat(struct command *c)
{
	struct span rest = c->arg, word;
	size_t i;

	c->lost = true;
	cut_word(&rest, &word);
	if (word.len == 0)
		return bad_syntax(c, "chunk size missing");
	for (i = 0; i < word.len; i++) {
		if (word.p[i] < '0' || word.p[i] > '9')
			return bad_syntax(c, "chunk size is no number");
		if (!command_add_digit(&c->bdat.size, word.p[i]))
			return bad_syntax(c, "chunk size out of range");
	}
	/* The count is known: behind a bad LAST so much can be skipped. */
	c->lost = false;
	if (rest.len == 0)
		return COMMAND_OK;
	if (!span_is_word(rest, "LAST"))
		return bad_syntax(c, "only LAST may follow the chunk size");
	c->bdat.last = true;
	return COMMAND_OK;
}

/* A mechanism of RFC 4422 section 3.1, and perhaps the first answer. */
static enum command_status
parse_auth(struct command *c)
{
	struct span rest = c->arg;
	size_t i;
	char ch;

	cut_word(&rest, &c->auth.mech);
	if (c->auth.mech.len == 0 || c->auth.mech.len > 20)
		return bad_syntax(c, "mechanism expected");
	for (i = 0; i < c->auth.mech.len; i++) {
		ch = c->auth.mech.p[i];
		if (!((ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') ||
			(ch >= '0' && ch <= '9') || ch == '-' || ch == '_'))
			return bad_syntax(c, "mechanism expected");
	}
	if (rest.len == 0)
		return COMMAND_OK;
	cut_word(&rest, &c->auth.initial);
	if (rest.len > 0)
		return bad_syntax(c, "too many arguments");
	return COMMAND_OK;
}

/* HELO and its kin: exactly one word. */
static enum command_status
parse_one(struct command *c)
{
	struct span rest = c->arg;

	cut_word(&rest, &c->path);
	if (c->path.len == 0)
		return bad_syntax(c, "argument missing");
	if (rest.len > 0)
		return bad_syntax(c, "too many arguments");
	return COMMAND_OK;
}

static enum command_status
parse_argument(struct command *c, unsigned int offered)
{
	switch (c->verb) {
	case COMMAND_MAIL:
		return parse_path(c, "FROM:", offered);
	case COMMAND_RCPT:
		return parse_path(c, "TO:", offered);
	case COMMAND_BDAT:
		return parse_bdat(c);
	case COMMAND_AUTH:
		return parse_auth(c);
	case COMMAND_HELO:
	case COMMAND_EHLO:
	case COMMAND_LHLO:
		return parse_one(c);
	case COMMAND_VRFY:
	case COMMAND_EXPN:
		c->path = c->arg;
		if (c->arg.len == 0)
			return bad_syntax(c, "argument missing");
		return COMMAND_OK;
	case COMMAND_DATA:
	case COMMAND_RSET:
	case COMMAND_QUIT:
	case COMMAND_STARTTLS:
		if (c->arg.len > 0)
			return bad_syntax(c, "no argument expected");
		return COMMAND_OK;
	default:
		return COMMAND_OK;
	}
}

enum command_status
command_parse(
    struct command *c, const char *line, size_t len, unsigned int offered)
{
	struct span rest = {line, len}, word;

	memset(c, 0, sizeof(*c));
	trim(&rest);
	cut_word(&rest, &word);
	c->arg = rest;
	if (is_foreign(line, len, &word, &rest)) {
		c->verb = COMMAND_FOREIGN;
		return fail(c, COMMAND_BAD_VERB, "another protocol");
	}
	c->verb = find_verb(&word);
	if (c->verb == COMMAND_UNKNOWN)
		return fail(c, COMMAND_BAD_VERB, "unknown command");
	if (has_control(line, len)) {
		c->lost = c->verb == COMMAND_BDAT;
		return bad_syntax(c, "control character");
	}
	return parse_argument(c, offered);
}

const char *
command_verb_name(enum command_verb verb)
{
	if (verb <= COMMAND_FOREIGN || verb >= COMMAND_NVERBS)
		return "?";
	return verb_names[verb];
}
