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
 * Filters; see filter.h.
 */
#include "filter.h"

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "id.h"

/* As queued has it: more lines than anyone reads. */
#define LIMIT_MAX 100000

/*
 * "2h" in seconds.  -1: that is no age.  Nine digits of weeks fit a long long
 * by far: no overflow to check.
 */
static long long
parse_age(const char *text)
{
	static const struct {
		char unit;
		long long seconds;
	} units[] = {
	    {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	size_t i, len = strspn(text, "0123456789");
	long long n;

	if (len == 0 || len > 9)
		return -1;
	n = strtoll(text, NULL, 10);
	if (text[len] == '\0')
		return n;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (text[len] == units[i].unit && text[len + 1] == '\0')
			return n * units[i].seconds;
	return -1;
}

/*
 * queued parts words at blanks, so no value may hold one.  The words are our
 * own language towards queued; one that holds a blank could smuggle in another,
 * such as "all".
 */
static int
add_word(struct filter *f, const char *key, const char *value)
{
	size_t len = strlen(f->query), room = sizeof(f->query) - len;
	int n;

	if (strpbrk(value, " \t\r\n") != NULL) {
		warnx("\"%s\" holds a blank", value);
		return -1;
	}
	n = snprintf(
	    f->query + len, room, "%s%s%s", len > 0 ? " " : "", key, value);
	if (n < 0 || (size_t)n >= room) {
		warnx("the filter is too long");
		return -1;
	}
	return 0;
}

/*
 * The words are checked here too, so that a slip is told with the words there
 * are instead of with no match.
 */
static int
add_state(struct filter *f, const char *value)
{
	static const char *const words[] = {
	    "pending", "deferred", "held", "failed"};
	size_t i;

	for (i = 0; i < 4; i++)
		if (strcmp(value, words[i]) == 0)
			return add_word(f, "state=", value);
	warnx("state is pending, deferred, held or failed, not \"%s\"", value);
	return -1;
}

/* Sent in seconds: queued knows no units. */
static int
add_age(struct filter *f, const char *value)
{
	long long age = parse_age(value);
	char text[32];

	if (age == -1) {
		warnx("\"%s\" is no age: 90s, 30m, 2h, 3d or 1w", value);
		return -1;
	}
	snprintf(text, sizeof(text), "%lld", age);
	return add_word(f, "older=", text);
}

/* A page of queued's is no larger; show goes on until it has as many. */
static int
add_limit(struct filter *f, const char *value)
{
	const char *error;

	f->limit = (size_t)strtonum(value, 1, LIMIT_MAX, &error);
	if (error == NULL)
		return add_word(f, "limit=", value);
	warnx("limit is a number from 1 to %d, not \"%s\"", LIMIT_MAX, value);
	return -1;
}

/*
 * Only the form is checked.  Whether the Sid is that of this queue says queued,
 * which knows it.
 */
static int
add_id(struct filter *f, const char *text)
{
	char sid[ID_SID_MAX];
	uint64_t id;

	if (id_parse(text, &id, sid, sizeof(sid)) == -1) {
		warnx("\"%s\" is no message id and no filter", text);
		return -1;
	}
	if (f->ids++ > 0) {
		warnx("one id at a time");
		return -1;
	}
	return add_word(f, "id=", text);
}

/*
 * One word of the command line: an id, "all", or key=value.  A word whose key
 * is empty or endless can only be meant as an id, and is refused as one.
 */
static int
add_argument(struct filter *f, const char *word)
{
	const char *value = strchr(word, '=');
	size_t len = value == NULL ? 0 : (size_t)(value++ - word);
	char key[32];

	if (strcmp(word, "all") == 0) {
		f->is_all = true;
		return add_word(f, "all", "");
	}
	if (len == 0 || len >= sizeof(key))
		return add_id(f, word);
	memcpy(key, word, len);
	key[len] = '\0';
	if (strcmp(key, "id") == 0)
		return add_id(f, value);
	if (strcmp(key, "sender") == 0 || strcmp(key, "from") == 0)
		return add_word(f, "sender=", *value == '\0' ? "<>" : value);
	if (strcmp(key, "domain") == 0 || strcmp(key, "rcpt-domain") == 0)
		return add_word(f, "rcpt-domain=", value);
	if (strcmp(key, "older") == 0)
		return add_age(f, value);
	if (strcmp(key, "state") == 0)
		return add_state(f, value);
	if (strcmp(key, "limit") == 0)
		return add_limit(f, value);
	warnx("unknown filter \"%s\": id, sender, domain, older, state, limit",
	    key);
	return -1;
}

/* -1 after a line that names the word; f is then of no use. */
int
filter_parse(struct filter *f, char **argv)
{
	memset(f, 0, sizeof(*f));
	for (; *argv != NULL; argv++)
		if (add_argument(f, *argv) == -1)
			return -1;
	return 0;
}
