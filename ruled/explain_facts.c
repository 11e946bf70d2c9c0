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
 * The query of explain; see explain_facts.h.  What it says comes from an
 * administrator, and yet no text in it is trusted.
 */
#include "explain_facts.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int set_fact(struct policy *p, const char *value);

/* Either case, as people write both. */
static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c == '\0' ? NULL : strchr(digits, c | 0x20);

	return p == NULL ? -1 : (int)(p - digits);
}

/* %XX into octets, in place.  -1: no such escape, or a NUL. */
static int
decode(char *text)
{
	char *in = text, *out = text;
	int high, low;

	while (*in != '\0') {
		if (*in != '%') {
			*out++ = *in++;
			continue;
		}
		if ((high = hex_digit(in[1])) == -1 ||
		    (low = hex_digit(in[2])) == -1 || high + low == 0)
			return -1;
		*out++ = (char)(high << 4 | low);
		in += 3;
	}
	*out = '\0';
	return 0;
}

/* The value stays in the query's own text, decoded in place. */
static int
add_word(struct explain_query *q, char *word)
{
	char *value = strchr(word, '=');

	if (value == NULL || value == word || q->count == EXPLAIN_WORDS_MAX)
		return -1;
	*value++ = '\0';
	if (decode(value) == -1)
		return -1;
	q->word[q->count].key = word;
	q->word[q->count++].value = value;
	return 0;
}

/* "" is a session without a client, as of mail from this host. */
static int
set_client(struct policy *p, const char *value)
{
	struct msg_addr a = {.family = AF_INET};

	if (*value == '\0')
		return 0;
	if (inet_pton(AF_INET, value, a.ip) != 1) {
		a.family = AF_INET6;
		if (inet_pton(AF_INET6, value, a.ip) != 1)
			return -1;
	}
	policy_set_client(p, &a);
	return 0;
}

/* A name that is given leads back; "" is none, asked for and not found. */
static int
set_name(struct policy *p, const char *value)
{
	p->reverse = *value != '\0' ? REVERSE_CONFIRMED : REVERSE_NONE;
	return policy_tell(p, FACT_NAME, value);
}

static int
set_helo(struct policy *p, const char *value)
{
	return policy_tell(p, FACT_HELO, value);
}

static int
set_login(struct policy *p, const char *value)
{
	return policy_tell(p, FACT_LOGIN, value);
}

/* 0 or 1; or the name with which he is logged in. */
static int
set_auth(struct policy *p, const char *value)
{
	if (strcmp(value, "0") == 0 || strcmp(value, "1") == 0)
		return policy_tell(p, FACT_AUTH, value);
	if (policy_tell(p, FACT_LOGIN, value) == -1)
		return -1;
	return policy_tell(p, FACT_AUTH, *value != '\0' ? "1" : "0");
}

static int
set_mark(struct policy *p, const char *value)
{
	return policy_tell(p, FACT_MARK, value);
}

/* As Def! would; a value that it may not have is an error here, where a real
 * session would only warn. */
static int
set_option(struct policy *p, const char *value)
{
	return overlay_set(&p->options, value, NULL, NULL);
}

/* The whole text, in decimal. */
static int
number(const char *value, int64_t least, int64_t most, int64_t *n)
{
	const char *error;

	*n = strtonum(value, least, most, &error);
	return error == NULL ? 0 : -1;
}

static int
set_hits(struct policy *p, const char *value)
{
	return number(value, INT64_MIN, INT64_MAX, &p->hits);
}

/* By its number, as Spf_resp? compares it. */
static int
set_spf(struct policy *p, const char *value)
{
	int64_t n;

	if (number(value, 0, 6, &n) == -1)
		return -1;
	p->spf = (uint8_t)n;
	return 0;
}

/* As Rbl_resp? compares it; a dry run asks no list. */
static int
set_lists(struct policy *p, const char *value)
{
	int64_t n;

	if (number(value, 0, UINT32_MAX, &n) == -1)
		return -1;
	p->lists = (uint32_t)n;
	return 0;
}

/* -1: nothing has run. */
static int
set_status(struct policy *p, const char *value)
{
	int64_t n;

	if (number(value, -1, 255, &n) == -1)
		return -1;
	p->status = (int32_t)n;
	return 0;
}

static int
set_output(struct policy *p, const char *value)
{
	return policy_set(&p->output, value);
}

/* An address, with angle brackets or without; out has the value's room. */
static int
tell_address(struct policy *p, uint8_t fact, const char *value)
{
	size_t len = strlen(value);
	char *bare;
	int r;

	if (len < 2 || value[0] != '<' || value[len - 1] != '>')
		return policy_tell(p, fact, value);
	if ((bare = strndup(value + 1, len - 2)) == NULL)
		return -1;
	r = policy_tell(p, fact, bare);
	free(bare);
	return r;
}

