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
 * lfile.c: reads the text of an l file.  We wrote it, but the disk or an
 * editor may have changed it, so nothing in it is trusted: each line is
 * bounded, each key known, each number in range, each text escaped as
 * lfile_print escapes it, and the last line says that nothing is missing.
 */

#include "lfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "id.h"
#include "lfile_key.h"

#define NUMBER(s, f, max)                                                     \
	LFILE_NUMBER, offsetof(struct s, f), sizeof(((struct s *)0)->f), max, \
	    NULL, NULL
#define TEXT(s, f) LFILE_TEXT, offsetof(struct s, f), 0, 0, NULL, NULL
#define BITS(s, f, b)                                                        \
	LFILE_BITS, offsetof(struct s, f), sizeof(((struct s *)0)->f), 0, b, \
	    NULL
#define NAME(s, f, n)                                                  \
	LFILE_NAME, offsetof(struct s, f), sizeof(((struct s *)0)->f), \
	    sizeof(n) / sizeof((n)[0]) - 1, NULL, n

static const struct lfile_bit flag_bits[] = {{"bounce", MSG_BOUNCE},
    {"qlimit", MSG_QLIMIT}, {"hold", MSG_HOLD}, {"smtputf8", MSG_SMTPUTF8},
    {"8bit", MSG_8BIT}, {"binary", MSG_BINARY}, {"ret-full", MSG_RET_FULL},
    {"ret-hdrs", MSG_RET_HDRS}, {"autosubmitted", MSG_AUTOSUB},
    {"delay-warned", MSG_DELAYWARNED}, {NULL, 0}};

static const struct lfile_bit notify_bits[] = {{"never", NOTIFY_NEVER},
    {"success", NOTIFY_SUCCESS}, {"failure", NOTIFY_FAILURE},
    {"delay", NOTIFY_DELAY}, {NULL, 0}};

static const struct lfile_bit rcpt_bits[] = {{"reported", RCPT_REPORTED},
    {"delay-reported", RCPT_DELAYED}, {"local", RCPT_LOCAL}, {NULL, 0}};

const struct lfile_key lfile_message_keys[] = {
    {"arrival", NUMBER(message, arrival, INT64_MAX)},
    {"size", NUMBER(message, size, INT64_MAX)},
    {"header", NUMBER(message, header, UINT32_MAX)},
    {"client-ip", TEXT(message, client_ip)},
    {"client-name", TEXT(message, client_name)},
    {"client-helo", TEXT(message, client_helo)},
    {"login", TEXT(message, login)}, {"envid", TEXT(message, envid)},
    {"flags", BITS(message, flags, flag_bits)},
    {"attempts", NUMBER(message, attempts, UINT16_MAX)},
    {"next", NUMBER(message, next, INT64_MAX)}, {"marks", TEXT(message, marks)},
    {"overrides", TEXT(message, overrides)}, {"hadd", TEXT(message, hadd)},
    {NULL, LFILE_TEXT, 0, 0, 0, NULL, NULL}};

const struct lfile_key lfile_rcpt_keys[] = {
    {"state", NAME(recipient, state, rcpt_state_names)},
    {"original", TEXT(recipient, original)}, {"orcpt", TEXT(recipient, orcpt)},
    {"notify", BITS(recipient, notify, notify_bits)},
    {"kind", NAME(recipient, kind, rcpt_kind_names)},
    {"done", BITS(recipient, flags, rcpt_bits)},
    {"tries", NUMBER(recipient, attempts, UINT16_MAX)},
    {"due", NUMBER(recipient, next, INT64_MAX)},
    {"from", TEXT(recipient, sender)}, {"mx-dest", TEXT(recipient, mx_dest)},
    {"mx-auth", TEXT(recipient, mx_auth)},
    {"mx-source", TEXT(recipient, mx_source)},
    {"so-mark", NUMBER(recipient, so_mark, UINT32_MAX)},
    {"user", TEXT(recipient, user)}, {"home", TEXT(recipient, home)},
    {"dlocal", TEXT(recipient, dlocal)}, {"answer", TEXT(recipient, answer)},
    {NULL, LFILE_TEXT, 0, 0, 0, NULL, NULL}};

const char lfile_no_memory[] = "out of memory";

enum expect {
	EXPECT_MAGIC,
	EXPECT_ANY,
	EXPECT_NOTHING
};

struct parser {
	struct message *m;
	struct recipient *r; /* whose lines these are; NULL: message's */
	struct lfile *l;
	const char *sid;
	char *value; /* the line's value, unescaped */
	enum expect expect;
	uint32_t seen, rcpt_seen; /* keys, by place in their table */
	bool has_id, has_sid, has_status, has_sender;
};

