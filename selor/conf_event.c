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
 * Tells rules from paths in Event.* options and undoes the quoting that the
 * manual's examples use.  A rule's words are checked by conf_rules.c.
 */

#include "conf_event.h"

#include <stdio.h>
#include <string.h>

#include "../ruled/parse.h"

#define BLANKS " \t"

static enum conf_verdict
wrong(char *error, const char *why)
{
	strlcpy(error, why, OPTION_ERROR_MAX);
	return CONF_WRONG;
}

/* Do the quotes of a rule pair?  A quote inside the other kind is text. */
static bool
quotes_pair(const char *text)
{
	char open = '\0';

	for (; *text != '\0'; text++) {
		if (open != '\0' && text[0] == '%' &&
		    (text[1] == '%' || text[1] == '"'))
			text++;
		else if (open != '\0' && *text == open)
			open = '\0';
		else if (open == '\0' && (*text == '"' || *text == '\''))
			open = *text;
	}
	return open == '\0';
}

/*
 * Puts the directory of the configuration file before a relative path.  Not
 * against the working directory: after the start that is another.
 */
static enum conf_verdict
make_path(const char *text, const char *conf, char *value, char *error)
{
	const char *slash = strrchr(conf, '/');
	int dirlen = slash == NULL ? 0 : (int)(slash - conf + 1);
	int len;

	if (*text == '/')
		dirlen = 0;
	else if (dirlen == 0 || *conf != '/')
		return wrong(error, "must be a rule or an absolute path here");
	len = snprintf(value, OPTION_TEXT_MAX, "%.*s%s", dirlen, conf, text);
	if (len < 0 || len >= OPTION_TEXT_MAX)
		return wrong(error, "is too long");
	return CONF_FINE;
}

/* Cuts out what stands between the first and the last quote, trimmed. */
static enum conf_verdict
cut(const char *text, char *value, char *error)
{
	const char *end;
	size_t len;

	if (*text == '"' || *text == '\'') {
		end = strrchr(text, *text);
		if (end == text)
			return wrong(error, "lacks its closing quote");
		text++;
		len = end - text;
		end++;
	} else {
		len = strcspn(text, BLANKS "\"'");
		end = text + len;
	}
	end += strspn(end, BLANKS);
	if (*end != '\0' && *end != '#')
		return wrong(error,
		    "has more text after its value; "
		    "quote a value with blanks");
	for (; len > 0 && strchr(BLANKS, *text) != NULL; len--)
		text++;
	while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL)
		len--;
	if (len >= OPTION_TEXT_MAX)
		return wrong(error, "is too long");
	memcpy(value, text, len);
	value[len] = '\0';
	return CONF_FINE;
}

enum conf_verdict
conf_event_parse(const char *text, const char *conf, char *value, char *error)
{
	char bare[OPTION_TEXT_MAX];

	value[0] = '\0';
	if (cut(text, bare, error) == CONF_WRONG)
		return CONF_WRONG;
	if (bare[0] == '\0')
		return CONF_FINE;
	if (!parse_is_inline(bare))
		return make_path(bare, conf, value, error);
	parse_inline_quotes(bare);
	if (!quotes_pair(bare))
		return wrong(error, "has a rule whose quotes do not pair");
	strlcpy(value, bare, OPTION_TEXT_MAX);
	return CONF_FINE;
}