static int
set_sender(struct policy *p, const char *value)
{
	return tell_address(p, FACT_SENDER, value);
}

static int
set_size(struct policy *p, const char *value)
{
	return policy_tell(p, FACT_SIZE, value);
}

static int
set_id(struct policy *p, const char *value)
{
	return policy_tell(p, FACT_ID, value);
}

static int
set_spool(struct policy *p, const char *value)
{
	return policy_tell(p, FACT_SPOOL, value);
}

static int
set_answer(struct policy *p, const char *value)
{
	return policy_tell(p, FACT_REPLY, value);
}

/* In the order in which they are told: a sender begins a message, which
 * forgets what belonged to the one before. */
static const struct {
	const char *key;
	set_fact *set;
} facts[] = {
    {"ip", set_client},
    {"name", set_name},
    {"helo", set_helo},
    {"login", set_login},
    {"auth", set_auth},
    {"mark", set_mark},
    {"hits", set_hits},
    {"option", set_option},
    {"lists", set_lists},
    {"status", set_status},
    {"output", set_output},
    {"from", set_sender},
    {"spf", set_spf},
    {"size", set_size},
    {"id", set_id},
    {"spool", set_spool},
    {"reply", set_answer},
    {"rcpt", NULL},
    {"event", NULL},
    {"file", NULL},
    {"real", NULL},
};
#define FACTS (sizeof(facts) / sizeof(facts[0]))

/* A key that nobody knows is refused: a slip would else explain another session
 * than was meant. */
static bool
is_key(const char *key)
{
	size_t i;

	for (i = 0; i < FACTS; i++)
		if (strcmp(key, facts[i].key) == 0)
			return true;
	return false;
}

/* The last value of a key, or NULL. */
static const char *
value_of(const struct explain_query *q, const char *key)
{
	size_t i = q->count;

	while (i-- > 0)
		if (strcmp(q->word[i].key, key) == 0)
			return q->word[i].value;
	return NULL;
}

/* By its name in selor.conf, without "Event.". */
static int
find_event(struct explain_query *q, char *why, size_t size)
{
	const char *name = value_of(q, "event");
	int i;

	if (name == NULL)
		name = "";
	for (i = 0; i < RULE_EVENT_COUNT; i++)
		if (strcmp(rule_event_names[i], name) == 0) {
			q->event = (enum rule_event)i;
			return 0;
		}
	snprintf(why, size, "there is no event \"%.64s\"", name);
	return -1;
}

/* -1: why says what is wrong. q owns all of its texts. */
int
explain_query(struct explain_query *q, const char *text, char *why, size_t size)
{
	const char *real;
	char *rest = q->text, *word;
	size_t i;

	q->count = 0;
	if (strlcpy(q->text, text, sizeof(q->text)) >= sizeof(q->text)) {
		strlcpy(why, "that is too much", size);
		return -1;
	}
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0' && add_word(q, word) == -1) {
			strlcpy(why, "a fact is key=value, 256 at most", size);
			return -1;
		}
	for (i = 0; i < q->count; i++)
		if (!is_key(q->word[i].key)) {
			snprintf(why, size, "there is no fact \"%.64s\"",
			    q->word[i].key);
			return -1;
		}
	q->rules = value_of(q, "file");
	real = value_of(q, "real");
	q->is_real = real != NULL && strcmp(real, "1") == 0;
	return find_event(q, why, size);
}

/* Where a recipient is being decided the last is that one. */
static int
tell_recipients(struct policy *p, const struct explain_query *q)
{
	const bool has_current =
	    q->event != RULE_DATA_CMD && q->event != RULE_DATA;
	const char *held = NULL;
	size_t i;

	for (i = 0; i < q->count; i++) {
		if (strcmp(q->word[i].key, "rcpt") != 0)
			continue;
		if (held != NULL && tell_address(p, FACT_ACCEPTED, held) == -1)
			return -1;
		held = q->word[i].value;
	}
	if (held == NULL)
		return 0;
	return tell_address(p, has_current ? FACT_RCPT : FACT_ACCEPTED, held);
}

/* In the table's order whatever the query's was; recipients come last and in
 * their own order. */
int
explain_facts(
    struct policy *p, const struct explain_query *q, char *why, size_t size)
{
	size_t row, i;

	for (row = 0; row < FACTS; row++) {
		if (facts[row].set == NULL)
			continue;
		for (i = 0; i < q->count; i++) {
			if (strcmp(q->word[i].key, facts[row].key) != 0)
				continue;
			if (facts[row].set(p, q->word[i].value) == 0)
				continue;
			snprintf(why, size, "%s can not be \"%.256s\"",
			    facts[row].key, q->word[i].value);
			return -1;
		}
	}
	if (tell_recipients(p, q) == 0)
		return 0;
	strlcpy(why, "these recipients can not be kept", size);
	return -1;
}