/* By memcpy, as the table knows an offset and a size and no type. */
uint64_t
lfile_get_number(const struct lfile_key *k, const void *base)
{
	const char *at = (const char *)base + k->offset;
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	switch (k->size) {
	case sizeof(u64):
		memcpy(&u64, at, sizeof(u64));
		return u64;
	case sizeof(u32):
		memcpy(&u32, at, sizeof(u32));
		return u32;
	case sizeof(u16):
		memcpy(&u16, at, sizeof(u16));
		return u16;
	default:
		return *(const uint8_t *)at;
	}
}

/* value is within k->max, so nothing is cut off. */
static void
set_number(const struct lfile_key *k, void *base, uint64_t value)
{
	char *at = (char *)base + k->offset;
	uint32_t u32 = (uint32_t)value;
	uint16_t u16 = (uint16_t)value;
	uint8_t u8 = (uint8_t)value;

	switch (k->size) {
	case sizeof(value):
		memcpy(at, &value, sizeof(value));
		break;
	case sizeof(u32):
		memcpy(at, &u32, sizeof(u32));
		break;
	case sizeof(u16):
		memcpy(at, &u16, sizeof(u16));
		break;
	default:
		memcpy(at, &u8, sizeof(u8));
	}
}

/* Digits alone: no sign, no blank, nothing that strtoull would forgive. */
static int
parse_number(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t v = 0;
	const char *p;

	if (*text == '\0')
		return -1;
	for (p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return -1;
		if (v > (max - (uint64_t)(*p - '0')) / 10)
			return -1;
		v = v * 10 + (uint64_t)(*p - '0');
	}
	*value = v;
	return 0;
}

/* A bit nobody knows is damage: leaving it out would change the message. */
static int
parse_bits(char *text, const struct lfile_bit *bits, uint64_t *value)
{
	const struct lfile_bit *b;
	char *name;

	*value = 0;
	while ((name = strsep(&text, ",")) != NULL) {
		for (b = bits; b->name != NULL; b++)
			if (strcmp(b->name, name) == 0)
				break;
		if (b->name == NULL || (*value & b->bit) != 0)
			return -1;
		*value |= b->bit;
	}
	return 0;
}

/* The place in the array of names is what is stored; text it does not have is
 * damage. */
static int
parse_name(const char *text, const struct lfile_key *k, uint64_t *value)
{
	uint64_t i;

	for (i = 0; i <= k->max; i++)
		if (strcmp(k->names[i], text) == 0) {
			*value = i;
			return 0;
		}
	return -1;
}

/* Sets the field that k names; NULL, or what is wrong. */
static const char *
set_field(struct parser *p, const struct lfile_key *k, void *base)
{
	uint64_t value = 0;
	textref *ref;
	int ok = -1;

	switch (k->type) {
	case LFILE_TEXT:
		ref = (textref *)(void *)((char *)base + k->offset);
		return message_set(p->m, ref, p->value) == -1 ?
		    "text too long" :
		    NULL;
	case LFILE_NUMBER:
		ok = parse_number(p->value, k->max, &value);
		break;
	case LFILE_BITS:
		ok = parse_bits(p->value, k->bits, &value);
		break;
	case LFILE_NAME:
		ok = parse_name(p->value, k, &value);
		break;
	}
	if (ok == -1)
		return "bad value";
	set_number(k, base, value);
	return NULL;
}

/* Which table depends on whether a recipient has begun; each key once. */
static const char *
parse_table(struct parser *p, const char *key)
{
	const struct lfile_key *table, *k;
	uint32_t *seen, bit;

	table = p->r != NULL ? lfile_rcpt_keys : lfile_message_keys;
	seen = p->r != NULL ? &p->rcpt_seen : &p->seen;
	for (k = table; k->name != NULL; k++)
		if (strcmp(k->name, key) == 0)
			break;
	if (k->name == NULL)
		return "unknown key";
	bit = (uint32_t)1 << (k - table);
	if ((*seen & bit) != 0)
		return "key given twice";
	*seen |= bit;
	return set_field(p, k, p->r != NULL ? (void *)p->r : (void *)p->m);
}

/* Without a Sid: that has a line of its own, and a file of another instance
 * must not pass as ours. */
static const char *
parse_id(struct parser *p)
{
	char sid[ID_SID_MAX];

	if (p->has_id ||
	    id_parse(p->value, &p->m->id, sid, sizeof(sid)) == -1 ||
	    sid[0] != '\0')
		return "bad id";
	p->has_id = true;
	return NULL;
}

/* Each "rcpt" begins a recipient, and the lines behind it are that one's until
 * the next. */
static const char *
parse_rcpt(struct parser *p)
{
	int n;

	if ((n = message_add_rcpt(p->m, p->value)) == -1)
		return "too many recipients";
	p->r = &p->m->rcpts[n];
	p->rcpt_seen = 0;
	return NULL;
}

