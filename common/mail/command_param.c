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
 * Parameters of MAIL and RCPT: RFC 1870, 3030, 3461, 4954, 6152, 6531.  A row
 * of the table says to which command a parameter belongs, which extension
 * brings it and who reads its value; no parameter may stand twice.
 */

#include "command_param.h"

#include <string.h>
#include <strings.h>

#include "xtext.h"

#define ENVID_MAX 100 /* RFC 3461 section 4.4 */
#define AUTH_MAX 500 /* RFC 4954 section 5 */
#define SIZE_DIGITS 20 /* RFC 1870 section 3 */

struct param {
	const char *name;
	enum command_verb verb;
	unsigned int bit; /* the extension that brings it */
	bool (*parse)(struct command *, struct span, unsigned int);
};

bool
command_add_digit(uint64_t *n, char digit)
{
	const uint64_t value = (uint64_t)(digit - '0');

	if (*n > (UINT64_MAX - value) / 10)
		return false;
	*n = *n * 10 + value;
	return true;
}

/* Larger than we can count is legal, and larger than any limit. */
static bool
parse_size(struct command *c, struct span v, unsigned int offered)
{
	size_t i;

	(void)offered;
	if (v.len == 0 || v.len > SIZE_DIGITS)
		return false;
	c->mail.has_size = true;
	for (i = 0; i < v.len; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
		if (!command_add_digit(&c->mail.size, v.p[i]))
			c->mail.size = UINT64_MAX;
	}
	return true;
}

static bool
parse_body(struct command *c, struct span v, unsigned int offered)
{
	if (span_is_word(v, "7BIT"))
		c->mail.body = COMMAND_BODY_7BIT;
	else if (span_is_word(v, "8BITMIME"))
		c->mail.body = COMMAND_BODY_8BITMIME;
	else if (span_is_word(v, "BINARYMIME") &&
	    (offered & COMMAND_P_BINARY) != 0)
		c->mail.body = COMMAND_BODY_BINARYMIME;
	else
		return false;
	return true;
}

static bool
parse_smtputf8(struct command *c, struct span v, unsigned int offered)
{
	(void)offered;
	c->mail.smtputf8 = true;
	return v.p == NULL;
}

static bool
parse_ret(struct command *c, struct span v, unsigned int offered)
{
	(void)offered;
	if (span_is_word(v, "FULL"))
		c->mail.ret = COMMAND_RET_FULL;
	else if (span_is_word(v, "HDRS"))
		c->mail.ret = COMMAND_RET_HDRS;
	else
		return false;
	return true;
}

static bool
parse_envid(struct command *c, struct span v, unsigned int offered)
{
	(void)offered;
	c->mail.envid = v;
	return v.len > 0 && v.len <= ENVID_MAX && xtext_is_valid(v.p, v.len);
}

/* Decoded once to see that nothing in it would break a command line. */
static bool
parse_auth(struct command *c, struct span v, unsigned int offered)
{
	char text[AUTH_MAX + 1];

	(void)offered;
	c->mail.auth = v;
	return v.len > 0 && v.len <= AUTH_MAX &&
	    xtext_decode(text, sizeof(text), v.p, v.len) != -1;
}

static unsigned int
notify_bit(struct span word)
{
	if (span_is_word(word, "NEVER"))
		return COMMAND_NOTIFY_NEVER;
	if (span_is_word(word, "SUCCESS"))
		return COMMAND_NOTIFY_SUCCESS;
	if (span_is_word(word, "FAILURE"))
		return COMMAND_NOTIFY_FAILURE;
	if (span_is_word(word, "DELAY"))
		return COMMAND_NOTIFY_DELAY;
	return 0;
}

/* NEVER stands alone; the others in any order, none twice. */
static bool
parse_notify(struct command *c, struct span v, unsigned int offered)
{
	struct span word = {v.p, 0};
	unsigned int bit;
	size_t i;

	(void)offered;
	for (i = 0; i <= v.len; i++) {
		if (i < v.len && v.p[i] != ',') {
			word.len++;
			continue;
		}
		bit = notify_bit(word);
		if (bit == 0 || (c->rcpt.notify & bit) != 0)
			return false;
		c->rcpt.notify |= bit;
		if (i < v.len)
			word = (struct span){v.p + i + 1, 0};
	}
	return (c->rcpt.notify & COMMAND_NOTIFY_NEVER) == 0 ||
	    c->rcpt.notify == COMMAND_NOTIFY_NEVER;
}

static bool
parse_orcpt(struct command *c, struct span v, unsigned int offered)
{
	c->rcpt.orcpt = v;
	return v.len > 0 &&
	    xtext_is_orcpt(v.p, v.len, (offered & COMMAND_P_SMTPUTF8) != 0);
}

static const struct param params[] = {
    {"SIZE", COMMAND_MAIL, COMMAND_P_SIZE, parse_size},
    {"BODY", COMMAND_MAIL, COMMAND_P_BODY, parse_body},
    {"SMTPUTF8", COMMAND_MAIL, COMMAND_P_SMTPUTF8, parse_smtputf8},
    {"RET", COMMAND_MAIL, COMMAND_P_DSN, parse_ret},
    {"ENVID", COMMAND_MAIL, COMMAND_P_DSN, parse_envid},
    {"AUTH", COMMAND_MAIL, COMMAND_P_AUTH, parse_auth},
    {"NOTIFY", COMMAND_RCPT, COMMAND_P_DSN, parse_notify},
    {"ORCPT", COMMAND_RCPT, COMMAND_P_DSN, parse_orcpt},
};

#define NPARAMS (sizeof(params) / sizeof(params[0]))

static enum command_status
fail(struct command *c, enum command_status status, const char *reason)
{
	c->reason = reason;
	return status;
}

/* "NAME" or "NAME=value"; without "=" the value's p is NULL. */
static void
split_param(struct span word, struct span *name, struct span *value)
{
	const char *eq;

	*name = word;
	*value = (struct span){NULL, 0};
	if ((eq = memchr(word.p, '=', word.len)) == NULL)
		return;
	name->len = (size_t)(eq - word.p);
	value->p = eq + 1;
	value->len = word.len - name->len - 1;
}

static enum command_status
parse_param(struct command *c, struct span word, unsigned int offered,
    unsigned int *seen)
{
	struct span name, value;
	size_t i;

	split_param(word, &name, &value);
	for (i = 0; i < NPARAMS; i++) {
		if (params[i].verb == c->verb &&
		    span_is_word(name, params[i].name))
			break;
	}
	if (i == NPARAMS || (offered & params[i].bit) == 0)
		return fail(c, COMMAND_BAD_PARAM, "unknown parameter");
	if ((*seen & 1u << i) != 0)
		return fail(c, COMMAND_BAD_SYNTAX, "parameter given twice");
	*seen |= 1u << i;
	if (!params[i].parse(c, value, offered))
		return fail(c, COMMAND_BAD_SYNTAX, "bad value of a parameter");
	return COMMAND_OK;
}

enum command_status
command_parse_params(struct command *c, struct span rest, unsigned int offered)
{
	struct span word = {rest.p, 0};
	enum command_status status;
	unsigned int seen = 0;
	size_t i;

	for (i = 0; i <= rest.len; i++) {
		if (i < rest.len && rest.p[i] != ' ' && rest.p[i] != '\t') {
			word.len++;
			continue;
		}
		if (word.len > 0) {
			status = parse_param(c, word, offered, &seen);
			if (status != COMMAND_OK)
				return status;
		}
		if (i < rest.len)
			word = (struct span){rest.p + i + 1, 0};
	}
	return COMMAND_OK;
}
