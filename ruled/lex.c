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
 * Words and parameters of a line; see lex.h.
 */
#include "lex.h"

#include <ctype.h>
#include <string.h>

/* The line must not hold NUL or LF; it stays the caller's, and what is found
 * points into it. */
void
lex_init(struct lex *lex, const char *line, size_t len, bool is_inline)
{
	memset(lex, 0, sizeof(*lex));
	lex->line = lex->p = lex->at = line;
	lex->end = line + len;
	lex->is_inline = is_inline;
}

/* In octets from 1, as editors and compilers count them for ASCII. */
uint32_t
lex_column(const struct lex *lex, const char *at)
{
	return (uint32_t)(at - lex->line) + 1;
}

/* How many octets of blank stand at p: blank, tab, or the no-break space that
 * comes with text copied from a page. */
size_t
lex_blank(const char *p, const char *end)
{
	if (p == end)
		return 0;
	if (*p == ' ' || *p == '\t')
		return 1;
	if (end - p >= 2 && p[0] == '\xc2' && p[1] == '\xa0')
		return 2;
	return 0;
}

/* One fault a line: what follows it would be guesses. */
static enum lex_got
wrong(struct lex *lex, const char *at, const char *error)
{
	lex->at = at;
	lex->error = error;
	return LEX_WRONG;
}

/* The first no-break space is noted for a warning; it is harmless where it
 * stands. */
static void
skip_blanks(struct lex *lex)
{
	size_t n;

	while ((n = lex_blank(lex->p, lex->end)) > 0) {
		if (n == 2 && lex->nbsp == NULL)
			lex->nbsp = lex->p;
		lex->p += n;
	}
}

/* In a file only '"': single quotes are part of texts there. */
static bool
is_quote(const struct lex *lex, char c)
{
	return c == '"' || (lex->is_inline && c == '\'');
}

static bool
is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* What stands where a word must begin. */
static enum lex_got
no_word(struct lex *lex)
{
	if (lex->p < lex->end && is_quote(lex, *lex->p))
		return wrong(lex, lex->p,
		    "a parameter stands where a condition or an action "
		    "must stand");
	if (lex->is_negated)
		return wrong(lex, lex->p,
		    "the name of a condition must follow \"!\" at once");
	return wrong(lex, lex->p,
	    "a condition or an action must begin here, with a letter");
}

/* LEX_NONE: the line ends, or a comment begins. The mark is taken with the
 * name, as there may be no blank between. */
enum lex_got
lex_word(struct lex *lex)
{
	const char *before = lex->p;

	skip_blanks(lex);
	if (lex->p == lex->end || *lex->p == '#')
		return LEX_NONE;
	if (lex->p == before && lex->p != lex->line)
		return wrong(lex, lex->p,
		    lex->p[-1] == '"' || lex->p[-1] == '\'' ?
			"a blank must follow the quote that ends a parameter; "
			"a quote inside one is written %\"" :
			"a blank must stand before this");
	lex->at = lex->p;
	lex->is_negated = *lex->p == '!';
	if (lex->is_negated)
		lex->p++;
	if (lex->p == lex->end || !isalpha((unsigned char)*lex->p))
		return no_word(lex);
	for (lex->text = lex->p; lex->p < lex->end && is_name(*lex->p);)
		lex->p++;
	lex->len = (size_t)(lex->p - lex->text);
	lex->mark = '\0';
	if (lex->p < lex->end && (*lex->p == '?' || *lex->p == '!'))
		lex->mark = *lex->p++;
	return LEX_WORD;
}

/* text is what stands between the quotes, raw: template.c reads its percent
 * signs. */
enum lex_got
lex_string(struct lex *lex)
{
	const char *before = lex->p, *p;
	char quote;

	skip_blanks(lex);
	if (lex->p == lex->end || !is_quote(lex, *lex->p)) {
		lex->p = before;
		return LEX_NONE;
	}
	lex->at = lex->p;
	quote = *lex->p++;
	for (p = lex->p; p < lex->end && *p != quote; p++) {
		if (*p == '\r' || *p == '\n')
			return wrong(
			    lex, p, "a line end stands in a parameter");
		if (lex->nbsp == NULL && lex_blank(p, lex->end) == 2)
			lex->nbsp = p;
		/* From the left: in %%" the quote is a plain one. */
		if (*p == '%' && lex->end - p >= 2 &&
		    (p[1] == '%' || p[1] == '"'))
			p++;
	}
	if (p == lex->end)
		return wrong(lex, lex->at,
		    p[-1] == '"' && p[-2] == '%' ?
			"the closing quote is missing: %\" is a quote inside "
			"the text, and a percent sign is written %%" :
			"the closing quote is missing");
	lex->text = lex->p;
	lex->len = (size_t)(p - lex->p);
	lex->p = p + 1;
	return LEX_STRING;
}