/* "incoming" is a message that only programs of rules were shown: no client has
 * had a 250 for it. */
static const char *
parse_status(struct parser *p)
{
	if (p->has_status)
		return "key given twice";
	p->has_status = true;
	p->l->incoming = strcmp(p->value, "incoming") == 0;
	if (!p->l->incoming && strcmp(p->value, "queued") != 0)
		return "bad value";
	return NULL;
}

/* The keys that no table has; then the tables. */
static const char *
parse_key(struct parser *p, const char *key)
{
	if (p->expect == EXPECT_MAGIC) {
		p->expect = EXPECT_ANY;
		if (strcmp(key, LFILE_MAGIC) != 0 ||
		    strcmp(p->value, LFILE_VERSION) != 0)
			return "not a queue file of this version";
		return NULL;
	}
	if (strcmp(key, "rcpt") == 0)
		return parse_rcpt(p);
	if (p->r != NULL)
		return parse_table(p, key);
	if (strcmp(key, "id") == 0)
		return parse_id(p);
	if (strcmp(key, "status") == 0)
		return parse_status(p);
	if (strcmp(key, "sid") == 0) {
		p->has_sid = true;
		return strcmp(p->value, p->sid) == 0 ? NULL : "another sid";
	}
	if (strcmp(key, "sender") == 0 && !p->has_sender) {
		p->has_sender = true;
		return message_set(p->m, &p->m->sender, p->value) == -1 ?
		    "text too long" :
		    NULL;
	}
	return parse_table(p, key);
}

/* Capitals alone, as they are printed: one text has one spelling. */
static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Undoes %XX from in to out, which has room; -1 for a byte that should
 * have been escaped, or an escape that is none. */
static int
unescape(const char *in, size_t len, char *out)
{
	size_t i;
	int high, low;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)in[i];

		if (c < ' ' || c == 0x7f)
			return -1;
		if (c == '%') {
			if (len - i < 3 ||
			    (high = hex_digit(in[i + 1])) == -1 ||
			    (low = hex_digit(in[i + 2])) == -1 ||
			    (c = (unsigned char)(high << 4 | low)) == 0)
				return -1;
			i += 2;
		}
		*out++ = (char)c;
	}
	*out = '\0';
	return 0;
}

/* "end" is the last line, so that a file that was cut is seen to be. */
static const char *
parse_line(struct parser *p, const char *line, size_t len)
{
	const char *space;
	char key[24];
	size_t n;

	if (p->expect == EXPECT_NOTHING)
		return "text after the end";
	if (len > LFILE_LINE_MAX)
		return "line too long";
	if (len == 3 && memcmp(line, "end", 3) == 0) {
		p->expect = EXPECT_NOTHING;
		return NULL;
	}
	if ((space = memchr(line, ' ', len)) == NULL)
		return "no value";
	n = (size_t)(space - line);
	if (n == 0 || n >= sizeof(key))
		return "unknown key";
	memcpy(key, line, n);
	key[n] = '\0';
	if (unescape(space + 1, len - n - 1, p->value) == -1)
		return "bad escape";
	return parse_key(p, key);
}

/* Where it went wrong is left in line; 0 for the whole file. */
static const char *
parse_all(struct parser *p, const char *text, size_t len, unsigned int *line)
{
	const char *lf, *why;

	while (len > 0) {
		(*line)++;
		if ((lf = memchr(text, '\n', len)) == NULL)
			return "line not ended";
		if ((why = parse_line(p, text, (size_t)(lf - text))) != NULL)
			return why;
		len -= (size_t)(lf - text) + 1;
		text = lf + 1;
	}
	*line = 0;
	if (p->expect != EXPECT_NOTHING)
		return "cut short";
	if (!p->has_id || !p->has_sid || !p->has_status || !p->has_sender)
		return "id, sid, status or sender missing";
	if (p->m->nrcpts == 0)
		return "no recipient";
	if (p->m->header > p->m->size)
		return "a header longer than the content";
	return NULL;
}

/* NULL: error says where and why; lfile_no_memory is the one reason that is not
 * the file's fault. The message is the caller's. */
struct message *
lfile_parse(const char *text, size_t len, const char *sid, struct lfile *l,
    struct lfile_error *error)
{
	struct parser p = {.l = l, .sid = sid};
	size_t size;

	error->why = lfile_no_memory;
	error->line = 0;
	l->incoming = false;
	/* No value is longer than the file. */
	size = len < LFILE_LINE_MAX ? len + 1 : LFILE_LINE_MAX + 1;
	p.value = malloc(size);
	p.m = message_new(0);
	if (p.value != NULL && p.m != NULL)
		error->why = parse_all(&p, text, len, &error->line);
	freezero(p.value, p.value == NULL ? 0 : size);
	if (error->why == NULL)
		return p.m;
	message_free(p.m);
	return NULL;
}
