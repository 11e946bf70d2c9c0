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
 * Is a text a value that an option may have?  Each type of options.def has
 * its check here; all refuse with one line that says what is allowed.
 */

#include "option_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Without a place for the text the caller wants to know only that it fails.
 * Always -1, so that it can be returned at once.
 */
int
option_refuse(char *error, const char *fmt, ...)
{
	va_list ap;

	if (error != NULL) {
		va_start(ap, fmt);
		vsnprintf(error, OPTION_ERROR_MAX, fmt, ap);
		va_end(ap);
	}
	return -1;
}

/* Bounds are those of the row, which also says in words what they mean. */
static int
check_num(
    const struct option_row *row, const char *text, int64_t *num, char *error)
{
	const char *why, *digits = text[0] == '-' ? text + 1 : text;
	size_t len = strlen(digits);

	/* strtonum alone would take leading blanks and a plus sign. */
	if (len > 0 && strspn(digits, "0123456789") == len) {
		*num = strtonum(text, row->min, row->max, &why);
		if (why == NULL)
			return 0;
	}
	if (row->type == OPTION_BOOL)
		return option_refuse(error, "must be 0 or 1");
	if (row->min == row->max)
		return option_refuse(
		    error, "must be %lld", (long long)row->min);
	return option_refuse(error, "must be a number from %lld to %lld (%s)",
	    (long long)row->min, (long long)row->max, row->allowed);
}

/*
 * Index of a word in "a|b|c", or -1. Compared exactly: "Yes" is not "yes". The
 * index is what the program sees, so the order of the words in options.def is a
 * contract.
 */
static int
word_index(const char *words, const char *text)
{
	size_t len, textlen = strlen(text);
	int i;

	for (i = 0;; i++) {
		len = strcspn(words, "|");
		if (len == textlen && memcmp(words, text, len) == 0)
			return i;
		if (words[len] == '\0')
			return -1;
		words += len + 1;
	}
}

/* "no|maybe|yes" as "\"no\", \"maybe\" or \"yes\"". */
static int
refuse_word(const char *words, char *error)
{
	char list[OPTION_ERROR_MAX];
	size_t len, used = 0;
	const char *join;
	int n;

	for (;;) {
		len = strcspn(words, "|");
		if (words[len] == '\0')
			join = "";
		else
			join = strchr(words + len + 1, '|') ? ", " : " or ";
		n = snprintf(list + used, sizeof(list) - used, "\"%.*s\"%s",
		    (int)len, words, join);
		used += n;
		if (words[len] == '\0' || used >= sizeof(list))
			break;
		words += len + 1;
	}
	return option_refuse(error, "must be %.200s", list);
}

/* Bytes that would break a line of the file, a log or a reply in two. */
static int
check_bytes(const char *text, char *error)
{
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p != '\0'; p++) {
		if ((*p < ' ' && *p != '\t') || *p == 0x7f)
			return option_refuse(
			    error, "holds a control character (0x%02x)", *p);
	}
	if ((size_t)((const char *)p - text) >= OPTION_TEXT_MAX)
		return option_refuse(
		    error, "is longer than %d bytes", OPTION_TEXT_MAX - 1);
	return 0;
}

/*
 * RFC 5321 section 4.2: a code of three digits, then a blank or nothing.  The
 * class must fit what the option stands for: a refusal that says 250 would lose
 * mail.  354 is the only reply of class 3 that exists.
 */
static int
check_reply(const struct option_row *row, const char *text, char *error)
{
	int class = text[0] - '0';

	if (strspn(text, "0123456789") != 3 || class < row->min ||
	    class > row->max || text[1] > '5' ||
	    (text[3] != '\0' && text[3] != ' ') ||
	    (class == 3 && strncmp(text, "354", 3) != 0))
		return option_refuse(error, "must be %s", row->allowed);
	if (strchr(text, '\t') != NULL)
		return option_refuse(error, "holds a control character (0x09)");
	if (strlen(text) > OPTION_REPLY_MAX)
		return option_refuse(
		    error, "is longer than %d bytes", OPTION_REPLY_MAX);
	return 0;
}

/*
 * The one border through which each value passes, whether it comes from the
 * file, from the parent or is the default.  *num is set for those types only
 * that have a number.
 */
int
option_check(
    const struct option_row *row, const char *text, int64_t *num, char *error)
{
	int word;

	switch (row->type) {
	case OPTION_NUM:
	case OPTION_BOOL:
		return check_num(row, text, num, error);
	case OPTION_ENUM:
		if ((word = word_index(row->allowed, text)) == -1)
			return refuse_word(row->allowed, error);
		*num = word;
		return 0;
	case OPTION_EVENT:
		return check_bytes(text, error);
	case OPTION_REPLY:
		if (check_reply(row, text, error) == -1)
			return -1;
		break;
	case OPTION_TEXT:
		break;
	}
	/* Else there would be no way to write it down. */
	if (strchr(text, '"') != NULL && strchr(text, '\'') != NULL)
		return option_refuse(error, "holds both kinds of quotes");
	return check_bytes(text, error);
}
