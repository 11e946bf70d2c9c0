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
 * Lines of daemons; see words.h.  The values are unescaped in place: what is
 * read never grows.
 */
#include "words.h"

#include <string.h>

/* Values that are names even where they look like numbers. */
static bool
is_name(const char *key)
{
	static const char *const names[] = {"id", "session", "more", "sender",
	    "recipient", "original", "ip", "host", "helo", "name", "login",
	    "envid", "client", "answer", "text", "destination"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(key, names[i]) == 0)
			return true;
	return false;
}

/* Fits 64 bits, and is a number of JSON: no zero in front. */
static bool
is_decimal(const char *s)
{
	size_t len;

	if (*s == '-')
		s++;
	len = strspn(s, "0123456789");
	return len > 0 && len < 19 && s[len] == '\0' && (len == 1 || *s != '0');
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)(p - digits);
}

/* Behind a backslash at *in; the octet it stands for, or -1. */
static int
unescape(const char **in)
{
	const char *p = *in;
	int high, low;

	if (*p == '"' || *p == '\\') {
		(*in)++;
		return (unsigned char)*p;
	}
	if (*p != 'x' || (high = hex_digit(p[1])) == -1 ||
	    (low = hex_digit(p[2])) == -1)
		return -1;
	*in += 3;
	return high * 16 + low;
}

/*
 * A value at *in, up to its quote or a blank.  0 or -1. A NUL is shown as '?':
 * the value is a C string here.
 */
static int
read_value(char **in, struct word *w)
{
	const char *p = *in;
	bool quoted = *p == '"';
	char *out = *in;
	int c;

	if (quoted)
		p++;
	w->value = out;
	while (*p != '\0' && (quoted ? *p != '"' : *p != ' ')) {
		c = (unsigned char)*p++;
		if (c == '\\' && (c = unescape(&p)) == -1)
			return -1;
		*out++ = c == '\0' ? '?' : (char)c;
	}
	if (quoted && *p++ != '"')
		return -1;
	if (*p != '\0' && *p++ != ' ')
		return -1;
	*in += p - *in;
	*out = '\0';
	w->is_number = !quoted && !is_name(w->key) && is_decimal(w->value);
	return 0;
}

/* On failure count is 0, so that who does not look finds nothing. */
int
words_parse(struct words *w, const char *line)
{
	char *p = w->text, *end;
	struct word *word;

	w->count = 0;
	if (strlcpy(w->text, line, sizeof(w->text)) >= sizeof(w->text))
		return -1;
	while (*(p += strspn(p, " ")) != '\0') {
		if (w->count == WORDS_MAX || (end = strchr(p, '=')) == NULL ||
		    end == p || (size_t)(end - p) != strcspn(p, " \"=")) {
			w->count = 0;
			return -1;
		}
		word = &w->word[w->count];
		word->key = p;
		*end = '\0';
		p = end + 1;
		if (read_value(&p, word) == -1) {
			w->count = 0;
			return -1;
		}
		w->count++;
	}
	return 0;
}

/*
 * "" for what is not there: lines grow, and who reads an old daemon's misses a
 * word.
 */
const char *
words_get(const struct words *w, const char *key)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		if (strcmp(w->word[i].key, key) == 0)
			return w->word[i].value;
	return "";
}

/*
 * Not words_parse: values stand as in selor.conf, in quotes of either kind and
 * without escapes.
 */
int
words_parse_option(struct words *w, const char *line)
{
	struct word *word = &w->word[0];
	char *p, *value;
	size_t len;

	w->count = 0;
	if (strlcpy(w->text, line, sizeof(w->text)) >= sizeof(w->text))
		return -1;
	p = w->text;
	if (strncmp(p, "name=", 5) == 0 &&
	    (value = strstr(p, " value=")) != NULL) {
		p += 5;
		*value = '\0';
		value += 7;
	} else if ((value = strchr(p, '=')) != NULL)
		*value++ = '\0';
	else
		return -1;
	len = strlen(value);
	word->is_number = is_decimal(value);
	if (len >= 2 && (*value == '"' || *value == '\'') &&
	    value[len - 1] == *value) {
		value[len - 1] = '\0';
		value++;
	}
	word->key = p;
	word->value = value;
	w->count = 1;
	return 0;
}
