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
 * One row of a table: its words and the fields that they give.  Addresses
 * are checked for form only as far as a table needs it; lookupd checks them
 * against RFC 5321 when they come out.  See selor.file(5).
 */
#include "table_row.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest value of a field as it is written. */
#define ROW_VALUE_MAX 2048

/* The fields of a mailbox; a bit each, so that none stands twice. */
enum row_field {
	F_USER,
	F_HOME,
	F_QUOTA,
	F_USED,
	F_DLOCAL,
	F_PASSWORD
};

static const struct {
	const char *name;
	enum row_field field;
} row_fields[] = {
    {"user", F_USER},
    {"uid", F_USER},
    {"home", F_HOME},
    {"quota", F_QUOTA},
    {"used", F_USED},
    {"dlocal", F_DLOCAL},
    {"password", F_PASSWORD},
};

static int
row_fail(char *, const char *, ...) __attribute__((format(printf, 2, 3)));

static int
row_fail(char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, TABLE_ERROR_MAX, fmt, ap);
	va_end(ap);
	return -1;
}

/*
 * Only within quotes does a backslash mean something; an open quote ends at the
 * NUL, which table_clean_line has excluded before.
 */
size_t
row_word_len(const char *p, bool commas)
{
	bool quoted = false;
	size_t i;

	for (i = 0; p[i] != '\0'; i++) {
		if (quoted && p[i] == '\\' && p[i + 1] != '\0')
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (p[i] == ' ' || (commas && p[i] == ',')))
			break;
	}
	return i;
}

/*
 * Literals too, in brackets.  No more than that is needed here: lookupd parses
 * each address again.
 */
static bool
row_is_domain(const char *s, size_t len)
{
	size_t i;

	if (len == 0 || len > 255)
		return false;
	for (i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
			(s[i] >= 'A' && s[i] <= 'Z') ||
			(s[i] >= '0' && s[i] <= '9') ||
			strchr("-_.[]:", s[i]) != NULL))
			return false;
	return s[0] != '.' && s[0] != '-';
}

/* Something, '@', a domain in A-labels. */
static bool
row_is_address(const char *s, size_t len)
{
	const char *at = memrchr(s, '@', len);

	return len <= TABLE_KEY_MAX && at != NULL && at != s &&
	    row_is_domain(at + 1, len - (size_t)(at + 1 - s));
}

/* A local part alone, which lookupd completes: no program, no file. */
static bool
row_is_bare(const char *s, size_t len)
{
	return len > 0 && len <= 64 && memchr(s, '@', len) == NULL &&
	    strchr("|/:\\", s[0]) == NULL;
}

/*
 * Digits with K, M, G or T behind; bytes.  The sum is checked before each step,
 * so it never wraps; K is 1024.
 */
static int
row_bytes(const char *s, uint64_t *out)
{
	static const char units[] = "KMGT";
	const char *u;
	uint64_t n = 0;

	if (*s < '0' || *s > '9')
		return -1;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (n > UINT64_MAX / 10 - 1)
			return -1;
		n = n * 10 + (uint64_t)(*s - '0');
	}
	if (*s != '\0' && (u = strchr(units, *s)) != NULL) {
		for (; u >= units; u--) {
			if (n > UINT64_MAX / 1024)
				return -1;
			n *= 1024;
		}
		s++;
	}
	*out = n;
	return *s == '\0' ? 0 : -1;
}

