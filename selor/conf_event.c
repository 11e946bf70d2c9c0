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
 * manual's examples use.  A rule's words are checked by whoever runs it.
 */

#include "conf_event.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define BLANKS " \t"

static enum conf_verdict
wrong(char *error, const char *why)
{
	strlcpy(error, why, OPTION_ERROR_MAX);
	return CONF_WRONG;
}

/* Skips "Word" or "!Word"; NULL if there is none. */
static const char *
skip_word(const char *p)
{
	if (*p == '!')
		p++;
	if (!isupper((unsigned char)*p))
		return NULL;
	while (isalpha((unsigned char)*p) || *p == '_')
		p++;
	return p;
}

static bool
is_mark(char c)
{
	return c == '?' || c == '!';
}

/*
 * "Word?", "!Word?", "Word!"; or a word whose mark was forgotten, which
 * shows by the parameter or the marked word that follows it.
 */
static bool
is_rule(const char *text)
{
	const char *p;

	if ((p = skip_word(text)) == NULL)
		return false;
	if (is_mark(*p))
		return true;
	if (*p != ' ' && *p != '\t')
		return false;
	p += strspn(p, BLANKS);
	if (*p == '"' || *p == '\'' || strncmp(p, "%\"", 2) == 0)
		return true;
	return (p = skip_word(p)) != NULL && is_mark(*p);
}

/*
 * Turns each %" into a quote, if no quote stands alone.  %% is one unit: in
 * %%" the quote is a plain one.
 */
static void
unescape_quotes(char *text)
{
	char *in, *out;

	for (in = text; *in != '\0'; in++) {
		if (*in == '%' && in[1] != '\0')
			in++;
		else if (*in == '"')
			return;
	}
	for (in = out = text; *in != '\0'; in++) {
		if (in[0] == '%' && in[1] == '%')
			*out++ = *in++;
		else if (in[0] == '%' && in[1] == '"')
			in++;
		*out++ = *in;
	}
	*out = '\0';
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
	if (!is_rule(bare))
		return make_path(bare, conf, value, error);
	unescape_quotes(bare);
	if (!quotes_pair(bare))
		return wrong(error, "has a rule whose quotes do not pair");
	strlcpy(value, bare, OPTION_TEXT_MAX);
	return CONF_FINE;
}