/* What the parent will look up: never an option of a program, never a path. */
static bool
row_is_user(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len < TABLE_USER_MAX && s[0] != '-' && s[0] != '.' &&
	    strspn(s,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

/* Absolute, and without a step upward. */
static bool
row_is_home(const char *s)
{
	const char *p;

	if (s[0] != '/' || strlen(s) >= TABLE_HOME_MAX)
		return false;
	for (p = s; (p = strstr(p, "/..")) != NULL; p += 3)
		if (p[3] == '/' || p[3] == '\0')
			return false;
	return true;
}

/*
 * Takes the quotes and backslashes off a value.  -1: longer than any field may
 * be.
 */
static int
row_unquote(char *out, const char *s, size_t len)
{
	size_t i, o = 0;
	bool quoted = false;

	if (len >= ROW_VALUE_MAX)
		return -1;
	for (i = 0; i < len; i++) {
		if (quoted && s[i] == '\\' && i + 1 < len)
			i++;
		else if (s[i] == '"') {
			quoted = !quoted;
			continue;
		}
		out[o++] = s[i];
	}
	out[o] = '\0';
	return 0;
}

static int
row_store(struct table_mailbox *m, enum row_field f, const char *v, char *why)
{
	switch (f) {
	case F_USER:
		if (!row_is_user(v))
			return row_fail(why, "user: no name of a user");
		memcpy(m->user, v, strlen(v) + 1);
		return 0;
	case F_HOME:
		if (!row_is_home(v))
			return row_fail(why, "home: no absolute path");
		memcpy(m->home, v, strlen(v) + 1);
		return 0;
	case F_QUOTA:
		if (row_bytes(v, &m->quota) == -1)
			return row_fail(why, "quota: no number of bytes");
		return 0;
	case F_USED:
		if (row_bytes(v, &m->used) == -1)
			return row_fail(why, "used: no number of bytes");
		return 0;
	case F_DLOCAL:
		if (v[0] != '/' || strlen(v) >= TABLE_DLOCAL_MAX)
			return row_fail(why, "dlocal: no path of a program");
		memcpy(m->dlocal, v, strlen(v) + 1);
		return 0;
	case F_PASSWORD:
		if (strlen(v) >= TABLE_PASSWORD_MAX)
			return row_fail(why, "password: too long");
		memcpy(m->password, v, strlen(v) + 1);
		return 0;
	}
	return -1;
}

/* One "name=value".  The value of a wrong one is not shown: it may be a
 * password. */
static int
row_field(struct table_mailbox *m, unsigned int *seen, const char *p,
    size_t len, char *why)
{
	char value[ROW_VALUE_MAX];
	const char *eq = memchr(p, '=', len);
	size_t i, n;

	if (eq == NULL)
		return row_fail(why, "a field without '='");
	n = (size_t)(eq - p);
	for (i = 0; i < sizeof(row_fields) / sizeof(row_fields[0]); i++)
		if (strlen(row_fields[i].name) == n &&
		    memcmp(row_fields[i].name, p, n) == 0)
			break;
	if (i == sizeof(row_fields) / sizeof(row_fields[0]))
		return row_fail(
		    why, "no such field: %.*s", n > 32 ? 32 : (int)n, p);
	if (*seen & 1u << row_fields[i].field)
		return row_fail(
		    why, "field stands twice: %s", row_fields[i].name);
	*seen |= 1u << row_fields[i].field;
	if (row_unquote(value, eq + 1, len - n - 1) == -1)
		return row_fail(why, "value too long: %s", row_fields[i].name);
	return row_store(m, row_fields[i].field, value, why);
}

/*
 * Fields in any order; user and home must be there, since without them no mail
 * could be written.
 */
int
table_mailbox(const char *rest, struct table_mailbox *m, char *why)
{
	unsigned int seen = 0;
	size_t len;

	m->user[0] = m->home[0] = m->dlocal[0] = m->password[0] = '\0';
	m->quota = m->used = 0;
	for (;;) {
		rest += strspn(rest, " ");
		if ((len = row_word_len(rest, false)) == 0)
			break;
		if (row_field(m, &seen, rest, len, why) == -1)
			return -1;
		rest += len;
	}
	if (m->user[0] == '\0')
		return row_fail(why, "no field user");
	if (m->home[0] == '\0')
		return row_fail(why, "no field home");
	return 0;
}

int
table_target(const char **pos, char *out, char *why)
{
	const char *p = *pos;
	size_t len;

	p += strspn(p, " ,");
	len = row_word_len(p, true);
	*pos = p + len;
	if (len == 0)
		return 0;
	if (p[0] == '@' ? !row_is_domain(p + 1, len - 1) :
			  !row_is_address(p, len) && !row_is_bare(p, len))
		return row_fail(
		    why, "no address: %.*s", len > 64 ? 64 : (int)len, p);
	memcpy(out, p, len);
	out[len] = '\0';
	return 1;
}

static int
row_check_alias(const char *key, size_t len, const char *rest, char *why)
{
	char target[TABLE_KEY_MAX + 1];
	int n = 0, r;

	if (!(len == 1 && key[0] == '@') &&
	    !(key[0] == '@' && row_is_domain(key + 1, len - 1)) &&
	    !row_is_address(key, len))
		return row_fail(why, "no address, no @domain, no @");
	while ((r = table_target(&rest, target, why)) == 1)
		n++;
	if (r == 0 && n == 0)
		return row_fail(why, "an alias of nothing");
	return r;
}

/*
 * All that later questions parse again is parsed here once, so that they can
 * not fail.
 */
int
row_check(enum table_kind kind, const char *key, size_t len, const char *rest,
    char *why)
{
	struct table_mailbox m;

	switch (kind) {
	case TABLE_DOMAINS:
		if (!row_is_domain(key, len))
			return row_fail(why, "no domain");
		if (rest[strspn(rest, " ")] != '\0')
			return row_fail(why, "something behind the domain");
		return 0;
	case TABLE_MAILBOXES:
		if (!row_is_address(key, len))
			return row_fail(why, "no address");
		return table_mailbox(rest, &m, why);
	case TABLE_ALIASES:
		return row_check_alias(key, len, rest, why);
	case TABLE_KINDS:
		break;
	}
	return -1;
}
